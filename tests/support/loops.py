"""The event loop that the tests run on, whose time can be advanced, and loops for plain functions.

A test that waits in real time for a deadline fails when the machine stalls in the meantime.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, TypeVar

from typing_extensions import Self

if TYPE_CHECKING:
    from collections.abc import Awaitable

T = TypeVar("T")


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


class OwnLoop:
    """A context whose asynchronous resources live in an event loop of their own.

    hypothesis calls a test many times, so its tests are plain functions, which run the loop for one
    awaitable at a time. Subclasses open their resources in ``_start`` and enter them into
    ``_stack``, which closes them.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._stack = AsyncExitStack()

    async def _start(self) -> None:
        raise AssertionError("subclasses open their resources here")

    def __enter__(self) -> Self:
        try:
            self.run(self._start())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.run(self._stack.aclose())
        finally:
            self._loop.close()

    def run(self, awaitable: Awaitable[T]) -> T:
        """Run the loop until the awaitable is done."""

        async def wait() -> T:
            return await awaitable

        return self._loop.run_until_complete(wait())


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
