"""One deadline for a block of code."""

from __future__ import annotations

import asyncio
import math
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager
    from types import TracebackType


def before(deadline: float) -> AbstractAsyncContextManager[Any]:
    """Give an asynchronous context that ends when the loop's clock shows ``deadline``.

    Raises:
        asyncio.TimeoutError: The deadline came first; what went on inside was cancelled and is
            over.
    """
    if sys.version_info >= (3, 11):
        return asyncio.timeout_at(None if math.isinf(deadline) else deadline)
    return _Before(deadline)


class _Before:
    """Does the same on Python 3.10, whose ``wait_for`` loses a cancellation that comes at the end.

    It takes one as the deadline's own where both come in the same turn of the loop.
    """

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._expired = False
        self._task: asyncio.Task[Any] | None = None
        self._handle: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> None:
        self._task = asyncio.current_task()
        if not math.isinf(self._deadline):
            loop = asyncio.get_running_loop()
            self._handle = loop.call_at(self._deadline, self._expire)

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

    def _expire(self) -> None:
        self._expired = True
        if self._task is not None:
            self._task.cancel()
