"""Time that only advances when tasks sleep, and a throttling service that uses it."""

from __future__ import annotations

import asyncio
import heapq
import random
from collections import deque
from typing import TYPE_CHECKING

from tests.support.scripts import Reply, refusal

if TYPE_CHECKING:
    from smsreg.rate_limits import RateLimiter
    from tests.support.server import Request

IDLE = 20
"""Iterations of the loop after which every runnable task has reached its next sleep."""


class CompressedTime:
    """A clock that sleeps advance: when all tasks are waiting, the earliest sleep ends."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._sleeps: list[tuple[float, int, asyncio.Future[None]]] = []
        self._number = 0

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self._number += 1
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleeps, (self.now + seconds, self._number, future))
        await future

    async def settle(self) -> None:
        for _ in range(IDLE):
            await asyncio.sleep(0)

    async def pass_until(self, end: float) -> None:
        """Advance the time to ``end``."""
        await self.settle()
        while self._sleeps and self._sleeps[0][0] <= end:
            due, _, future = heapq.heappop(self._sleeps)
            if not future.done():
                self.now = max(self.now, due)
                future.set_result(None)
                await self.settle()
        self.now = end


class ThrottlingService:
    """Throttles requests beyond a rate in any second; its time stops while requests are in flight.

    Args:
        rate: Requests accepted per second.
        jitter: The maximum delay of a request, in seconds.
    """

    def __init__(self, rate: int, jitter: float = 0.0) -> None:
        self.now = 0.0
        self.rate = rate
        self.taken: deque[float] = deque(maxlen=rate)
        self.arrived = 0
        self.throttles = 0
        self.turns = 0
        self._arrival = asyncio.Event()
        self._late = random.Random(7)  # noqa: S311 -- no secret
        self._jitter = jitter

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        while self.arrived < self.turns:
            await self._arrival.wait()
            self._arrival.clear()
        self.now += seconds

    def respond(self, _: Request) -> Reply:
        self.arrived += 1
        self._arrival.set()
        at = self.now + self._late.uniform(0, self._jitter)
        if len(self.taken) == self.rate and at - self.taken[0] < 1.0:
            self.throttles += 1
            return refusal("ThrottlingException")
        self.taken.append(at)
        return Reply({})


class CountingLimiter:
    """A limiter that reports its turns to the service, whose time waits for their requests."""

    def __init__(self, limiter: RateLimiter, service: ThrottlingService) -> None:
        self.limiter = limiter
        self.service = service

    async def acquire(self, operation_name: str) -> None:
        await self.limiter.acquire(operation_name)
        self.service.turns += 1

    def throttled(self, operation_name: str, retry_after: float | None) -> None:
        self.limiter.throttled(operation_name, retry_after)
