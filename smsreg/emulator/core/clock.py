"""Time, as something that tests hold in their hand."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """The emulator's sense of time: a source of seconds since the epoch plus what was added.

    `Clock()` runs with the machine's clock and can be moved forward; `Clock.fixed(start)` stands
    still between moves.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self.offset: float = 0.0

    @classmethod
    def fixed(cls, start: float = 1_800_000_000.0) -> Clock:
        """A clock that only moves when it is told to."""
        return cls(lambda: start)

    def now(self) -> float:
        """Seconds since the epoch, in whole milliseconds as the services give them."""
        return round(self._source() + self.offset, 3)

    def advance(
        self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> None:
        """Move forward; time never goes back."""
        step = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds).total_seconds()
        if step < 0:
            raise ValueError("time moves forward only")
        self.offset += step
