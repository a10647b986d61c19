"""Fetches a page while the consumer processes the one before."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from smsreg._runtime.deadline import current_loop
from smsreg.errors import TransportError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from smsreg._runtime.models.base import Request, Result

ResultT = TypeVar("ResultT", bound="Result")

TURNS = 3
"""Iterations of the loop: the fetch starts, aiohttp's writer starts, the request is sent."""


class FetchAhead(Generic[ResultT]):
    """A prefetch, in a task of its own that starts in the loop's next iteration.

    A consumer that needs the page before that fetches it itself, without a task.
    """

    __slots__ = ("_fetch", "_handle", "_request", "_task", "loop")

    def __init__(
        self,
        request: Request[ResultT],
        fetch: Callable[[Request[ResultT]], Coroutine[Any, Any, ResultT]],
    ) -> None:
        self._request = request
        self._fetch = fetch
        self._task: asyncio.Task[ResultT] | None = None
        self.loop = asyncio.get_running_loop()
        self._handle = self.loop.call_soon(self._start)

    def _start(self) -> None:
        self._task = self.loop.create_task(self._fetch(self._request))
        self._task.add_done_callback(_retrieve)

    async def send(self) -> None:
        """Let the request be sent, so that it is in flight even if the consumer blocks the loop."""
        for _ in range(TURNS):
            await asyncio.sleep(0)

    def take(self) -> Coroutine[Any, Any, ResultT]:
        """Return the page, to be awaited."""
        self._handle.cancel()
        if self._task is None or _broke(self._task):
            return self._fetch(self._request)
        return _join(self._task)

    def cancel(self) -> None:
        """Cancel the fetch."""
        self._handle.cancel()
        if self._task is not None and not self.loop.is_closed():
            self._task.cancel()

    def abandon(self) -> None:
        """Cancel the fetch from any thread, such as one that collects garbage."""
        with contextlib.suppress(RuntimeError):  # the loop is closed, or closes just now
            if current_loop() is self.loop:
                self.cancel()
            else:
                self.loop.call_soon_threadsafe(self.cancel)

    async def aclose(self) -> None:
        """Cancel the fetch, and wait for its end."""
        self.cancel()
        if self._task is not None and self.loop is asyncio.get_running_loop():
            await asyncio.wait([self._task])


async def _join(task: asyncio.Task[ResultT]) -> ResultT:
    """Await a task as if it ran here: cancelling the consumer cancels the task."""
    try:
        return await task
    except asyncio.CancelledError:
        if not task.done():
            task.cancel()
        raise


def _broke(task: asyncio.Task[Any]) -> bool:
    """Whether a fetch failed in transport before its page was needed, so that it is retried."""
    return task.done() and not task.cancelled() and isinstance(task.exception(), TransportError)


def _retrieve(task: asyncio.Task[Any]) -> None:
    """Mark an error as retrieved: the consumer gets it, unless it left early."""
    if not task.cancelled():
        task.exception()
