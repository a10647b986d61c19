"""Arguments of the wrong kind are refused where they are passed, with what to pass instead."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from aiobotocore.session import AioSession

from smsreg import (
    ConfigurationError,
    EndUserMessagingClient,
    InvalidRequestError,
    RetryPolicy,
    SMSVoiceClient,
    SocialMessagingClient,
    idempotency_token,
)
from smsreg.rate_limits import LocalRateLimiter
from smsreg.testing import paginator_of

if TYPE_CHECKING:
    from collections.abc import Callable

CLIENTS: list[Any] = [SMSVoiceClient, SocialMessagingClient, EndUserMessagingClient]
NOWHERE = {
    "region_name": "us-east-1",
    "endpoint_url": "http://127.0.0.1:1",
    "aws_access_key_id": "AKIDEXAMPLE",
    "aws_secret_access_key": "secret",
}
"""A URL at which nothing listens: the tests send nothing."""


async def wait(_: object = None) -> None:
    """Not a valid callback: it is async, so a call would do nothing."""


CONNECTION = [
    ("region_name", 5, "region_name must be text, not int"),
    ("profile_name", b"prod", "profile_name must be text, not bytes"),
    ("aws_access_key_id", 5, "aws_access_key_id must be text, not int"),
    ("aws_secret_access_key", b"secret", "aws_secret_access_key must be text, not bytes"),
    ("aws_session_token", ["token"], "aws_session_token must be text, not list"),
    ("on_call", 5, "on_call must be a function that is not async"),
    ("on_call", wait, "on_call must be a function that is not async"),
]
OPTIONS = [
    ("retry", 5, "retry must be a smsreg.RetryPolicy"),
    ("retry", RetryPolicy, "retry must be a smsreg.RetryPolicy"),
    ("client_token_factory", "token", "client_token_factory must be a function"),
    ("client_token_factory", wait, "client_token_factory must be a function"),
]


@pytest.mark.parametrize("client_type", CLIENTS)
@pytest.mark.parametrize(("name", "value", "message"), CONNECTION + OPTIONS)
def test_a_client(client_type: Any, name: str, value: object, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        client_type(**{name: value})
    assert "secret" not in str(caught.value).removeprefix("aws_secret_access_key")


@pytest.mark.parametrize("client_type", CLIENTS)
@pytest.mark.parametrize(("name", "value", "message"), OPTIONS)
def test_a_view(client_type: Any, name: str, value: object, message: str) -> None:
    client = client_type(**NOWHERE)
    with pytest.raises(ConfigurationError, match=message):
        client.with_options(**{name: value})


def borrowed_from_botocore() -> object:
    session: Any = botocore.session.get_session()
    return session.create_client("pinpoint-sms-voice-v2", **NOWHERE)


@pytest.mark.parametrize("lend", [object, borrowed_from_botocore])
def test_a_client_that_cannot_be_borrowed(lend: Callable[[], object]) -> None:
    with pytest.raises(ConfigurationError, match="aws_client must be an open client of aioboto"):
        SMSVoiceClient(aws_client=lend())


async def test_a_client_that_is_not_open_yet() -> None:
    not_open: Any = AioSession().create_client("pinpoint-sms-voice-v2", **NOWHERE)  # pyright: ignore[reportUnknownMemberType]  # untyped
    with pytest.raises(ConfigurationError, match="aws_client must be an open client of aioboto"):
        SMSVoiceClient(aws_client=not_open)
    async with not_open as opened:
        assert SMSVoiceClient(aws_client=opened)


@pytest.mark.parametrize("session_of", [object, botocore.session.get_session])
async def test_a_session_of_another_library(session_of: Callable[[], object]) -> None:
    client = SMSVoiceClient(**NOWHERE, session=session_of())
    with pytest.raises(ConfigurationError, match=r"^session must be an aiobotocore\.session"):
        await client.open()


async def test_an_error_of_this_package_is_raised_as_it_is() -> None:
    client = SMSVoiceClient(**NOWHERE, config={"connect_timeout": 5})
    with pytest.raises(ConfigurationError) as caught:
        await client.open()
    assert str(caught.value) == "config must be an aiobotocore.config.AioConfig"


@pytest.mark.parametrize("made", [None, 5, b"token"])
async def test_a_factory_that_makes_no_token(made: object) -> None:
    """Without a token, a retried operation could take effect twice."""
    client: Any = SMSVoiceClient(**NOWHERE, client_token_factory=lambda: made)  # type: ignore[arg-type, return-value]
    request = SMSVoiceClient.operations["create_pool"].request_type
    for call in (
        lambda: client.create_registration(registration_type="X"),
        lambda: client.send(
            request(origination_identity="a", iso_country_code="US", message_type="PROMOTIONAL")
        ),
    ):
        with pytest.raises(InvalidRequestError, match="client_token_factory must return text"):
            await call()


@pytest.mark.parametrize("on_poll", [5, wait])
async def test_a_callback_of_a_waiter(on_poll: Any) -> None:
    client = SMSVoiceClient(**NOWHERE)
    with pytest.raises(ConfigurationError, match="on_poll must be a function that is not async"):
        await client.wait_until_pool_active(pool_id="pool-1", on_poll=on_poll)


def test_a_callback_of_a_policy() -> None:
    with pytest.raises(ConfigurationError, match="on_retry must be a function that is not async"):
        RetryPolicy(on_retry=wait)  # type: ignore[arg-type]


@pytest.mark.parametrize("limit", ["3", 1.5, float("inf"), True, [1]])
async def test_a_limit_that_is_no_number(limit: Any) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        await paginator_of([1, 2, 3]).collect(limit=limit)
    assert caught.value.problems == [("limit", "Input should be a whole number, or None")]


@pytest.mark.parametrize(
    ("parts", "wrong"),
    [((), ["parts"]), ((5,), ["parts[0]"]), (("a", None, b"c"), ["parts[1]", "parts[2]"])],
)
def test_parts_of_a_token(parts: tuple[Any, ...], wrong: list[str]) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        idempotency_token(*parts)
    assert [path for path, _ in caught.value.problems] == wrong


@pytest.mark.parametrize("rates", [5, ["DescribePools"], {5: 5}, {None: 1.0}])
def test_rates(rates: Any) -> None:
    with pytest.raises(ConfigurationError, match="rates must be a mapping of operations"):
        LocalRateLimiter(rates)


@pytest.mark.parametrize("name", ["SendWhatsAppMessage", "send_whatsapp_message"])
async def test_a_rate_holds_under_either_name_of_an_operation(name: str) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await asyncio.sleep(0)

    limiter = LocalRateLimiter({name: 0.001}, clock=lambda: sum(slept), sleep=sleep)
    await limiter.acquire("SendWhatsAppMessage")
    await limiter.acquire("SendWhatsAppMessage")
    assert sum(slept) > 1000
