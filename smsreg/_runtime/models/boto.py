"""The form that boto3 takes and returns: dictionaries under the service's member names."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, cast

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterable

_wire: dict[type[BaseModel], tuple[tuple[str, str], ...]] = {}


def members_of(model: BaseModel) -> dict[str, Any]:
    """Return the members of a model that are set, with everything inside in the same form."""
    members = model.__dict__
    return {
        alias: _plain(value)
        for name, alias in _wire_names(type(model))
        if (value := members[name]) is not None
    }


def with_boto_names(value: Any) -> Any:
    """Replace the models in what boto3 takes by their dictionaries, unset members included."""
    if isinstance(value, BaseModel):
        members = {
            alias: with_boto_names(value.__dict__[name]) for name, alias in _wire_names(type(value))
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


def _wire_names(cls: type[BaseModel]) -> tuple[tuple[str, str], ...]:
    names = _wire.get(cls)
    if names is None:
        names = _wire[cls] = tuple(
            (name, info.alias or name) for name, info in cls.model_fields.items()
        )
    return names


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        to_boto = getattr(value, "to_boto", None)
        return members_of(value) if to_boto is None else to_boto()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, list):
        return [_plain(item) for item in cast("list[object]", value)]
    if isinstance(value, dict):
        entries = cast("dict[object, object]", value).items()
        return {_plain(key): _plain(item) for key, item in entries}
    return value
