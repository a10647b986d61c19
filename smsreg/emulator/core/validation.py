"""Validates requests against botocore's model, with every constraint that it states.

botocore itself checks types, required members and minimums only; the real service checks the rest,
and so does this module. Validation also converts wire values for handlers: blobs become bytes, null
members are left out.
"""

from __future__ import annotations

import base64
import binascii
import math
from typing import TYPE_CHECKING, Any, cast

from smsreg.emulator.core.errors import FieldProblem, ServiceFault, invalid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smsreg.emulator.core.service_model import Doc, Json, Shape

_INTEGER_BITS = {"integer": 31, "long": 63}
_LATEST_TIMESTAMP = 253_402_300_799  # the end of the year 9999, the last that clients can represent
_EARLIEST_TIMESTAMP = -62_135_596_800

MISSING = "Member must not be null"


def check_request(shape: Shape, raw: Doc) -> Doc:
    """The request as handlers take it; raises ValidationException that lists every problem."""
    # inferred: a member of the wrong JSON type is a ValidationException, like any other problem.
    problems: list[FieldProblem] = []
    value = _structure(shape, raw, "", problems)
    if problems:
        raise refusal(problems)
    return value


def refusal(problems: list[FieldProblem]) -> ServiceFault:
    """The ValidationException for these problems."""
    # inferred: the reason is MISSING_PARAMETER when members are missing and nothing else is
    # wrong, INVALID_PARAMETER otherwise.
    missing = all(problem.message == MISSING for problem in problems)
    noun = "error" if len(problems) == 1 else "errors"
    listed = "; ".join(f"{problem.name}: {problem.message}" for problem in problems)
    return invalid(
        "MISSING_PARAMETER" if missing else "INVALID_PARAMETER",
        f"{len(problems)} validation {noun} detected: {listed}",
        *problems,
    )


def _check(shape: Shape, value: Json, path: str, problems: list[FieldProblem]) -> Json:
    return _CHECKS.get(shape.kind, _number)(shape, value, path, problems)


def _structure(shape: Shape, value: Json, path: str, problems: list[FieldProblem]) -> Doc:
    if not isinstance(value, dict):
        _bad(problems, path, "Member must be a structure")
        return {}
    given = cast("Doc", value)
    prefix = f"{path}." if path else ""
    result: Doc = {}
    for name, item in given.items():
        member = shape.members.get(name)
        if member is None:
            _bad(problems, f"{prefix}{name[:64]}", "Member is not known to this operation")
        elif item is not None:
            result[name] = _check(member.shape, item, f"{prefix}{name}", problems)
    for name in shape.required:
        if given.get(name) is None:
            _bad(problems, f"{prefix}{name}", MISSING)
    if shape.union and len(result) != 1:
        _bad(problems, path, "Exactly one member must be set")
    return result


def _string(shape: Shape, value: Json, path: str, problems: list[FieldProblem]) -> Json:
    if not isinstance(value, str):
        _bad(problems, path, "Member must be a string")
        return value
    if shape.enum is not None:
        if value not in shape.enum:
            allowed = ", ".join(sorted(shape.enum))
            _bad(problems, path, f"Member must satisfy enum value set: [{allowed}]")
        return value
    # A pattern is only run on a value of bounded length, so that it cannot take long.
    fits = _size(shape, len(value), path, problems)
    if fits and shape.pattern is not None and shape.pattern.fullmatch(value) is None:
        rule = shape.pattern.pattern
        _bad(problems, path, f"Member must satisfy regular expression pattern: {rule}")
    return value


def _boolean(_: Shape, value: Json, path: str, problems: list[FieldProblem]) -> Json:
    if not isinstance(value, bool):
        _bad(problems, path, "Member must be a boolean")
    return value


def _list(shape: Shape, value: Json, path: str, problems: list[FieldProblem]) -> Json:
    if not isinstance(value, list):
        _bad(problems, path, "Member must be a list")
        return value
    items = cast("Sequence[Json]", value)
    if not _size(shape, len(items), path, problems) or shape.element is None:
        return items
    result: list[Any] = []
    for index, item in enumerate(items):
        if item is None:
            _bad(problems, f"{path}[{index}]", MISSING)
        else:
            result.append(_check(shape.element, item, f"{path}[{index}]", problems))
    return result


def _map(shape: Shape, value: Json, path: str, problems: list[FieldProblem]) -> Json:
    if not isinstance(value, dict):
        _bad(problems, path, "Member must be a map")
        return value
    items = cast("Doc", value)
    if not _size(shape, len(items), path, problems) or shape.element is None or shape.key is None:
        return items
    result: Doc = {}
    for index, (key, item) in enumerate(items.items()):
        where = f"{path}[{index}]"
        _check(shape.key, key, f"{where}.key", problems)
        if item is None:
            _bad(problems, where, MISSING)
        else:
            result[key] = _check(shape.element, item, where, problems)
    return result


def _blob(shape: Shape, value: Json, path: str, problems: list[FieldProblem]) -> Json:
    if not isinstance(value, str):
        _bad(problems, path, "Member must be a base64 encoded string")
        return b""
    try:
        content = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        _bad(problems, path, "Member must be a base64 encoded string")
        return b""
    _size(shape, len(content), path, problems)
    return content


def _timestamp(_: Shape, value: Json, path: str, problems: list[FieldProblem]) -> Json:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        _bad(problems, path, "Member must be a timestamp in seconds since the epoch")
    elif not _EARLIEST_TIMESTAMP <= value <= _LATEST_TIMESTAMP:
        _bad(problems, path, "Member must be a timestamp between the years 1 and 9999")
    return value


def _number(shape: Shape, value: Json, path: str, problems: list[FieldProblem]) -> Json:
    bits = _INTEGER_BITS.get(shape.kind)
    kinds = (int,) if bits else (int, float)
    if (
        isinstance(value, bool)
        or not isinstance(value, kinds)
        or (bits and not -(2**bits) <= value < 2**bits)
        or not math.isfinite(value)
    ):
        _bad(problems, path, f"Member must be of type {shape.kind}")
    else:
        if shape.minimum is not None and value < shape.minimum:
            _bad(problems, path, f"Member must have value greater than or equal to {shape.minimum}")
        if shape.maximum is not None and value > shape.maximum:
            _bad(problems, path, f"Member must have value less than or equal to {shape.maximum}")
    return value


def _size(shape: Shape, size: int, path: str, problems: list[FieldProblem]) -> bool:
    if shape.minimum is not None and size < shape.minimum:
        _bad(problems, path, f"Member must have length greater than or equal to {shape.minimum}")
        return False
    if shape.maximum is not None and size > shape.maximum:
        _bad(problems, path, f"Member must have length less than or equal to {shape.maximum}")
        return False
    return True


_CHECKS = {
    "structure": _structure,
    "string": _string,
    "list": _list,
    "map": _map,
    "boolean": _boolean,
    "blob": _blob,
    "timestamp": _timestamp,
}


def _bad(problems: list[FieldProblem], path: str, message: str) -> None:
    problems.append(FieldProblem(path or "request", message))
