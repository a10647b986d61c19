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
    left = deadline - asyncio.get_running_loop().time()
    return await asyncio.wait_for(work(), max(left, 0.0))
