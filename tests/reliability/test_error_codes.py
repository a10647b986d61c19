"""The code of an error, in every location and spelling that the protocols allow."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from smsreg import RetryPolicy, SMSVoiceClient
from smsreg.errors import (
    InvalidResponseError,
    OutcomeUnknownError,
    ServiceError,
    ThrottlingError,
    TransportError,
)
from tests.support.scripts import http, respond
from tests.support.server import Connection, Request, Script, Server

from .samples import READ, REST_READ, REST_UNSAFE, UNSAFE, Sample

if TYPE_CHECKING:
    from .conftest import Connect

pytestmark = pytest.mark.sampled

PATHS = ("fast", "ordinary", "session", "borrowed")
SPELLINGS = {
    "plain": "{}",
    "namespace": "com.amazonaws.service#{}",
    "URI": "{}:http://internal.amazon.com/coral/com.amazon.coral.validate/",
    "namespace and URI": "aws.protocoltests.json#{}:http://internal.amazon.com/coral/#x",
}
MESSAGE = {"message": "what the service says"}
LOCATIONS: dict[str, Any] = {
    "header": lambda code: ({"X-Amzn-Errortype": code}, MESSAGE),
    "header, lower case": lambda code: ({"x-amzn-errortype": code}, MESSAGE),
    "header, no body": lambda code: ({"X-Amzn-Errortype": code}, b""),
    "header, HTML": lambda code: ({"X-Amzn-Errortype": code}, b"<html></html>"),
    "header, a list": lambda code: ({"X-Amzn-Errortype": code}, b"[1]"),
    "__type": lambda code: ({}, {"__type": code, **MESSAGE}),
    "code": lambda code: ({}, {"code": code, **MESSAGE}),
    "Code": lambda code: ({}, {"Code": code, **MESSAGE}),
    "everywhere": lambda code: (
        {"X-Amzn-Errortype": code},
        {"__type": code, "code": code, **MESSAGE},
    ),
    "code beside a number": lambda code: ({}, {"__type": code, "code": 190, **MESSAGE}),
    "code beside null": lambda code: ({}, {"__type": None, "code": code, **MESSAGE}),
    "code beside a class of errors": lambda code: ({}, {"__type": "Client", "code": code}),
    "header of a proxy": lambda code: ({"X-Amzn-Errortype": "Proxy"}, {"__type": code}),
}


def spelt(sample: Sample) -> list[tuple[type[ServiceError], str, str]]:
    errors = sample.client_type._errors()
    return [
        (errors[code], location, spelling.format(code))
        for code, location, spelling in itertools.product(errors, LOCATIONS, SPELLINGS.values())
    ]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("sample", [READ, REST_READ], ids=["awsJson1_0", "restJson1"])
async def test_every_spelling_is_typed(sample: Sample, path: str, connect: Connect) -> None:
    cases = spelt(sample)
    missed: list[tuple[str, str]] = []
    scripts: list[Script] = []
    for _, location, code in cases:
        headers, body = LOCATIONS[location](code)
        scripts.append(respond(400, body, headers))
    async with (
        Server(*scripts) as server,
        connect(replace(sample, path=path), server.url, retry=RetryPolicy.none()) as client,
    ):
        for expected, location, code in cases:
            with pytest.raises(ServiceError) as info:
                await sample.call(client)
            sent = LOCATIONS[location](code)[1]
            message = sent.get("message", "") if isinstance(sent, dict) else ""
            if type(info.value) is not expected or info.value.message != message:
                missed.append((location, code))
            assert info.value.code == expected.__name__
            assert info.value.http_status == 400
    assert missed == []
    assert len(server.requests) == len(cases)


@pytest.mark.parametrize("path", PATHS)
async def test_members_of_an_error_named_in_the_header(path: str, connect: Connect) -> None:
    body = {
        "Message": "no",
        "Reason": "INVALID_PARAMETER",
        "Fields": [{"Name": "Keyword", "Message": "too long"}],
        "code": 3,
    }
    script = respond(400, body, {"X-Amzn-Errortype": "ns#ValidationException:http://x"})
    async with Server(script) as server, connect(replace(READ, path=path), server.url) as client:
        with pytest.raises(ServiceError) as info:
            await READ.call(client)
    assert info.value.reason == "INVALID_PARAMETER"  # type: ignore[attr-defined]  # a modelled member
    assert [(each.name, each.message) for each in info.value.fields] == [("Keyword", "too long")]  # type: ignore[attr-defined]  # a modelled member


@pytest.mark.parametrize("location", LOCATIONS)
async def test_a_throttle_is_recognised_in_every_location(location: str, connect: Connect) -> None:
    headers, body = LOCATIONS[location]("ThrottlingException")
    async with (
        Server(respond(400, body, headers)) as server,
        connect(UNSAFE, server.url, timeout=30) as client,
    ):
        with pytest.raises(ThrottlingError) as info:
            await UNSAFE.call(client)
    assert info.value.attempts == 3


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        ({}, {"__type": "Odd\u202eException"}, r"Odd\u202eException"),
        ({"X-Amzn-Errortype": "A\x1b[31m"}, b"", r"A\x1b[31m"),
        ({"X-Amzn-Errortype": "#:"}, {"__type": ""}, "403"),
        ({}, {"__type": ["ValidationException"]}, "403"),
        ({}, b"", "403"),
    ],
    ids=["bidi", "escape", "nothing", "list", "empty"],
)
async def test_codes_that_are_odd(
    headers: dict[str, str], body: Any, code: str, connect: Connect
) -> None:
    async def script(wire: Connection, _: Request) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        await wire.send(http(403, content, headers))

    async with Server(script) as server, connect(READ, server.url) as client:
        with pytest.raises(ServiceError) as info:
            await READ.call(client)
    assert (info.value.code, str(info.value).isprintable()) == (code, True)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("sample", [READ, UNSAFE, REST_READ, REST_UNSAFE], ids=str)
@pytest.mark.parametrize("status", ["101", "102", "199", "099", "000"])
async def test_a_status_below_200_is_no_success(
    status: str, sample: Sample, path: str, connect: Connect
) -> None:
    body = json.dumps(sample.good).encode()
    content = http(200, body).replace(b"HTTP/1.1 200", f"HTTP/1.1 {status}".encode())

    async def script(wire: Connection, _: Request) -> None:
        await wire.send(content)
        wire.end()

    async with (
        Server(script) as server,
        connect(replace(sample, path=path), server.url, retry=RetryPolicy.none()) as client,
    ):
        # After 102 to 199 a final response has to follow, and here none does.
        seen = TransportError if status in {"102", "199"} else InvalidResponseError
        with pytest.raises(OutcomeUnknownError if sample.unsafe else seen) as info:
            await sample.call(client)
        assert isinstance(info.value.__cause__ if sample.unsafe else info.value, seen)


async def test_another_success_than_200(connect: Connect) -> None:
    """restJson1 treats any 2xx as a success; awsJson1_0 only sends 200."""
    for sample in (READ, REST_READ):
        async with (
            Server(respond(202, sample.good)) as server,
            connect(sample, server.url) as client,
        ):
            result = await sample.call(client)
        assert result.response_metadata.http_status == 202


def test_the_samples_cover_every_modelled_error() -> None:
    assert len(SMSVoiceClient._errors()) == 7
    assert len(spelt(READ)) == 7 * len(LOCATIONS) * len(SPELLINGS)
