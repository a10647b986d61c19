"""Outputs reduced to the shape that the model defines for them.

A handler returns a whole record; what is not a member of the operation's output is left out.
Timestamps are epoch seconds with a fraction and blobs base64, in both protocols.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc, Json, Shape


def shape_output(shape: Shape, record: Doc) -> Doc:
    """The record's members that are in the shape, in wire form."""
    result: Doc = {}
    for name, member in shape.members.items():
        value = record.get(name)
        if value is None:
            continue
        shaped = _value(member.shape, value)
        # A list that must not be empty is left out: the listings of an account without resources
        # would otherwise violate the model.
        empty = shaped in ([], {}) and bool(member.shape.minimum)
        if not empty or name in shape.required:
            result[member.wire_name] = shaped
    return result


def _value(shape: Shape, value: Json) -> Json:
    kind = shape.kind
    if kind == "structure":
        return shape_output(shape, value)
    element = shape.element
    if kind == "list" and element is not None:
        if element.kind in ("string", "integer", "long"):
            return list(value)
        return [_value(element, item) for item in value]
    if kind == "map" and element is not None:
        return {key: _value(element, item) for key, item in value.items()}
    if kind == "blob":
        return base64.b64encode(value).decode("ascii")
    return value
