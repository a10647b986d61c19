"""Strategies built from botocore's shapes: responses in wire format, and boto3's parameters."""

from __future__ import annotations

import datetime as dt
import re
from base64 import b64encode
from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from botocore.model import Shape
    from hypothesis.strategies import DrawFn, SearchStrategy

INT_BITS = {"integer": 32, "long": 64}
SMALL = 3
"""Items of a list or map, unless a rule requires more."""
ROOM = 24
"""Characters or bytes beyond a rule's minimum."""
LONGEST = 2048
"""Values exactly at a limit are generated up to this size; larger ones only cost time."""

# Python's \s matches four control characters that Rust's \s, Unicode's White_Space, does not.
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\x1c\x1d\x1e\x1f")
"""Every character of a valid string on whose class regular expression engines agree."""
CHARACTERS_OF_A_LINE = st.characters(
    exclude_categories=["Cs"], exclude_characters="\n\x1c\x1d\x1e\x1f"
)
CHARACTERS_OF_A_WORD = st.characters(
    exclude_categories=["Cs"], exclude_characters=re.findall(r"\s", "".join(map(chr, range(2**16))))
)
REPEATED = re.compile(r"(\.|\\S|\[(?!\^)(?:[^]\\]|\\[./+-])+\])([+*])")
"""Patterns that repeat one of a set of characters, be it ``.``, ``\\S`` or a set of ASCII ones."""


# -- responses, in wire format -------------------------------------------------------------------


def body(shape: Shape | None, *, lenient: bool = False) -> SearchStrategy[Any]:
    """Return a strategy for the JSON content of a response.

    Args:
        shape: The operation's output; None where it has none.
        lenient: Also leave out required members, and use null for members.
    """
    return st.just({}) if shape is None else _response_value(shape, lenient)


@cache
def _response_value(shape: Shape, lenient: bool) -> SearchStrategy[Any]:  # noqa: FBT001 -- a cache key
    kind = shape.type_name
    if kind == "structure":
        return _response_structure(shape, lenient)
    if kind == "list":
        return st.lists(_response_value(shape.member, lenient), max_size=SMALL)
    if kind == "map":
        keys, values = _response_value(shape.key, lenient), _response_value(shape.value, lenient)
        return st.dictionaries(keys, values, max_size=SMALL)
    if kind == "string" and shape.enum:
        # A value that a later version of the service adds is valid too.
        return st.one_of(st.sampled_from(shape.enum), st.sampled_from(shape.enum), st.text())
    return _RESPONSE_SCALARS[kind]


def _response_structure(shape: Shape, lenient: bool) -> SearchStrategy[Any]:  # noqa: FBT001 -- has one caller
    members: dict[str, SearchStrategy[Any]] = {}
    for name, member in shape.members.items():
        value = _response_value(member, lenient)
        members[member.serialization.get("name", name)] = (
            st.one_of(st.none(), value) if lenient else value
        )
    if shape.is_tagged_union:
        return st.one_of(*(st.fixed_dictionaries({n: v}) for n, v in members.items()))
    required = set() if lenient else set(shape.required_members)
    return st.fixed_dictionaries(
        {name: value for name, value in members.items() if name in required},
        optional={name: value for name, value in members.items() if name not in required},
    )


def _epoch_seconds() -> SearchStrategy[float]:
    """Points in time from 1970 to 2100, whole or down to the microsecond."""
    whole = st.integers(0, 4_102_444_800)
    milliseconds = st.integers(0, 4_102_444_800_000).map(lambda n: n / 1000)
    microseconds = st.integers(0, 4_102_444_800_000_000).map(lambda n: n / 1_000_000)
    return st.one_of(whole, milliseconds, microseconds)


_RESPONSE_SCALARS: dict[str, SearchStrategy[Any]] = {
    "string": st.text(),
    "boolean": st.booleans(),
    "integer": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(allow_nan=False, allow_infinity=False, width=32),
    "double": st.floats(allow_nan=False, allow_infinity=False),
    "blob": st.binary(max_size=ROOM).map(lambda data: b64encode(data).decode()),
    "timestamp": _epoch_seconds(),
}


# -- requests, as boto3's parameters -------------------------------------------------------------


def request(shape: Shape | None, *, always: Iterable[str] = ()) -> SearchStrategy[Any]:
    """Return a strategy for valid parameters of an operation.

    Args:
        shape: The operation's input; None where it has none.
        always: Members that are never left out.
    """
    return st.just({}) if shape is None else structure(shape, always=always)


def structure(
    shape: Shape, *, always: Iterable[str] = (), never: Iterable[str] = ()
) -> SearchStrategy[dict[str, Any]]:
    """Return a strategy for valid contents of a structure."""
    members = {name: valid(member) for name, member in shape.members.items() if name not in never}
    if shape.is_tagged_union:
        return st.one_of(*(st.fixed_dictionaries({n: v}) for n, v in members.items()))
    required = {*shape.required_members, *always}
    return st.fixed_dictionaries(
        {name: value for name, value in members.items() if name in required},
        optional={name: value for name, value in members.items() if name not in required},
    )


@cache
def valid(shape: Shape) -> SearchStrategy[Any]:
    """Return a strategy for valid values of a member of a request."""
    return _VALID[shape.type_name](shape)


def _valid_list(shape: Shape) -> SearchStrategy[list[Any]]:
    low, high = limits(shape)
    return sized_list(valid(shape.member), low or 0, high)


def _valid_map(shape: Shape) -> SearchStrategy[dict[str, Any]]:
    low, high = limits(shape)
    most = max(low or 0, SMALL if high is None else min(high, SMALL))
    return st.dictionaries(valid(shape.key), valid(shape.value), min_size=low or 0, max_size=most)


def _valid_string(shape: Shape) -> SearchStrategy[str]:
    low, high = limits(shape)
    return strings(tuple(shape.enum), shape.metadata.get("pattern"), low or 0, high)


def _valid_integer(shape: Shape) -> SearchStrategy[int]:
    low, high = limits(shape)
    reach = 2 ** (INT_BITS[shape.type_name] - 1)
    return st.integers(-reach if low is None else low, reach - 1 if high is None else high)


def _valid_number(shape: Shape) -> SearchStrategy[float]:
    low, high = limits(shape)
    return st.floats(low, high, allow_nan=False, allow_infinity=False)


def _valid_blob(shape: Shape) -> SearchStrategy[bytes]:
    low = limits(shape)[0] or 0
    return st.binary(min_size=low, max_size=low + ROOM)


def _valid_timestamp(_: Shape) -> SearchStrategy[dt.datetime]:
    """Aware datetimes: requests require a time zone."""
    zones = st.sampled_from([dt.timezone.utc, dt.timezone(dt.timedelta(hours=-5, minutes=30))])
    start, end = dt.datetime(1970, 1, 2), dt.datetime(2099, 12, 31)  # noqa: DTZ001 -- hypothesis asks for naive bounds
    return st.datetimes(start, end, timezones=zones)


def _valid_structure(shape: Shape) -> SearchStrategy[dict[str, Any]]:
    return structure(shape)


def _valid_boolean(_: Shape) -> SearchStrategy[bool]:
    return st.booleans()


_VALID: dict[str, Callable[[Shape], SearchStrategy[Any]]] = {
    "structure": _valid_structure,
    "list": _valid_list,
    "map": _valid_map,
    "string": _valid_string,
    "integer": _valid_integer,
    "long": _valid_integer,
    "float": _valid_number,
    "double": _valid_number,
    "boolean": _valid_boolean,
    "blob": _valid_blob,
    "timestamp": _valid_timestamp,
}


def limits(shape: Shape) -> tuple[Any, Any]:
    """Return the minimum and maximum length, size or value; None for no limit."""
    return shape.metadata.get("min"), shape.metadata.get("max")


@st.composite
def sized_list(draw: DrawFn, items: SearchStrategy[Any], low: int, high: int | None) -> list[Any]:
    """Draw a short list, and sometimes one exactly at the upper limit."""
    most = max(low, SMALL if high is None else min(high, SMALL))
    drawn = draw(st.lists(items, min_size=low, max_size=most))
    if drawn and high is not None and draw(st.integers(0, 9)) == 0:
        drawn += [drawn[-1]] * (high - len(drawn))
    return drawn


@cache
def strings(
    enum: tuple[str, ...], pattern: str | None, low: int, high: int | None
) -> SearchStrategy[str]:
    """Return a strategy for strings that fit an enum, or a pattern and a length."""
    if enum:
        return st.sampled_from(enum)
    if pattern is None:
        fitting = st.text(CHARACTERS, min_size=low, max_size=_most(low, high))
    elif (repeated := REPEATED.fullmatch(pattern)) is not None:
        # The same strings as in the general case, which draws each character separately.
        least = max(low, 1 if repeated[2] == "+" else 0)
        fitting = st.text(_characters(repeated[1]), min_size=least, max_size=_most(least, high))
    else:
        fitting = st.from_regex(pattern, fullmatch=True, alphabet=CHARACTERS)
    return _stretched(fitting, fits(pattern, low, high), low, high)


def _characters(pattern: str) -> SearchStrategy[str]:
    """Return a strategy for the characters that match the set of a pattern as in ``REPEATED``."""
    if pattern == ".":
        return CHARACTERS_OF_A_LINE
    if pattern == r"\S":
        return CHARACTERS_OF_A_WORD
    return st.sampled_from(re.findall(pattern, "".join(map(chr, range(128)))))


def fits(pattern: str | None, low: int, high: int | None) -> Callable[[str], bool]:
    """Return a predicate for a string's length and pattern, which matches the whole string."""
    compiled = re.compile(pattern or r"[\s\S]*")

    def test(text: str) -> bool:
        if len(text) < low or (high is not None and len(text) > high):
            return False
        return compiled.fullmatch(text) is not None

    return test


@st.composite
def _stretched(
    draw: DrawFn,
    texts: SearchStrategy[str],
    test: Callable[[str], bool],
    low: int,
    high: int | None,
) -> str:
    """Draw a string, and lengthen it if it is too short, or to reach the limit exactly.

    It repeats one of the characters, which every pattern that allows a longer string allows.
    """
    text = draw(texts)
    lengths = [len(text)] * 4
    lengths += [low] if low > len(text) else []
    lengths += [high] if high is not None and len(text) < high <= LONGEST else []
    length = draw(st.sampled_from(lengths)) if text and len(text) >= low else low
    if length > len(text):
        start = draw(st.integers(0, len(text) - 1))
        for place in (*range(start, len(text)), *range(start)):
            longer = text[:place] + text[place] * (length - len(text)) + text[place:]
            if test(longer):
                return longer
    return text if test(text) else draw(texts.filter(test))  # slow, and rare


def _most(low: int, high: int | None) -> int:
    return low + ROOM if high is None else min(high, low + ROOM)
