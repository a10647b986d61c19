"""Fault injection: throttles, server errors, dropped connections, delays, broken responses."""

from __future__ import annotations

import difflib
import math
import random
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from typing_extensions import Unpack

from smsreg.emulator.core.errors import ServiceFault
from smsreg.emulator.core.events import Disturbance
from smsreg.emulator.core.service_model import (
    END_USER,
    SMS,
    SOCIAL,
    STS,
    Operation,
    operation_names,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from smsreg.emulator.core.scope import Scope

Kind = Literal["throttle", "error", "drop_before", "drop_after", "delay", "truncate", "malformed"]

DEFAULT_RATE = 1.0
SMS_RATES = {
    "PutOptedOutNumber": 10.0,
    "DeleteOptedOutNumber": 10.0,
    "ListTagsForResource": 10.0,
    "PutMessageFeedback": 20.0,
}
SOCIAL_DEFAULT_RATE = 10.0
SOCIAL_RATES = {
    "SendWhatsAppMessage": 1000.0,
    "PostWhatsAppMessageMedia": 100.0,
    "GetWhatsAppMessageMedia": 100.0,
    "DeleteWhatsAppMessageMedia": 100.0,
}
"""The documented requests per second for each operation, per account and Region."""


class When(TypedDict, total=False):
    """When a fault strikes; the same four for every fault."""

    times: int | None
    """How many calls; None is all of them. One, or all where there is a probability."""
    skip: int
    """How many calls pass unaffected first."""
    probability: float
    """The share of calls, above 0 and up to 1, that it strikes."""
    seed: int | None
    """Of the draws that a probability takes."""


_CODE = re.compile(r"[A-Za-z0-9_.]{1,100}")


@dataclass(slots=True)
class Fault:
    """One scripted fault. `hits` counts how often it struck."""

    kind: Kind
    operation: str | None
    times: int | None
    skip: int
    probability: float
    chance: random.Random = field(repr=False)
    code: str | None = None
    status: int | None = None
    message: str = ""
    seconds: float = 0.0
    body: bytes = b""
    hits: int = 0

    def strikes(self, operation: Operation) -> bool:
        """Whether it strikes this call; counts the call."""
        if self.operation not in (None, operation.name):
            return False
        if self.times is not None and self.hits >= self.times:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.probability < 1.0 and self.chance.random() >= self.probability:
            return False
        self.hits += 1
        return True


class Faults:
    """The script of one emulator.

    Each method adds a fault that strikes the next call of an operation (of any operation without
    a name): `times=2` the next two, `times=None` all of them, `skip=3` passes three calls
    unaffected first, `probability=0.1` strikes one in ten, by a `seed`. The first fault that
    strikes decides; delays add to it.
    """

    def __init__(
        self, now: Callable[[], float], disturb: Callable[[Disturbance | None], None]
    ) -> None:
        self._now = now
        self._disturb = disturb
        self.disturbance: Disturbance | None = None
        """What `disturb_events` set."""
        self._script: list[Fault] = []
        self._quota: Quota | None = None

    def throttle(self, operation: str | None = None, **when: Unpack[When]) -> Fault:
        """Respond with the service's throttling error, before any work is done."""
        return self._add("throttle", operation, when)

    def server_error(self, operation: str | None = None, **when: Unpack[When]) -> Fault:
        """Respond with the service's internal error (HTTP 500), before any work is done."""
        return self._add("error", operation, when)

    def error(
        self,
        operation: str | None = None,
        *,
        code: str,
        status: int | None = None,
        message: str = "scripted",
        **when: Unpack[When],
    ) -> Fault:
        """Respond with any error, before any work is done."""
        if _CODE.fullmatch(_text("code", code)) is None:
            raise _refused("code", "it must be an error's name", code)
        _text("message", message)
        if status is not None and not 400 <= _whole("status", status) <= 599:  # noqa: PLR2004  # HTTP's errors
            raise _refused("status", "it is an HTTP status from 400 to 599", status)
        fault = self._add("error", operation, when)
        fault.code, fault.status, fault.message = code, status, message
        return fault

    def drop(
        self, operation: str | None = None, *, after: bool = False, **when: Unpack[When]
    ) -> Fault:
        """Close the connection without a response, before the work is done or after it."""
        return self._add("drop_after" if after else "drop_before", operation, when)

    def delay(self, seconds: float, operation: str | None = None, **when: Unpack[When]) -> Fault:
        """Wait (in real time) between the work and the response."""
        if _number("seconds", seconds) < 0:
            raise _refused("seconds", "it must be 0 or more", seconds)
        fault = self._add("delay", operation, when)
        fault.seconds = seconds
        return fault

    def truncate(self, operation: str | None = None, **when: Unpack[When]) -> Fault:
        """Do the work, send headers for the whole response but half of its body, and close."""
        return self._add("truncate", operation, when)

    def malformed(
        self,
        operation: str | None = None,
        *,
        body: bytes = b"<html><body>It works!</body></html>",
        **when: Unpack[When],
    ) -> Fault:
        """Do the work and respond with status 200 and a body that is malformed for the protocol."""
        _bytes("body", body)
        fault = self._add("malformed", operation, when)
        fault.body = body
        return fault

    def throttle_by_quota(self, *, scale: float = 1.0, burst: float = 1.0) -> None:
        """Throttle every operation at its documented requests per second, times `scale`.

        `burst` is the bucket's capacity in seconds of that rate. Time is the emulator's clock.
        """
        for name, value in (("scale", scale), ("burst", burst)):
            if _number(name, value) <= 0:
                raise _refused(name, "it must be more than 0", value)
        self._quota = Quota(self._now, scale, burst)

    def disturb_events(
        self,
        *,
        lose: float = 0.0,
        double: float = 0.0,
        shuffle: bool = False,
        seed: int | None = None,
    ) -> None:
        """Lose a share of what is pushed, deliver a share of the rest twice, or out of order.

        The services' events are best effort: a consumer has to read the state to be sure.
        """
        for name, value in (("lose", lose), ("double", double)):
            if not 0 <= _number(name, value) <= 1:
                raise _refused(name, "it must be from 0 to 1", value)
        if seed is not None:
            _whole("seed", seed)
        _truth("shuffle", shuffle)
        self.disturbance = Disturbance(lose=lose, double=double, shuffle=shuffle, seed=seed)
        self._disturb(self.disturbance)

    def clear(self) -> None:
        """Remove every fault, the quota and the disturbance of events."""
        self._script.clear()
        self.disturbance = None
        self._disturb(None)
        self._quota = None

    def remove(self, fault: Fault) -> None:
        """Remove one fault from the script."""
        self._script.remove(fault)

    def __iter__(self) -> Iterator[Fault]:
        return iter(tuple(self._script))

    @property
    def quota(self) -> Quota | None:
        """What `throttle_by_quota` set."""
        return self._quota

    def strike(self, operation: Operation, scope: Scope) -> tuple[Fault | None, float]:
        """The fault that strikes a call, if any, and how long its response is delayed."""
        wait = 0.0
        struck: Fault | None = None
        for fault in self._script:
            if struck is not None and fault.kind != "delay":
                continue
            if fault.strikes(operation):
                if fault.kind == "delay":
                    wait += fault.seconds
                else:
                    struck = fault
        if struck is None and self._quota is not None and not self._quota.admits(operation, scope):
            struck = Fault("throttle", None, None, 0, 1.0, random.Random(0))
        return struck, wait

    def _add(self, kind: Kind, operation: str | None, when: When) -> Fault:
        unknown = set(when) - {"times", "skip", "probability", "seed"}
        if unknown:
            msg = f"unexpected arguments: {', '.join(sorted(unknown))}"
            raise TypeError(msg)
        probability = when.get("probability")
        if probability is not None and not 0 < _number("probability", probability) <= 1:
            raise _refused("probability", "it must be above 0 and at most 1", probability)
        times = when.get("times", 1 if probability is None else None)
        if times is not None and _whole("times", times) < 1:
            raise _refused("times", "it must be 1 or more, or None for every call", times)
        skip = when.get("skip", 0)
        if _whole("skip", skip) < 0:
            raise _refused("skip", "it must be 0 or more", skip)
        seed = when.get("seed")
        fault = Fault(
            kind=kind,
            operation=None if operation is None else _operation(operation),
            times=times,
            skip=skip,
            probability=1.0 if probability is None else float(probability),
            chance=random.Random(None if seed is None else _whole("seed", seed)),
        )
        self._script.append(fault)
        return fault


def _operation(name: str) -> str:
    """The service's name of an operation that is named so or by its client method."""
    known = operation_names()
    found = known.get(_text("operation", name))
    if found is None:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise _refused("operation", f"no service has an operation of this name{hint}", name)
    return found


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise _refused(name, "it must be a finite number", value)
    return value


def _whole(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _refused(name, "it must be a whole number", value)
    return value


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _refused(name, "it must be a text", value)
    return value


def _truth(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise _refused(name, "it must be true or false", value)


def _bytes(name: str, value: Any) -> None:
    if not isinstance(value, bytes):
        raise _refused(name, "it must be bytes", value)


def _refused(name: str, why: str, value: Any) -> ValueError:
    return ValueError(f"{name}: {why}, not {ascii(value)[:80]}")


def service_fault(fault: Fault, operation: Operation) -> ServiceFault:
    """The error that a throttle or error fault responds with."""
    sms = operation.service == SMS
    if fault.kind == "throttle" and operation.service == STS:
        return ServiceFault("Throttling", "Rate exceeded", status=400)
    if fault.kind == "throttle":
        code = "ThrottledRequestException" if operation.service == SOCIAL else "ThrottlingException"
        return ServiceFault(code, "Rate exceeded", status=400 if sms else 429)
    social = operation.service == SOCIAL
    internal = "InternalServiceException" if social else "InternalServerException"
    message = fault.message or "An internal error occurred"
    code = fault.code or internal
    return ServiceFault(code, message, status=fault.status)


class Quota:
    """A token bucket for each operation of each account and Region."""

    def __init__(self, now: Callable[[], float], scale: float, burst: float) -> None:
        self._now = now
        self.scale = scale
        self.burst = burst
        self._buckets: dict[tuple[Scope, str, str], tuple[float, float]] = {}

    def admits(self, operation: Operation, scope: Scope) -> bool:
        """Whether a call is within its operation's rate; counts the call."""
        if operation.service == SMS:
            rate = SMS_RATES.get(operation.name, DEFAULT_RATE)
        elif operation.service == END_USER:
            # inferred: the quotas of endusermessaging are not documented; they are as for SMS.
            rate = DEFAULT_RATE
        else:
            rate = SOCIAL_RATES.get(operation.name, SOCIAL_DEFAULT_RATE)
        rate *= self.scale
        size = max(1.0, rate * self.burst)
        now = self._now()
        key = (scope, operation.service, operation.name)
        level, before = self._buckets.get(key, (size, now))
        level = min(size, level + (now - before) * rate)
        admitted = level >= 1.0
        self._buckets[key] = (level - 1.0 if admitted else level, now)
        return admitted
