"""Bad days, scripted: throttles, server errors, dropped connections, delays, broken answers."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from smsreg.emulator.core.errors import ServiceFault
from smsreg.emulator.core.service_model import SMS, Operation

if TYPE_CHECKING:
    from collections.abc import Callable

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
    a name): `times=2` the next two, `times=None` all of them, `skip=3` leaves three calls alone
    first, `probability=0.1` strikes one in ten, by a `seed`. The first fault that strikes decides;
    delays add to it.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._script: list[Fault] = []
        self._quota: _Quota | None = None

    def throttle(self, operation: str | None = None, **when: float | None) -> Fault:
        """Answer with the service's throttling error, before any work is done."""
        return self._add("throttle", operation, when)

    def server_error(self, operation: str | None = None, **when: float | None) -> Fault:
        """Answer with the service's internal error (HTTP 500), before any work is done."""
        return self._add("error", operation, when)

    def error(
        self,
        operation: str | None = None,
        *,
        code: str,
        status: int | None = None,
        message: str = "scripted",
        **when: float | None,
    ) -> Fault:
        """Answer with any error, before any work is done."""
        fault = self._add("error", operation, when)
        fault.code, fault.status, fault.message = code, status, message
        return fault

    def drop(
        self, operation: str | None = None, *, after: bool = False, **when: float | None
    ) -> Fault:
        """Close the connection without an answer, before the work is done or after it."""
        return self._add("drop_after" if after else "drop_before", operation, when)

    def delay(self, seconds: float, operation: str | None = None, **when: float | None) -> Fault:
        """Wait (in real time) between the work and the answer."""
        fault = self._add("delay", operation, when)
        fault.seconds = seconds
        return fault

    def truncate(self, operation: str | None = None, **when: float | None) -> Fault:
        """Do the work, announce the whole answer, send half of it and close."""
        return self._add("truncate", operation, when)

    def malformed(
        self,
        operation: str | None = None,
        *,
        body: bytes = b"<html><body>It works!</body></html>",
        **when: float | None,
    ) -> Fault:
        """Do the work and answer 200 with a body that is not this protocol's."""
        fault = self._add("malformed", operation, when)
        fault.body = body
        return fault

    def throttle_by_quota(self, *, scale: float = 1.0, burst: float = 1.0) -> None:
        """Hold every operation to its documented requests per second, times `scale`.

        `burst` is how many seconds' worth may come at once. Time is the emulator's clock.
        """
        self._quota = _Quota(self._now, scale, burst)

    def clear(self) -> None:
        """Good days again."""
        self._script.clear()
        self._quota = None

    def remove(self, fault: Fault) -> None:
        """Take one fault out of the script."""
        self._script.remove(fault)

    def strike(self, operation: Operation) -> tuple[Fault | None, float]:
        """The fault that strikes a call, if any, and how long its answer is held back."""
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
        if struck is None and self._quota is not None and not self._quota.admits(operation):
            struck = Fault("throttle", None, None, 0, 1.0, random.Random(0))  # noqa: S311  # never asked
        return struck, wait

    def _add(self, kind: Kind, operation: str | None, when: dict[str, int | float | None]) -> Fault:
        unknown = set(when) - {"times", "skip", "probability", "seed"}
        if unknown:
            msg = f"unexpected arguments: {', '.join(sorted(unknown))}"
            raise TypeError(msg)
        probability = when.get("probability")
        times = when.get("times", 1 if probability is None else None)
        fault = Fault(
            kind=kind,
            operation=operation,
            times=None if times is None else int(times),
            skip=int(when.get("skip") or 0),
            probability=1.0 if probability is None else float(probability),
            chance=random.Random(when.get("seed")),  # noqa: S311  # a script that repeats
        )
        self._script.append(fault)
        return fault


def service_fault(fault: Fault, operation: Operation) -> ServiceFault:
    """The error that a throttle or error fault answers with."""
    sms = operation.service == SMS
    if fault.kind == "throttle":
        code = "ThrottlingException" if sms else "ThrottledRequestException"
        return ServiceFault(code, "Rate exceeded", status=400 if sms else 429)
    internal = "InternalServerException" if sms else "InternalServiceException"
    message = fault.message or "An internal error occurred"
    code = fault.code or internal
    return ServiceFault(code, message, status=fault.status)


class _Quota:
    """A token bucket for each operation."""

    def __init__(self, now: Callable[[], float], scale: float, burst: float) -> None:
        self._now = now
        self._scale = scale
        self._burst = burst
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}

    def admits(self, operation: Operation) -> bool:
        if operation.service == SMS:
            rate = SMS_RATES.get(operation.name, DEFAULT_RATE)
        else:
            rate = SOCIAL_RATES.get(operation.name, SOCIAL_DEFAULT_RATE)
        rate *= self._scale
        size = max(1.0, rate * self._burst)
        now = self._now()
        key = (operation.service, operation.name)
        level, before = self._buckets.get(key, (size, now))
        level = min(size, level + (now - before) * rate)
        admitted = level >= 1.0
        self._buckets[key] = (level - 1.0 if admitted else level, now)
        return admitted
