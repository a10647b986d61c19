"""An emulator in a thread and an event loop of its own, for synchronous code."""

from __future__ import annotations

import asyncio
import concurrent.futures
import functools
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from smsreg.emulator.decisions import Decisions
from smsreg.emulator.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")


class ThreadedEmulator(Emulator):
    """An emulator whose own loop does what other threads ask of it.

    So a verdict never meets a half-done call.
    """

    _loop: asyncio.AbstractEventLoop | None = None
    _thread: threading.Thread | None = None
    _stopping: asyncio.Event | None = None

    def run(self) -> None:
        """Start the thread, and return when the emulator listens.

        Raises:
            OSError: As `start` does.
            ValueError: As `start` does.
        """
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
        """Stop the emulator and its thread.

        Raises:
            OSError: The state file could not be written.
        """
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
            async with self:
                started.set_result(None)
                await self._stopping.wait()
        finally:
            self._loop = None

    def do(self, act: Callable[[], _T]) -> _T:
        """Do something in the emulator's loop, and return or raise what comes of it."""
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


def _asked(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(self: ThreadedEmulator, *arguments: Any, **keywords: Any) -> Any:
        return self.do(lambda: method(self, *arguments, **keywords))

    return call


for _name, _member in {**vars(Decisions), **vars(Emulator)}.items():
    if _name.startswith("_") or _name in ("in_thread", "start", "stop"):
        continue
    if isinstance(_member, property) and _member.fget is not None:
        setattr(ThreadedEmulator, _name, property(_asked(_member.fget)))
    elif callable(_member):
        setattr(ThreadedEmulator, _name, _asked(_member))
