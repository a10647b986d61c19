"""Time that passes only when it is waited for, and a server with quotas that goes by it."""

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
"""Turns of the loop after which tasks that wait for nothing else have come to their waits."""


class Time:
    """A clock, and sleeps that move it; the earliest first, once everybody waits."""

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
        """Let time pass, until a time."""
        await self.settle()
        while self._sleeps and self._sleeps[0][0] <= end:
            due, _, future = heapq.heappop(self._sleeps)
            if not future.done():
                self.now = max(self.now, due)
                future.set_result(None)
                await self.settle()
        self.now = end


class Service:
    """Throttles what exceeds a rate in any second, by a time that stops while requests travel.

    Args:
        rate: Requests that it takes in each second.
        jitter: The most seconds that a request is late.
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

    def answer(self, _: Request) -> Reply:
        self.arrived += 1
        self._arrival.set()
        at = self.now + self._late.uniform(0, self._jitter)
        if len(self.taken) == self.rate and at - self.taken[0] < 1.0:
            self.throttles += 1
            return refusal("ThrottlingException")
        self.taken.append(at)
        return Reply({})


class Counted:
    """A limiter whose turns the service knows, so that time waits for them."""

    def __init__(self, limiter: RateLimiter, service: Service) -> None:
        self.limiter = limiter
        self.service = service

    async def acquire(self, operation_name: str) -> None:
        await self.limiter.acquire(operation_name)
        self.service.turns += 1

    def throttled(self, operation_name: str, retry_after: float | None) -> None:
        self.limiter.throttled(operation_name, retry_after)
