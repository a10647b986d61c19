"""What the services push, kept in order and given to whoever listens."""

from __future__ import annotations

import json
import logging
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from smsreg.emulator.core.scope import Scope
    from smsreg.emulator.core.service_model import Doc

logger: logging.Logger = logging.getLogger("smsreg.emulator")

EVENTS_KEPT = 10_000
EVENT_BYTES_KEPT = 32 * 1024 * 1024


class PushedEvent(NamedTuple):
    """One event as one destination gets it."""

    scope: Scope
    body: Doc
    size: int


class EventLog:
    """The last 10,000 events of one emulator, or the last 32 MiB of them."""

    def __init__(self) -> None:
        self._events: deque[PushedEvent] = deque()
        self._bytes = 0
        self._listeners: list[Callable[[Doc], object]] = []

    def publish(self, scope: Scope, body: Doc) -> None:
        """Keep an event and hand it on; what a listener raises is logged and stops nothing."""
        event = PushedEvent(scope, body, len(json.dumps(body)))
        self._events.append(event)
        self._bytes += event.size
        while len(self._events) > EVENTS_KEPT or self._bytes > EVENT_BYTES_KEPT:
            self._bytes -= self._events.popleft().size
        for listener in tuple(self._listeners):
            _tell(listener, body)

    def listen(self, listener: Callable[[Doc], object]) -> None:
        """Call a function with every further event."""
        self._listeners.append(listener)

    def unlisten(self, listener: Callable[[Doc], object]) -> None:
        """Call a function no more."""
        self._listeners.remove(listener)

    @property
    def has_listeners(self) -> bool:
        """Whether anybody is called."""
        return bool(self._listeners)

    def bodies(self, scope: Scope | None = None) -> list[Doc]:
        """The events of one account and Region, or of all, oldest first."""
        return [event.body for event in self._events if scope in (None, event.scope)]

    def clear(self) -> None:
        """Forget them; listeners stay."""
        self._events.clear()
        self._bytes = 0


def _tell(listener: Callable[[Doc], object], body: Doc) -> None:
    try:
        listener(body)
    except Exception:
        logger.exception("a listener of the emulator's events failed")
