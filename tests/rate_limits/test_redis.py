"""``RedisRateLimiter`` with a real Redis server: shared limits, also while it is away."""

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
from tests.wire import Reply, Seen

from .redis_process import RedisProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Serve

OP = "PutRegistrationFieldValue"
PLACE = {"account": "111122223333", "region": "us-east-1"}


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisProcess]:
    server = RedisProcess(tmp_path)
    server.start()
    yield server
    server.stop()


def limiter_of(server: RedisProcess, **settings: Any) -> RedisRateLimiter:
    return RedisRateLimiter(server.url, **{**PLACE, **settings})


async def turns(limiter: RedisRateLimiter, number: int, operation: str = OP) -> list[float]:
    found: list[float] = []

    async def take() -> None:
        await limiter.acquire(operation)
        found.append(time.monotonic())

    await asyncio.gather(*(take() for _ in range(number)))
    return found


async def test_two_limiters_share_a_rate(redis_server: RedisProcess) -> None:
    async with (
        limiter_of(redis_server, rates={OP: 50}) as one,
        limiter_of(redis_server, rates={OP: 50}) as two,
    ):
        both = await asyncio.gather(turns(one, 10), turns(two, 10))
    found = sorted([*both[0], *both[1]])
    assert found[-1] - found[0] >= 19 / 50 / SHARE - 0.02


async def test_other_accounts_regions_and_operations_are_apart(redis_server: RedisProcess) -> None:
    places = [PLACE, {**PLACE, "account": "444455556666"}, {**PLACE, "region": "eu-west-1"}]
    started = time.monotonic()
    for place in places:
        async with limiter_of(redis_server, **place) as limiter:
            await turns(limiter, 1)
            await turns(limiter, 1, "CreatePool")
    assert time.monotonic() - started < 0.9


async def test_a_burst(redis_server: RedisProcess) -> None:
    async with limiter_of(redis_server, rates={OP: 4}, burst=3) as limiter:
        found = await turns(limiter, 4)
    assert found[2] - found[0] < 0.2
    assert found[3] - found[2] > 0.2


async def test_a_throttle_of_one_slows_the_other_down(redis_server: RedisProcess) -> None:
    async with (
        limiter_of(redis_server, rates={OP: 100}) as one,
        limiter_of(redis_server, rates={OP: 100}) as two,
    ):
        await turns(one, 1)
        one.throttled(OP, 0.5)
        told = asyncio.create_task(turns(one, 1))
        await asyncio.sleep(0.1)
        started = time.monotonic()
        await turns(two, 1)
        assert time.monotonic() - started > 0.3
        await told


async def test_a_turn_that_is_given_up_goes_to_the_next(redis_server: RedisProcess) -> None:
    async with limiter_of(redis_server, rates={OP: 2}) as limiter:
        await turns(limiter, 1)
        first, second = (asyncio.create_task(turns(limiter, 1)) for _ in range(2))
        started = time.monotonic()
        await asyncio.sleep(0.1)
        first.cancel()
        await second
    assert time.monotonic() - started < 0.9


async def test_a_turn_that_is_missed_is_not_made_up_for(redis_server: RedisProcess) -> None:
    async with limiter_of(redis_server, rates={OP: 5}) as limiter:
        await turns(limiter, 1)
        task = asyncio.create_task(turns(limiter, 1))
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.sleep(0.5)
        found = await turns(limiter, 2)
    assert found[1] - found[0] > 0.15


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
        assert found[-1] - found[0] >= 5 / 50 - 0.02
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

async def main(url, redis, rate, tasks, calls):
    place = {"account": "111122223333", "region": "us-east-1"}
    async with RedisRateLimiter(redis, **place, rates={"DescribePools": rate}) as limiter:
        async with SMSVoiceClient(
            endpoint_url=url, region_name="us-east-1", aws_access_key_id="a",
            aws_secret_access_key="b", rate_limiter=limiter, timeout=60,
        ) as client:
            await client.warm_up()
            async def work():
                for _ in range(calls):
                    await client.describe_pools()
            await asyncio.gather(*(work() for _ in range(tasks)))

asyncio.run(main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])))
"""


async def test_two_processes_never_exceed_the_rate_in_any_second(
    redis_server: RedisProcess, serve: Serve
) -> None:
    arrived: list[float] = []

    def answer(_: Seen) -> Reply:
        arrived.append(time.monotonic())
        return Reply({"Pools": []})

    server = await serve(answer)
    rate, tasks, calls = 20, 20, 2
    arguments = [server.url, redis_server.url, *map(str, (rate, tasks, calls))]
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", CHILD, *arguments), stderr=subprocess.PIPE
        )
        for _ in range(2)
    ]
    for process in processes:
        _, errors = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0, errors.decode()
    assert len(arrived) == 2 * tasks * calls
    for number, start in enumerate(arrived):
        assert sum(at - start < 1.0 for at in arrived[number:]) <= rate
    assert arrived[-1] - arrived[0] < len(arrived) / rate / 0.9


@pytest.mark.parametrize(
    "settings", [{"url": "http://127.0.0.1"}, {"account": ""}, {"region": ""}, {"burst": 0}]
)
def test_settings_that_are_unusable(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        RedisRateLimiter(**{"url": "redis://127.0.0.1:1/0", **PLACE, **settings})


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis.asyncio", None)
    with pytest.raises(ConfigurationError, match=r'pip install "smsreg\[redis\]"'):
        RedisRateLimiter("redis://127.0.0.1:1/0", **PLACE)
