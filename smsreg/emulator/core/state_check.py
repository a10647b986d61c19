"""Whether a document is a valid state, checked before any of it is loaded.

The structure of the tables and the types of the emulator's own members are checked first. The rest
is validated against the services' models by reading it back: every read operation is executed on a
copy, and its response compared with the model.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

from smsreg.emulator.core.errors import ServiceFault
from smsreg.emulator.core.validation import check_request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from smsreg.emulator.core.service_model import Doc, Json, Operation

_TEXT = (str,)
_NUMBER, _COUNT = (int, float), (int,)
_OBJECT, _LIST, _NOTHING = (dict,), (list,), (type(None),)
_Kinds = tuple[type, ...]

_PARTS: dict[str, _Kinds] = {
    "tables": _OBJECT,
    "arns": _OBJECT,
    "tags": _OBJECT,
    "tokens": _OBJECT,
    "messages": _OBJECT,
    "singles": _OBJECT,
    "sequence": _COUNT,
}
_OWN: dict[str, _Kinds] = {
    "_account": _TEXT,
    "_active_at": (*_NUMBER, *_NOTHING),
    "_application": (*_TEXT, *_NOTHING),
    "_associations": _LIST,
    "_calls": (*_OBJECT, *_NOTHING),
    "_code": (*_TEXT, *_NOTHING),
    "_definition": _OBJECT,
    "_due": _LIST,
    "_ends": _NUMBER,
    "_key": (*_TEXT, *_NOTHING),
    "_kind": _TEXT,
    "_media": (*_OBJECT, *_NOTHING),
    "_members": _LIST,
    "_numbers": _OBJECT,
    "_overrides": _OBJECT,
    "_phone": _TEXT,
    "_posted": _NUMBER,
    "_preview": _TEXT,
    "_previewed": _NUMBER,
    "_problems": _LIST,
    "_profile": _TEXT,
    "_provisioned_at": _NUMBER,
    "_released_at": _NUMBER,
    "_rules": _OBJECT,
    "_sent": _LIST,
    "_seq": _COUNT,
    "_size": (*_COUNT, *_NOTHING),
    "_submitted": _NUMBER,
    "_todo": _OBJECT,
    "_to": _TEXT,
    "_type": (*_TEXT, *_NOTHING),
    "_uploaded_at": _NUMBER,
    "_values": _OBJECT,
    "_verdict": (*_OBJECT, *_NOTHING),
    "_versions": _LIST,
}
"""The emulator's own members of records, which no model describes."""
_INSIDE: dict[str, _Kinds] = {
    "_associations": _OBJECT,
    "_due": _LIST,
    "_members": _OBJECT,
    "_numbers": _OBJECT,
    "_overrides": _OBJECT,
    "_problems": _OBJECT,
    "_rules": _OBJECT,
    "_sent": _NUMBER,
    "_values": _OBJECT,
    "_versions": _OBJECT,
}
"""The item types of those that are lists or objects."""


def check_form(state: Json) -> None:
    """Check the parts of a state and the emulator's own members against their types.

    Raises:
        ValueError: They differ; the message says where, and contains no value.
    """
    _kind(state, _OBJECT, "state")
    missing = sorted(set(_PARTS) - set(state))
    if missing:
        raise _wrong("state", f"{', '.join(missing)} is missing")
    for name, kinds in _PARTS.items():
        _kind(state[name], kinds, name)
    for name, table in state["tables"].items():
        for key, record in _entries(table, f"tables.{_shown(name)}"):
            _members(record, f"tables.{_shown(name)}.{_shown(key)}")
    for arn, target in state["arns"].items():
        _arn(state["tables"], target, f"arns.{_shown(arn)}")
    _check_rest(state)


def _check_rest(state: Doc) -> None:
    for arn, tags in state["tags"].items():
        for key, value in _object(tags, f"tags.{_shown(arn)}").items():
            _kind(value, _TEXT, f"tags.{_shown(arn)}.{_shown(key)}")
    for key, token in _entries(state["tokens"], "tokens"):
        for name, kinds in (("at", _NUMBER), ("mark", _TEXT), ("answer", _OBJECT)):
            _kind(token.get(name), kinds, f"tokens.{_shown(key)}.{name}")
    for key, message in _entries(state["messages"], "messages"):
        for name, kinds in (("MessageId", _TEXT), ("Operation", _TEXT), ("Timestamp", _NUMBER)):
            _kind(message.get(name), kinds, f"messages.{_shown(key)}.{name}")
    for key, value in state["singles"].items():
        _kind(value, _OBJECT, f"singles.{_shown(key)}")


def check_content(
    reads: Iterable[tuple[Operation, Doc]], perform: Callable[[Operation, Doc], Doc]
) -> None:
    """Read a state back through the read operations, and compare with the model.

    Args:
        reads: The operations and their parameters.
        perform: Executes an operation against a copy of the state.

    Raises:
        ValueError: A response does not match the model, or an operation fails.
    """
    for operation, params in reads:
        _read_back(operation, params, perform)


def _read_back(operation: Operation, params: Doc, perform: Callable[[Operation, Doc], Doc]) -> None:
    try:
        check_request(operation.output, perform(operation, params))
    except ServiceFault as fault:
        raise _wrong(operation.name, fault.message[:400]) from None
    except Exception as problem:  # noqa: BLE001  # whatever a handler makes of foreign values
        raise _wrong(operation.name, f"{type(problem).__name__} on its records") from None


def _entries(value: Json, path: str) -> list[tuple[str, Doc]]:
    return [
        (key, _object(entry, f"{path}.{_shown(key)}"))
        for key, entry in _object(value, path).items()
    ]


def _members(value: Json, path: str) -> None:
    """Check the emulator's own members at any depth, and every number."""
    if isinstance(value, dict):
        for name, member in cast("dict[str, Any]", value).items():
            kinds = _OWN.get(name)
            if kinds is not None:
                _kind(member, kinds, f"{path}.{name}")
            if name in _INSIDE:
                for entry in _inside(member):
                    _kind(entry, _INSIDE[name], f"{path}.{name}")
            _members(member, f"{path}.{_shown(name)}")
    elif isinstance(value, list):
        for index, member in enumerate(cast("Iterable[Any]", value)):
            _members(member, f"{path}[{index}]")
    elif isinstance(value, float) and not math.isfinite(value):
        raise _wrong(path, "it is not a finite number")


def _inside(member: Json) -> Iterable[Json]:
    if isinstance(member, dict):
        return cast("dict[str, Any]", member).values()
    return cast("Iterable[Any]", member)


def _arn(tables: Doc, target: Json, path: str) -> None:
    _kind(target, _LIST, path)
    known = len(target) == 2 and all(isinstance(part, str) for part in target)  # noqa: PLR2004  # a pair
    if not known or target[1] not in tables.get(target[0], {}):
        raise _wrong(path, "it leads to no record")


def _object(value: Json, path: str) -> Doc:
    _kind(value, _OBJECT, path)
    return cast("Doc", value)


def _kind(value: Json, kinds: _Kinds, path: str) -> None:
    truth = isinstance(value, bool) and bool not in kinds
    if truth or not isinstance(value, kinds):
        names = " or ".join(_NAMES[kind] for kind in kinds)
        raise _wrong(path, f"it must be {names}, not {_name(value)}")
    if isinstance(value, float) and not math.isfinite(value):
        raise _wrong(path, "it is not a finite number")


_NAMES: dict[type, str] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    dict: "an object",
    list: "a list",
    type(None): "null",
}


def _name(value: object) -> str:
    return next((name for kind, name in _NAMES.items() if type(value) is kind), "missing")


def _shown(name: str) -> str:
    return ascii(name[:64])[1:-1]


def _wrong(path: str, what: str) -> ValueError:
    return ValueError(f"{path}: {what}")
