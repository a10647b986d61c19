"""Dictionaries under the service's member names, as boto3 takes and returns them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterable


def with_boto_names(value: Any) -> Any:
    """Replace models in a boto3 parameter by their dictionaries, unset members included."""
    if isinstance(value, BaseModel):
        members = {
            alias: with_boto_names(value.__dict__[name]) for name, alias in wire_names(type(value))
        }
        return members | (value.__pydantic_extra__ or {})
    if isinstance(value, (list, tuple)):
        return [with_boto_names(item) for item in cast("Iterable[object]", value)]
    if isinstance(value, Mapping):
        entries = cast("Mapping[object, object]", value).items()
        return {key: with_boto_names(item) for key, item in entries}
    return value


def without_nulls(content: Any) -> Any:
    """Copy parsed JSON without the nulls in its objects and lists."""
    if isinstance(content, dict):
        members = cast("dict[str, object]", content)
        return {k: without_nulls(v) for k, v in members.items() if v is not None}
    if isinstance(content, list):
        items = cast("list[object]", content)
        return [without_nulls(item) for item in items if item is not None]
    return content


@cache
def wire_names(cls: type[BaseModel]) -> tuple[tuple[str, str], ...]:
    """Return the attributes of a model, each with the service's name for it."""
    return tuple((name, info.alias or name) for name, info in cls.model_fields.items())
