# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# redis-py's types are incomplete.
"""A rate limiter shared by processes and machines, which reserves turns in Redis."""

from __future__ import annotations

import asyncio
import logging
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any

from typing_extensions import Self

from smsreg._numbers import whole
from smsreg._public import publish
from smsreg.errors import ConfigurationError
from smsreg.rate_limits._local import (
    LONGEST_PAUSE,
    MOMENT,
    RECOVERY,
    SLOWER,
    SLOWEST,
    LocalRateLimiter,
)
from smsreg.rate_limits._queue import Queue
from smsreg.rate_limits._quotas import checked_rates, rate_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

logger = logging.getLogger("smsreg")

SHARE = 0.95
"""The share of a quota that is used: the delays of processes are independent."""
PATIENCE = 1.0
"""Seconds within which Redis must respond."""
AWAY = 1.0
"""Seconds for which Redis is not called after it did not."""
KEPT = 3600
"""Seconds for which Redis keeps the state of an operation that is not called."""

RESERVE = """
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
local rate, burst, kept = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local throttled, pause = ARGV[4] == '1', tonumber(ARGV[5])
local slower, slowest, recovery = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local known = redis.call('HMGET', KEYS[1], 'due', 'after', 'pace', 'at')
local due, after = tonumber(known[1]) or now, tonumber(known[2]) or now
local pace, at = tonumber(known[3]) or 1, tonumber(known[4]) or now
if throttled then
  if now >= after then
    pace = math.max(math.min(pace + recovery * math.max(now - at, 0), 1) * slower, slowest)
    at = now
  end
  if pause < 0 then pause = 1 / (rate * pace) end
  after = math.max(after, now + pause)
end
local spacing = 1 / (rate * math.min(pace + recovery * math.max(now - at, 0), 1))
local turn = math.max(due - (burst - 1) * spacing, after, now)
due = math.max(due, turn) + spacing
redis.call('HSET', KEYS[1], 'due', string.format('%.6f', due), 'after',
  string.format('%.6f', after), 'pace', tostring(pace), 'at', string.format('%.6f', at))
redis.call('EXPIRE', KEYS[1], kept)
return string.format('%.6f', turn - now)
"""
"""Reserves the next turn of an operation and returns the seconds until then, by Redis's clock."""


class RedisRateLimiter:
    """Paces the attempts of all processes that use the same Redis, account and Region together.

    The limits are those of ``LocalRateLimiter``, of which 95 % are used. Turns are reserved by one
    atomic script, by the clock of Redis. Each process reserves a turn for the head of its queue; a
    turn that a cancelled call has reserved goes to the next one. While Redis is unavailable, each
    process applies its own limits, and logs one warning.

    Extra ``redis``: ``pip install "smsreg[redis]"``.

    Args:
        url: Where Redis is, such as ``redis://localhost:6379/0``; ``rediss://`` for TLS.
        account: The AWS account, whose quotas are shared.
        region: The Region; each has quotas of its own.
        rates: Requests a second of operations whose quotas differ, as ``LocalRateLimiter`` takes
            them.
        burst: How many attempts may be made at once after a pause.
        clock: Returns the time in seconds.
        sleep: Waits, given seconds.

    Raises:
        ConfigurationError: redis-py is not installed, or a parameter is unusable.
    """

    def __init__(
        self,
        url: str,
        *,
        account: str,
        region: str,
        rates: Mapping[str, float] | None = None,
        burst: int = 1,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        whole("burst", burst, least=1)
        if not (account and region):
            raise ConfigurationError("account and region must be given: quotas are shared by them")
        self._rates = checked_rates(rates)
        self._burst = burst
        self._clock = clock
        self._sleep = sleep
        self._local = LocalRateLimiter(rates, burst, clock=clock, sleep=sleep)
        self._prefix = f"smsreg:rate:{account}:{region}:"
        self._store = _Store(url)
        self._lanes: dict[str, _Lane] = {}
        self._away_until: float | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections to Redis; the next use opens them again."""
        await self._store.aclose()

    async def acquire(self, operation_name: str) -> None:
        """Return when it is the turn of an attempt; an unused turn goes to the next attempt."""
        lane = self._lanes.setdefault(operation_name, _Lane())
        async with lane.queue():
            if lane.turn is not None and lane.turn < self._clock():
                lane.turn = None  # unused and past: later turns have been taken since
            if lane.turn is None and not await self._reserve(operation_name, lane):
                await self._local.acquire(operation_name)
                return
            while lane.turn is not None and (wait := lane.turn - self._clock()) > MOMENT:
                await self._sleep(wait)
            lane.turn = None

    def throttled(self, operation_name: str, retry_after: float | None) -> None:
        """Slow an operation down; the next reservation passes that on to Redis."""
        self._local.throttled(operation_name, retry_after)
        lane = self._lanes.setdefault(operation_name, _Lane())
        lane.pause = -1.0 if retry_after is None else min(retry_after, LONGEST_PAUSE)

    async def _reserve(self, operation_name: str, lane: _Lane) -> bool:
        """Reserve the next turn; return False where Redis is unavailable."""
        if self._away_until is not None and self._clock() < self._away_until:
            return False
        pause = lane.pause
        arguments = (
            rate_of(operation_name, self._rates, SHARE),
            self._burst,
            KEPT,
            0 if pause is None else 1,
            -1.0 if pause is None else pause,
            SLOWER,
            SLOWEST,
            RECOVERY,
        )
        wait = await self._store.run(self._prefix + operation_name, arguments)
        if wait is None:
            if self._away_until is None:
                logger.warning("Redis is away: rate limits are those of this process alone")
            self._away_until = self._clock() + AWAY
            return False
        if self._away_until is not None:
            self._away_until = None
            logger.info("Redis is back: rate limits are shared again")
        lane.pause = None
        lane.turn = self._clock() + wait
        return True


class _Lane(Queue):
    """The queue of one operation in this process, and the reserved turn of its head."""

    def __init__(self) -> None:
        super().__init__()
        self.turn: float | None = None
        self.pause: float | None = None


class _Store:
    """Runs the script at a Redis server, over connections of the running event loop."""

    def __init__(self, url: str) -> None:
        try:
            redis: Any = import_module("redis.asyncio")
        except ImportError:
            raise ConfigurationError(
                'RedisRateLimiter needs redis-py: pip install "smsreg[redis]"'
            ) from None
        self._redis = redis
        self._url = url
        self._opened: tuple[asyncio.AbstractEventLoop, Any, Any] | None = None
        try:
            self._open()
        except ValueError:
            raise ConfigurationError(
                "url must look like redis://host:port/0, rediss:// or unix://"
            ) from None

    def _open(self) -> tuple[Any, Any]:
        client = self._redis.Redis.from_url(
            self._url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE
        )
        return client, client.register_script(RESERVE)

    async def run(self, key: str, arguments: tuple[float, ...]) -> float | None:
        """Run the script; None where Redis is unavailable."""
        loop = asyncio.get_running_loop()
        if self._opened is None or self._opened[0] is not loop:
            self._opened = loop, *self._open()
        try:
            return float(await self._opened[2](keys=[key], args=arguments))
        except (self._redis.RedisError, OSError, asyncio.TimeoutError, ValueError):
            return None

    async def aclose(self) -> None:
        """Close the connections."""
        opened, self._opened = self._opened, None
        if opened is not None and opened[0] is asyncio.get_running_loop():
            await opened[1].aclose()


publish("smsreg.rate_limits", RedisRateLimiter)
