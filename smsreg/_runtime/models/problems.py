"""Validation problems as paths and rules, without the rejected values."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from smsreg._runtime.models.redaction import KEY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic import ValidationError

_WRAPPERS = (Annotated, Union, UnionType)


def problems(
    error: ValidationError, attributes_of: type[BaseModel] | None = None
) -> Iterator[tuple[str, str]]:
    """List the problems in a validation error as (member path, rule), without the values.

    Args:
        error: The validation error.
        attributes_of: The model that was validated, to name each member of a path by its attribute.
            pydantic names a missing member by its alias, and any other as the input does.
    """
    details = error.errors(include_url=False, include_context=False, include_input=False)
    # A rejected key of a map is itself an offending value: the path ends at its map.
    refused = {detail["loc"][:-1] for detail in details if detail["loc"][-1:] == (KEY,)}
    for detail in details:
        location = detail["loc"]
        ends = (end for end in range(1, len(location) + 1) if location[:end] in refused)
        steps: Iterable[int | str] = location[: next(ends, len(location) + 1) - 1]
        yield _path(_attributes(steps, attributes_of) if attributes_of else steps), detail["msg"]


def _path(steps: Iterable[int | str]) -> str:
    path = ""
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += f".{step}" if path else step
    return path


def _attributes(steps: Iterable[int | str], kind: Any) -> Iterator[int | str]:
    """Replace the members in a location by their attributes, starting from the outermost type."""
    for step in steps:
        while get_origin(kind) in _WRAPPERS:  # of a type, or of a type and None
            kind = next(inner for inner in get_args(kind) if inner is not NoneType)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            fields = kind.model_fields
            name = next((name for name, field in fields.items() if step in (name, field.alias)), "")
            kind = fields[name].annotation if name else None
            yield name or step
        else:
            kind = next(reversed(get_args(kind)), None)  # the items of a list, the values of a map
            yield step
