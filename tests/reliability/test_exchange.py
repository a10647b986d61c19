"""The HTTP exchange of the fast path, where it differs from aiohttp's own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from aiobotocore.config import AioConfig

from smsreg._runtime.aws.exchange import CheckedHandler, head_of, written
from tests.support.scripts import http, raw, respond
from tests.support.server import Connection, Request, Server

from .samples import SAMPLES, Sample

if TYPE_CHECKING:
    from .conftest import Connect

READ: Sample = next(each for each in SAMPLES if each.idempotency == "read" and each.path == "fast")
LARGE = bytes(range(256)) * 2_000


async def upload(client: Any) -> Any:
    return await client.create_registration_attachment(attachment_body=LARGE)


async def test_a_large_body_arrives_whole(connect: Connect) -> None:
    async with Server(respond()) as server, connect(READ, server.url, timeout=20.0) as client:
        await upload(client)
        await upload(client)
    first, second = server.requests
    assert len(first.body) > 4 * len(LARGE) // 3
    assert first.connection == second.connection


async def test_the_timer_of_a_read_starts_when_the_request_has_left() -> None:
    """A peer that reads the body slowly does not cause a read timeout."""
    connection = CheckedHandler(asyncio.get_running_loop())
    connection.set_response_params(read_timeout=30.0)
    connection.pause_writing()
    connection.await_response()
    assert connection._read_timeout_handle is None
    connection.resume_writing()
    assert connection._read_timeout_handle is not None
    connection._drop_timeout()


async def test_informational_responses_come_before_the_final_one(connect: Connect) -> None:
    before = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    script = raw(before + http(200, READ.good))
    async with Server(script) as server, connect(READ, server.url) as client:
        for _ in range(2):
            assert (await READ.call(client)).response_metadata.http_status == 200
    assert {sent.connection for sent in server.requests} == {1}


async def test_headers_are_read_when_asked_for(connect: Connect) -> None:
    headers = {"X-Theirs": "one", "Date": "Wed, 25 Nov 2026 12:00:00 GMT"}
    async with (
        Server(respond(200, READ.good, headers)) as server,
        connect(READ, server.url) as client,
    ):
        metadata = (await READ.call(client)).response_metadata
    assert metadata.request_id == metadata.headers["x-amzn-requestid"] == "request-1"
    assert metadata.headers["x-theirs"] == "one"
    assert dict(metadata.headers) == metadata.headers
    assert len(metadata.headers) == 4
    assert "one" not in repr(metadata.headers)


async def test_a_connection_that_aiohttp_marks_for_closing_is_not_kept(connect: Connect) -> None:
    async def script(wire: Connection, _: Request) -> None:
        await wire.send(http(200, READ.good, {"Connection": "close"}))

    async with Server(script) as server, connect(READ, server.url) as client:
        await READ.call(client)
        await READ.call(client)
    assert [sent.connection for sent in server.requests] == [1, 2]


async def test_connections_that_are_never_kept(connect: Connect) -> None:
    """aiohttp announces this setting to the peer, so its own request method is used."""
    config = AioConfig(connector_args={"force_close": True, "keepalive_timeout": None})
    async with (
        Server(respond(200, READ.good)) as server,
        connect(READ, server.url, config=config) as client,
    ):
        await READ.call(client)
        await READ.call(client)
    assert [sent.connection for sent in server.requests] == [1, 2]
    assert {sent.headers.get("connection") for sent in server.requests} == {"close"}


@pytest.mark.parametrize("text", ["a\r\nX-Other: b", "a\n", "\r", "\0"])
def test_no_header_breaks_the_line(text: str) -> None:
    head = head_of("POST", "https://host/", "host", {"A": "b"})
    assert head is not None
    with pytest.raises(ValueError, match="line break"):
        head_of("POST", "https://host/", "host", {"A": text})
    with pytest.raises(ValueError, match="line break"):
        written("POST", head, {"A": text}, b"")


@pytest.mark.parametrize("name", ["Expect", "transfer-encoding", "Upgrade", "Content-Length"])
def test_what_is_not_plain_is_left_to_aiohttp(name: str) -> None:
    assert head_of("POST", "https://host/", "host", {name: "x"}) is None
    assert head_of("POST", "https://hôst/", "hôst", {}) is None
