"""Each of botocore's providers: first use, refreshes and failures."""

from __future__ import annotations

import asyncio
import pickle
from typing import Any

import pytest
from aiobotocore.credentials import AioContainerProvider
from aiobotocore.session import AioSession
from aiobotocore.utils import AioContainerMetadataFetcher

from smsreg import CredentialsError
from smsreg._runtime.aws.credentials import PATIENCE
from tests.support.clients import Delays

from .conftest import MessageService, Services, send, send_many
from .sources import (
    CHAIN,
    CONTAINER,
    INSTANCE,
    PROCESS,
    SECRETS,
    SOURCES,
    Source,
    Tokens,
    access_key,
)

pytestmark = pytest.mark.sampled

DEADLINE = 0.8
"""Seconds until a deadline that passes while an open client waits for a token service."""

EVERY = [*SOURCES, PROCESS]
every = pytest.mark.parametrize("source", EVERY, ids=str)
over_http = pytest.mark.parametrize("source", SOURCES, ids=str)
EXPIRING = [source for source in EVERY if source is not INSTANCE]
"""botocore extends the expiry of an instance's credentials when they are about to expire."""


def without_sleeping(source: Source) -> dict[str, Any]:
    """Return options with which a failing source does not sleep, as botocore's containers do."""
    if source is not CONTAINER:
        return {}
    session = AioSession()
    resolver = session.get_component("credential_provider")
    fetcher = AioContainerMetadataFetcher(sleep=Delays().sleep)
    resolver.insert_before("container-role", AioContainerProvider(fetcher=fetcher))
    return {"session": session}


def check(error: CredentialsError, source: Source, services: Services) -> None:
    """Assert what every CredentialsError has in common."""
    assert error.provider == source.method
    assert f"provider {source.method}" in str(error)
    assert error.profile is not None
    assert f"profile {error.profile}" in str(error)
    assert error.operation_name in {"SendTextMessage", None}
    assert not any(secret in str(error) for secret in SECRETS)
    assert str(error).isprintable()
    assert error.__cause__ is None
    assert error.__context__ is None
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 -- our own
    assert (str(copy), copy.provider, copy.profile) == (str(error), error.provider, error.profile)
    assert services.messages.requests == []


async def test_a_chain_of_roles(
    services: Services, tokens: Tokens, messages: MessageService
) -> None:
    await send_many(services.client(CHAIN), 50)
    assert tokens.fetches == 2  # one for each role
    assert messages.keys == [access_key(2)] * 50


@pytest.mark.parametrize("mode", ["refusal", "500", "garbage", "hang"])
async def test_a_chain_that_cannot_be_resolved(
    mode: str, services: Services, tokens: Tokens
) -> None:
    tokens.mode, tokens.passing = mode, DEADLINE
    client = services.client(CHAIN, timeout=DEADLINE)
    with pytest.raises(CredentialsError) as caught:
        await send(client)
    check(caught.value, CHAIN, services)


async def test_a_role_of_an_ecs_task(
    services: Services, tokens: Tokens, messages: MessageService
) -> None:
    """botocore prepends a fixed address to a relative URI; a custom fetcher uses another one."""

    class Local(AioContainerMetadataFetcher):
        def full_url(self, relative_uri: str) -> str:
            return f"{services.settings.url}{relative_uri}"

    services.settings.env.setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/task")
    session = AioSession()
    resolver = session.get_component("credential_provider")
    resolver.insert_before("container-role", AioContainerProvider(fetcher=Local()))
    tokens.lifetime = 300.0
    client = services.client(session=session)
    await client.open()  # opening fetches the first credentials
    tokens.lifetime = 7200.0
    await send_many(client)
    assert messages.keys == [access_key(2)] * 50
    assert {seen.path for seen in services.tokens.requests} == {"/v2/credentials/task"}


@every
async def test_first_use(
    source: Source, services: Services, tokens: Tokens, messages: MessageService
) -> None:
    client = services.client(source)
    assert await send(client) == "m-1"
    assert await send(client) == "m-2"
    assert messages.keys == [access_key(1)] * 2
    assert tokens.fetches == 1


@every
async def test_first_use_by_fifty_calls(
    source: Source, services: Services, tokens: Tokens, messages: MessageService
) -> None:
    await send_many(services.client(source))
    assert messages.keys == [access_key(1)] * 50
    assert tokens.fetches == 1


@pytest.mark.parametrize("source", EXPIRING, ids=str)
async def test_refresh_under_fifty_calls(
    source: Source, services: Services, tokens: Tokens, messages: MessageService
) -> None:
    """Credentials past their date are refreshed before anything is sent."""
    tokens.lifetime = 300.0
    client = services.client(source)
    await client.open()
    if not tokens.fetches:  # otherwise the first call fetches them
        await client.warm_up()
    tokens.lifetime = 7200.0
    await send_many(client)
    assert messages.keys == [access_key(2)] * 50
    assert tokens.fetches == 2


@every
async def test_expired_early_under_fifty_calls(
    source: Source, services: Services, tokens: Tokens, messages: MessageService
) -> None:
    """The service refuses them as expired, whatever their date."""
    client = services.client(source)
    await client.warm_up()
    messages.oldest = access_key(2)
    await send_many(client)
    assert tokens.fetches == 2
    assert messages.keys.count(access_key(1)) <= 50
    assert messages.keys.count(access_key(2)) == 50


@pytest.mark.parametrize("mode", ["refusal", "500", "garbage"])
@over_http
async def test_failure(source: Source, mode: str, services: Services, tokens: Tokens) -> None:
    tokens.mode = mode
    client = services.client(source, **without_sleeping(source))
    with pytest.raises(CredentialsError) as caught:
        await send(client)
    check(caught.value, source, services)
    if mode == "refusal" and source is not INSTANCE:
        assert "not" in str(caught.value)
        assert "yours" in str(caught.value)
    tokens.mode = "good"
    assert await send(client) == "m-1"  # the failure is not remembered


@pytest.mark.parametrize("mode", ["500", "garbage"])
async def test_failure_for_fifty_calls(mode: str, services: Services, tokens: Tokens) -> None:
    """Each call gets its own error, from one fetch."""
    tokens.mode = mode
    client = services.client(SOURCES[0])
    errors = await asyncio.gather(*(send(client) for _ in range(50)), return_exceptions=True)
    assert {type(error) for error in errors} == {CredentialsError}
    assert len({id(error) for error in errors}) == 50
    assert tokens.fetches == 1
    assert services.messages.requests == []


@every
async def test_hang(source: Source, services: Services, tokens: Tokens) -> None:
    tokens.mode, tokens.passing = "hang", DEADLINE
    client = services.client(source)
    if source not in {CONTAINER, INSTANCE, PROCESS}:  # these fetch while the client opens
        await client.open()
    with pytest.raises(CredentialsError, match="no response within the time") as caught:
        await send(client.with_options(timeout=DEADLINE))
    check(caught.value, source, services)


@pytest.mark.parametrize("source", [SOURCES[0], CONTAINER, INSTANCE, PROCESS], ids=str)
@pytest.mark.parametrize("method", ["open", "warm_up"])
async def test_hang_while_opening(
    source: Source, method: str, services: Services, tokens: Tokens
) -> None:
    tokens.mode, tokens.passing = "hang", DEADLINE
    client = services.client(source, timeout=DEADLINE)
    if method == "open" and source is SOURCES[0]:
        await client.open()  # this source fetches on first use
        return
    with pytest.raises(CredentialsError) as caught:
        await getattr(client, method)()
    check(caught.value, source, services)


@pytest.mark.parametrize("source", EXPIRING, ids=str)
async def test_refresh_fails_in_mid_run(source: Source, services: Services, tokens: Tokens) -> None:
    tokens.lifetime = 300.0
    client = services.client(source)
    await client.warm_up()
    tokens.mode = "garbage"
    options = {"timeout": 0.6} if source is CONTAINER else {}  # its fetcher sleeps
    with pytest.raises(CredentialsError) as caught:
        await send(client.with_options(**options))
    check(caught.value, source, services)


@pytest.mark.parametrize("source", [SOURCES[0], SOURCES[4]], ids=str)
async def test_a_refresh_that_can_wait(
    source: Source, services: Services, tokens: Tokens, messages: MessageService
) -> None:
    """With over ten minutes left, a failing refresh fails no call and is not repeated at once."""
    tokens.lifetime = 800.0
    client = services.client(source)
    await client.warm_up()
    tokens.mode = "500"
    await send_many(client)
    await send_many(client)
    assert messages.keys == [access_key(1)] * 100
    assert tokens.fetches == 2


async def test_a_refresh_that_can_wait_and_hangs(
    services: Services, tokens: Tokens, messages: MessageService
) -> None:
    tokens.lifetime = 800.0
    client = services.client(SOURCES[0])
    await client.warm_up()
    tokens.mode, tokens.passing = "hang", PATIENCE
    await send_many(client)
    assert messages.keys == [access_key(1)] * 50
    assert tokens.fetches == 2
