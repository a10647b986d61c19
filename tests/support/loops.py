"""The event loop that the tests run on: its time can be moved on.

A test that waits in real time for a deadline holds only where the machine does not stall meanwhile.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from typing_extensions import Self


class TestLoop(asyncio.SelectorEventLoop):
    """An event loop whose time runs as usual, and is moved on when a test asks for it."""

    __test__ = False

    def __init__(self) -> None:
        self._skipped = 0.0
        super().__init__()

    def time(self) -> float:
        """Tell the loop's time, in seconds."""
        return super().time() + self._skipped

    def skip(self, seconds: float) -> None:
        """Let time pass at once: what is due within these seconds is due now."""
        self._skipped += seconds


def let_pass(seconds: float) -> None:
    """Move the time of the running loop on."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, TestLoop)
    loop.skip(seconds)


class Stalls:
    """``async with Stalls() as stalls``: how long the running loop is kept from its work.

    Attributes:
        longest: The longest time, in seconds.
        total: All of them together.
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
