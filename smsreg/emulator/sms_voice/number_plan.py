"""Numbers to give out, by country and type.

The digits are taken from ranges that are kept for fiction where there are such; nothing in the
emulator ever calls one.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from smsreg.emulator.core.errors import invalid

if TYPE_CHECKING:
    from smsreg.emulator.core.world import World

CALLING_CODES = {
    "AE": "971", "AR": "54", "AT": "43", "AU": "61", "BE": "32", "BR": "55", "CA": "1",
    "CH": "41", "CL": "56", "CN": "86", "CO": "57", "CZ": "420", "DE": "49", "DK": "45",
    "EE": "372", "EG": "20", "ES": "34", "FI": "358", "FR": "33", "GB": "44", "GR": "30",
    "HK": "852", "HU": "36", "ID": "62", "IE": "353", "IL": "972", "IN": "91", "IT": "39",
    "JP": "81", "KE": "254", "KR": "82", "LT": "370", "LV": "371", "MX": "52", "MY": "60",
    "NG": "234", "NL": "31", "NO": "47", "NZ": "64", "PH": "63", "PL": "48", "PR": "1",
    "PT": "351", "RO": "40", "SA": "966", "SE": "46", "SG": "65", "SK": "421", "TH": "66",
    "TR": "90", "TW": "886", "UA": "380", "US": "1", "VN": "84", "ZA": "27",
}  # fmt: skip
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
"""How often a number of the small range for fiction is tried for before any other."""

SIMULATOR_SUCCESS = "+14254147755"
SIMULATOR_FAILURE = "+14254147167"


def country_of(number: str) -> str | None:
    """The country that a number in E.164 form belongs to, as far as the emulator knows."""
    digits = number.lstrip("+")
    for length in (3, 2, 1):
        for country in ("US", "GB", *CALLING_CODES):
            if CALLING_CODES[country] == digits[:length]:
                return country
    return None


def normal(number: str) -> str:
    """A number with its leading plus, which requests may leave out."""
    return number if number.startswith("+") else f"+{number}"


def new_number(world: World, country: str, number_type: str) -> str:
    """A number that nobody in this account has yet."""
    if number_type in ("TEN_DLC", "SIMULATOR", "TOLL_FREE"):
        # inferred: toll-free numbers are of the US, Canada and Puerto Rico, 10DLC and simulator
        # numbers of the US and Puerto Rico.
        wanted = ("US", "CA", "PR") if number_type == "TOLL_FREE" else ("US", "PR")
        if country not in wanted:
            raise invalid("INVALID_PARAMETER", f"There are no {number_type} numbers in {country}")
    code = CALLING_CODES.get(country)
    if code is None:
        raise invalid("INVALID_PARAMETER", f"There are no numbers in {country}")
    taken = {entry["PhoneNumber"] for entry in world.state.table("phone_numbers").values()}
    areas = _TOLL_FREE_AREAS if number_type == "TOLL_FREE" else ("206", "425", "503", "512")
    attempts = count()
    while True:
        # 555-0100 to 555-0199 are kept for fiction; a test that wants more gets others.
        line = f"01{world.digits(2)}" if next(attempts) < FICTIONAL_ATTEMPTS else world.digits(4)
        national = f"{world.chance.choice(areas)}555{line}"
        number = f"+1{national}" if code == "1" else f"+{code}{world.digits(9)}"
        if number not in taken:
            return number


def preferred(world: World, preferences: list[dict[str, list[str]]], number: str) -> str:
    """The number bent to a caller's preference; every wish can be had here."""
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
