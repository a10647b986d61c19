"""``aclose()`` under load: each call ends at once, with an error that is accurate for it."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession

from smsreg import RetryPolicy
from smsreg.errors import (
    ClientClosedError,
    OutcomeUnknownError,
    SmsregError,
    ThrottlingError,
    TransportError,
)
from tests.support.scripts import respond, silence
from tests.support.server import Request, Server

from .conftest import CREDENTIALS
from .samples import FEW, READ, SMS, TOKEN, UNSAFE, Sample, via

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiobotocore.credentials import AioCredentials

    from .conftest import Connect

pytestmark = pytest.mark.sampled

SAMPLES = [*FEW, *via("ordinary", "session", "borrowed", of=(READ, TOKEN, UNSAFE))]
every_sample = pytest.mark.parametrize("sample", SAMPLES, ids=str)
POOL = 10


async def outcomes(tasks: Iterable[asyncio.Task[Any]], within: float = 2) -> list[BaseException]:
    """Return the errors of the calls; assert that all ended in time and none was cancelled."""
    done, waiting = await asyncio.wait([*tasks], timeout=within)
    assert not waiting
    assert not any(task.cancelled() for task in done)
    return [task.exception() or AssertionError(task.result()) for task in tasks]


def is_lost(error: BaseException, sample: Sample) -> bool:
    """Return whether an error is that of a call whose response is lost."""
    if sample.unsafe:
        return type(error) is OutcomeUnknownError and not error.likely_done
    return type(error) is TransportError


# --- calls that are waiting, and calls that were sent


@every_sample
async def test_a_hundred_calls_for_ten_connections(sample: Sample, connect: Connect) -> None:
    config = AioConfig(max_pool_connections=POOL)
    options: dict[str, Any] = {"config": config, "timeout": 60}
    async with Server(silence) as server, connect(sample, server.url, **options) as client:
        tasks = [asyncio.create_task(sample.call(client)) for _ in range(100)]
        await server.received(POOL)
        await client.aclose()
        found = await outcomes(tasks)
        assert len(server.requests) == POOL
    closed = [error for error in found if type(error) is ClientClosedError]
    assert len(closed) == 100 - POOL
    assert sum(is_lost(error, sample) for error in found) == POOL
    for error in found:
        assert isinstance(error, SmsregError)
        assert error.operation_name == sample.client_type.operations[sample.method].name
    assert client.retry_capacity == 500
    assert len({id(error) for error in found}) == 100


@every_sample
@pytest.mark.parametrize("turns", range(0, 60, 6))
async def test_closed_at_any_moment(sample: Sample, connect: Connect, turns: int) -> None:
    """No error claims that nothing was sent if the server received the request."""
    arrived: set[str] = set()

    async def note(wire: Any, sent: Request) -> None:
        arrived.add(sent.headers["amz-sdk-invocation-id"])
        await respond(200, sample.good)(wire, sent)

    async with Server(note) as server:
        options: dict[str, Any] = {"config": AioConfig(max_pool_connections=2)}
        async with connect(sample, server.url, **options) as client:
            tasks = [asyncio.create_task(sample.call(client)) for _ in range(12)]
            for _ in range(turns):
                await asyncio.sleep(0)
            await client.aclose()
            done, waiting = await asyncio.wait(tasks, timeout=2)
            assert not waiting
    ends = [None if task.exception() is None else type(task.exception()) for task in done]
    assert asyncio.CancelledError not in ends
    lost = OutcomeUnknownError if sample.unsafe else TransportError
    assert set(ends) <= {None, ClientClosedError, lost}
    assert ends.count(ClientClosedError) <= 12 - len(arrived), (
        "an error claims that its request was not sent, but it was"
    )


@pytest.mark.parametrize("sample", FEW, ids=str)
@pytest.mark.parametrize("status", [429, 503])
async def test_in_a_backoff(sample: Sample, connect: Connect, status: int) -> None:
    """A throttled call was not carried out; after another failure the outcome is unknown."""
    all_asleep = asyncio.Event()
    asleep: list[float] = []

    async def sleep(delay: float) -> None:
        asleep.append(delay)
        if len(asleep) == 20:
            all_asleep.set()
        await asyncio.Event().wait()

    policy = RetryPolicy(sleep=sleep, retry_unsafe=True)
    async with Server(respond(status, b"")) as server:
        async with connect(sample, server.url, retry=policy) as client:
            tasks = [asyncio.create_task(sample.call(client)) for _ in range(20)]
            await all_asleep.wait()
            await client.aclose()
            found = await outcomes(tasks)
        assert len(server.requests) == 20
    if status == 429 or sample.idempotency == "read":  # a read has no effect
        assert {type(error) for error in found} == {ClientClosedError}
    else:
        assert {type(error) for error in found} == {OutcomeUnknownError}
        assert {type(error.__cause__) for error in found} == {ClientClosedError}
    assert client.retry_capacity <= 500


class SlowProvider:
    """A provider whose credentials never arrive."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def load_credentials(self) -> AioCredentials:
        self.asked.set()
        await asyncio.Event().wait()
        raise AssertionError


async def test_while_the_client_is_opened() -> None:
    provider = SlowProvider()
    session = AioSession()
    session.register_component("credential_provider", provider)
    async with Server(silence) as server:
        client = SMS(session=session, endpoint_url=server.url, region_name="us-east-1")
        calls = [lambda: READ.call(client), lambda: UNSAFE.call(client), client.open]
        tasks = [asyncio.ensure_future(call()) for call in calls * 10]
        await provider.asked.wait()
        await client.aclose()
        assert {type(error) for error in await outcomes(tasks)} == {ClientClosedError}
        assert server.requests == []


async def test_listings_in_flight(connect: Connect) -> None:
    """A consumer that is waiting for a page, and one whose next page is being prefetched."""

    async def script(wire: Any, sent: Request) -> None:
        if "NextToken" in json.loads(sent.body):
            await silence(wire, sent)
        await respond(200, READ.good | {"NextToken": "x"})(wire, sent)

    async with Server(script) as server, connect(READ, server.url) as client:
        listing = getattr(client, READ.method)(**READ.parameters)
        pages = [listing.pages() for _ in range(4)]
        for each in pages:
            await anext(each)
        await server.received(8)
        tasks = [asyncio.ensure_future(anext(each)) for each in pages[:2]]
        await asyncio.sleep(0)
        await client.aclose()
        assert {type(error) for error in await outcomes(tasks)} == {TransportError}
        for each in pages[2:]:  # requested after the close
            with pytest.raises(ClientClosedError):
                await anext(each)


async def test_twice_at_the_same_time(connect: Connect) -> None:
    async with Server(silence) as server, connect(UNSAFE, server.url) as client:
        tasks = [asyncio.create_task(UNSAFE.call(client)) for _ in range(5)]
        await server.received(5)
        await asyncio.gather(*(client.aclose() for _ in range(5)))
        assert {type(error) for error in await outcomes(tasks)} == {OutcomeUnknownError}


async def test_by_a_hook_of_a_call(connect: Connect) -> None:
    """A call that closes the client from a hook does not wait for itself."""
    async with Server(respond(200, READ.good)) as server, connect(READ, server.url) as client:

        async def close(**_: Any) -> None:
            await client.aclose()

        client.aws_client.meta.events.register("before-send", close)
        task = asyncio.create_task(READ.call(client))
        assert [type(error) for error in await outcomes([task])] == [ClientClosedError]
        assert server.requests == []


async def test_a_response_that_is_there_counts(connect: Connect) -> None:
    """A refusal that was received is reported, even where a retry would have followed."""
    async with Server(respond(429, b"")) as server, connect(READ, server.url) as client:

        def close(_: Any) -> None:
            closing.append(asyncio.ensure_future(client.aclose()))

        closing: list[asyncio.Future[None]] = []
        view = client.with_options(retry=RetryPolicy(on_retry=close, base_delay=0, max_delay=0))
        task = asyncio.create_task(READ.call(view))
        found = await outcomes([task])
        await asyncio.wait(closing)
    assert type(found[0]) in {ClientClosedError, ThrottlingError}


async def test_cancelled_and_closed_in_one_turn(connect: Connect) -> None:
    """A cancellation by the caller remains a cancellation."""
    async with Server(silence) as server, connect(READ, server.url) as client:
        task = asyncio.create_task(READ.call(client))
        await server.received(1)
        task.cancel()
        await client.aclose()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_errors_of_closing_show_no_credentials(connect: Connect) -> None:
    """The errors contain no credentials of the call."""
    async with Server(silence) as server, connect(UNSAFE, server.url) as client:
        task = asyncio.create_task(UNSAFE.call(client))
        await server.received(1)
        await client.aclose()
        text = repr((await outcomes([task]))[0])
        assert not any(secret in text for secret in CREDENTIALS.values())
