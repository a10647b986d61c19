"""Keeps values out of messages: secrets in models, and errors without the rejected values."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, cast, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError, core_schema

from smsreg._json import read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pydantic_core import ErrorDetails, InitErrorDetails

HIDDEN = "***"
"""Stands for a value that must not be shown."""
SHORTEST_SECRET = 3
"""Shorter strings stay in messages: they reveal nothing, and masking them garbles any text."""
LONGEST_TEXT = 4096
"""Most bytes of a blob that may be text which a server quotes."""

KEY = "[key]"
"""The last step in pydantic's location of a map's key."""


def secrets(value: object, *, hidden: bool) -> Iterator[str]:
    """Yield the sensitive strings in a value; in a sensitive member, all are."""
    if isinstance(value, str):
        if hidden and len(value) >= SHORTEST_SECRET and not isinstance(value, Enum):
            yield value
    elif isinstance(value, bytes):
        yield from secrets(_content(value), hidden=hidden) if hidden else ()
    elif isinstance(value, BaseModel):
        sensitive: frozenset[str] = getattr(value, "__sensitive__", frozenset())
        for name, member in value.__dict__.items():
            if member is not None:
                yield from secrets(member, hidden=hidden or name in sensitive)
    else:
        for item in _items(value):
            yield from secrets(item, hidden=hidden)


def _items(value: object) -> Iterable[object]:
    """Return the items of a list or the values of a map."""
    if isinstance(value, dict):
        return cast("dict[str, object]", value).values()
    return cast("list[object]", value) if isinstance(value, list) else ()


def _content(blob: bytes) -> object:
    """Read a blob as JSON, which WhatsApp messages are, else as text, else as an empty string."""
    try:
        return read_json(blob, allow_inf_nan=True)
    except ValueError:
        return blob.decode("utf-8", "ignore") if len(blob) <= LONGEST_TEXT else ""


class Redacted:
    """Stands for a value that must not be printed."""

    def __repr__(self) -> str:
        return HIDDEN


REDACTED = Redacted()


def withholding(schema: core_schema.CoreSchema) -> core_schema.CoreSchema:
    """Wrap the schema of a model so that its validation errors contain no rejected value.

    pydantic's ``hide_input_in_errors`` leaves the values out of an error's text, but not out of
    its ``errors()``, which web frameworks send to their clients.
    """
    if _withholds(cast("dict[str, Any]", schema)):
        return schema
    inner = cast("dict[str, Any]", schema).copy()
    ref = inner.pop("ref", None)
    return core_schema.no_info_wrap_validator_function(
        _withhold, cast("core_schema.CoreSchema", inner), ref=ref
    )


def without_withholding(schema: Any) -> Any:
    """Return a copy of a schema that runs no Python code per model."""
    if isinstance(schema, list):
        return [without_withholding(item) for item in cast("list[object]", schema)]
    if not isinstance(schema, dict):
        return schema
    parts = cast("dict[str, Any]", schema)
    if _withholds(parts):
        return without_withholding(unwrapped(parts))
    return {
        key: value if key in _LEAVES else without_withholding(value) for key, value in parts.items()
    }


def unwrapped(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a model without the wrapper of ``withholding``."""
    if not _withholds(schema):
        return schema
    inner: dict[str, Any] = schema["schema"]
    return {**inner, "ref": schema["ref"]} if "ref" in schema else inner


_LEAVES = frozenset({"cls", "default", "expected", "members", "metadata", "serialization"})
"""Keys of a schema that contain no validator's schema."""


def _withholds(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "function-wrap" and schema["function"]["function"] is _withhold


def _withhold(value: object, handler: Callable[[object], object]) -> object:
    try:
        return handler(value)
    except ValidationError as error:
        raise withheld(error) from None


def withheld(error: ValidationError) -> ValidationError:
    """Return the same error without the rejected values, neither as input nor as keys of maps."""
    details = error.errors(include_url=False, include_input=False)
    refused = {detail["loc"][:-1] for detail in details if detail["loc"][-1:] == (KEY,)}
    return ValidationError.from_exception_data(
        error.title,
        [_without_value(detail, refused) for detail in details],
        hide_input=True,
    )


def _without_value(detail: ErrorDetails, refused: set[tuple[int | str, ...]]) -> InitErrorDetails:
    location = detail["loc"]
    for end in range(1, len(location) + 1):
        if location[:end] in refused:
            location = (*location[: end - 1], HIDDEN, *location[end:])
            break
    kind, context = detail["type"], dict(detail.get("ctx", {}))
    if kind in _FOREIGN_TEXT:
        context["error"] = HIDDEN
    if kind in _KNOWN:
        return {"type": kind, "loc": location, "input": HIDDEN, "ctx": context}
    custom: Any = PydanticCustomError  # whose message is a literal for type checkers
    return {"type": custom(kind, detail["msg"]), "loc": location, "input": HIDDEN}


_KNOWN: frozenset[str] = frozenset(get_args(core_schema.ErrorType))
_FOREIGN_TEXT = frozenset({"get_attribute_error", "iteration_error", "mapping_type"})
"""Kinds of errors that quote an exception of the caller's own object."""
