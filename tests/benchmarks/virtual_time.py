"""An event loop whose time stands still while something is in flight, and jumps to the next timer.

Hours of waiting take no time in it, and what is waited for comes in the same order. The clients,
their servers and all of their timers have to live in the one loop.
"""

from __future__ import annotations

import asyncio
import selectors
from typing import Any

START = 1_000.0
TURN = 1e-6
"""Seconds that a turn of the loop takes: who waits for a rest too small to count gets over it."""
REAL_WAIT = 0.05
"""Seconds of real time after which it is looked again whether anything is in flight."""


class VirtualTime:
    """The time, and what keeps it from passing."""

    def __init__(self) -> None:
        self.now = START
        self.in_flight = 0
        """Requests that were sent and whose responses were not read."""
        self.held = True
        """Whether time stands still whatever is in flight, as while clients are opened."""

    def clock(self) -> float:
        """Tell the time in seconds."""
        return self.now


class _Selector(selectors.DefaultSelector):  # type: ignore[misc, valid-type]  # a variable of the standard library
    """Waits for sockets, or lets time pass where there is nothing to be waited for."""

    def __init__(self, time: VirtualTime) -> None:
        super().__init__()
        self._time = time

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not self._time.held:
            self._time.now += TURN
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if timeout is None or self._time.held or self._time.in_flight:
            return super().select(REAL_WAIT)
        self._time.now += timeout
        return []


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """asyncio's loop by a virtual time."""

    def __init__(self, time: VirtualTime) -> None:
        super().__init__(_Selector(time))
        self._virtual = time

    def time(self) -> float:
        """Tell the virtual time."""
        return self._virtual.now
