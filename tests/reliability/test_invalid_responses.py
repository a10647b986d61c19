"""Responses that are invalid or too large, redirect, or contain unsafe text."""

from __future__ import annotations

import gzip
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from smsreg.errors import InvalidResponseError, OutcomeUnknownError, ServiceError, ThrottlingError
from tests.support.scripts import error, raw, respond
from tests.support.server import Connection, Request, Server

from .samples import (
    FEW,
    GUARDED,
    PHONE,
    READ,
    REST_EMPTY,
    REST_GUARDED,
    REST_READ,
    REST_UNSAFE,
    SAMPLES,
    SERVER_TEXT,
    TOKEN,
    UNSAFE,
    Sample,
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
EVERY_PATH = (*FEW, *via("session", "borrowed", of=(READ, REST_UNSAFE)))
every_path = pytest.mark.parametrize("sample", EVERY_PATH, ids=str)

PART = SERVER_TEXT.encode()
HTML = b"<html><body>\x1b[31m" + PART + b"\r\n</body></html>"
MIB = 1024 * 1024

# -- status 200 with an invalid body -------------------------------------------------------------

INVALID_BODIES = {
    "html": HTML,
    "cut_json": b'{"MessageId": "' + PART,
    "empty_body": b"",
    "json_array": b'["' + PART + b'"]',
    "bad_utf_8": b'{"MessageId": "\xff\xfe' + PART + b'"}',
    "endless_nesting": b'{"MessageId":' * 100_000,
    "endless_nesting_of_an_unknown_member": b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "gzip_unasked_for": gzip.compress(b"{}"),
    "json_string": b'"' + PART + b'"',
    "json_null": b"null",
    "json_number": b"1e999",
    "spaces": b"  \r\n",
    "two_objects": b"{}{}",
    "zeros": bytes(100),
    "utf_16": '{"MessageId": "message-1"}'.encode("utf-16"),
}


@every_class
@pytest.mark.parametrize("content", list(INVALID_BODIES)[:4])
async def test_200_with_an_invalid_body_by_class(
    content: str, sample: Sample, connect: Connect, waits: Delays
) -> None:
    await check_invalid_body(content, sample, connect, waits)


@every_path
@pytest.mark.parametrize("content", list(INVALID_BODIES)[4:])
async def test_200_with_an_invalid_body(
    content: str, sample: Sample, connect: Connect, waits: Delays
) -> None:
    await check_invalid_body(content, sample, connect, waits)


async def check_invalid_body(content: str, sample: Sample, connect: Connect, waits: Delays) -> None:
    headers = {"Content-Encoding": "gzip"} if content == "gzip_unasked_for" else {}
    async with Server(respond(200, INVALID_BODIES[content], headers)) as server:
        async with connect(sample, server.url) as client:
            caught = await fail(client, sample)
            assert client.retry_capacity == 500 - cost(sample)
        sent = 1 if sample.unsafe else 3
        assert len(server.requests) == sent
        assert server.requests[0].headers.get("accept-encoding", "identity") == "identity"
    assert waits == [0.05, 0.1][: sent - 1]
    seen = assert_failed(caught, sample, InvalidResponseError)
    assert isinstance(seen, InvalidResponseError)
    assert seen.http_status == 200
    assert seen.request_id == "request-1"


@pytest.mark.parametrize(
    "sample", [REST_EMPTY, *via("ordinary", "session", "borrowed", of=(REST_EMPTY,))], ids=str
)
async def test_empty_body_of_an_operation_without_output(sample: Sample, connect: Connect) -> None:
    async with (
        Server(respond(200, b""), respond(200, b"{}"), respond(204, b"")) as server,
        connect(sample, server.url) as client,
    ):
        for _ in range(3):
            result = await sample.call(client)
            assert result.response_metadata.request_id == "request-1"
            assert result.response_metadata.attempts == 1


@pytest.mark.parametrize("content", ["html", "json_array", "cut_json"])
@pytest.mark.parametrize(
    "sample", [REST_EMPTY, *via("ordinary", "session", "borrowed", of=(REST_EMPTY,))], ids=str
)
async def test_200_with_an_invalid_body_of_an_operation_without_output(
    content: str, sample: Sample, connect: Connect
) -> None:
    async with (
        Server(respond(200, INVALID_BODIES[content])) as server,
        connect(sample, server.url) as client,
    ):
        caught = await fail(client, sample)
    assert type(caught) is InvalidResponseError


WRONG_TYPES = [
    {"OptOutListName": ["x"], "OptedOutNumbers": [1], "MessageId": 5, "messageId": {"a": 1}},
    {"OptedOutNumbers": SERVER_TEXT, "MessageId": [SERVER_TEXT], "messageId": [SERVER_TEXT]},
    {"OptedOutNumbers": [[SERVER_TEXT]], "MessageId": True, "messageId": 1.5},
    {
        "OptedOutNumbers": [{"OptedOutTimestamp": SERVER_TEXT}],
        "MessageId": {"a": SERVER_TEXT},
        "messageId": False,
    },
]


@every_path
@pytest.mark.parametrize("content", WRONG_TYPES, ids=range(len(WRONG_TYPES)))
async def test_200_with_members_of_the_wrong_type(
    content: dict[str, object], sample: Sample, connect: Connect
) -> None:
    body = content | {"account": "x"}
    async with Server(respond(200, body)) as server:
        async with connect(sample, server.url) as client:
            caught = await fail(client, sample)
        assert len(server.requests) == (1 if sample.unsafe else 3)
    assert_failed(caught, sample, InvalidResponseError)


# -- errors without a body -----------------------------------------------------------------------


@every_class
@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_500_with_html_503_empty(
    status: int, sample: Sample, connect: Connect, waits: Delays
) -> None:
    async with Server(respond(status, HTML if status == 500 else b"")) as server:
        async with connect(sample, server.url) as client:
            caught = await fail(client, sample)
            assert client.retry_capacity == 500 - cost(sample)
        sent = 1 if sample.unsafe else 3
        assert len(server.requests) == sent
    assert waits == [0.05, 0.1][: sent - 1]
    seen = assert_failed(caught, sample, ServiceError)
    assert isinstance(seen, ServiceError)
    assert (seen.code, seen.message, seen.http_status) == (str(status), "", status)
    assert seen.request_id == "request-1"


@every_class
@pytest.mark.parametrize("body", [b"", HTML], ids=["empty", "html"])
async def test_429_with_an_empty_body(
    body: bytes, sample: Sample, connect: Connect, waits: Delays
) -> None:
    async with Server(respond(429, body)) as server:
        async with connect(sample, server.url, timeout=10) as client:
            caught = await fail(client, sample)
            assert client.retry_capacity == 500 - 10
        assert len(server.requests) == 3
    assert waits == [1.0, 2.0]
    assert type(caught) is ThrottlingError
    assert (caught.attempts, caught.http_status) == (3, 429)
    assert (caught.client_token is not None) == (sample.idempotency == "token")


@every_path
async def test_429_and_then_success(sample: Sample, connect: Connect) -> None:
    async with (
        Server(respond(429, b""), respond(200, sample.good)) as server,
        connect(sample, server.url) as client,
    ):
        result = await sample.call(client)
        assert client.retry_capacity == 500
    assert result.response_metadata.attempts == len(server.requests) == 2


@every_path
async def test_4xx_with_html(sample: Sample, connect: Connect, waits: Delays) -> None:
    async with Server(respond(403, HTML)) as server:
        async with connect(sample, server.url) as client:
            caught = await fail(client, sample)
            assert client.retry_capacity == 500
        assert len(server.requests) == 1
    assert waits == []
    assert type(caught) is ServiceError
    assert (caught.code, caught.message, caught.http_status) == ("403", "", 403)


ODD_ERRORS = {
    "code_of_a_number": {"__type": 5},
    "code_of_an_object": {"__type": {"a": 1}},
    "code_of_a_list": {"__type": ["ConflictException"]},
    "code_of_null": {"__type": None},
    "message_of_an_object": {"__type": "ValidationException", "message": {"a": 1}},
    "members_of_the_wrong_type": {
        "__type": "ConflictException",
        "Reason": ["x"],
        "ResourceType": {"a": 1},
        "Fields": "x",
    },
    "message_with_half_a_pair": {"__type": "ValidationException", "message": "cut \ud83d"},
    "fields_of_the_wrong_type": {"__type": "ValidationException", "Fields": [1, None, "x", {}]},
}


@every_path
@pytest.mark.parametrize("content", ODD_ERRORS)
async def test_malformed_errors(content: str, sample: Sample, connect: Connect) -> None:
    async with Server(respond(400, ODD_ERRORS[content])) as server:
        async with connect(sample, server.url) as client:
            caught = await fail(client, sample)
        assert len(server.requests) == 1
    assert isinstance(caught, ServiceError)
    assert caught.http_status == 400
    code = ODD_ERRORS[content]["__type"]
    if code is not None:
        assert caught.code == (code if isinstance(code, str) else "400")


ODD_HEADERS = {
    "hint_of_5000_digits": (503, {"x-amz-retry-after": "9" * 5000}),
    "hint_of_400_digits": (503, {"x-amz-retry-after": "9" * 400}),
    "hint_of_words": (503, {"x-amz-retry-after": "soon"}),
    "negative_hint": (503, {"x-amz-retry-after": "-5"}),
    "far_date": (403, {"Date": "Fri, 31 Dec 9999 23:59:59 GMT"}),
    "early_date": (403, {"Date": "Mon, 01 Jan 0001 00:00:00 GMT"}),
    "no_date": (403, {"Date": "yesterday, all my troubles"}),
    "date_of_huge_numbers": (403, {"Date": f"Mon, {'9' * 30} Jan {'9' * 30} 00:00:00 +{'9' * 9}"}),
    "date_of_a_huge_year": (403, {"Date": f"Mon, 01 Jan {'9' * 12} 00:00:00 GMT"}),
    "date_of_a_huge_zone": (403, {"Date": "Mon, 01 Jan 2024 00:00:00 +99999999"}),
}


@pytest.mark.parametrize("sample", [READ, *via("ordinary", of=(READ,))], ids=str)
@pytest.mark.parametrize("fault", ODD_HEADERS)
async def test_odd_headers(fault: str, sample: Sample, connect: Connect) -> None:
    status, headers = ODD_HEADERS[fault]
    code = "RequestTimeTooSkewed" if status == 403 else "ServiceUnavailable"
    refusal = error(code, status, headers=headers)
    async with (
        Server(refusal, refusal, refusal, respond(200, READ.good)) as server,
        connect(sample, server.url, timeout=30) as client,
    ):
        caught = await fail(client, sample)
        assert isinstance(caught, ServiceError)
        server.scripts[:] = [respond(200, READ.good)]
        await sample.call(client)


# -- endless bodies ------------------------------------------------------------------------------


async def _announced(wire: Connection, _: Request) -> None:
    await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 419430400\r\n\r\n{")
    await _flood(wire, b" " * MIB)


async def _chunked(wire: Connection, _: Request) -> None:
    await wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    await _flood(wire, b"100000\r\n" + b" " * MIB + b"\r\n")


async def _until_the_end(wire: Connection, _: Request) -> None:
    await wire.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{")
    await _flood(wire, b" " * MIB)


async def _flood(wire: Connection, data: bytes) -> None:
    while wire.taken < 400 * MIB:
        await wire.send(data)
        flooded.append(wire.taken)


flooded: list[int] = []


@pytest.mark.parametrize("sample", [UNSAFE, *via("ordinary", of=(REST_UNSAFE,))], ids=str)
@pytest.mark.parametrize("script", [_announced, _chunked, _until_the_end])
async def test_a_body_of_hundreds_of_mib(script: object, sample: Sample, connect: Connect) -> None:
    flooded.clear()
    async with Server(script) as server:  # type: ignore[arg-type]  # pytest's parameters have no types
        async with connect(sample, server.url) as client:
            await client.open()
            tracemalloc.start()
            caught = await fail(client, sample)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert len(server.requests) == 1
    seen = assert_failed(caught, sample, InvalidResponseError)
    assert "larger than 16777216 bytes" in str(seen)
    assert max(flooded, default=0) < 40 * MIB  # including what fits into buffers
    # This includes the server's share: its chunks of 1 MiB are copied for TLS.
    assert peak < (8 if script is _announced else 24) * MIB


async def test_a_large_body_within_the_limit(connect: Connect) -> None:
    numbers = [{"OptedOutNumber": PHONE, "EndUserOptedOut": True}] * 50_000
    async with (
        Server(respond(200, READ.good | {"OptedOutNumbers": numbers})) as server,
        connect(READ, server.url) as client,
    ):
        result = await READ.call(client)
    assert len(result.opted_out_numbers) == 50_000


# -- redirects -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sample",
    [READ, TOKEN, UNSAFE, REST_READ, REST_GUARDED, REST_UNSAFE, *via("ordinary", "session")],
    ids=str,
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirect_to_another_origin(
    status: int, sample: Sample, connect: Connect, waits: Delays
) -> None:
    async with Server(respond(200, sample.good)) as other:
        location = {"Location": f"{other.url}/elsewhere"}
        async with Server(respond(status, HTML, location)) as server:
            async with connect(sample, server.url) as client:
                caught = await fail(client, sample)
                assert client.retry_capacity == 500
            assert len(server.requests) == 1
        assert (other.connections, other.requests) == (0, [])
    assert waits == []
    assert type(caught) is InvalidResponseError
    assert caught.http_status == status
    assert caught.attempts == 1


@pytest.mark.parametrize("sample", [READ, *via("ordinary", of=(READ,))], ids=str)
async def test_redirect_with_a_huge_body(sample: Sample, connect: Connect) -> None:
    data = b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 419430400\r\n\r\n{"
    async with Server(raw(data, then="end")) as server:
        async with connect(sample, server.url) as client:
            caught = await fail(client, sample)
        assert len(server.requests) == 1
    assert type(caught) is InvalidResponseError


# -- unsafe text ---------------------------------------------------------------------------------

UNSAFE_TEXT = "\r\nFORGED line\x1b[31m\x00\x07\u202e\u2028\x85"


@every_path
async def test_message_with_cr_lf_esc(sample: Sample, connect: Connect) -> None:
    async with (
        Server(error("ValidationException", 400, UNSAFE_TEXT, Reason=UNSAFE_TEXT)) as server,
        connect(sample, server.url) as client,
    ):
        caught = await fail(client, sample)
    assert isinstance(caught, ServiceError)
    assert "\\r\\nFORGED line\\x1b[31m\\x00\\x07\\u202e\\u2028\\x85" in str(caught)
    assert caught.message.isprintable()
    assert str(getattr(caught, "reason", "")).isprintable()


@every_path
async def test_code_with_cr_lf_esc(sample: Sample, connect: Connect) -> None:
    async with (
        Server(error(UNSAFE_TEXT, 400, "no")) as server,
        connect(sample, server.url) as client,
    ):
        caught = await fail(client, sample)
    assert isinstance(caught, ServiceError)
    assert caught.code.isprintable()


@pytest.mark.parametrize(
    "sample",
    [UNSAFE, READ, GUARDED, REST_UNSAFE, *via("ordinary", "session", "borrowed", of=(UNSAFE,))],
    ids=str,
)
async def test_message_that_quotes_the_request(sample: Sample, connect: Connect) -> None:
    said = f"{' and '.join(sample.strings)} may not be"
    async with (
        Server(error("ValidationException", 400, said)) as server,
        connect(sample, server.url) as client,
    ):
        caught = await fail(client, sample)  # it asserts that the quotes are not shown
    assert "may not be" in str(caught)
    assert getattr(caught, "response", {})["Error"]["Message"] == said


# -- the guard refuses the retry -----------------------------------------------------------------


@pytest.mark.parametrize("sample", [GUARDED, *via("ordinary", "borrowed", of=(GUARDED,))], ids=str)
async def test_guard_after_an_ambiguous_failure(sample: Sample, connect: Connect) -> None:
    code = "ResourceNotFoundException"
    async with Server(respond(500, HTML), error(code, 400)) as server:
        async with connect(sample, server.url) as client:
            caught = await fail(client, sample)
        assert len(server.requests) == 2
    assert isinstance(caught, OutcomeUnknownError)
    assert (caught.likely_done, caught.attempts) == (True, 2)
    assert isinstance(caught.__cause__, ServiceError)
    assert caught.__cause__.code == code
