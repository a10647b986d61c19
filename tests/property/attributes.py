"""Converts the member names of boto3's parameters to attribute names."""

from __future__ import annotations

import keyword
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from pydantic import BaseModel

if TYPE_CHECKING:
    from botocore.model import Shape


def attribute(member: str) -> str:
    name: str = xform_name(member)
    return f"{name}_" if keyword.iskeyword(name) or hasattr(BaseModel, name) else name


def snake_case(shape: Shape | None, value: Any) -> Any:
    """Rename the members to attributes, at every depth; a value that fits no shape is unchanged."""
    kind = shape.type_name if shape else "structure"
    if kind == "structure" and isinstance(value, dict):
        members = shape.members if shape else {}
        return {
            attribute(n) if n in members else n: snake_case(members[n], v) if n in members else v
            for n, v in value.items()
        }
    if kind == "list" and isinstance(value, list):
        return [snake_case(shape.member, item) for item in value]
    if kind == "map" and isinstance(value, dict):
        return {key: snake_case(shape.value, item) for key, item in value.items()}
    return value
