"""A rate limiter for the clients of one process."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from smsreg._numbers import whole
from smsreg._public import publish
from smsreg.rate_limits._queue import Queue
from smsreg.rate_limits._quotas import checked_rates, rate_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

SLOWER = 0.85
"""The factor by which a throttle reduces the pace."""
SLOWEST = 0.1
"""The least share of its rate that an operation keeps."""
RECOVERY = 0.002
"""The share of its rate that an operation regains each second."""
MOMENT = 1e-6
"""Shorter waits, in seconds, are skipped: a clock may end just short of the requested time."""
LONGEST_PAUSE = 20.0
"""Most seconds for which a throttle pauses an operation, whatever the service requests."""


class LocalRateLimiter:
    """Paces the attempts of one process, each operation by itself.

    It starts from the documented quotas: 1 request a second for each operation, 10 for those on
    WhatsApp, and the exceptions that the user guides list. Of these 97 % are used. Attempts get
    their turns in the order of their requests. After a throttle an operation pauses, continues at
    85 % of its pace, and regains 0.2 % of its rate a second.

    Calls wait for their turns within their ``timeout``: where hundreds of calls of an operation
    are made at a time, set one that is long enough.

    Args:
        rates: Requests a second of operations whose quotas differ, by the names of the service
            or of the methods, such as ``{"PutRegistrationFieldValue": 5}``.
        burst: How many attempts may be made at once after a pause.
        clock: Returns the time in seconds.
        sleep: Waits, given seconds.

    Raises:
        ConfigurationError: A rate is not a positive number, or ``burst`` not a whole one.
    """

    def __init__(
        self,
        rates: Mapping[str, float] | None = None,
        burst: int = 1,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        whole("burst", burst, least=1)
        self._rates = checked_rates(rates)
        self._burst = burst
        self._clock = clock
        self._sleep = sleep
        self._lanes: dict[str, _Lane] = {}

    async def acquire(self, operation_name: str) -> None:
        """Return when it is the turn of an attempt; one that is cancelled before takes none."""
        lane = self._lane(operation_name)
        async with lane.queue():
            while (wait := lane.wait(self._clock())) > MOMENT:
                await self._sleep(wait)
            lane.take(self._clock())

    def throttled(self, operation_name: str, retry_after: float | None) -> None:
        """Slow an operation down."""
        self._lane(operation_name).slow_down(self._clock(), retry_after)

    def _lane(self, operation_name: str) -> _Lane:
        lane = self._lanes.get(operation_name)
        if lane is None:
            rate = rate_of(operation_name, self._rates)
            lane = self._lanes[operation_name] = _Lane(rate, self._burst, self._clock())
        return lane


class _Lane(Queue):
    """The turns of one operation, by the generic cell rate algorithm."""

    def __init__(self, rate: float, burst: int, now: float) -> None:
        super().__init__()
        self._rate = rate
        self._burst = burst
        self._due = now  # the theoretical arrival time of the next turn
        self._not_before = now
        self._pace = 1.0
        self._paced_at = now

    def wait(self, now: float) -> float:
        """Return the seconds until the next turn."""
        tolerance = (self._burst - 1) * self._spacing(now)
        return max(self._due - tolerance, self._not_before) - now

    def take(self, now: float) -> None:
        """Take the present turn."""
        self._due = max(self._due, now) + self._spacing(now)

    def slow_down(self, now: float, retry_after: float | None) -> None:
        """Pause, and continue more slowly; throttles of concurrent attempts count once."""
        if now >= self._not_before:
            self._pace = max(self._current(now) * SLOWER, SLOWEST)
            self._paced_at = now
        pause = self._spacing(now) if retry_after is None else retry_after
        self._not_before = max(self._not_before, now + min(pause, LONGEST_PAUSE))

    def _current(self, now: float) -> float:
        return min(self._pace + RECOVERY * max(now - self._paced_at, 0.0), 1.0)

    def _spacing(self, now: float) -> float:
        return 1.0 / (self._rate * self._current(now))


publish("smsreg.rate_limits", LocalRateLimiter)
