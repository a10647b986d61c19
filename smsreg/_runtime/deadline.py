"""Blocks of code that are interrupted at a deadline, or as a group."""

from __future__ import annotations

import asyncio
import math
import sys
from typing import TYPE_CHECKING, Any

from typing_extensions import Self

from smsreg.errors import ConfigurationError

if TYPE_CHECKING:
    from types import TracebackType

GRACE = 1.0
"""Seconds for which ``Interrupts.end`` waits for a block that ignores its cancellation."""


def running_loop() -> asyncio.AbstractEventLoop:
    """Return the running event loop.

    Raises:
        ConfigurationError: No asyncio event loop is running.
    """
    loop = current_loop()
    if loop is None:
        raise ConfigurationError(
            "no event loop of asyncio is running: await the client's methods in an asyncio task "
            "(anyio can run on asyncio; trio's own loop cannot be used)"
        )
    return loop


def current_loop() -> asyncio.AbstractEventLoop | None:
    """Return the running asyncio event loop, or None."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


class Interrupts:
    """A group of blocks of code that ``end`` interrupts, in whatever tasks they run.

    A block that is interrupted this way ends as at its deadline: with ``asyncio.TimeoutError``, and
    its task is not left cancelled.

    Attributes:
        running: The blocks in progress; a block that ends removes itself.
        ended: Whether the group has been ended; a block that begins later ends at once.
    """

    __slots__ = ("ended", "running")

    def __init__(self) -> None:
        self.running: set[Interruptible] = set()
        self.ended = False

    def block(self, deadline: float = math.inf) -> Block:
        """Return a context for a block; ``deadline`` is in the loop's time."""
        return Block(self, deadline)

    async def end(self) -> None:
        """End the blocks, and wait until their tasks have left them.

        A block of the calling task is not interrupted, as it would wait for itself.
        """
        self.ended = True
        loop = asyncio.get_running_loop()
        current = asyncio.current_task()
        left = [each.end(loop) for each in self.running if each.task is not current]
        if left:
            await asyncio.wait(left, timeout=GRACE)


class Interruptible:
    """Work of a task that is cancelled at a deadline, or when its group is ended.

    ``Block`` shows its use: set the task and a timer, add it to the group's ``running``, and undo
    both afterwards.

    Attributes:
        task: The task.
        cancellations: The number of cancellations of the task that were pending when it began.
        timer: The handle that interrupts it, if any.
        interrupted: Whether it has cancelled the task.
        ended: Whether its group ended it, rather than its deadline.
    """

    task: asyncio.Task[Any] | None = None
    cancellations = 0
    timer: asyncio.Handle | None = None
    interrupted = False
    ended = False
    _left: asyncio.Future[None] | None = None
    _alone: bool | None = None

    def interrupt(self) -> None:
        """Cancel the task."""
        self.interrupted = True
        if self.task is not None:
            self.task.cancel()

    def end(self, loop: asyncio.AbstractEventLoop) -> asyncio.Future[None]:
        """Interrupt it in the loop's next iteration; the future is done when it has been left."""
        self.ended = True
        self._left = self._left or loop.create_future()
        if not self.interrupted:
            if self.timer is not None:
                self.timer.cancel()
            self.timer = loop.call_soon(self.interrupt)
        return self._left

    def settle(self) -> bool:
        """Record that it was left; return whether only its interruption has cancelled the task.

        Python 3.10 does not count cancellations: there, one in the same iteration of the loop is
        taken for the interruption.
        """
        if self._left is not None and not self._left.done():
            self._left.set_result(None)
        if self._alone is None:
            self._alone = self.interrupted
            if sys.version_info >= (3, 11) and self.interrupted and self.task is not None:
                self._alone = self.task.uncancel() <= self.cancellations
        return self._alone


class Block(Interruptible):
    """The context of a block of code that ends at a deadline or with its group.

    Args:
        group: The group.
        deadline: The loop's time.

    Raises:
        asyncio.TimeoutError: It was interrupted; the work inside was cancelled and has ended.
    """

    def __init__(self, group: Interrupts, deadline: float = math.inf) -> None:
        self._group = group
        self._deadline = deadline

    def __enter__(self) -> Self:
        if self._group.ended:
            self.ended = True
            raise asyncio.TimeoutError
        loop = running_loop()
        self.task = asyncio.current_task(loop)
        if sys.version_info >= (3, 11) and self.task is not None:
            self.cancellations = self.task.cancelling()
        if not math.isinf(self._deadline):
            self.timer = loop.call_at(self._deadline, self.interrupt)
        self._group.running.add(self)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._group.running.discard(self)
        if self.timer is not None:
            self.timer.cancel()
        alone = (self.interrupted or self.ended) and self.settle()
        if alone and exc_type is not None and issubclass(exc_type, asyncio.CancelledError):
            raise asyncio.TimeoutError from None


def before(deadline: float) -> Block:
    """Return the context of a block that is interrupted at the loop's time ``deadline``."""
    return Block(Interrupts(), deadline)
