"""What each control call does; paths, JSON and errors are elsewhere."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from smsreg._version import __version__
from smsreg.emulator.fault_documents import add_fault, describe_faults
from smsreg.emulator.social_messaging.accounts import FIRST_PHONE_NUMBER

if TYPE_CHECKING:
    from collections.abc import Callable

    from smsreg.emulator.controlled import Controlled
    from smsreg.emulator.controls import Controls
    from smsreg.emulator.core.scope import Scope
    from smsreg.emulator.core.service_model import Doc, Json


class NotFound(Exception):  # noqa: N818  # it is what HTTP calls it
    """There is no such resource or call."""


class Params:
    """The members of a call's body, read one by one; each error names its member."""

    def __init__(self, document: Doc) -> None:
        self._document = document
        self._read: set[str] = set()

    def get(self, name: str, kinds: tuple[type, ...], what: str, default: Json = ...) -> Json:
        """A member of one of these types; required unless there is a default."""
        self._read.add(name)
        value = self._document.get(name, default)
        if value is default and default is not ...:
            return value
        if (
            value is ...
            or not isinstance(value, kinds)
            or (isinstance(value, bool) and bool not in kinds)
        ):
            msg = f"{name}: it must be {what}"
            raise ValueError(msg)
        if isinstance(value, float) and not math.isfinite(value):
            msg = f"{name}: it must be a finite number"
            raise ValueError(msg)
        return value

    def text(self, name: str, default: Json = ...) -> Json:
        """A text that is not blank."""
        value = self.get(name, (str,), "a text", default)
        if isinstance(value, str) and not value.strip():
            msg = f"{name}: it must be a text that is not blank"
            raise ValueError(msg)
        return value

    def number(self, name: str, default: Json = ...) -> Json:
        """A finite number."""
        return self.get(name, (int, float), "a number", default)

    def texts(self, name: str) -> dict[str, str] | None:
        """An object whose members are texts."""
        value = cast("dict[str, Any] | None", self.get(name, (dict,), "an object", None))
        for key, text in (value or {}).items():
            if not isinstance(text, str) or not text.strip():
                msg = f"{name}.{ascii(key[:64])[1:-1]}: it must be a text that is not blank"
                raise ValueError(msg)
        return value

    def whole(self) -> Doc:
        """The document itself, whatever its members."""
        self._read.update(self._document)
        return self._document

    def done(self) -> None:
        """Reject members that this call does not have."""
        unknown = sorted(set(self._document) - self._read)
        if unknown:
            shown = ", ".join(ascii(name[:64])[1:-1] for name in unknown[:5])
            msg = f"{shown}: this call has no such member"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class ControlCall:
    """One control call: its subject and its arguments."""

    emulator: Controlled
    scope: Scope
    arguments: list[str]
    params: Params

    @property
    def controls(self) -> Controls:
        """The decisions of the account and Region that the call is about."""
        return self.emulator.controls(self.scope.account_id, self.scope.region)


CALLS: dict[tuple[str, ...], Callable[[ControlCall], Json]] = {}
"""Handlers by method and path; a star stands for an id."""


def _call(
    method: str, path: str
) -> Callable[[Callable[[ControlCall], Json]], Callable[[ControlCall], Json]]:
    def register(act: Callable[[ControlCall], Json]) -> Callable[[ControlCall], Json]:
        CALLS[tuple([method, *path.split("/")])] = act  # noqa: C409  # Python 3.10 takes no star there
        return act

    return register


@_call("GET", "health")
def _health(call: ControlCall) -> Json:
    emulator = call.emulator
    return {
        "status": "ok",
        "version": __version__,
        "now": emulator.clock.now(),
        "account": call.scope.account_id,
        "region": call.scope.region,
        "scopes": [scope._asdict() for scope in emulator.accounts.scopes],
        "unexpected": [type(problem).__name__ for problem in emulator.unexpected],
    }


@_call("GET", "state")
def _state(call: ControlCall) -> Json:
    return call.emulator.snapshot()


@_call("PUT", "state")
def _put_state(call: ControlCall) -> Json:
    call.emulator.restore(call.params.whole())
    return {"now": call.emulator.clock.now()}


@_call("POST", "reset")
def _reset(call: ControlCall) -> Json:
    call.params.done()
    call.emulator.reset()
    return {"now": call.emulator.clock.now()}


@_call("GET", "clock")
def _clock(call: ControlCall) -> Json:
    return {"now": call.emulator.clock.now()}


@_call("POST", "clock")
def _advance(call: ControlCall) -> Json:
    seconds: float = call.params.number("advance")
    call.params.done()
    try:
        call.emulator.advance(seconds=seconds)
    except ValueError as problem:
        msg = f"advance: {problem}"
        raise ValueError(msg) from None
    return {"now": call.emulator.clock.now()}


@_call("POST", "registrations/*/approve")
def _approve(call: ControlCall) -> Json:
    call.params.done()
    return _decided(call, lambda: call.controls.approve(call.arguments[0]))


@_call("POST", "registrations/*/deny")
def _deny(call: ControlCall) -> Json:
    reason = call.params.text("reason", "The information could not be verified")
    fields = call.params.texts("fields")
    call.params.done()
    return _decided(call, lambda: call.controls.deny(call.arguments[0], reason, fields=fields))


@_call("POST", "registrations/*/revoke")
def _revoke(call: ControlCall) -> Json:
    call.params.done()
    return _decided(call, lambda: call.controls.revoke(call.arguments[0]))


@_call("POST", "registrations/*/require-authentication")
def _require_authentication(call: ControlCall) -> Json:
    call.params.done()
    return _decided(call, lambda: call.controls.require_authentication(call.arguments[0]))


def _decided(call: ControlCall, decide: Callable[[], None]) -> Json:
    identifier = call.arguments[0]
    _found(decide)
    return {"id": identifier, "status": call.controls.status(identifier)}


@_call("GET", "faults")
def _faults(call: ControlCall) -> Json:
    return describe_faults(call.emulator.faults)


@_call("POST", "faults")
def _add_fault(call: ControlCall) -> Json:
    return add_fault(call.emulator.faults, call.params.whole())


@_call("DELETE", "faults")
def _clear_faults(call: ControlCall) -> Json:
    call.params.done()
    call.emulator.faults.clear()
    return []


@_call("GET", "calls")
def _calls(call: ControlCall) -> Json:
    listed: list[Doc] = []
    for received in call.emulator.calls:
        if received.scope == call.scope:
            entry: dict[str, Any] = dataclasses.asdict(received)
            del entry["scope"]
            listed.append({**entry, "account": call.scope[0], "region": call.scope[1]})
    return listed


@_call("DELETE", "calls")
def _clear_calls(call: ControlCall) -> Json:
    call.params.done()
    call.emulator.calls.clear()
    return []


@_call("GET", "messages")
def _messages(call: ControlCall) -> Json:
    return call.controls.messages


@_call("GET", "events")
def _events(call: ControlCall) -> Json:
    return call.emulator.events_of(call.scope)


@_call("POST", "inbound/text")
def _inbound_text(call: ControlCall) -> Json:
    sender, destination = call.params.text("from"), call.params.text("to")
    body = call.params.text("body")
    call.params.done()
    return _found(lambda: call.controls.receive_text(sender, destination, body))


@_call("POST", "inbound/whatsapp")
def _inbound_whatsapp(call: ControlCall) -> Json:
    sender = call.params.text("from")
    destination = call.params.text("to", FIRST_PHONE_NUMBER)
    body = call.params.text("body", None)
    message = call.params.get("message", (dict,), "an object", None)
    call.params.done()
    receive = call.controls.receive_whatsapp
    return {
        "message_id": _found(
            lambda: receive(sender, body, phone_number=destination, message=message)
        )
    }


@_call("POST", "messages/*/deliver")
def _deliver(call: ControlCall) -> Json:
    message_id, event_type = call.arguments[0], call.params.text("event_type")
    call.params.done()
    _found(lambda: call.controls.deliver(message_id, event_type))
    return {"message_id": message_id, "event_type": event_type}


def _found(act: Callable[[], Json]) -> Json:
    try:
        return act()
    except KeyError as problem:
        raise NotFound(ascii(problem.args[0])[1:-1]) from None


@_call("GET", "verification-codes")
def _verification_codes(call: ControlCall) -> Json:
    return call.controls.verification_codes


@_call("GET", "registrations")
def _registrations(call: ControlCall) -> Json:
    return call.controls.registrations
