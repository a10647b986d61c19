"""The events that the services push, kept in order and passed to listeners."""

from __future__ import annotations

import json
import logging
import random
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from smsreg.emulator.core.scope import Scope
    from smsreg.emulator.core.service_model import Doc

logger: logging.Logger = logging.getLogger("smsreg.emulator")

EVENTS_KEPT = 10_000
EVENT_BYTES_KEPT = 32 * 1024 * 1024
_HELD_BACK = 8
"""Events that are held back for reordering."""


class PushedEvent(NamedTuple):
    """One event as one destination gets it."""

    scope: Scope
    body: Doc
    size: int


class Disturbance:
    """Event delivery faults: the services guarantee neither exactly-once nor ordered delivery.

    Args:
        lose: The share of events that never arrive.
        double: The share of events that arrive twice.
        shuffle: Whether events arrive out of order.
        seed: Seed of the random draws.
    """

    def __init__(self, *, lose: float, double: float, shuffle: bool, seed: int | None) -> None:
        self.lose = lose
        self.double = double
        self.shuffle = shuffle
        self._chance = random.Random(seed)
        self._held: list[PushedEvent] = []

    def arriving(self, event: PushedEvent) -> list[PushedEvent]:
        """The events that arrive now that another has been pushed."""
        if self._chance.random() < self.lose:
            return []
        copies = [event] * (2 if self._chance.random() < self.double else 1)
        if not self.shuffle:
            return copies
        self._held += copies
        return [self._take() for _ in range(len(self._held) - _HELD_BACK)]

    def rest(self) -> list[PushedEvent]:
        """The events that were held back."""
        return [self._take() for _ in range(len(self._held))]

    def _take(self) -> PushedEvent:
        return self._held.pop(self._chance.randrange(len(self._held)))


class EventLog:
    """The last 10,000 events of one emulator, or the last 32 MiB of them."""

    def __init__(self) -> None:
        self._events: deque[PushedEvent] = deque()
        self._bytes = 0
        self._listeners: list[Callable[[Doc], object]] = []
        self._disturbance: Disturbance | None = None

    def publish(self, scope: Scope, body: Doc) -> None:
        """Keep an event and deliver it, unless delivery faults apply to it."""
        event = PushedEvent(scope, body, len(json.dumps(body)))
        arriving = [event] if self._disturbance is None else self._disturbance.arriving(event)
        for arrived in arriving:
            self._arrive(arrived)

    def disturb(self, disturbance: Disturbance | None) -> None:
        """Apply delivery faults to further events; None for none."""
        self.flush()
        self._disturbance = disturbance

    def flush(self) -> None:
        """Deliver the events that were held back."""
        for event in self._disturbance.rest() if self._disturbance is not None else ():
            self._arrive(event)

    def _arrive(self, event: PushedEvent) -> None:
        self._events.append(event)
        self._bytes += event.size
        while len(self._events) > EVENTS_KEPT or self._bytes > EVENT_BYTES_KEPT:
            self._bytes -= self._events.popleft().size
        for listener in tuple(self._listeners):
            _notify(listener, event.body)

    def listen(self, listener: Callable[[Doc], object]) -> None:
        """Call a function with every further event."""
        self._listeners.append(listener)

    def unlisten(self, listener: Callable[[Doc], object]) -> None:
        """Remove a listener."""
        self._listeners.remove(listener)

    @property
    def has_listeners(self) -> bool:
        """Whether there are listeners."""
        return bool(self._listeners)

    def bodies(self, scope: Scope | None = None) -> list[Doc]:
        """The events of one account and Region, or of all, oldest first."""
        return [event.body for event in self._events if scope in (None, event.scope)]

    def clear(self) -> None:
        """Forget them; listeners stay."""
        self._events.clear()
        self._bytes = 0


def _notify(listener: Callable[[Doc], object], body: Doc) -> None:
    """What a listener raises is logged and stops nothing."""
    try:
        listener(body)
    except Exception:
        logger.exception("a listener of the emulator's events failed")
