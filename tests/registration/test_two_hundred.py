"""200 registrations of 25 fields at the rate of the quotas, and watched, in compressed time.

When nothing is in flight, the time is advanced to the end of the next sleep. By default a few
registrations are created; CI creates all of them.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from smsreg import RetryPolicy, SMSVoiceClient
from smsreg.emulator import Clock, Emulator
from smsreg.rate_limits import LocalRateLimiter
from smsreg.registration import Registrar, RegistrationDraft
from tests.support.sampling import ALL_CASES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from smsreg.types import CallEvent

REGISTRATIONS = 200 if ALL_CASES else 8
FIELDS = 25
KIND = "US_TEN_DLC_BRAND_REGISTRATION"
PUT = "PutRegistrationFieldValue"
TYPES: list[dict[str, Any]] = [
    {
        "type": KIND,
        "title": "A brand of 25 fields",
        "country": "US",
        "sections": [
            {
                "path": "part",
                "title": "Part",
                "fields": [{"path": f"f{n}", "title": f"Field {n}"} for n in range(FIELDS)],
            }
        ],
    }
]
SETTLED = 30
"""Iterations of the loop after which every runnable task has reached its next sleep."""


@dataclass
class CompressedTime:
    """Sleeps that advance the emulator's clock, and a rate limiter that counts the requests."""

    emulator: Emulator
    sleeps: list[tuple[float, int, asyncio.Future[None]]] = field(default_factory=list[Any])
    in_flight: int = 0
    number: int = 0

    def __post_init__(self) -> None:
        self.limiter = LocalRateLimiter(clock=self.clock, sleep=self.sleep)
        self.sent: Counter[str] = Counter()
        self.throttles = 0

    def clock(self) -> float:
        return self.emulator.clock.now()

    async def sleep(self, seconds: float) -> None:
        self.number += 1
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self.sleeps, (self.clock() + seconds, self.number, future))
        await future

    async def acquire(self, operation_name: str) -> None:
        await self.limiter.acquire(operation_name)
        self.in_flight += 1
        self.sent[operation_name] += 1

    def throttled(self, operation_name: str, retry_after: float | None) -> None:
        self.in_flight -= 1
        self.throttles += 1
        self.limiter.throttled(operation_name, retry_after)

    def on_call(self, event: CallEvent) -> None:
        assert event.outcome == "ok", event
        self.in_flight -= 1

    async def run(self) -> None:
        """End the sleeps in order and advance the clock, until cancelled."""
        while True:
            for _ in range(SETTLED):
                await asyncio.sleep(0)
            if self.in_flight or not self.sleeps:
                continue
            due, _, future = heapq.heappop(self.sleeps)
            if not future.done():
                await self.emulator.advance(seconds=max(due - self.clock(), 0.0))
                future.set_result(None)


def drafts() -> list[RegistrationDraft]:
    return [
        RegistrationDraft(
            key=f"tenant-{number}",
            registration_type=KIND,
            values={f"part.f{n}": f"value {n} of {number}" for n in range(FIELDS)},
        )
        for number in range(REGISTRATIONS)
    ]


async def test_at_the_pace_of_the_quota_and_watched() -> None:
    settings: Any = {"registration_types": TYPES, "review_seconds": 7200.0}
    async with Emulator(clock=Clock.fixed(), seed=1, **settings) as emulator:
        emulator.settings.quotas["REGISTRATIONS"] = REGISTRATIONS
        emulator.faults.throttle_by_quota()
        emulator.faults.disturb_events(lose=0.3, double=0.3, shuffle=True, seed=1)
        time = CompressedTime(emulator)
        options = {**emulator.client_options, "retry": RetryPolicy(sleep=time.sleep)}
        async with SMSVoiceClient(**options, rate_limiter=time, on_call=time.on_call) as client:
            passing = asyncio.create_task(time.run())
            registrar = Registrar(client, sleep=time.sleep)
            began = time.clock()
            applied = [item async for item in registrar.apply_many(drafts(), confirm=True)]
            took = time.clock() - began
            assert len({item.registration_id for item in applied}) == REGISTRATIONS
            assert {item.waiting_for for item in applied} == {"review"}
            puts = REGISTRATIONS * FIELDS
            assert time.sent[PUT] >= puts
            # The quota is one per second, so the puts alone take that many seconds.
            share = puts / took
            assert share >= 0.95
            assert time.throttles < 0.01 * sum(time.sent.values())
            await watched(emulator, registrar, [item.registration_id or "" for item in applied])
            passing.cancel()
        assert emulator.unexpected == []


async def watched(emulator: Emulator, registrar: Registrar, ids: list[str]) -> None:
    queue: asyncio.Queue[Any] = asyncio.Queue()
    emulator.on_event(queue.put_nowait)

    async def events() -> AsyncIterator[Any]:
        while True:
            yield await queue.get()

    finals: Counter[str] = Counter()
    async for change in registrar.watch(ids, events=events(), poll_interval=600):
        finals[change.registration_id] += change.status == "COMPLETE"
    assert finals == dict.fromkeys(ids, 1)
    assert 0 < len(emulator.events) < 4 * len(ids)
