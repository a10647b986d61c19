"""Members with several forms: times, JSON inside JSON, lists that may be a single item."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any, cast

from pydantic import AfterValidator, BeforeValidator

from ._documents import load_json

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
FIRST_MILLISECONDS = 100_000_000_000
"""Smaller numbers are seconds: as seconds it is the year 5138, as milliseconds 1973."""
LONGEST_NUMBER = 20
"""Digits of a number that may be a time."""


def _from_number(value: object) -> object:
    """Read seconds or milliseconds, as a number or as text; leave other text to pydantic."""
    if isinstance(value, str) and len(value) <= LONGEST_NUMBER:
        text = value.strip()
        value = int(text) if text.isascii() and text.isdecimal() else text
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            seconds = value if abs(value) < FIRST_MILLISECONDS else value / 1_000
            return EPOCH + dt.timedelta(seconds=seconds)
        except OverflowError:
            raise ValueError("out of range") from None
    return value


def _to_utc(value: dt.datetime) -> dt.datetime:
    try:
        return (value if value.tzinfo else value.replace(tzinfo=dt.timezone.utc)).astimezone(
            dt.timezone.utc
        )
    except OverflowError:
        raise ValueError("out of range") from None


def parse_nested(value: object) -> object:
    """Read JSON inside JSON; values that are not text, or not JSON, stay unchanged."""
    if not isinstance(value, str):
        return value
    try:
        return load_json(value)
    except ValueError:
        return value


def to_list(value: object) -> object:
    """Return a list from a list, a single item, or either as JSON in a text."""
    value = parse_nested(value)
    if value is None or isinstance(value, list):
        return cast("object", value)
    return [value]


if TYPE_CHECKING:
    EventTime = dt.datetime
else:
    EventTime = Annotated[dt.datetime, BeforeValidator(_from_number), AfterValidator(_to_utc)]
    """A point in time in UTC, from seconds, milliseconds or ISO 8601 with up to nanoseconds."""

NESTED_JSON: Any = BeforeValidator(parse_nested)
"""Marks a member that may be JSON in a text."""
ONE_OR_MANY: Any = BeforeValidator(to_list)
"""Marks a list that may be a single item, or JSON in a text."""
