"""An event loop whose time is frozen while a request is in flight, and jumps to the next timer.

Hours of waiting take no time, and timers end in the same order. The clients, their servers and all
of their timers have to use the same loop.
"""

from __future__ import annotations

import asyncio
import selectors
from typing import Any

START = 1_000.0
TURN = 1e-6
"""Virtual seconds per iteration of the loop, so that waits below the clock's precision end."""
REAL_WAIT = 0.05
"""Seconds of real time between checks of whether anything is in flight."""


class VirtualTime:
    """The time, and the conditions that freeze it."""

    def __init__(self) -> None:
        self.now = START
        self.in_flight = 0
        """Requests that were sent and whose responses have not been read."""
        self.frozen = True
        """Whether the time is frozen even if nothing is in flight, as while clients are opened."""

    def clock(self) -> float:
        """Return the time in seconds."""
        return self.now


class _Selector(selectors.DefaultSelector):  # type: ignore[misc, valid-type]  # a variable of the standard library
    """Waits for sockets, or advances the time if there is nothing to wait for."""

    def __init__(self, time: VirtualTime) -> None:
        super().__init__()
        self._time = time

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not self._time.frozen:
            self._time.now += TURN
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if timeout is None or self._time.frozen or self._time.in_flight:
            return super().select(REAL_WAIT)
        self._time.now += timeout
        return []


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """asyncio's loop with virtual time."""

    def __init__(self, time: VirtualTime) -> None:
        super().__init__(_Selector(time))
        self._virtual = time

    def time(self) -> float:
        """Return the virtual time."""
        return self._virtual.now
