"""Cancelled calls end cleanly and return their retry budget."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from smsreg import RetryPolicy
from tests.support.scripts import hang_up, respond, silence
from tests.support.server import Server

from .samples import FEW, PHONE, READ, TOKEN, Sample, via

if TYPE_CHECKING:
    from .conftest import Connect

pytestmark = pytest.mark.sampled

few = pytest.mark.parametrize("sample", FEW, ids=str)


async def cancel(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@few
async def test_cancelled_in_mid_request(sample: Sample, connect: Connect) -> None:
    async with Server(silence) as server:
        async with connect(sample, server.url) as client:
            task = asyncio.create_task(sample.call(client))
            await server.received(1)
            await cancel(task)
            assert client.retry_capacity == 500
        assert len(server.requests) == 1


@few
async def test_cancelled_in_mid_request_of_a_retry(sample: Sample, connect: Connect) -> None:
    async with (
        Server(respond(429, b""), silence) as server,
        connect(sample, server.url) as client,
    ):
        task = asyncio.create_task(sample.call(client))
        await server.received(2)
        assert client.retry_capacity == 495
        await cancel(task)
        assert client.retry_capacity == 500


@few
async def test_cancelled_in_a_backoff_wait(sample: Sample, connect: Connect) -> None:
    waiting = asyncio.Event()

    async def sleep(_: float) -> None:
        waiting.set()
        await asyncio.Event().wait()

    async with Server(respond(429, b"")) as server:
        async with connect(sample, server.url, retry=RetryPolicy(sleep=sleep)) as client:
            task = asyncio.create_task(sample.call(client))
            await waiting.wait()
            assert client.retry_capacity == 495
            await cancel(task)
            assert client.retry_capacity == 500
        assert len(server.requests) == 1


PAGE = {
    "OptOutListName": "Default",
    "OptedOutNumbers": [{"OptedOutNumber": PHONE, "EndUserOptedOut": True}] * 2,
    "NextToken": "next",
}


@pytest.mark.parametrize("sample", [READ, *via("ordinary", of=(READ,))], ids=str)
@pytest.mark.parametrize("ending", ["break", "cancel", "exception", "dropped"])
async def test_cancelled_in_mid_iteration(ending: str, sample: Sample, connect: Connect) -> None:
    async with (
        Server(respond(200, PAGE), silence) as server,
        connect(sample, server.url) as client,
    ):

        async def iterate() -> None:
            async for _ in getattr(client, sample.method)(**sample.parameters):
                await server.received(2)  # the next page is in flight
                if ending == "break":
                    break
                if ending == "exception":
                    raise KeyError

        task = asyncio.create_task(iterate())
        if ending == "break":
            await task
        elif ending == "exception":
            with pytest.raises(KeyError):
                await task
            del task  # its traceback refers to the iterator
        else:
            await server.received(2)
            await asyncio.sleep(0.005 if ending == "cancel" else 0)
            await cancel(task)
        for _ in range(20):
            await asyncio.sleep(0)
        assert client.retry_capacity == 500


@pytest.mark.parametrize("sample", [TOKEN, *via("ordinary", of=(TOKEN,))], ids=str)
async def test_cancelled_at_any_turn_of_the_loop(sample: Sample, connect: Connect) -> None:
    """A throttle, a broken connection and a success, cancelled after any number of iterations."""
    ended = False
    async with (
        Server(respond(200, sample.good)) as server,
        connect(sample, server.url, timeout=20) as client,
    ):
        await sample.call(client)
        for turns in range(400):
            server.requests.clear()
            server.scripts[:] = [respond(429, b""), hang_up, respond(200, sample.good)]
            task = asyncio.create_task(sample.call(client))
            for _ in range(turns):
                await asyncio.sleep(0)
            if ended := task.done():
                assert task.result().response_metadata.attempts == 3
                break
            await cancel(task)
            assert client.retry_capacity == 500, turns
            await asyncio.sleep(0)
    assert ended
    assert turns > 10
