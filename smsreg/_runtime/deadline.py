"""One deadline for an awaitable."""

from __future__ import annotations

import asyncio
import math
import sys
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")


async def until(deadline: float, work: Callable[[], Awaitable[T]]) -> T:
    """Await ``work()`` at most until the loop's clock shows ``deadline``.

    Raises:
        asyncio.TimeoutError: The deadline came first; the work was cancelled and is over.
    """
    if math.isinf(deadline):
        return await work()
    if sys.version_info >= (3, 11):
        async with asyncio.timeout_at(deadline):
            return await work()
    return await _until(deadline, work)


async def _until(deadline: float, work: Callable[[], Awaitable[T]]) -> T:
    """Do the same on Python 3.10, whose ``wait_for`` loses a cancellation that comes at the end."""
    task = asyncio.current_task()
    expired = False

    def expire() -> None:
        nonlocal expired
        expired = True
        if task is not None:
            task.cancel()

    handle = asyncio.get_running_loop().call_at(deadline, expire)
    try:
        return await work()
    except asyncio.CancelledError:
        if expired:
            raise asyncio.TimeoutError from None
        raise
    finally:
        handle.cancel()
