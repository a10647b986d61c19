"""One fetch for all waiting calls: cancellation, deadlines, closing, and every path."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from aiobotocore import credentials as upstream
from aiobotocore.session import AioSession

from smsreg import ClientClosedError, CredentialsError, ServiceError, SMSVoiceClient
from smsreg._runtime.aws.model_loader import loader_of
from tests.support.loops import advance_time

from .conftest import MessageService, Services, send, send_many
from .sources import SOURCE_PROFILE, WEB_IDENTITY, Tokens, access_key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.sampled


async def ignore_event(**_: Any) -> None:
    """A handler such as a user's; with it, calls take botocore's ordinary path."""


@pytest.fixture(params=["fast", "ordinary", "session", "borrowed"])
async def client(
    request: pytest.FixtureRequest, services: Services
) -> AsyncIterator[SMSVoiceClient]:
    """A client that has no credentials yet, for each path."""
    WEB_IDENTITY.setup(services.settings)
    if request.param == "borrowed":
        settings = {"region_name": "us-east-1", "endpoint_url": services.messages.url}
        made: Any = AioSession().create_client(SMSVoiceClient.service_name, **settings)
        async with made as aws_client:
            yield services.client(aws_client=aws_client, region_name=None, endpoint_url=None)
            await services.aclose()
        return
    client = services.client(session=AioSession() if request.param == "session" else None)
    await client.open()
    if request.param == "ordinary":
        client.aws_client.meta.events.register("before-send", ignore_event)
    yield client


async def test_fifty_calls(
    client: SMSVoiceClient, tokens: Tokens, messages: MessageService
) -> None:
    await send_many(client)
    assert tokens.fetches == 1
    assert messages.keys == [access_key(1)] * 50


async def test_refresh_by_date(
    client: SMSVoiceClient, tokens: Tokens, messages: MessageService
) -> None:
    tokens.lifetime = 300.0
    await client.warm_up()
    tokens.lifetime = 7200.0
    await send_many(client)
    assert tokens.fetches == 2
    assert messages.keys == [access_key(2)] * 50


async def test_refresh_as_the_service_demands(
    client: SMSVoiceClient, tokens: Tokens, messages: MessageService
) -> None:
    await client.warm_up()
    messages.oldest = access_key(2)
    await send_many(client)
    assert tokens.fetches == 2
    assert messages.keys.count(access_key(2)) == 50


@pytest.mark.parametrize("mode", ["same", "refusal", "500", "garbage"])
async def test_without_a_new_key_nothing_is_sent_twice(
    client: SMSVoiceClient, mode: str, tokens: Tokens, messages: MessageService
) -> None:
    await client.warm_up()
    messages.oldest = access_key(2)
    tokens.mode = mode
    expected = ServiceError if mode == "same" else CredentialsError
    for _ in range(2):
        with pytest.raises(expected) as caught:
            await send(client)
        assert caught.value.attempts == 1
    assert len(messages.keys) == 2
    if mode == "same":
        assert tokens.fetches == 2  # a refresh that returned nothing new is not repeated at once
        results = await asyncio.gather(*(send(client) for _ in range(50)), return_exceptions=True)
        assert {getattr(error, "code", None) for error in results} == {"ExpiredTokenException"}
        assert (tokens.fetches, len(messages.keys)) == (2, 52)


@pytest.mark.parametrize("mode", ["refusal", "500", "garbage"])
async def test_failure(
    client: SMSVoiceClient, mode: str, tokens: Tokens, services: Services
) -> None:
    tokens.mode = mode
    errors = await asyncio.gather(*(send(client) for _ in range(50)), return_exceptions=True)
    assert {type(error) for error in errors} == {CredentialsError}
    assert {error.provider for error in errors} == {"assume-role-with-web-identity"}  # type: ignore[union-attr]  # all are of that class
    assert {error.operation_name for error in errors} == {"SendTextMessage"}  # type: ignore[union-attr]  # all are of that class
    assert len({id(error) for error in errors}) == 50
    assert tokens.fetches == 1
    assert services.messages.requests == []


async def test_hang(client: SMSVoiceClient, tokens: Tokens, services: Services) -> None:
    tokens.mode, tokens.passing = "hang", 5.0
    view = client.with_options(timeout=5)
    await client.open()
    errors = await asyncio.gather(*(send(view) for _ in range(50)), return_exceptions=True)
    assert {type(error) for error in errors} == {CredentialsError}
    assert {error.provider for error in errors} == {"assume-role-with-web-identity"}  # type: ignore[union-attr]  # all are of that class
    assert services.messages.requests == []


async def test_a_refresh_that_the_service_demands_hangs(
    client: SMSVoiceClient, tokens: Tokens, messages: MessageService
) -> None:
    await client.warm_up()
    messages.oldest = access_key(2)
    tokens.mode, tokens.passing = "hang", 5.0
    with pytest.raises(CredentialsError, match="no response within the time"):
        await send(client.with_options(timeout=5))
    assert len(messages.keys) == 1


@pytest.mark.parametrize("ending", ["cancelled", "late"])
async def test_the_initiator_ends(
    ending: str, client: SMSVoiceClient, tokens: Tokens, messages: MessageService
) -> None:
    """A fetch ends with the call that started it only if no other call waits for it."""
    await client.open()
    tokens.delay = 1.0
    timeout = 0.2 if ending == "late" else 20.0
    first = asyncio.create_task(send(client.with_options(timeout=timeout)))
    await asyncio.sleep(0)
    others = [asyncio.create_task(send(client)) for _ in range(20)]
    await asyncio.sleep(0.05)
    if ending == "cancelled":
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
    else:
        with pytest.raises(CredentialsError):
            await first
    advance_time(tokens.delay)
    await asyncio.gather(*others)
    assert tokens.fetches == 1
    assert messages.keys == [access_key(1)] * 20


async def test_the_last_waiter_leaves_nothing_running(
    client: SMSVoiceClient, tokens: Tokens, services: Services
) -> None:
    await client.open()
    tokens.mode = "hang"
    calls = [asyncio.create_task(send(client)) for _ in range(5)]
    await services.tokens.received(1)
    for call in calls:
        call.cancel()
    await asyncio.wait(calls)
    assert all(call.cancelled() for call in calls)
    tokens.mode = "good"
    assert await send(client) == "m-1"


async def test_closing_while_calls_wait(
    client: SMSVoiceClient, tokens: Tokens, services: Services
) -> None:
    await client.open()
    tokens.mode = "hang"
    calls = [asyncio.create_task(send(client)) for _ in range(20)]
    await services.tokens.received(1)
    await client.aclose()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(result) for result in results} == {ClientClosedError}
    assert services.messages.requests == []


async def test_the_opener_is_cancelled(services: Services, tokens: Tokens) -> None:
    """Credentials that are fetched while a client opens are also fetched once."""
    services.settings.env.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{services.tokens.url}/pod")
    tokens.delay = 0.5
    client = services.client()
    first = asyncio.create_task(client.open())
    others = [asyncio.create_task(send(client)) for _ in range(20)]
    await services.tokens.received(1)
    first.cancel()
    await asyncio.gather(*others)
    assert first.cancelled()
    assert tokens.fetches == 1


async def test_two_clients_of_one_session(
    services: Services, tokens: Tokens, messages: MessageService
) -> None:
    SOURCE_PROFILE.setup(services.settings)
    session = AioSession(profile="role")
    one, two = services.client(session=session), services.client(session=session)
    await asyncio.gather(send_many(one, 20), send_many(two, 20))
    messages.oldest = access_key(2)
    await asyncio.gather(send_many(one, 20), send_many(two, 20))
    assert tokens.fetches == 2


def test_private_names_of_aiobotocore() -> None:
    """The private names that credentials.py relies on exist; see its docstring."""

    async def refresh() -> dict[str, str]:
        return {}

    made = upstream.AioDeferredRefreshableCredentials(refresh, "test")
    for name in (
        "_frozen_credentials",
        "_mandatory_refresh_timeout",
        "_refresh_lock",
        "_protected_refresh",
        "_refresh_using",
    ):
        assert hasattr(made, name), name
    fetcher = upstream.AioAssumeRoleCredentialFetcher(None, None, "arn:x", cache={})
    assert hasattr(fetcher, "_cache")
    assert hasattr(fetcher, "_cache_key")


def test_the_loader_lists_every_service() -> None:
    loader = loader_of(None)
    services = loader.list_available_services("service-2")
    assert {"sts", "sso", "sso-oidc", SMSVoiceClient.service_name} <= set(services)
    assert len(services) > 300
    assert "no-such-service" not in services
    assert loader.load_service_model("sts", "service-2")["metadata"]["serviceId"] == "STS"
