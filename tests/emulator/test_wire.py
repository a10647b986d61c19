"""Malformed requests cause protocol errors or a closed connection, and never hang the server."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import time
from typing import Any

import aiohttp
import pytest
from botocore.exceptions import ClientError

from smsreg.emulator import Clock, Emulator
from tests.support.loops import advance_time

TARGET = "PinpointSMSVoiceV2.DescribePools"


async def post(
    emulator: Emulator, body: Any, target: str = TARGET, **headers: str
) -> tuple[int, dict[str, Any]]:
    async with aiohttp.ClientSession() as http:
        sent = {"X-Amz-Target": target, **headers}
        async with http.post(emulator.url, data=body, headers=sent) as response:
            assert response.headers["x-amzn-RequestId"]
            return response.status, json.loads(await response.read())


@pytest.fixture
async def open_emulator() -> Any:
    async with Emulator(check_signatures=False, body_timeout=5, header_timeout=5) as emulator:
        yield emulator
        status, document = await post(emulator, b"{}")
        assert (status, document) == (200, {"Pools": []})
        assert emulator.unexpected == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"\xff\xfe",
        b"{}{}",
        b'{"MaxResults": NaN}',
        b"[" * 100_000,
        b'{"a": ' + b"[" * 500 + b"]" * 500 + b"}",
        b'{"a": ' + b"[" * 70 + b"]" * 70 + b"}",
        b'{"MaxResults": ' + b"9" * 5000 + b"}",
        gzip.compress(b"{}", mtime=0),
    ],
)
async def test_bodies_that_are_no_json_object(open_emulator: Emulator, body: bytes) -> None:
    status, document = await post(open_emulator, body)
    assert status == 400
    assert document["__type"].endswith("#SerializationException")


@pytest.mark.parametrize("target", ["", "x", "PinpointSMSVoiceV2.Nonsense", "Other.DescribePools"])
async def test_unknown_targets(open_emulator: Emulator, target: str) -> None:
    status, document = await post(open_emulator, b"{}", target)
    assert status == 400
    assert document["__type"].endswith("#UnknownOperationException")


async def test_unknown_routes(open_emulator: Emulator) -> None:
    async with aiohttp.ClientSession() as http:
        for method, path, expected in (
            ("GET", "/", 404),
            ("GET", "/v1/nothing", 404),
            ("PATCH", "/v1/whatsapp/media", 405),
            ("GET", "/v1/whatsapp/waba/details?id=%ff%00", 400),
            ("POST", "/v1/whatsapp/send", 400),
        ):
            async with http.request(method, open_emulator.url + path) as response:
                assert response.status == expected, path
                assert response.headers["x-amzn-errortype"]


async def test_a_body_that_is_too_large(open_emulator: Emulator) -> None:
    status, document = await post(open_emulator, io.BytesIO(bytes(16 * 1024 * 1024 + 1)))
    assert status == 413
    assert document["__type"].endswith("#RequestEntityTooLargeException")


async def raw(emulator: Emulator, data: bytes) -> bytes:
    host, _, port = emulator.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(data)
    try:
        return await asyncio.wait_for(reader.read(), 30)
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


HEAD = f"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: {TARGET}\r\n".encode()


async def test_slow_clients_are_let_go(open_emulator: Emulator) -> None:
    header = asyncio.create_task(raw(open_emulator, b"POST / HT"))
    body = asyncio.create_task(raw(open_emulator, HEAD + b"Content-Length: 10\r\n\r\n{"))
    await asyncio.sleep(0.05)
    advance_time(5)
    assert await header == b""
    assert (await body).startswith(b"HTTP/1.1 408")


async def test_what_is_not_http(open_emulator: Emulator) -> None:
    response = await raw(open_emulator, b"\x16\x03\x01 nonsense\r\n\r\n")
    assert response.startswith((b"HTTP/1.1 400", b"HTTP/1.0 400")) or response == b""
    bad = HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"
    assert b" 500 " not in (await raw(open_emulator, bad)).partition(b"\r\n")[0]


async def test_a_client_that_expects_100_continue(open_emulator: Emulator) -> None:
    head = HEAD + b"Content-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    response = await raw(open_emulator, head + b"{}")
    assert response.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200")


async def test_one_clients_fault_leaves_others_alone(open_emulator: Emulator) -> None:
    slow = asyncio.gather(
        *(raw(open_emulator, HEAD + b"Content-Length: 10\r\n\r\n{") for _ in range(20))
    )
    for _ in range(10):
        assert (await post(open_emulator, b"{}"))[0] == 200
    advance_time(5)
    assert all(response.startswith(b"HTTP/1.1 408") for response in await slow)


@pytest.mark.parametrize("service", [0, 1])
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"aws_secret_access_key": "wrong"}, "InvalidSignatureException"),
        ({"aws_access_key_id": "nobody"}, "UnrecognizedClientException"),
    ],
)
async def test_wrong_signatures_are_refused(
    emulator: Emulator, connect: Any, service: int, change: dict[str, str], code: str
) -> None:
    async with connect(emulator, **change) as clients:
        calls = (
            clients[0].describe_pools,
            clients[1].list_linked_whatsapp_business_accounts,
        )
        with pytest.raises(ClientError) as caught:
            await calls[service]()
    assert caught.value.response["Error"]["Code"] == code
    assert len(emulator.calls) == 0


async def test_requests_without_a_signature(emulator: Emulator) -> None:
    status, document = await post(emulator, b"{}")
    assert status == 400
    assert document["__type"].endswith("#MissingAuthenticationTokenException")
    status, document = await post(emulator, b"{}", Authorization="AWS4-HMAC-SHA256 nonsense")
    assert document["__type"].endswith("#IncompleteSignatureException")


async def test_a_clock_that_is_off(connect: Any) -> None:
    wrong = Emulator(wall_clock=lambda: time.time() + 3600)
    async with wrong as emulator, connect(emulator) as (sms, _):
        with pytest.raises(ClientError, match="Signature expired"):
            await sms.describe_pools()


async def test_other_regions_and_names_with_odd_characters(
    emulator: Emulator, connect: Any
) -> None:
    async with connect(emulator, region_name="eu-central-1") as (sms, social):
        await sms.describe_pools()
        with pytest.raises(ClientError) as caught:
            await social.get_whatsapp_message_template(
                id=emulator.whatsapp_account_id, templateName="a b+ü/~*'&=?"
            )
        assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"


async def test_many_emulators_are_independent(connect: Any) -> None:
    async with Emulator(clock=Clock.fixed()) as one, Emulator(clock=Clock.fixed()) as two:
        async with connect(one) as (sms, _):
            await sms.create_opt_out_list(OptOutListName="a")
        async with connect(two) as (sms, _):
            assert len((await sms.describe_opt_out_lists())["OptOutLists"]) == 1
        assert (len(one.calls), len(two.calls)) == (1, 1)


async def test_starting_takes_milliseconds() -> None:
    async with Emulator():
        pass
    taken: list[float] = []
    for _ in range(10):
        start = time.process_time()
        async with Emulator():
            pass
        taken.append(time.process_time() - start)
    assert min(taken) < 0.05
