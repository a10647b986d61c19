"""The clock of the emulator, which tests control."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


LATEST = 200_000_000_000.0
"""The upper limit of a clock in seconds since the epoch, in the year 8307: timestamps end in
9999."""


class Clock:
    """The emulator's clock: a source of seconds since the epoch, plus an offset.

    `Clock()` follows the machine's clock and can be moved forward; `Clock.fixed(start)` only
    changes when it is moved.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self.offset: float = 0.0

    @classmethod
    def fixed(cls, start: float = 1_800_000_000.0) -> Clock:
        """A clock that only changes when it is moved."""
        return cls(lambda: start)

    def now(self) -> float:
        """Seconds since the epoch, in whole milliseconds as the services return them."""
        return round(self._source() + self.offset, 3)

    def advance(
        self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> None:
        """Move forward; time never goes back.

        Raises:
            ValueError: It would go back, or beyond the dates that clients can represent.
        """
        try:
            span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        except (OverflowError, ValueError):
            raise ValueError("time moves by a finite number of seconds only") from None
        step = span.total_seconds()
        if step < 0:
            raise ValueError("time moves forward only")
        if self.now() + step > LATEST:
            raise ValueError("time moves no further than the year 8307")
        self.offset += step

    def at_offset(self, offset: float) -> Clock:
        """Another clock with the same source, moved by so many seconds."""
        other = Clock(self._source)
        other.offset = offset
        return other
