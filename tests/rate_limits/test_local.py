"""``LocalRateLimiter`` without a client: rates, order, abandoned turns, and adaptation."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import pytest

from smsreg import (
    ConfigurationError,
    EndUserMessagingClient,
    SMSVoiceClient,
    SocialMessagingClient,
)
from smsreg.rate_limits import LocalRateLimiter
from smsreg.rate_limits._local import LONGEST_PAUSE, SLOWER
from smsreg.rate_limits._quotas import RATES, SHARE

from .compressed import CompressedTime

OP = "CreateRegistration"


class TimedLimiter:
    """A limiter in compressed time, which records the time of each caller's turn."""

    def __init__(self, **settings: Any) -> None:
        self.time = CompressedTime()
        self.start = self.time.now
        self.limiter = LocalRateLimiter(clock=self.time.clock, sleep=self.time.sleep, **settings)
        self.turns: list[tuple[Any, float]] = []

    async def take(self, caller: Any, operation: str = OP) -> None:
        await self.limiter.acquire(operation)
        self.turns.append((caller, self.time.now - self.start))

    def request(self, caller: Any, operation: str = OP) -> asyncio.Task[None]:
        return asyncio.create_task(self.take(caller, operation))

    async def pass_seconds(self, seconds: float) -> None:
        await self.time.pass_until(self.time.now + seconds)

    @property
    def times(self) -> list[float]:
        return [at for _, at in self.turns]


def spaced(number: int, rate: float = 1.0) -> list[float]:
    return [pytest.approx(turn / rate / SHARE) for turn in range(number)]


async def test_one_turn_a_second_in_the_order_of_the_requests() -> None:
    timed = TimedLimiter()
    tasks = [timed.request(number) for number in range(5)]
    await timed.pass_seconds(10)
    await asyncio.gather(*tasks)
    assert [caller for caller, _ in timed.turns] == [0, 1, 2, 3, 4]
    assert timed.times == spaced(5)


@pytest.mark.parametrize(
    ("operation", "rate"),
    [("PutOptedOutNumber", 10), ("PutMessageFeedback", 20), ("SendWhatsAppMessage", 1000),
     ("GetWhatsAppMessageMedia", 100), ("CreateWhatsAppFlow", 10), ("TagResource", 1),
     ("CreateBrandProfile", 1)],
)  # fmt: skip
async def test_documented_quotas(operation: str, rate: float) -> None:
    timed = TimedLimiter()
    tasks = [timed.request(number, operation) for number in range(4)]
    await timed.pass_seconds(10)
    await asyncio.gather(*tasks)
    assert timed.times == spaced(4, rate)


def test_the_quotas_name_operations_that_there_are() -> None:
    clients = (SMSVoiceClient, SocialMessagingClient, EndUserMessagingClient)
    names = {each.name for client in clients for each in client.operations.values()}
    assert names >= RATES.keys()


async def test_rates_of_the_caller() -> None:
    timed = TimedLimiter(rates={OP: 5})
    tasks = [timed.request(number) for number in range(4)]
    await timed.pass_seconds(3)
    await asyncio.gather(*tasks)
    assert timed.times == spaced(4, 5)


async def test_operations_do_not_wait_for_each_other() -> None:
    timed = TimedLimiter()
    tasks = [timed.request(name, name) for name in ("DescribePools", "CreatePool", "DeletePool")]
    await asyncio.gather(*tasks)
    assert timed.times == [0.0] * 3


async def test_a_burst_after_a_pause() -> None:
    timed = TimedLimiter(burst=3)
    tasks = [timed.request(number) for number in range(5)]
    await timed.pass_seconds(10)
    await asyncio.gather(*tasks)
    assert timed.times[:3] == [0.0] * 3
    assert timed.times[3:] == spaced(3)[1:]
    await timed.pass_seconds(60)
    timed.turns.clear()
    tasks = [timed.request(number) for number in range(4)]
    await timed.pass_seconds(0.5)
    assert len(timed.turns) == 3
    await timed.pass_seconds(1)
    await asyncio.gather(*tasks)


async def test_a_cancelled_caller_takes_no_turn() -> None:
    timed = TimedLimiter()
    tasks = [timed.request(number) for number in range(6)]
    await timed.pass_seconds(0.5)
    for number in (1, 3):  # one waits for its turn, one is queued
        tasks[number].cancel()
    await timed.pass_seconds(10)
    await asyncio.gather(*tasks, return_exceptions=True)
    assert [caller for caller, _ in timed.turns] == [0, 2, 4, 5]
    assert timed.times == spaced(4)


async def test_a_throttle_lowers_the_rate_which_recovers_slowly() -> None:
    timed = TimedLimiter()
    await timed.take(0)
    timed.limiter.throttled(OP, None)
    spacings = []
    for number in range(120):
        task = timed.request(number)
        await timed.pass_seconds(2)
        await task
    spacings = [after - before for before, after in zip(timed.times, timed.times[1:], strict=False)]
    assert spacings[0] == pytest.approx(1 / SHARE / SLOWER, rel=0.01)
    tasks = [timed.request(number) for number in range(3)]
    timed.turns.clear()
    await timed.pass_seconds(10)
    await asyncio.gather(*tasks)
    assert timed.times[2] - timed.times[1] == pytest.approx(1 / SHARE)


async def test_throttles_of_attempts_made_together_count_once() -> None:
    together, once = TimedLimiter(), TimedLimiter()
    for timed, throttles in ((together, 20), (once, 1)):
        await timed.take(0)
        for _ in range(throttles):
            timed.limiter.throttled(OP, None)
        tasks = [timed.request(number) for number in range(3)]
        await timed.pass_seconds(30)
        await asyncio.gather(*tasks)
    assert together.times == once.times


async def test_many_throttles_leave_some_pace() -> None:
    timed = TimedLimiter()
    await timed.take(0)
    for _ in range(100):
        timed.limiter.throttled(OP, None)
        await timed.pass_seconds(15)
    await timed.take(1)
    task = timed.request(2)
    await timed.pass_seconds(11)
    await task


@pytest.mark.parametrize(
    ("hint", "pause"), [(3.0, 3.0), (1e9, LONGEST_PAUSE), (math.inf, LONGEST_PAUSE)]
)
async def test_the_service_sets_the_delay(hint: float, pause: float) -> None:
    timed = TimedLimiter()
    await timed.take(0)
    timed.limiter.throttled(OP, hint)
    task = timed.request(1)
    await timed.pass_seconds(pause - 0.1)
    assert len(timed.turns) == 1
    await timed.pass_seconds(0.2)
    await task
    assert timed.times[1] == pytest.approx(pause)


def test_a_limiter_continues_in_the_next_event_loop() -> None:
    time = CompressedTime()

    async def take_three() -> None:
        tasks = [asyncio.create_task(limiter.acquire(OP)) for _ in range(3)]
        await time.pass_until(time.now + 5)
        await asyncio.gather(*tasks)

    limiter = LocalRateLimiter(clock=time.clock, sleep=time.sleep)
    asyncio.run(take_three())
    asyncio.run(take_three())


@pytest.mark.parametrize("rate", [0, -1, math.nan, math.inf, 10**400, True, "5", None])
def test_rates_that_are_none(rate: Any) -> None:
    with pytest.raises(ConfigurationError, match="the rate of 'CreatePool' must be a positive"):
        LocalRateLimiter({"CreatePool": rate})


@pytest.mark.parametrize("burst", [0, -1, 1.5, True, "1"])
def test_bursts_that_are_none(burst: Any) -> None:
    with pytest.raises(ConfigurationError, match="burst must be a whole number"):
        LocalRateLimiter(burst=burst)
