"""Rate limiters in clients: each attempt acquires a turn, within the deadline of the call."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from smsreg import ConfigurationError, RetryPolicy, SMSVoiceClient
from smsreg.errors import (
    CallTimeoutError,
    ClientClosedError,
    OutcomeUnknownError,
    ThrottlingError,
)
from smsreg.rate_limits import LocalRateLimiter
from tests.support.loops import advance_time
from tests.support.scripts import Reply, refusal

from .compressed import CountingLimiter, ThrottlingService

if TYPE_CHECKING:
    from collections.abc import Callable

    from smsreg.types import CallEvent
    from tests.conftest import Serve

FIELD = {
    "registration_id": "registration-1", "field_path": "companyInfo.website", "text_value": "a"
}  # fmt: skip


class RecordingLimiter:
    """A limiter that records its calls; after ``free`` turns, callers wait forever."""

    def __init__(self, *, free: int = 1000) -> None:
        self.free = free
        self.acquired: list[str] = []
        self.throttles: list[tuple[str, float | None]] = []
        self.waiting = asyncio.Event()

    async def acquire(self, operation_name: str) -> None:
        self.acquired.append(operation_name)
        if len(self.acquired) > self.free:
            self.waiting.set()
            await asyncio.get_running_loop().create_future()

    def throttled(self, operation_name: str, retry_after: float | None) -> None:
        self.throttles.append((operation_name, retry_after))


async def test_each_attempt_acquires_a_turn_and_each_throttle_is_reported(
    serve: Serve, open_client: Callable[..., Any], retry_policy: Callable[..., RetryPolicy]
) -> None:
    replies = [
        refusal("ThrottlingException", **{"x-amz-retry-after": "1500"}),
        refusal("ThrottlingException"),
        Reply({}),
    ]
    server = await serve(lambda _: replies.pop(0))
    limiter = RecordingLimiter()
    client = open_client(server.url, rate_limiter=limiter, retry=retry_policy())
    await client.with_options(timeout=30).describe_pools()
    assert limiter.acquired == ["DescribePools"] * 3
    assert limiter.throttles == [("DescribePools", 1.5), ("DescribePools", None)]


async def test_the_last_throttle_is_reported_too(
    serve: Serve, open_client: Callable[..., Any]
) -> None:
    server = await serve(lambda _: refusal("ThrottlingException"))
    limiter = RecordingLimiter()
    client = open_client(server.url, rate_limiter=limiter, retry=RetryPolicy.none())
    with pytest.raises(ThrottlingError):
        await client.describe_pools()
    assert limiter.throttles == [("DescribePools", None)]


async def test_the_deadline_during_a_wait_for_a_turn(
    serve: Serve, open_client: Callable[..., Any]
) -> None:
    server = await serve(lambda _: Reply({}))
    events: list[CallEvent] = []
    limiter = RecordingLimiter(free=0)
    client = open_client(server.url, rate_limiter=limiter, timeout=60, on_call=events.append)
    task = asyncio.create_task(client.send_text_message(destination_phone_number="+12065550100"))
    await limiter.waiting.wait()
    advance_time(59)
    await asyncio.sleep(0)
    assert not task.done()
    advance_time(1)
    with pytest.raises(CallTimeoutError) as caught:
        await task
    assert caught.value.sent is False
    assert server.requests == []
    (event,) = events
    assert 59 < event.waited < 61


@pytest.mark.parametrize("end", ["deadline", "close"])
async def test_no_turn_after_a_lost_response(
    end: str,
    serve: Serve,
    open_client: Callable[..., Any],
    retry_policy: Callable[..., RetryPolicy],
) -> None:
    server = await serve(lambda _: Reply(fault="drop"))
    limiter = RecordingLimiter(free=1)
    client = open_client(server.url, rate_limiter=limiter, timeout=30, retry=retry_policy())
    task = asyncio.create_task(client.create_registration(registration_type="A"))
    await limiter.waiting.wait()
    if end == "close":
        await client.aclose()
    else:
        advance_time(30)
    with pytest.raises(OutcomeUnknownError) as caught:
        await task
    assert len(server.requests) == 1
    cause = caught.value.__cause__
    assert isinstance(cause, CallTimeoutError if end == "deadline" else ClientClosedError)


async def test_closing_ends_the_wait_for_a_turn(
    serve: Serve, open_client: Callable[..., Any]
) -> None:
    server = await serve(lambda _: Reply({}))
    limiter = RecordingLimiter(free=0)
    client = open_client(server.url, rate_limiter=limiter)
    task = asyncio.create_task(client.describe_pools().first())
    await limiter.waiting.wait()
    await client.aclose()
    with pytest.raises(ClientClosedError):
        await asyncio.wait_for(task, 2)
    assert server.requests == []


async def test_what_a_limiter_raises_passes_as_it_is(
    serve: Serve, open_client: Callable[..., Any]
) -> None:
    class Broken(RecordingLimiter):
        async def acquire(self, operation_name: str) -> None:
            raise KeyError(operation_name)

    server = await serve(lambda _: Reply({}))
    with pytest.raises(KeyError, match="DescribePools"):
        await open_client(server.url, rate_limiter=Broken()).describe_pools()


@pytest.mark.parametrize("limiter", [1, object(), LocalRateLimiter])
def test_an_object_that_is_not_a_limiter_is_refused(limiter: Any) -> None:
    if limiter is LocalRateLimiter:
        limiter = type("Half", (), {"acquire": print})()
    with pytest.raises(ConfigurationError, match="rate_limiter must have a method"):
        SMSVoiceClient(rate_limiter=limiter)


@pytest.mark.parametrize("quota", [1, 10])
async def test_bulk_work_reaches_the_quota_without_throttles(
    quota: int,
    serve: Serve,
    open_client: Callable[..., Any],
    retry_policy: Callable[..., RetryPolicy],
) -> None:
    """The values of many forms are written concurrently."""
    forms, values = 20, 25
    service = ThrottlingService(quota, jitter=0.02)
    server = await serve(service.respond)
    rates = {"PutRegistrationFieldValue": quota}
    limiter = LocalRateLimiter(rates, clock=service.clock, sleep=service.sleep)
    client = open_client(
        server.url,
        rate_limiter=CountingLimiter(limiter, service),
        timeout=300,
        retry=retry_policy(),
    )

    async def fill() -> None:
        for _ in range(values):
            await client.put_registration_field_value(**FIELD)

    await asyncio.gather(*(fill() for _ in range(forms)))
    share = forms * values / quota / service.now
    assert share >= 0.95
    assert service.throttles / service.arrived < 0.01
