"""Connections that fail, break, or stay silent."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest
from aiobotocore.config import AioConfig
from aiohttp.abc import AbstractResolver, ResolveResult

from smsreg import RetryPolicy
from smsreg.errors import (
    CallTimeoutError,
    ConnectError,
    InvalidResponseError,
    ServiceError,
    TransportError,
)
from tests.support.loops import advance_time
from tests.support.scripts import hang_up, http, raw, respond, silence, time_out
from tests.support.server import Connection, Request, Script, Server

from .samples import (
    FEW,
    GUARDED,
    READ,
    REST_READ,
    SAMPLES,
    SERVER_TEXT,
    UNSAFE,
    Sample,
    assert_clean,
    assert_failed,
    cost,
    fail,
    via,
)

if TYPE_CHECKING:
    from tests.support.clients import Delays

    from .conftest import Connect

pytestmark = pytest.mark.sampled

every_class = pytest.mark.parametrize("sample", SAMPLES, ids=str)
few = pytest.mark.parametrize("sample", FEW, ids=str)

PART = SERVER_TEXT.encode()
HEAD = b"HTTP/1.1 200 OK\r\nx-amzn-RequestId: request-1\r\n"
DELAYS = [0.05, 0.1]


# -- refused, DNS failure ------------------------------------------------------------------------


@every_class
async def test_refused(sample: Sample, connect: Connect, waits: Delays) -> None:
    with socket.socket() as bound:  # bound, but not listening
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        async with connect(sample, url) as client:
            error = await fail(client, sample)
            assert client.retry_capacity == 500 - 28
    assert type(error) is ConnectError
    assert error.attempts == 3
    assert waits == DELAYS
    assert_clean(error)


async def test_refused_at_first(connect: Connect) -> None:
    """A billed send is retried when the first attempt cannot have been received."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        servers: list[asyncio.Server] = []
        async with Server(respond(200, UNSAFE.good)) as server:

            async def start(_: float) -> None:
                listener.close()
                servers.append(await asyncio.start_server(server._serve, "127.0.0.1", port))

            policy = RetryPolicy(sleep=start)
            async with connect(UNSAFE, f"http://127.0.0.1:{port}", retry=policy) as client:
                result = await UNSAFE.call(client)
                assert client.retry_capacity == 500
            servers[0].close()
            assert result.response_metadata.attempts == 2
            assert len(server.requests) == 1


class _Nowhere(AbstractResolver):
    """Resolves no host, and contacts no DNS server."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def resolve(
        self,
        host: str,
        port: int = 0,  # noqa: ARG002 -- aiohttp's form
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 -- the same
    ) -> list[ResolveResult]:
        self.asked.append(host)
        raise OSError(socket.EAI_NONAME, "Name or service not known")

    async def close(self) -> None:
        pass


@every_class
async def test_dns_failure(sample: Sample, connect: Connect) -> None:
    resolver = _Nowhere()
    config = AioConfig(connector_args={"resolver": resolver})
    async with connect(sample, "https://service.invalid", config=config) as client:
        error = await fail(client, sample)
        assert client.retry_capacity == 500 - 28
    assert type(error) is ConnectError
    assert error.attempts == len(resolver.asked) == 3
    assert_clean(error)


# -- breaks --------------------------------------------------------------------------------------


async def _reset(wire: Connection) -> None:
    wire.reset()


@every_class
async def test_reset_on_accept(sample: Sample, connect: Connect) -> None:
    async with Server(silence, greeting=_reset) as server:
        async with connect(sample, server.url) as client:
            error = await fail(client, sample)
            assert client.retry_capacity == 500 - cost(sample)
        assert server.connections == (1 if sample.unsafe else 3)
    assert_failed(error, sample, TransportError)


BROKEN: dict[str, Script] = {
    "closed_without_an_answer": hang_up,
    "reset_in_mid_body": raw(HEAD + b"Content-Length: 100\r\n\r\n{" + PART, then="reset"),
    "end_in_mid_body": raw(HEAD + b"Content-Length: 100\r\n\r\n{" + PART, then="end"),
    "cut_chunk": raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n50\r\n{" + PART, then="end"),
    "reset_in_mid_header": raw(HEAD, then="reset"),
    "end_in_mid_header": raw(HEAD, then="end"),
    "missing_last_chunk": raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", then="end"),
}


@every_class
@pytest.mark.parametrize("fault", list(BROKEN)[:4])
async def test_broken_by_class(fault: str, sample: Sample, connect: Connect, waits: Delays) -> None:
    await check_broken(fault, sample, connect, waits)


@few
@pytest.mark.parametrize("fault", list(BROKEN)[4:])
async def test_broken(fault: str, sample: Sample, connect: Connect, waits: Delays) -> None:
    await check_broken(fault, sample, connect, waits)


async def check_broken(fault: str, sample: Sample, connect: Connect, waits: Delays) -> None:
    async with Server(BROKEN[fault]) as server:
        async with connect(sample, server.url) as client:
            error = await fail(client, sample)
            assert client.retry_capacity == 500 - cost(sample)
        sent = 1 if sample.unsafe else 3
        assert len(server.requests) == server.connections == sent
        assert len({request.body for request in server.requests}) == 1
    assert waits == DELAYS[: sent - 1]
    assert_failed(error, sample, TransportError)


@pytest.mark.parametrize("fault", BROKEN)
@pytest.mark.parametrize("sample", [READ, *via("ordinary", of=(REST_READ, GUARDED))], ids=str)
async def test_broken_once(fault: str, sample: Sample, connect: Connect) -> None:
    async with Server(BROKEN[fault], respond(200, sample.good)) as server:
        async with connect(sample, server.url) as client:
            result = await sample.call(client)
            assert client.retry_capacity == 500
        assert result.response_metadata.attempts == len(server.requests) == 2


# -- no response, trickling ----------------------------------------------------------------------


async def _header_for_ever(wire: Connection, _: Request) -> None:
    await wire.send(HEAD)
    await wire.trickle(b"x-more: more\r\n")


async def _line_for_ever(wire: Connection, _: Request) -> None:
    await wire.send(HEAD + b"x-more: ")
    await wire.trickle(b"m")


async def _body_for_ever(wire: Connection, _: Request) -> None:
    await wire.send(HEAD + b"Content-Length: 1000000\r\n\r\n{")
    await wire.trickle(b" ")


async def _chunks_for_ever(wire: Connection, _: Request) -> None:
    await wire.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    await wire.trickle(b"1\r\n \r\n")


async def _interim_for_ever(wire: Connection, _: Request) -> None:
    await wire.trickle(b"HTTP/1.1 100 Continue\r\n\r\n")


ENDLESS: dict[str, Script] = {
    "no_response": silence,
    "trickling_header": _header_for_ever,
    "trickling_body": _body_for_ever,
    "trickling_header_line": _line_for_ever,
    "trickling_chunks": _chunks_for_ever,
    "trickling_interim_responses": _interim_for_ever,
}


@every_class
@pytest.mark.parametrize("fault", list(ENDLESS)[:3])
async def test_deadline_by_class(
    fault: str, sample: Sample, connect: Connect, waits: Delays
) -> None:
    await check_deadline(fault, sample, connect, waits)


@few
@pytest.mark.parametrize("fault", list(ENDLESS)[3:])
async def test_deadline(fault: str, sample: Sample, connect: Connect, waits: Delays) -> None:
    await check_deadline(fault, sample, connect, waits)


async def check_deadline(fault: str, sample: Sample, connect: Connect, waits: Delays) -> None:
    async with Server(respond(200, sample.good), ENDLESS[fault]) as server:
        async with connect(sample, server.url) as client:
            await sample.call(client)
            task = asyncio.create_task(fail(client.with_options(timeout=5), sample))
            await server.received(2)
            await asyncio.sleep(0.03)  # part of the endless response arrives
            assert not task.done()
            advance_time(5)
            error = await task
            assert client.retry_capacity == 500
        assert len(server.requests) == 2
    assert waits == []
    seen = assert_failed(error, sample, CallTimeoutError, attempts=1)
    assert isinstance(seen, TimeoutError)


async def test_deadline_over_all_attempts(connect: Connect) -> None:
    """Two attempts end before the deadline; the third has the remaining time."""
    async with Server(respond(503, b""), respond(503, b""), time_out(5)) as server:
        async with connect(READ, server.url, timeout=5) as client:
            error = await fail(client, READ)
        assert len(server.requests) == 3
    assert type(error) is CallTimeoutError
    assert error.attempts == 3


async def test_no_wait_that_would_outlast_the_deadline(connect: Connect, waits: Delays) -> None:
    hint = {"x-amz-retry-after": "4000"}
    async with Server(respond(503, b"", hint)) as server:
        async with connect(READ, server.url, timeout=3) as client:
            error = await fail(client, READ)
            assert client.retry_capacity == 500
        assert len(server.requests) == 1
    assert type(error) is ServiceError
    assert waits == []


@pytest.mark.parametrize("sample", [READ, UNSAFE], ids=str)
async def test_no_response_within_the_read_timeout(sample: Sample, connect: Connect) -> None:
    config = AioConfig(read_timeout=3)
    attempts = 1 if sample.unsafe else 3
    async with Server(silence) as server:
        async with connect(sample, server.url, config=config, timeout=60) as client:
            task = asyncio.create_task(fail(client, sample))
            for attempt in range(attempts):
                await server.received(attempt + 1)
                await asyncio.sleep(0.01)
                assert not task.done()
                advance_time(3)
            error = await task
        assert len(server.requests) == attempts
    assert_failed(error, sample, CallTimeoutError)


# -- not HTTP ------------------------------------------------------------------------------------

NOT_HTTP = {
    "header_of_100_kB": HEAD + b"x-long: " + b"x" * 100_000 + b"\r\n\r\n",
    "hundred_kB_of_header_lines": HEAD + b"x-line: x\r\n" * 10_000 + b"\r\n",
    "not_http": b"SSH-2.0-" + PART + b"\r\n",
    "zeros": bytes(1000),
    "another_version": b"HTTP/9.9 200 OK\r\n\r\n",
    "status_of_words": b"HTTP/1.1 fine OK\r\n\r\n",
    "two_lengths": HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
    "length_of_words": HEAD + b"Content-Length: two\r\n\r\n{}",
    "chunk_of_words": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "control_characters_in_a_header": http(200, b"{}", {"x-name": "\x1b[31m\x00"}),
}


@every_class
@pytest.mark.parametrize("fault", ["header_of_100_kB", "not_http"])
async def test_not_http_by_class(fault: str, sample: Sample, connect: Connect) -> None:
    async with Server(raw(NOT_HTTP[fault], then="end")) as server:
        async with connect(sample, server.url) as client:
            error = await fail(client, sample)
            assert client.retry_capacity == 500 - cost(sample)
        assert len(server.requests) == (1 if sample.unsafe else 3)
    assert_failed(error, sample, InvalidResponseError)


@few
@pytest.mark.parametrize("fault", NOT_HTTP)
async def test_not_http(fault: str, sample: Sample, connect: Connect) -> None:
    async with Server(raw(NOT_HTTP[fault], then="end")) as server:
        async with connect(sample, server.url) as client:
            error = await fail(client, sample)
        assert len(server.requests) == (1 if sample.unsafe else 3)
    seen = assert_failed(error, sample, InvalidResponseError)
    assert isinstance(seen, InvalidResponseError)
