"""Clients: settings, views, opening, closing, and errors before the first attempt."""

from __future__ import annotations

import asyncio
import contextlib
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from aiobotocore.session import AioSession, get_session

from smsreg import (
    CallTimeoutError,
    ClientClosedError,
    ConfigurationError,
    SMSVoiceClient,
    SocialMessagingClient,
    UnsupportedOperationError,
)
from smsreg._runtime.client import ServiceClient
from smsreg._runtime.deadline import before
from smsreg.sms_voice import CreateRegistrationResult
from tests.support.clients import CREDENTIALS
from tests.support.scripts import Reply, in_turn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from smsreg.emulator import Emulator

SETTINGS = {"region_name": "us-east-1", **CREDENTIALS}


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_a_timeout_is_positive(timeout: float) -> None:
    with pytest.raises(ConfigurationError):
        SMSVoiceClient(timeout=timeout)
    with pytest.raises(ConfigurationError):
        SMSVoiceClient().with_options(timeout=timeout)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "http://10.0.0.1:80",
        "ftp://127.0.0.1",
        "127.0.0.1:80",
        "https://",
        "https://user:secret@example.com",
        "https://@example.com",
        "https://example.com/?a=b",
        "https://example.com/#a",
        "https://example.com:port",
        "https://[::1",
        "http://localhost.example.com",
    ],
)
def test_endpoints_that_are_refused(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        SMSVoiceClient(endpoint_url=url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["https://example.com", "http://127.0.0.9:1", "http://[::1]:1", "http://localhost"]
)
def test_endpoints_that_are_taken(url: str) -> None:
    SMSVoiceClient(endpoint_url=url)
    SMSVoiceClient(endpoint_url="http://example.com", allow_http=True)


def test_settings_that_do_not_go_together() -> None:
    with pytest.raises(ConfigurationError):
        SMSVoiceClient(session=get_session(), profile_name="p")


async def test_a_config_of_another_kind() -> None:
    client = SMSVoiceClient(**SETTINGS, config={"retries": 3})  # type: ignore[arg-type]  # refused
    with pytest.raises(ConfigurationError):
        await client.open()
    await client.aclose()


def test_nothing_secret_is_shown() -> None:
    client = SMSVoiceClient(**SETTINGS)  # type: ignore[arg-type]  # a dictionary of options
    assert repr(client) == "<SMSVoiceClient open>"
    assert CREDENTIALS["aws_secret_access_key"] not in repr(client._connection.settings)


async def test_a_closed_client(emulator: Emulator) -> None:
    client = SMSVoiceClient(**emulator.client_options)  # type: ignore[arg-type]  # a dictionary of options
    await client.open()
    await client.aclose()
    await client.aclose()
    assert repr(client) == "<SMSVoiceClient closed>"
    for call in (client.describe_pools(), client.describe_pools().collect(), client.open()):
        with pytest.raises(ClientClosedError):
            await call
    with pytest.raises(ClientClosedError):
        await client.wait_until_pool_active(pool_id="pool-1")
    with pytest.raises(ClientClosedError):
        await client.with_options(timeout=3).warm_up()


async def test_an_aws_client_is_there_once_it_is_open(emulator: Emulator) -> None:
    client = SMSVoiceClient(**emulator.client_options)  # type: ignore[arg-type]  # a dictionary of options
    with pytest.raises(ConfigurationError, match="not open yet"):
        _ = client.aws_client
    async with client:
        assert client.aws_client.meta.service_model.service_name == "pinpoint-sms-voice-v2"


async def test_views_share_everything_but_their_options(client: SMSVoiceClient) -> None:
    view = client.with_options(timeout=5)
    assert view.aws_client is client.aws_client
    await view.aclose()
    assert (await client.describe_pools()).pools == []
    assert type(view) is SMSVoiceClient


async def test_warming_up_opens_and_builds(emulator: Emulator) -> None:
    async with SocialMessagingClient(**emulator.client_options) as client:  # type: ignore[arg-type]  # a dictionary of options
        await client.warm_up()
        for operation in client.operations.values():
            assert operation.request_type.__pydantic_complete__
            assert operation.result_type.__pydantic_complete__
    assert len(emulator.calls) == 0


async def test_a_borrowed_client(emulator: Emulator) -> None:
    options = emulator.boto_options
    async with get_session().create_client("pinpoint-sms-voice-v2", **options) as borrowed:
        async with SMSVoiceClient(aws_client=borrowed) as client:
            assert client.aws_client is borrowed
            made = await client.create_registration(registration_type="US_TOLL_FREE_REGISTRATION")
            assert isinstance(made, CreateRegistrationResult)
            assert made.response_metadata.http_status == 200
        assert (await borrowed.describe_pools())["Pools"] == []
        with pytest.raises(ConfigurationError, match="region_name"):
            SMSVoiceClient(aws_client=borrowed, region_name="us-east-1")
        with pytest.raises(ConfigurationError, match="socialmessaging"):
            SocialMessagingClient(aws_client=borrowed)


async def test_a_handler_that_changes_a_response_takes_effect(client: SMSVoiceClient) -> None:
    def change(parsed: dict[str, Any], **_: Any) -> None:
        parsed["Pools"] = [{"PoolId": "changed"}]

    client.aws_client.meta.events.register("after-call", change)
    assert [pool.pool_id async for pool in client.describe_pools()] == ["changed"]


async def test_a_handler_that_corrupts_a_response_is_reported(
    serve: Any, open_client: Any, retry_policy: Any
) -> None:
    def spoil(parsed: dict[str, Any], **_: Any) -> None:
        parsed["Pools"] = 7

    server = await serve(in_turn(Reply({})))
    client = open_client(server.url, retry=retry_policy())
    await client.open()
    client.aws_client.meta.events.register("after-call", spoil)
    with pytest.raises(Exception, match="another type than the service's model says: Pools"):
        await client.describe_pools()


async def test_an_operation_that_botocore_does_not_know(emulator: Emulator) -> None:
    """A client without the method stands for an older botocore."""

    class Older:
        def __init__(self, client: Any) -> None:
            self._client = client
            self.meta = client.meta

        def __getattr__(self, name: str) -> Any:
            if name == "describe_pools":
                raise AttributeError(name)
            return getattr(self._client, name)

    options = emulator.boto_options
    async with (
        get_session().create_client("pinpoint-sms-voice-v2", **options) as borrowed,
        SMSVoiceClient(aws_client=Older(borrowed)) as client,
    ):
        with pytest.raises(UnsupportedOperationError, match="install botocore") as caught:
            await client.describe_pools()
        assert caught.value.operation_name == "DescribePools"


@pytest.mark.parametrize(
    "timeout", [0, -1, 0.0, math.nan, -math.inf, "60", True, [1], -(10**400)], ids=str
)
def test_a_timeout_that_is_none(timeout: Any) -> None:
    client = SMSVoiceClient(**SETTINGS)  # type: ignore[arg-type]  # a dictionary of options
    for make in (
        lambda: SMSVoiceClient(timeout=timeout),
        lambda: client.with_options(timeout=timeout),
    ):
        with pytest.raises(ConfigurationError, match="timeout must be"):
            make()


@pytest.mark.parametrize("timeout", [0.001, 1, math.inf, 10**400, Fraction(1, 2)], ids=str)
def test_a_timeout_that_is_one(timeout: Any) -> None:
    SMSVoiceClient(timeout=timeout, **SETTINGS)  # type: ignore[arg-type]  # a dictionary of options


async def test_opening_counts_towards_the_timeout(emulator: Emulator) -> None:
    class Slow(AioSession):  # type: ignore[misc] # no types
        @contextlib.asynccontextmanager
        async def create_client(self, *_: Any, **__: Any) -> AsyncIterator[Any]:
            yield await asyncio.sleep(60)

    client = SMSVoiceClient(**{**emulator.client_options, "session": Slow()}, timeout=0.05)  # type: ignore[arg-type]  # a dictionary of options
    with pytest.raises(CallTimeoutError, match="not sent") as caught:
        await client.create_registration(
            registration_type="US_TOLL_FREE_REGISTRATION", client_token="mine"
        )
    assert caught.value.client_token == "mine"
    assert len(emulator.calls) == 0
    await client.aclose()


async def test_concurrent_first_calls_open_it_once(emulator: Emulator) -> None:
    client = SMSVoiceClient(**emulator.client_options)  # type: ignore[arg-type]  # a dictionary of options
    opened = await asyncio.gather(*(client._connection.get(math.inf) for _ in range(9)))
    assert len({id(one.opened.client) for one in opened}) == 1
    await client.aclose()


def test_another_event_loop_is_reported() -> None:
    client = SMSVoiceClient(endpoint_url="http://127.0.0.1:1", **SETTINGS)  # type: ignore[arg-type]  # a dictionary of options
    loop = asyncio.new_event_loop()
    loop.run_until_complete(client.open())

    async def elsewhere() -> None:
        with pytest.raises(ConfigurationError, match="another event loop"):
            await client.describe_pools()

    loop.run_until_complete(asyncio.to_thread(asyncio.run, elsewhere()))
    loop.run_until_complete(client.aclose())
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


def test_the_base_class_is_no_client() -> None:
    with pytest.raises(TypeError, match="is not a service's client"):
        ServiceClient._errors()


async def test_deadlines() -> None:
    loop = asyncio.get_running_loop()

    for deadline in (math.inf, loop.time() + 60):
        with before(deadline):
            await asyncio.sleep(0)
    for deadline in (loop.time() + 0.01, loop.time() - 1):
        with pytest.raises(asyncio.TimeoutError), before(deadline):
            await asyncio.sleep(60)
