"""``RedisRateLimiter`` with a real Redis server: shared limits, and limits while it is down."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from smsreg import ConfigurationError
from smsreg.rate_limits import RedisRateLimiter
from smsreg.rate_limits._redis import AWAY, SHARE
from tests.support.loops import Stalls, advance_time
from tests.support.scripts import Reply

from .redis_process import RedisProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Serve
    from tests.support.server import Request

OP = "PutRegistrationFieldValue"
SCOPE = {"account": "111122223333", "region": "us-east-1"}
RATE = 0.1
SPACING = 1 / RATE / SHARE
"""Seconds from one turn to the next at that rate."""


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisProcess]:
    server = RedisProcess(tmp_path)
    server.start()
    yield server
    server.stop()


def limiter_of(server: RedisProcess, **settings: Any) -> RedisRateLimiter:
    return RedisRateLimiter(server.url, **{**SCOPE, **settings})


class CompressedSleeps(list[float]):
    """The requested sleeps, which return at once and advance the clock."""

    def clock(self) -> float:
        return time.monotonic() + sum(self)

    async def sleep(self, seconds: float) -> None:
        self.append(seconds)
        await asyncio.sleep(0)

    def are_about(self, *seconds: float) -> bool:
        """Return whether these were the sleeps, within what the machine's work may take."""
        return sorted(self) == pytest.approx(seconds, abs=SPACING / 2)


@pytest.fixture
def slept() -> CompressedSleeps:
    return CompressedSleeps()


@pytest.fixture
def times(slept: CompressedSleeps) -> dict[str, Any]:
    """Settings with turns far enough apart for any machine, and sleeps that return at once."""
    return {"rates": {OP: RATE}, "clock": slept.clock, "sleep": slept.sleep}


async def turns(limiter: RedisRateLimiter, number: int, operation: str = OP) -> list[float]:
    found: list[float] = []

    async def take() -> None:
        await limiter.acquire(operation)
        found.append(time.monotonic())

    await asyncio.gather(*(take() for _ in range(number)))
    return found


async def test_two_limiters_share_a_rate(
    redis_server: RedisProcess, times: dict[str, Any], slept: CompressedSleeps
) -> None:
    async with limiter_of(redis_server, **times) as one, limiter_of(redis_server, **times) as two:
        await asyncio.gather(turns(one, 10), turns(two, 10))
    assert slept.are_about(*(number * SPACING for number in range(1, 20)))


async def test_other_accounts_regions_and_operations_are_apart(
    redis_server: RedisProcess, times: dict[str, Any], slept: CompressedSleeps
) -> None:
    rates = {OP: RATE, "CreatePool": RATE}
    scopes = [SCOPE, {**SCOPE, "account": "444455556666"}, {**SCOPE, "region": "eu-west-1"}]
    for scope in scopes:
        async with limiter_of(redis_server, **{**times, **scope, "rates": rates}) as limiter:
            await turns(limiter, 1)
            await turns(limiter, 1, "CreatePool")
    assert slept == []


async def test_a_burst(
    redis_server: RedisProcess, times: dict[str, Any], slept: CompressedSleeps
) -> None:
    async with limiter_of(redis_server, **times, burst=3) as limiter:
        await turns(limiter, 3)
        assert slept == []
        await turns(limiter, 1)
    assert slept.are_about(SPACING)


async def test_a_throttle_of_one_slows_the_other_down(
    redis_server: RedisProcess, times: dict[str, Any], slept: CompressedSleeps
) -> None:
    times["rates"] = {OP: 100}
    async with limiter_of(redis_server, **times) as one, limiter_of(redis_server, **times) as two:
        await turns(one, 1)
        one.throttled(OP, 20)
        await turns(one, 1)
        await turns(two, 1)
    assert slept.are_about(20, 20)


async def test_an_abandoned_turn_goes_to_the_next(redis_server: RedisProcess) -> None:
    clock = asyncio.get_running_loop().time
    async with limiter_of(redis_server, rates={OP: RATE}, clock=clock) as limiter:
        await turns(limiter, 1)
        first, second = (asyncio.create_task(turns(limiter, 1)) for _ in range(2))
        await asyncio.sleep(0.1)
        first.cancel()
        await asyncio.sleep(0.1)
        advance_time(SPACING)  # and not twice as much
        await asyncio.wait_for(second, SPACING / 2)


async def test_a_turn_that_is_missed_is_not_made_up_for(redis_server: RedisProcess) -> None:
    async with limiter_of(redis_server, rates={OP: 2}) as limiter:
        await turns(limiter, 1)
        task = asyncio.create_task(turns(limiter, 1))
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.sleep(0.8)
        found = await turns(limiter, 2)
    assert found[1] - found[0] > 0.1


async def test_local_limits_while_redis_is_away(
    redis_server: RedisProcess, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "smsreg")
    times = [0.0]

    def clock() -> float:
        return time.monotonic() + times[0]

    async with limiter_of(redis_server, rates={OP: 50}, clock=clock) as limiter:
        await turns(limiter, 2)
        redis_server.stop()
        found = await turns(limiter, 6)
        assert found[-1] - found[0] > 2 / 50
        times[0] += AWAY + 0.1
        await turns(limiter, 2)
        redis_server.start()
        times[0] += AWAY + 0.1
        await turns(limiter, 2)
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("WARNING", "Redis is away: rate limits are those of this process alone"),
        ("INFO", "Redis is back: rate limits are shared again"),
    ]


CHILD = """
import asyncio, sys
from smsreg import SMSVoiceClient
from smsreg.rate_limits import RedisRateLimiter
from tests.support.loops import Stalls

async def main(url, redis, rate, tasks, calls):
    scope = {"account": "111122223333", "region": "us-east-1"}
    async with RedisRateLimiter(redis, **scope, rates={"DescribePools": rate}) as limiter:
        async with SMSVoiceClient(
            endpoint_url=url, region_name="us-east-1", aws_access_key_id="a",
            aws_secret_access_key="b", rate_limiter=limiter, timeout=60,
        ) as client:
            await client.warm_up()
            async def work():
                for _ in range(calls):
                    await client.describe_pools()
            async with Stalls() as stalls:
                await asyncio.gather(*(work() for _ in range(tasks)))
            print(stalls.longest, stalls.total)

asyncio.run(main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])))
"""


async def test_two_processes_never_exceed_the_rate_in_any_second(
    redis_server: RedisProcess, serve: Serve
) -> None:
    """Requests that a stall of the machine delays arrive together later, which is allowed for."""
    arrived: list[float] = []

    def reply(_: Request) -> Reply:
        arrived.append(time.monotonic())
        return Reply({"Pools": []})

    server = await serve(reply)
    rate, tasks, calls = 40, 20, 2
    arguments = [server.url, redis_server.url, *map(str, (rate, tasks, calls))]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    async with Stalls() as stalls:
        processes = [
            await asyncio.create_subprocess_exec(sys.executable, "-c", CHILD, *arguments, **pipes)
            for _ in range(2)
        ]
        longest_stall, lost = 0.0, 0.0
        for process in processes:
            output, errors = await asyncio.wait_for(process.communicate(), 60)
            assert process.returncode == 0, errors.decode()
            longest, total = map(float, output.split())
            longest_stall, lost = max(longest_stall, longest), lost + total
    longest_stall, lost = longest_stall + stalls.longest, lost + stalls.total
    assert len(arrived) == 2 * tasks * calls
    for number, start in enumerate(arrived):
        assert sum(at - start < 1.0 for at in arrived[number:]) <= rate * (1 + longest_stall)
    assert arrived[-1] - arrived[0] < len(arrived) / rate / 0.9 + lost


@pytest.mark.parametrize(
    "settings", [{"url": "http://127.0.0.1"}, {"account": ""}, {"region": ""}, {"burst": 0}]
)
def test_settings_that_are_unusable(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        RedisRateLimiter(**{"url": "redis://127.0.0.1:1/0", **SCOPE, **settings})


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis.asyncio", None)
    with pytest.raises(ConfigurationError, match=r'pip install "smsreg\[redis\]"'):
        RedisRateLimiter("redis://127.0.0.1:1/0", **SCOPE)
