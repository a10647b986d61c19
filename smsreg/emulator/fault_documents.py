"""Faults as JSON: the format of the control API and of a fault file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smsreg.emulator.core.service_model import Doc, Json
    from smsreg.emulator.faults import Fault, Faults

_WHEN = ("operation", "times", "skip", "probability", "seed")
_MEMBERS: dict[str, tuple[str, ...]] = {
    "throttle": _WHEN,
    "server_error": _WHEN,
    "error": (*_WHEN, "code", "status", "message"),
    "drop": (*_WHEN, "after"),
    "delay": (*_WHEN, "seconds"),
    "truncate": _WHEN,
    "malformed": (*_WHEN, "body"),
    "throttle_by_quota": ("scale", "burst"),
    "disturb_events": ("lose", "double", "shuffle", "seed"),
}
"""The members of each fault, named as the method of `Faults` and its parameters."""
_REQUIRED = {"error": "code", "delay": "seconds"}


def add_fault(faults: Faults, document: Json) -> Doc:
    """Add one fault.

    Raises:
        ValueError: A member is missing, unknown or invalid; the message begins with its name.
    """
    if not isinstance(document, dict):
        raise ValueError("fault: a fault is a JSON object")  # noqa: TRY004  # content, not a call
    given: dict[str, Any] = dict(cast("Doc", document))
    name = given.pop("fault", None)
    if not isinstance(name, str) or name not in _MEMBERS:
        msg = f"fault: it must be one of {', '.join(_MEMBERS)}"
        raise ValueError(msg)
    unknown = sorted(set(given) - set(_MEMBERS[name]))
    if unknown:
        shown = ascii(unknown[0][:64])[1:-1]
        msg = f"{shown}: {name} has {', '.join(_MEMBERS[name])}"
        raise ValueError(msg)
    needed = _REQUIRED.get(name)
    if needed and needed not in given:
        msg = f"{needed}: {name} needs it"
        raise ValueError(msg)
    if "after" in given and not isinstance(given["after"], bool):
        raise ValueError("after: it must be true or false")
    if "body" in given:
        if not isinstance(given["body"], str):
            raise ValueError("body: it must be a text")
        given["body"] = given["body"].encode()
    made: Fault | None = getattr(faults, name)(**given)
    if made is not None:
        return _describe(made)
    return next(entry for entry in describe_faults(faults) if entry["fault"] == name)


def add_faults(faults: Faults, document: Json) -> None:
    """Add every fault of a list.

    Raises:
        ValueError: It is no list of faults; the message says which of them is wrong.
    """
    if not isinstance(document, list):
        raise ValueError("faults are a JSON list of objects")  # noqa: TRY004  # content, not a call
    for index, entry in enumerate(cast("Iterable[Json]", document)):
        _add_numbered(faults, index, entry)


def _add_numbered(faults: Faults, index: int, document: Json) -> None:
    try:
        add_fault(faults, document)
    except ValueError as problem:
        msg = f"[{index}].{problem}"
        raise ValueError(msg) from None


def describe_faults(faults: Faults) -> list[Doc]:
    """The script in the form that `add_fault` takes, with the number of hits of each fault."""
    described = [_describe(fault) for fault in faults]
    quota = faults.quota
    if quota is not None:
        described.append({"fault": "throttle_by_quota", "scale": quota.scale, "burst": quota.burst})
    disturbance = faults.disturbance
    if disturbance is not None:
        shares = {"lose": disturbance.lose, "double": disturbance.double}
        described.append({"fault": "disturb_events", **shares, "shuffle": disturbance.shuffle})
    return described


def _describe(fault: Fault) -> Doc:
    names = {"drop_before": "drop", "drop_after": "drop"}
    document: Doc = {
        "fault": names.get(fault.kind, fault.kind),
        "operation": fault.operation,
        "times": fault.times,
        "skip": fault.skip,
        "probability": fault.probability,
        "hits": fault.hits,
    }
    if fault.kind == "error":
        document["fault"] = "error" if fault.code else "server_error"
    if fault.code:
        document.update(code=fault.code, status=fault.status, message=fault.message)
    if fault.kind.startswith("drop"):
        document["after"] = fault.kind == "drop_after"
    if fault.kind == "delay":
        document["seconds"] = fault.seconds
    if fault.kind == "malformed":
        document["body"] = fault.body.decode("utf-8", "backslashreplace")
    return document
