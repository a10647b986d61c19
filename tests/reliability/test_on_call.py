"""``on_call``: one event for each logical call that ends, whatever its outcome."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from aiobotocore.config import AioConfig

from smsreg import ConfigurationError, RetryPolicy, SMSVoiceClient
from smsreg._runtime.observation import Observation
from smsreg.errors import (
    ClientClosedError,
    InvalidRequestError,
    OutcomeUnknownError,
    SmsregError,
    UnsupportedOperationError,
)
from smsreg.sms_voice import DescribePoolsRequest
from smsreg.social_messaging import DeleteWhatsAppMessageMediaInput
from tests.support.scripts import error, hang_up, respond, silence, time_out
from tests.support.server import Server

from .frames import leaks
from .samples import FEW, PERSONAL, READ, SERVER_TEXT, TOKEN, UNSAFE, via

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smsreg.types import CallEvent

    from .conftest import Connect
    from .samples import Sample

pytestmark = pytest.mark.sampled

EVERY_PATH = [*FEW, *via("ordinary", "session", "borrowed", of=(READ, TOKEN, UNSAFE))]


class Events(list["CallEvent"]):
    """Records the events of calls, and asserts that none contains personal data."""

    def __call__(self, event: CallEvent) -> None:
        self.append(event)
        assert event.duration >= event.waited >= 0
        assert (event.error is None) == (event.outcome == "ok")
        assert not any(text in repr(event) for text in PERSONAL)
        if event.error is not None:
            assert event.outcome == type(event.error).__name__
            assert event.error.__traceback__ is None
            assert leaks(event.error, (*PERSONAL, SERVER_TEXT)) == []

    @property
    def only(self) -> CallEvent:
        (event,) = self
        return event


@pytest.fixture
def events() -> Events:
    return Events()


@pytest.mark.parametrize("sample", EVERY_PATH, ids=str)
async def test_a_call_that_succeeds(sample: Sample, connect: Connect, events: Events) -> None:
    async with (
        Server(respond(200, sample.good)) as server,
        connect(sample, server.url, on_call=events) as client,
    ):
        await sample.call(client)
    event = events.only
    assert event.operation_name == sample.name
    assert (event.outcome, event.attempts, event.throttles) == ("ok", 1, 0)
    assert (event.request_id, event.http_status, event.waited) == ("request-1", 200, 0.0)
    assert event.duration > 0


@pytest.mark.parametrize("sample", EVERY_PATH, ids=str)
async def test_a_call_that_is_refused(sample: Sample, connect: Connect, events: Events) -> None:
    refused = error("AccessDeniedException", 403, SERVER_TEXT)
    async with Server(refused) as server, connect(sample, server.url, on_call=events) as client:
        with pytest.raises(SmsregError) as caught:
            await sample.call(client)
    event = events.only
    assert event.error is caught.value
    assert event.outcome == type(caught.value).__name__
    assert (event.attempts, event.throttles) == (1, 0)
    assert (event.request_id, event.http_status) == ("request-1", 403)


async def test_retries_throttles_and_waits_are_counted(connect: Connect, events: Events) -> None:
    policy = RetryPolicy(base_delay=0.02, throttling_base_delay=0.05, jitter=lambda: 1.0)
    throttle = error("ThrottlingException", 400)
    async with (
        Server(throttle, throttle, respond(200, TOKEN.good)) as server,
        connect(TOKEN, server.url, on_call=events, retry=policy) as client,
    ):
        await TOKEN.call(client)
    event = events.only
    assert (event.outcome, event.attempts, event.throttles) == ("ok", 3, 2)
    assert event.request_id == "request-1"
    assert 0.1 < event.waited < event.duration


async def test_a_call_whose_outcome_is_unknown(connect: Connect, events: Events) -> None:
    async with Server(hang_up) as server, connect(UNSAFE, server.url, on_call=events) as client:
        with pytest.raises(OutcomeUnknownError):
            await UNSAFE.call(client)
    event = events.only
    assert (event.outcome, event.attempts) == ("OutcomeUnknownError", 1)
    assert event.request_id is event.http_status is None


async def test_a_call_that_runs_into_its_deadline(connect: Connect, events: Events) -> None:
    async with Server(time_out(5)) as server, connect(READ, server.url, on_call=events) as client:
        with pytest.raises(TimeoutError):
            await READ.call(client.with_options(timeout=5))
    assert (events.only.outcome, events.only.attempts) == ("CallTimeoutError", 1)


@pytest.mark.parametrize("scripts", [[silence], [error("InternalServerException", 500), silence]])
async def test_a_cancelled_call(scripts: list[Any], connect: Connect, events: Events) -> None:
    async with (
        Server(*scripts) as server,
        connect(READ, server.url, on_call=events) as client,
    ):
        task = asyncio.create_task(READ.call(client))
        await server.received(len(scripts))
        task.cancel("enough")
        with pytest.raises(asyncio.CancelledError):
            await task
    event = events.only
    assert (event.outcome, event.attempts) == ("CancelledError", len(scripts))
    assert event.http_status == (None if len(scripts) == 1 else 500)


async def test_a_call_that_the_end_of_the_client_ends(connect: Connect, events: Events) -> None:
    options: dict[str, Any] = {"config": AioConfig(max_pool_connections=1), "on_call": events}
    async with Server(silence) as server, connect(READ, server.url, **options) as client:
        tasks = [asyncio.create_task(READ.call(client)) for _ in range(2)]
        await server.received(1)
        await client.aclose()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert sorted(event.outcome for event in events) == ["ClientClosedError", "TransportError"]


# --- calls that are refused locally


async def test_requests_that_are_refused_here(events: Events) -> None:
    client = SMSVoiceClient(on_call=events)
    with pytest.raises(InvalidRequestError):
        await client.send_text_message(destination_phone_number="")
    with pytest.raises(InvalidRequestError):
        client.describe_pools(max_results=0)
    media = DeleteWhatsAppMessageMediaInput(
        media_id="1", origination_phone_number_id="phone-number-id-1"
    )
    with pytest.raises(InvalidRequestError):
        await client.send(media)
    assert [event.operation_name for event in events] == ["SendTextMessage", "DescribePools", ""]
    for event in events:
        assert (event.outcome, event.attempts) == ("InvalidRequestError", 0)
        assert event.request_id is event.http_status is None
    await client.aclose()


async def test_calls_of_a_closed_client(events: Events) -> None:
    client = SMSVoiceClient(on_call=events)
    await client.aclose()
    with pytest.raises(ClientClosedError):
        await client.describe_pools()
    with pytest.raises(ClientClosedError):
        await client.send(DescribePoolsRequest())
    assert [event.outcome for event in events] == ["ClientClosedError"] * 2
    assert [event.attempts for event in events] == [0, 0]


async def test_an_operation_that_botocore_does_not_know(connect: Connect, events: Events) -> None:
    async with Server() as server, connect(READ, server.url, on_call=events) as client:
        delattr(type(client.aws_client), READ.method)  # as in an older botocore
        with pytest.raises(UnsupportedOperationError):
            await READ.call(client)
    assert (events.only.outcome, events.only.attempts) == ("UnsupportedOperationError", 0)


# --- what counts as a call


async def test_each_page_is_a_call(connect: Connect, events: Events) -> None:
    pages = [respond(200, {"Pools": [], "NextToken": "more"}), respond(200, {"Pools": []})]
    async with Server(*pages) as server, connect(READ, server.url, on_call=events) as client:
        assert await client.describe_pools().collect() == []
    assert [event.operation_name for event in events] == ["DescribePools"] * 2
    assert [event.attempts for event in events] == [1, 1]


async def test_each_poll_of_a_waiter_is_a_call(connect: Connect, events: Events) -> None:
    polls = [
        respond(200, {"Pools": [{"PoolId": "pool-1", "Status": status}]})
        for status in ("CREATING", "ACTIVE")
    ]
    async with Server(*polls) as server, connect(READ, server.url, on_call=events) as client:
        await client.wait_until_pool_active(pool_id="pool-1")
    assert [event.outcome for event in events] == ["ok"] * 2


async def test_views_share_it(connect: Connect, events: Events) -> None:
    async with (
        Server(respond(200, READ.good)) as server,
        connect(READ, server.url, on_call=events) as client,
    ):
        await READ.call(client.with_options(timeout=5, retry=RetryPolicy.none()))
    assert events.only.outcome == "ok"


# --- what callbacks may do


class FailingError(Exception):
    """Raised by a callback."""


@pytest.mark.parametrize("raised", [FailingError("no"), asyncio.CancelledError()], ids=repr)
@pytest.mark.parametrize("status", [200, 400])
async def test_what_on_call_raises_is_logged_and_ends_no_call(
    status: int, raised: BaseException, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: CallEvent) -> None:
        raise raised

    script = respond(200, UNSAFE.good) if status == 200 else error("AccessDeniedException", 400)
    async with Server(script) as server, connect(UNSAFE, server.url, on_call=fail) as client:
        task = asyncio.create_task(UNSAFE.call(client))
        (outcome,) = await asyncio.gather(task, return_exceptions=True)
    assert isinstance(outcome, SmsregError) == (status == 400)
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert (record.name, record.message) == ("smsreg", "on_call failed for SendTextMessage")
    assert record.exc_info is not None
    assert record.exc_info[1] is raised
    assert leaks(raised, PERSONAL) == []


async def test_an_interrupt_of_the_process_passes(connect: Connect) -> None:
    def interrupt(_: CallEvent) -> None:
        raise SystemExit(3)

    script = respond(200, READ.good)
    async with Server(script) as server, connect(READ, server.url, on_call=interrupt) as client:
        coroutine = READ.call(client)
        with pytest.raises(SystemExit):
            await coroutine


class OddError(Exception):
    """An exception that cannot be copied."""

    def __init__(self, *, why: str) -> None:
        super().__init__(why)


@pytest.mark.parametrize("raised", [KeyError("of a hook"), OddError(why="of a hook")], ids=repr)
async def test_what_is_not_of_this_package_passes_as_it_is(
    raised: Exception, connect: Connect
) -> None:
    cause = ZeroDivisionError()

    def break_it(**_: Any) -> None:
        raise raised from cause

    seen: list[CallEvent] = []
    async with Server() as server, connect(READ, server.url, on_call=seen.append) as client:
        client.aws_client.meta.events.register("before-call", break_it)
        with pytest.raises(type(raised)) as caught:
            await READ.call(client)
    assert caught.value is raised
    assert raised.__cause__ is cause
    (event,) = seen
    assert event.outcome == type(raised).__name__
    assert event.error is not raised
    assert event.error.__traceback__ is event.error.__context__ is None


async def test_the_context_of_an_error_is_what_the_caller_was_handling(connect: Connect) -> None:
    async with (
        Server(error("AccessDeniedException", 403)) as server,
        connect(READ, server.url, on_call=lambda _: None) as client,
    ):
        try:
            _ = 1 / 0
        except ZeroDivisionError:
            with pytest.raises(SmsregError) as caught:
                await READ.call(client)
    assert isinstance(caught.value.__context__, ZeroDivisionError)


@pytest.mark.parametrize("on_call", ["name", 7, object()])
def test_on_call_must_be_a_function(on_call: Any) -> None:
    with pytest.raises(ConfigurationError, match="on_call must be a function"):
        SMSVoiceClient(on_call=on_call)


def test_on_call_must_not_be_async() -> None:
    async def on_call(_: CallEvent) -> None: ...

    with pytest.raises(ConfigurationError, match="not async"):
        SMSVoiceClient(on_call=on_call)


async def test_durations_go_by_the_clock(events: Events) -> None:
    times: Iterator[float] = iter([100.0, 102.5])
    observation = Observation("Op", events, clock=lambda: next(times))
    observation.failed(ClientClosedError())
    assert events.only.duration == 2.5


# --- the log


async def test_one_line_for_each_call(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "smsreg")
    script = respond(200, UNSAFE.good, {"x-amzn-requestid": "id-\x85"})
    async with Server(script) as server, connect(UNSAFE, server.url) as client:
        await UNSAFE.call(client)
        with pytest.raises(InvalidRequestError):
            await client.send_text_message(destination_phone_number="")
    records = [record for record in caplog.records if record.name == "smsreg"]
    assert [record.levelname for record in records] == ["DEBUG"] * 2
    first, second = (record.message for record in records)
    assert first.startswith("SendTextMessage: ok after ")
    assert "(attempts 1, HTTP status 200, request id " in first
    assert "\x85" not in first
    assert second.startswith("SendTextMessage: InvalidRequestError after ")
    assert not any(text in line for text in PERSONAL for line in (first, second))


async def test_nothing_is_observed_without_a_callback(connect: Connect) -> None:
    assert not logging.getLogger("smsreg").isEnabledFor(logging.DEBUG)
    async with Server(respond(200, READ.good)) as server, connect(READ, server.url) as client:
        operation = client.operations[READ.method]
        assert client._observation(operation) is None
        watched = client.with_options(retry=replace(RetryPolicy(), max_attempts=2))
        watched._on_call = print
        assert watched._observation(operation) is not None
