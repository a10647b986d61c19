"""A thread with an event loop of its own, in which a service runs for synchronous code."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

_T = TypeVar("_T")


class LoopThread:
    """Runs a service in the loop of its own thread, which executes the calls of other threads.

    Args:
        service: What is entered and left in the loop.
    """

    def __init__(self, service: AbstractAsyncContextManager[object]) -> None:
        self._service = service
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stopping: asyncio.Event | None = None

    def run(self) -> None:
        """Start the thread, and return when the service is entered; raise what that raises."""
        started: concurrent.futures.Future[None] = concurrent.futures.Future()
        ended: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._ended = ended

        def serve() -> None:
            try:
                asyncio.run(self._serve(started))
            except BaseException as problem:  # noqa: BLE001  # it belongs to the thread that waits
                (ended if started.done() else started).set_exception(problem)
            else:
                ended.set_result(None)

        self._thread = threading.Thread(target=serve, name="smsreg-emulator", daemon=True)
        self._thread.start()
        started.result()

    def end(self) -> None:
        """Leave the service and end the thread; raise what leaving raises."""
        if self._thread is None or self._loop is None or self._stopping is None:
            return
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()
        self._thread = None
        self._ended.result()

    async def _serve(self, started: concurrent.futures.Future[None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        try:
            async with self._service:
                started.set_result(None)
                await self._stopping.wait()
        finally:
            self._loop = None

    def do(self, act: Callable[[], _T]) -> _T:
        """Execute a call in the loop, and return its result or raise its error."""
        loop = self._loop
        if loop is None or threading.current_thread() is self._thread:
            return act()
        done: concurrent.futures.Future[_T] = concurrent.futures.Future()

        def work() -> None:
            try:
                done.set_result(act())
            except BaseException as problem:  # noqa: BLE001  # it belongs to the thread that waits
                done.set_exception(problem)

        loop.call_soon_threadsafe(work)
        return done.result()
