"""The event loop that the tests run on: its time can be advanced.

A test that waits in real time for a deadline fails when the machine stalls in the meantime.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from typing_extensions import Self


class TestLoop(asyncio.SelectorEventLoop):
    """An event loop whose time runs as usual and can be advanced by a test."""

    __test__ = False

    def __init__(self) -> None:
        self._skipped = 0.0
        super().__init__()

    def time(self) -> float:
        """Return the loop's time in seconds."""
        return super().time() + self._skipped

    def skip(self, seconds: float) -> None:
        """Advance the time at once: what is due within these seconds is due now."""
        self._skipped += seconds


def advance_time(seconds: float) -> None:
    """Advance the time of the running loop."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, TestLoop)
    loop.skip(seconds)


class Stalls:
    """``async with Stalls() as stalls``: measures how long the running loop is blocked.

    Attributes:
        longest: The longest stall, in seconds.
        total: The sum of all stalls, in seconds.
    """

    def __init__(self) -> None:
        self.longest = 0.0
        self.total = 0.0

    async def __aenter__(self) -> Self:
        self._watching = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._watching.cancel()
        with suppress(asyncio.CancelledError):
            await self._watching

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + 0.005
            await asyncio.sleep(0.005)
            late = loop.time() - due
            self.longest = max(self.longest, late)
            self.total += late
