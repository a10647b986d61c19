"""Blocks of code that end at a deadline, or together from outside."""

from __future__ import annotations

import asyncio
import contextlib
import math
import sys
from typing import TYPE_CHECKING, Any

from typing_extensions import Self

from smsreg.errors import ConfigurationError

if TYPE_CHECKING:
    from types import TracebackType

GRACE = 1.0
"""Seconds for which ``Interrupts.end`` waits for a block that resists, as a hook's code may."""


def running_loop() -> asyncio.AbstractEventLoop:
    """Return the running event loop.

    Raises:
        ConfigurationError: None of asyncio's runs.
    """
    loop = current_loop()
    if loop is None:
        raise ConfigurationError(
            "no event loop of asyncio is running: await the client's methods in an asyncio task "
            "(anyio can run on asyncio; trio's own loop cannot be used)"
        )
    return loop


def current_loop() -> asyncio.AbstractEventLoop | None:
    """Return the running event loop; None where none of asyncio's runs."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


class Interrupts:
    """Blocks of code that one call ends, in whatever tasks they run.

    Ended from outside, a block ends as it does at its deadline: with ``asyncio.TimeoutError``, and
    its task is not left cancelled.

    Attributes:
        blocks: The blocks that run.
        ended: Whether they have been ended; one that begins later ends at once.
    """

    __slots__ = ("blocks", "ended")

    def __init__(self) -> None:
        self.blocks: set[Block] = set()
        self.ended = False

    def block(self, deadline: float = math.inf) -> Block:
        """Return an asynchronous context for a block; ``deadline`` is in the loop's time."""
        return Block(self, deadline)

    async def end(self) -> None:
        """End the blocks, and wait until their tasks have left them.

        A block of the task that calls this goes on, as it would wait for itself.
        """
        self.ended = True
        loop = asyncio.get_running_loop()
        current = asyncio.current_task()
        left = [block.end(loop) for block in self.blocks if block.task is not current]
        if left:
            await asyncio.wait(left, timeout=GRACE)


class Block:
    """One block of code, known to its group while it runs.

    Attributes:
        ended: Whether it was ended from outside, as opposed to by its deadline.
        task: The task that runs it.
    """

    __slots__ = ("_group", "_left", "_timeout", "ended", "task")

    def __init__(self, group: Interrupts, deadline: float) -> None:
        self._group = group
        self._left: asyncio.Future[None] | None = None
        self._timeout = before(deadline)
        self.ended = False
        self.task: asyncio.Task[Any] | None = None

    async def __aenter__(self) -> Self:
        if self._group.ended:
            self.ended = True
            raise asyncio.TimeoutError
        running_loop()
        self.task = asyncio.current_task()
        await self._timeout.__aenter__()
        self._group.blocks.add(self)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._group.blocks.discard(self)
        if self._left is not None and not self._left.done():
            self._left.set_result(None)
        await self._timeout.__aexit__(exc_type, exc, traceback)

    def end(self, loop: asyncio.AbstractEventLoop) -> asyncio.Future[None]:
        """End the block at the loop's next turn; the future is done when it has been left."""
        self.ended = True
        self._left = self._left or loop.create_future()
        with contextlib.suppress(RuntimeError):  # its deadline has come already
            self._timeout.reschedule(loop.time())
        return self._left


if sys.version_info >= (3, 11):

    def before(deadline: float) -> asyncio.Timeout:
        """Return an asynchronous context that ends when the loop's clock shows ``deadline``.

        Raises:
            asyncio.TimeoutError: The deadline came first; what went on inside was cancelled and is
                over.
        """
        return asyncio.timeout_at(None if math.isinf(deadline) else deadline)

else:

    def before(deadline: float) -> _Before:
        """Return an asynchronous context that ends when the loop's clock shows ``deadline``.

        Raises:
            asyncio.TimeoutError: The deadline came first; what went on inside was cancelled and is
                over.
        """
        return _Before(deadline)


class _Before:
    """Does the same on Python 3.10, whose ``wait_for`` loses a cancellation that comes at the end.

    It takes one as the deadline's own where both come in the same turn of the loop.
    """

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._expired = False
        self._task: asyncio.Task[Any] | None = None
        self._handle: asyncio.Handle | None = None

    async def __aenter__(self) -> None:
        self._task = asyncio.current_task()
        if not math.isinf(self._deadline):
            self.reschedule(self._deadline)

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._handle is not None:
            self._handle.cancel()
        if self._expired and exc_type is not None and issubclass(exc_type, asyncio.CancelledError):
            raise asyncio.TimeoutError from None

    def reschedule(self, when: float) -> None:
        """Move the deadline."""
        if self._handle is not None:
            self._handle.cancel()
        self._handle = asyncio.get_running_loop().call_at(when, self._expire)

    def _expire(self) -> None:
        self._expired = True
        if self._task is not None:
            self._task.cancel()
