"""Clients that are closed, borrowed, or given a session; and the endpoints that are allowed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from aiobotocore.session import get_session

from smsreg import RetryPolicy
from smsreg.errors import (
    ClientClosedError,
    ConfigurationError,
    OutcomeUnknownError,
    TransportError,
)
from tests.support.scripts import respond, silence
from tests.support.server import Server

from .conftest import CREDENTIALS, static_session
from .samples import FEW, READ, REST_UNSAFE, SMS, SOCIAL, UNSAFE, Client, Sample, fail, via

if TYPE_CHECKING:
    from .conftest import Connect

pytestmark = pytest.mark.sampled

REGION = {"region_name": "us-east-1"}


# -- used after close ----------------------------------------------------------------------------


@pytest.mark.parametrize("sample", [*FEW, *via("session", "borrowed", of=(READ,))], ids=str)
async def test_used_after_close(sample: Sample, connect: Connect) -> None:
    async with Server(respond(200, sample.good)) as server:
        async with connect(sample, server.url) as client:
            view = client.with_options(timeout=1)
            await sample.call(client)
        for closed in (client, view):
            assert type(await fail(closed, sample)) is ClientClosedError
        for use in (client.open, client.warm_up, client.__aenter__):
            with pytest.raises(ClientClosedError):
                await use()
        assert len(server.requests) == 1


async def test_iterated_after_close(connect: Connect) -> None:
    async with Server(respond(200, READ.good | {"NextToken": "x"})) as server:
        async with connect(READ, server.url) as client:
            pages = getattr(client, READ.method)(**READ.parameters).pages()
            await pages.__anext__()
        with pytest.raises(ClientClosedError):
            await pages.__anext__()


@pytest.mark.parametrize("sample", [READ, UNSAFE, *via("ordinary", of=(READ, UNSAFE))], ids=str)
async def test_closed_while_a_call_is_in_flight(sample: Sample, connect: Connect) -> None:
    async with Server(silence) as server, connect(sample, server.url) as client:
        task = asyncio.create_task(fail(client, sample))
        await server.received(1)
        await client.aclose()
        caught = await asyncio.wait_for(task, 1)
        assert len(server.requests) == 1
    assert type(caught) is (OutcomeUnknownError if sample.unsafe else TransportError)


async def test_closed_before_it_was_opened() -> None:
    client = SMS(**REGION, **CREDENTIALS)
    await client.aclose()
    await client.aclose()
    assert type(await fail(client, UNSAFE)) is ClientClosedError


# -- borrowed clients and callers' sessions ------------------------------------------------------


def handlers(aws_client: Any, service: str) -> list[str]:
    """List the handlers registered on a client's events."""
    search = aws_client.meta.events._emitter._handlers.prefix_search
    events = (
        "before-call",
        "before-sign",
        "request-created",
        "before-parse",
        "needs-retry",
        "before-send",
        "response-received",
    )
    return [repr(handler) for name in events for handler in search(f"{name}.{service}.X")]


@pytest.mark.parametrize("sample", [UNSAFE, REST_UNSAFE], ids=str)
async def test_borrowed_client_stays_open_and_as_it_was(sample: Sample) -> None:
    name = sample.client_type.service_name
    parameters = sample.client_type.operations[sample.method].request_type(**sample.parameters)
    async with (
        Server(respond(200, sample.good)) as server,
        get_session().create_client(
            name, endpoint_url=server.url, **REGION, **CREDENTIALS
        ) as borrowed,
    ):
        service = borrowed.meta.service_model.service_id.hyphenize()
        before = handlers(borrowed, service)
        first = sample.client_type(aws_client=borrowed)
        second = sample.client_type(aws_client=borrowed)
        await sample.call(first)
        await sample.call(second)
        assert first.aws_client is borrowed
        assert handlers(borrowed, service) != before
        await first.aclose()
        await sample.call(second)
        assert server.requests[-1].headers["amz-sdk-request"] == "attempt=1; max=3"
        await second.aclose()
        assert handlers(borrowed, service) == before
        plain = await getattr(borrowed, sample.method)(**parameters.to_boto())
        assert plain["ResponseMetadata"]["HTTPStatusCode"] == 200
        assert len(server.requests) == 4


async def test_borrowed_client_keeps_its_own_retries() -> None:
    """smsreg's calls are sent once; the owner's calls are retried as before."""
    async with (
        Server(respond(503, b""), respond(200, UNSAFE.good)) as server,
        get_session().create_client(
            SMS.service_name, endpoint_url=server.url, **REGION, **CREDENTIALS
        ) as borrowed,
        SMS(aws_client=borrowed, retry=RetryPolicy.none()) as client,
    ):
        await fail(client, UNSAFE)
        assert len(server.requests) == 1
        server.requests.clear()
        await borrowed.send_text_message(DestinationPhoneNumber="+12065550100")
        assert len(server.requests) == 2


@pytest.mark.parametrize("client_type", [SMS, SOCIAL])
async def test_session_of_the_caller(client_type: type[Client]) -> None:
    session = static_session()
    sample = UNSAFE if client_type is SMS else REST_UNSAFE
    async with Server(respond(200, sample.good)) as server:
        options = {"endpoint_url": server.url, **REGION}
        async with client_type(session=session, **options) as client:
            await sample.call(client)
        async with session.create_client(client_type.service_name, **options) as plain:
            request = client_type.operations[sample.method].request_type(**sample.parameters)
            await getattr(plain, sample.method)(**request.to_boto())
            assert not any(
                "smsreg" in text
                for text in handlers(plain, plain.meta.service_model.service_id.hyphenize())
            )
        assert "smsreg" in server.requests[0].headers["user-agent"]
        assert "smsreg" not in server.requests[1].headers["user-agent"]


async def test_environment_does_not_enable_botocores_retries(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "7")
    monkeypatch.setenv("AWS_RETRY_MODE", "adaptive")
    for sample in (READ, *via("ordinary", "session", "borrowed", of=(READ,))):
        async with Server(respond(503, b"")) as server, connect(sample, server.url) as client:
            await fail(client, sample)
        assert len(server.requests) == 3, sample


# -- endpoint_url --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://sms.example",
        "http://127.0.0.1.example",
        "http://localhost.example",
        "http://10.0.0.1",
        "http://[::2]",
        "https://user@sms.example",
        "https://user:pass@sms.example",
        "https://@sms.example",
        "https://sms.example/?x=1",
        "https://sms.example/#x",
        "https://sms.example:port",
        "ftp://sms.example",
        "sms.example",
        "https://",
        "",
        "https://[::1",
    ],
)
def test_endpoint_refused(url: str) -> None:
    for client_type in (SMS, SOCIAL):
        with pytest.raises(ConfigurationError) as caught:
            client_type(endpoint_url=url, **REGION)
        assert "pass@" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1",
        "http://127.9.9.9",
        "http://localhost:1",
        "http://[::1]:1",
        "https://sms.example/path",
    ],
)
def test_endpoint_taken(url: str) -> None:
    SMS(endpoint_url=url, **REGION)


def test_endpoint_allowed_by_the_caller() -> None:
    SMS(endpoint_url="http://sms.example", allow_http=True, **REGION)
    with pytest.raises(ConfigurationError):
        SMS(endpoint_url="http://user@sms.example", allow_http=True, **REGION)
