"""Numbers to lease, by country and type.

The digits are taken from ranges reserved for fiction where there are any; the emulator never calls
a number.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from smsreg.emulator.core.errors import invalid
from smsreg.emulator.core.indexes import by_member
from smsreg.emulator.sms_voice.calling_codes import (
    CALLING_CODES,
    COUNTRIES_BY_PREFIX,
    MOBILE_LENGTHS,
)

if TYPE_CHECKING:
    from smsreg.emulator.core.world import World

COUNTRY_NAMES = {
    "AU": "Australia", "BR": "Brazil", "CA": "Canada", "DE": "Germany", "ES": "Spain",
    "FR": "France", "GB": "United Kingdom", "ID": "Indonesia", "IN": "India", "IT": "Italy",
    "JP": "Japan", "MX": "Mexico", "NL": "Netherlands", "PR": "Puerto Rico", "SE": "Sweden",
    "SG": "Singapore", "US": "United States",
}  # fmt: skip
_TOLL_FREE_AREAS = ("833", "844", "855", "866", "877", "888")
LEASING_PRICES = {"TOLL_FREE": "2.00", "TEN_DLC": "1.00", "SIMULATOR": "1.00", "LONG_CODE": "1.00"}
MESSAGES_A_SECOND = {
    "TOLL_FREE": 3,
    "TEN_DLC": 1,
    "LONG_CODE": 10,
    "SIMULATOR": 1,
    "SHORT_CODE": 100,
}

FICTIONAL_ATTEMPTS = 200
"""Number of attempts in the small range for fiction before any other."""
EXCHANGE_ATTEMPTS = 250
"""Number of attempts after which exchanges other than 555 are used as well."""

_LONGEST_PREFIX = max(map(len, COUNTRIES_BY_PREFIX))
_US_AREAS = ("1206", "1425", "1503", "1512")

SIMULATOR_SUCCESS = "+14254147755"
SIMULATOR_FAILURE = "+14254147167"
# inferred: there are destination simulators in the US only.
DESTINATION_SIMULATORS = {SIMULATOR_SUCCESS: "US", SIMULATOR_FAILURE: "US"}
"""The numbers that simulator numbers send to, with their countries."""


def country_of(number: str) -> str | None:
    """The country that a number in E.164 form belongs to, by its first digits."""
    digits = number.lstrip("+")
    for length in range(_LONGEST_PREFIX, 0, -1):
        country = COUNTRIES_BY_PREFIX.get(digits[:length])
        if country is not None:
            return country
    return None


RELEASED = "released_numbers"
"""The table of the numbers that the account has released, by number."""


def normal(number: str) -> str:
    """A number with its leading plus, which requests may leave out."""
    return number if number.startswith("+") else f"+{number}"


BY_NUMBER = by_member("PhoneNumber")
"""The account's numbers by number."""


def is_taken(world: World, number: str) -> bool:
    """Whether a number cannot be leased: the account has it, or has released it.

    A released number cannot be leased again, by several reports.
    """
    leased = world.state.table("phone_numbers").count_having(BY_NUMBER, number)
    return bool(leased) or number in world.state.table(RELEASED)


def new_number(world: World, country: str, number_type: str) -> str:
    """A number that the account does not have yet."""
    if number_type in ("TEN_DLC", "SIMULATOR", "TOLL_FREE"):
        # inferred: toll-free numbers are of the US, Canada and Puerto Rico, 10DLC and simulator
        # numbers of the US and Puerto Rico.
        wanted = ("US", "CA", "PR") if number_type == "TOLL_FREE" else ("US", "PR")
        if country not in wanted:
            raise invalid("INVALID_PARAMETER", f"There are no {number_type} numbers in {country}")
    code = CALLING_CODES.get(country)
    if code is None:
        raise invalid("INVALID_PARAMETER", f"There are no numbers in {country}")
    starts = _starts(country, code, number_type)
    attempts = count()
    while True:
        start: str = world.chance.choice(starts)
        if code == "1":
            # 555-0100 to 555-0199 are reserved for fiction; a test that needs more gets others.
            attempt = next(attempts)
            if attempt < FICTIONAL_ATTEMPTS:
                rest = f"55501{world.digits(2)}"
            elif attempt < EXCHANGE_ATTEMPTS:
                rest = f"555{world.digits(4)}"
            else:
                rest = world.chance.choice("23456789") + world.digits(6)
        else:
            rest = world.digits(len(code) + MOBILE_LENGTHS[country] - len(start))
        number = f"+{start}{rest}"
        # Reject a number whose first digits are those of a country that shares the code.
        fits = country_of(number) in (country, COUNTRIES_BY_PREFIX[code])
        if fits and not is_taken(world, number):
            return number


def _starts(country: str, code: str, number_type: str) -> tuple[str, ...]:
    """The first digits that a country's numbers can have."""
    if number_type == "TOLL_FREE":
        return tuple(f"1{area}" for area in _TOLL_FREE_AREAS)
    if country == "US":
        return _US_AREAS
    own = [prefix for prefix, name in COUNTRIES_BY_PREFIX.items() if name == country]
    return tuple(own) or (code,)


def preferred(world: World, preferences: list[dict[str, list[str]]], number: str) -> str:
    """The number adapted to a caller's preference; every preference can be met here."""
    if not preferences:
        return number
    kind, wish = preferences[0]["PreferenceType"][0], preferences[0]["Filter"][0]
    digits = wish.lstrip("+")
    if kind == "ExactMatch":
        return normal(wish)
    if kind == "StartsWith":
        body = digits if wish.startswith("+") else f"1{digits}"
        return f"+{(body + number.lstrip('+')[len(body) :])[:15]}"
    if kind == "EndsWith":
        return f"{number[: max(3, len(number) - len(digits))]}{digits}"
    return f"{number[:5]}{digits}{world.digits(1)}"[:16]
