"""Idle connections in the pool, and TLS."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from smsreg.errors import CallTimeoutError, ConnectError, OutcomeUnknownError, SmsregError
from tests.support.loops import advance_time
from tests.support.scripts import http, respond
from tests.support.server import TLS, Connection, Request, Server

from .samples import GUARDED, READ, REST_GUARDED, REST_READ, UNSAFE, Sample, fail, via

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Connect

pytestmark = pytest.mark.sampled

SAMPLES = (READ, GUARDED, UNSAFE, REST_READ, REST_GUARDED, *via("ordinary", of=(UNSAFE, REST_READ)))
samples = pytest.mark.parametrize("sample", SAMPLES, ids=str)

STRAY = http(200, b'{"wrong": 1}', {"x-whose": "late"})
OWN = {"x-whose": "own"}


def whose(result: Any) -> str | None:
    return result.response_metadata.headers.get("x-whose")


async def _both_at_once(wire: Connection, _: Request) -> None:
    await wire.send(http(200, b"{}", OWN) + STRAY)


async def _one_later(wire: Connection, _: Request) -> None:
    await wire.send(http(200, b"{}", OWN))
    await asyncio.sleep(0.01)
    await wire.send(STRAY)


async def _stray_bytes(wire: Connection, _: Request) -> None:
    await wire.send(http(200, b"{}", OWN))
    await asyncio.sleep(0.01)
    await wire.send(b"\r\nstray")


async def _half_a_response(wire: Connection, _: Request) -> None:
    await wire.send(http(200, b"{}", OWN))
    await asyncio.sleep(0.01)
    await wire.send(STRAY[:30])


@samples
@pytest.mark.parametrize("script", [_both_at_once, _one_later, _stray_bytes, _half_a_response])
async def test_late_second_response(script: Any, sample: Sample, connect: Connect) -> None:
    async with Server(script, respond(200, sample.good, OWN)) as server:
        async with connect(sample, server.url) as client:
            assert whose(await sample.call(client)) == "own"
            await asyncio.sleep(0.03)
            again = await sample.call(client)
        assert whose(again) == "own"
        assert again.response_metadata.attempts == 1
        assert [request.connection for request in server.requests] == [1, 2]


@samples
async def test_half_a_second_response_with_the_first(sample: Sample, connect: Connect) -> None:
    async def script(wire: Connection, _: Request) -> None:
        await wire.send(http(200, b"{}", OWN) + STRAY[:30])
        await asyncio.sleep(0.01)
        await wire.send(STRAY[30:])

    async with Server(script, respond(200, sample.good, OWN)) as server:
        async with connect(sample, server.url) as client:
            await sample.call(client)
            await asyncio.sleep(0.03)
            assert whose(await sample.call(client)) == "own"
        assert [request.connection for request in server.requests] == [1, 2]


@samples
@pytest.mark.parametrize("tls", [None, "localhost"])
async def test_second_response_not_yet_read(
    tls: str | None, sample: Sample, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is in the socket's buffer, and the event loop has not read it yet."""
    monkeypatch.setenv("AWS_CA_BUNDLE", str(TLS / "localhost.crt"))
    async with Server(respond(200, sample.good, OWN), tls=tls) as server:
        async with connect(sample, server.url) as client:
            await sample.call(client)
            server.accepted[-1].put(STRAY)
            again = await sample.call(client)
        assert whose(again) == "own"
        assert len(server.requests) == 2


@samples
async def test_response_after_the_deadline(sample: Sample, connect: Connect) -> None:
    """A connection whose request was abandoned is not used again."""

    async def late(wire: Connection, _: Request) -> None:
        await timed_out.wait()
        await wire.send(STRAY)

    timed_out = asyncio.Event()
    own = respond(200, sample.good, OWN)
    async with Server(own, late, own) as server:
        async with connect(sample, server.url) as client:
            await sample.call(client)
            task = asyncio.create_task(fail(client.with_options(timeout=5), sample))
            await server.received(2)
            advance_time(5)
            caught = await task
            assert isinstance(caught, (CallTimeoutError, OutcomeUnknownError))
            timed_out.set()
            await asyncio.sleep(0.03)
            assert whose(await sample.call(client)) == "own"
        assert [request.connection for request in server.requests] == [1, 1, 2]


@samples
@pytest.mark.parametrize("ending", [Connection.reset, Connection.end])
@pytest.mark.parametrize("seconds", [0, 0.03])
async def test_idle_connection_reset_by_the_peer(
    seconds: float, ending: Callable[[Connection], None], sample: Sample, connect: Connect
) -> None:
    async with Server(respond(200, sample.good)) as server:
        async with connect(sample, server.url) as client:
            await sample.call(client)
            ending(server.accepted[-1])
            await asyncio.sleep(seconds)
            again = await sample.call(client)
            assert client.retry_capacity == 500
        assert again.response_metadata.attempts == 1
        assert [request.connection for request in server.requests] == [1, 2]


async def test_connections_are_reused(connect: Connect) -> None:
    async with Server(respond(200, READ.good)) as server:
        async with connect(READ, server.url) as client:
            for _ in range(20):
                await READ.call(client)
        assert server.connections == 1


# -- TLS -----------------------------------------------------------------------------------------


@samples
@pytest.mark.parametrize("fault", ["self_signed", "wrong_host"])
async def test_self_signed_or_wrong_host(
    fault: str, sample: Sample, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = "localhost"
    if fault == "wrong_host":
        shown = "elsewhere"
        monkeypatch.setenv("AWS_CA_BUNDLE", str(TLS / f"{shown}.crt"))
    async with Server(respond(200, sample.good), tls=shown) as server:
        async with connect(sample, server.url) as client:
            caught = await fail(client, sample)
            assert client.retry_capacity == 500
        assert (server.hellos, server.requests) == (1, [])
    assert type(caught) is ConnectError
    assert caught.attempts == 1
    assert "TLS" in str(caught)


@samples
async def test_trusted_certificate(
    sample: Sample, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(TLS / "localhost.crt"))
    async with Server(respond(200, sample.good), tls="localhost") as server:
        async with connect(sample, server.url) as client:
            await sample.call(client)
        assert len(server.requests) == 1


@pytest.mark.parametrize("sample", [READ, UNSAFE, *via("ordinary", of=(UNSAFE,))], ids=str)
async def test_plain_http_where_tls_is_expected(sample: Sample, connect: Connect) -> None:
    async with Server(respond(200, sample.good)) as server:
        server.failures = []
        url = server.url.replace("http:", "https:")
        async with connect(sample, url) as client:
            with pytest.raises(SmsregError) as caught:
                await client.with_options(timeout=0.3).send(
                    client.operations[sample.method].request_type(**sample.parameters)
                )
        assert server.requests == []
    assert isinstance(caught.value, (ConnectError, CallTimeoutError, OutcomeUnknownError))
