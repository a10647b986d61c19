"""Work that runs once for all its waiters."""

from __future__ import annotations

import asyncio
import copy
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from smsreg.errors import ConfigurationError, SmsregError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")


class _Flight(Generic[T]):
    __slots__ = ("task", "waiting")

    def __init__(self, task: asyncio.Task[T]) -> None:
        self.task = task
        self.waiting = 0


class SingleFlight(Generic[T]):
    """Runs work in a task of its own, shared by all waiters for its result.

    A waiter that is cancelled leaves the work to the others; when the last one leaves, the work
    is cancelled and has ended before that waiter goes on. Each waiter gets an exception of its
    own.

    Args:
        work: Starts the work; it fails with an ``SmsregError``.
        where: Returns the position of the work, given its suspended coroutine.

    Attributes:
        left_at: The position of the work when a waiter last left it unfinished.
    """

    def __init__(
        self,
        work: Callable[[], Coroutine[Any, Any, T]],
        where: Callable[[Any], str | None] = lambda _: None,
    ) -> None:
        self.left_at: str | None = None
        self._work = work
        self._where = where
        self._flight: _Flight[T] | None = None
        self._closed: SmsregError | None = None

    @property
    def running(self) -> bool:
        """Whether the work is in progress."""
        return self._flight is not None and not self._flight.task.done()

    async def join(self) -> T:
        """Return the result of the work, started unless it is in progress.

        Raises:
            SmsregError: The work failed, or was closed.
            ConfigurationError: It is in progress in another event loop.
        """
        while True:
            if self._closed is not None:
                raise copy.copy(self._closed)
            flight = self._flight
            if flight is None or flight.task.done() or flight.task.get_loop().is_closed():
                flight = self._flight = self._start()
            if flight.task.get_loop() is not asyncio.get_running_loop():
                raise ConfigurationError(
                    "this client is in use in another event loop: make one in each loop"
                )
            await self._wait(flight)
            if not flight.task.cancelled():
                break  # else it was cancelled despite waiters: closed, or from outside
        error = flight.task.exception()
        if error is None:
            return flight.task.result()
        raise (copy.copy(error) if isinstance(error, SmsregError) else error) from None

    async def aclose(self, error: SmsregError) -> None:
        """Cancel the work and wait for its end; all its waiters fail with ``error``."""
        self._closed = error
        if self._flight is not None and not self._flight.task.done():
            self._flight.task.cancel()
            await asyncio.wait({self._flight.task})

    def _start(self) -> _Flight[T]:
        task = asyncio.get_running_loop().create_task(self._work())
        task.add_done_callback(_retrieved)
        self.left_at = None
        return _Flight(task)

    async def _wait(self, flight: _Flight[T]) -> None:
        flight.waiting += 1
        try:
            await asyncio.wait({flight.task})
        except asyncio.CancelledError:
            self.left_at = self._where(flight.task.get_coro())
            raise
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                self._flight = None
                flight.task.cancel()
                await asyncio.wait({flight.task})


def _retrieved(task: asyncio.Task[Any]) -> None:
    """Keep asyncio from reporting a failure that occurs as the last waiter leaves."""
    if not task.cancelled():
        task.exception()
