"""The order of those who wait for turns of one operation."""

from __future__ import annotations

import asyncio


class Queue:
    """Waits in order, in one event loop at a time: the next one may be that of another run."""

    def __init__(self) -> None:
        self._lock: tuple[asyncio.AbstractEventLoop, asyncio.Lock] | None = None

    def queue(self) -> asyncio.Lock:
        """Return the queue of the running event loop, in which the first one waits for a turn."""
        loop = asyncio.get_running_loop()
        if self._lock is None or self._lock[0] is not loop:
            self._lock = loop, asyncio.Lock()
        return self._lock[1]
