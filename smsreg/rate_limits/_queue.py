"""The queue of attempts that wait for turns of one operation."""

from __future__ import annotations

import asyncio


class Queue:
    """A first-in, first-out queue in one event loop at a time; a later loop gets a new one."""

    def __init__(self) -> None:
        self._lock: tuple[asyncio.AbstractEventLoop, asyncio.Lock] | None = None

    def queue(self) -> asyncio.Lock:
        """Return the queue of the running event loop, whose head waits for a turn."""
        loop = asyncio.get_running_loop()
        if self._lock is None or self._lock[0] is not loop:
            self._lock = loop, asyncio.Lock()
        return self._lock[1]
