"""One token for each logical call; calls with an unknown outcome; the headers that are sent."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import pytest

from smsreg import (
    ConfigurationError,
    EndUserMessagingClient,
    InvalidRequestError,
    OutcomeUnknownError,
    RetryPolicy,
    SMSVoiceClient,
    SocialMessagingClient,
    ThrottlingError,
    TransportError,
    idempotency_token,
)
from smsreg.errors import ServiceError, SmsregError
from smsreg.sms_voice import (
    ConflictException,
    CreateRegistrationRequest,
    DescribePoolsRequest,
    DescribePoolsResult,
    ResourceNotFoundException,
    SendTextMessageRequest,
)
from smsreg.social_messaging import DeleteWhatsAppMessageMediaInput
from smsreg.social_messaging import TagResourceInput as SocialTagResource
from tests.support.loops import advance_time
from tests.support.scripts import Reply, in_turn, refusal, replies

if TYPE_CHECKING:
    from collections.abc import Callable

    from smsreg.emulator import Emulator

KIND = "US_TOLL_FREE_REGISTRATION"
MADE = Reply({"RegistrationId": "registration-1"})
UNSURE = [
    Reply(fault="drop"),
    Reply({"RegistrationId": "registration-1"}, fault="truncate"),
    Reply(b"<html>"),
    refusal("InternalServerException", 500),
    Reply(b"", 503),
]
FAULTS = ["drop", "truncate", "html", "500", "503"]


def tokens(requests: list[Any]) -> list[str]:
    return [request.params["ClientToken"] for request in requests]


# --- the token


@pytest.mark.parametrize("fault", UNSURE, ids=FAULTS)
async def test_one_token_on_all_attempts(
    serve: Any, open_client: Any, retry_policy: Any, fault: Reply
) -> None:
    server = await serve(in_turn(fault, fault, MADE))
    client = open_client(server.url, retry=retry_policy())
    result = await client.create_registration(registration_type=KIND)
    sent = tokens(server.requests)
    assert len(sent) == 3
    assert len(set(sent)) == 1
    assert re.fullmatch(r"[0-9a-f-]{36}", sent[0])
    assert result.response_metadata.client_token == sent[0]
    assert result.response_metadata.attempts == 3
    assert client.retry_capacity == 500 - 14


async def test_each_call_has_a_token_of_its_own(serve: Any, open_client: Any) -> None:
    server = await serve(in_turn(MADE))
    client = open_client(server.url)
    for _ in range(3):
        await client.create_registration(registration_type=KIND)
        await client.send(CreateRegistrationRequest(registration_type=KIND))
    assert len(set(tokens(server.requests))) == 6


async def test_a_callers_token_is_never_replaced(
    serve: Any, open_client: Any, retry_policy: Any
) -> None:
    server = await serve(in_turn(Reply(fault="drop"), MADE))
    client = open_client(server.url, retry=retry_policy(), client_token_factory=lambda: "factory")
    token = idempotency_token("order", "7")
    result = await client.create_registration(registration_type=KIND, client_token=token)
    request = CreateRegistrationRequest(registration_type=KIND, client_token="mine")
    await client.send(request)
    assert tokens(server.requests) == [token, token, "mine"]
    assert result.response_metadata.client_token == token


async def test_the_factory_can_be_swapped(serve: Any, open_client: Any) -> None:
    server = await serve(in_turn(MADE))
    client = open_client(server.url, client_token_factory=lambda: "clients")
    view = client.with_options(client_token_factory=lambda: "views")
    for one in (client, view, client, view.with_options(timeout=5)):
        await one.create_registration(registration_type=KIND)
        await one.send(CreateRegistrationRequest(registration_type=KIND))
    expected = ["clients", "views", "clients", "views"]
    assert tokens(server.requests) == [token for token in expected for _ in range(2)]


async def test_a_request_model_is_left_as_it_is(serve: Any, open_client: Any) -> None:
    server = await serve(in_turn(MADE))
    request = CreateRegistrationRequest(registration_type=KIND)
    await open_client(server.url).send(request)
    assert request.client_token is None


def test_every_operation_with_a_token_is_of_that_class() -> None:
    made = [op for op in SMSVoiceClient.operations.values() if op.token is not None]
    assert len(made) == 15
    assert {op.idempotency for op in made} == {"token"}
    assert {op.token for op in made} == {"client_token"}
    assert not [op for op in SocialMessagingClient.operations.values() if op.token is not None]
    profiles = [op for op in EndUserMessagingClient.operations.values() if op.token is not None]
    assert len(profiles) == 7
    assert {(op.idempotency, op.token) for op in profiles} == {("token", "client_token")}


@pytest.mark.parametrize(
    ("reply", "attempts"),
    [
        (refusal("ConflictException"), 1),
        (refusal("ThrottlingException"), 3),
        (refusal("AccessDeniedException"), 1),
        (Reply(b"[]"), 3),
        (Reply(fault="drop"), 3),
        (Reply(fault="stall"), 1),
        (Reply(b"", 302, {"Location": "http://127.0.0.1:1/"}), 1),
    ],
)
async def test_every_error_of_a_call_has_the_token(
    serve: Any, open_client: Any, retry_policy: Any, reply: Reply, attempts: int
) -> None:
    server = await serve(in_turn(reply))
    client = open_client(server.url, retry=retry_policy())
    await client.open()
    task = asyncio.create_task(
        client.create_registration(registration_type=KIND, client_token="mine")
    )
    if reply.fault == "stall":
        await server.received(1)
        advance_time(60)
    with pytest.raises(SmsregError) as caught:
        await task
    assert caught.value.client_token == "mine"
    assert caught.value.operation_name == "CreateRegistration"
    assert caught.value.attempts == attempts == len(server.requests)


@pytest.mark.parametrize("method", ["method", "send"])
async def test_errors_before_the_first_attempt_have_the_token_too(
    serve: Any, open_client: Any, monkeypatch: Any, method: str
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    server = await serve(in_turn(MADE))
    closed = open_client(server.url)
    await closed.aclose()
    no_region = SMSVoiceClient(endpoint_url=server.url)
    for client in (closed, no_region):
        request = CreateRegistrationRequest(registration_type=KIND, client_token="mine")
        by_method = method == "method"
        call = client.create_registration(**dict(request)) if by_method else client.send(request)
        with pytest.raises(SmsregError) as caught:
            await call
        assert caught.value.client_token == "mine"
        assert caught.value.operation_name == "CreateRegistration"
        assert caught.value.attempts == 0
    assert server.requests == []


async def test_an_unusable_token_is_refused_locally(serve: Any, open_client: Any) -> None:
    server = await serve(in_turn(MADE))
    client = open_client(server.url, client_token_factory=lambda: "x" * 65)
    for call in (
        client.create_registration(registration_type=KIND),
        client.send(CreateRegistrationRequest(registration_type=KIND)),
    ):
        with pytest.raises(InvalidRequestError) as caught:
            await call
        assert [path for path, _ in caught.value.problems] == ["client_token"]
    assert server.requests == []


async def test_operations_without_a_token_have_none(serve: Any, open_client: Any) -> None:
    server = await serve(in_turn(Reply({})))
    client = open_client(server.url, client_token_factory=lambda: "never")
    page = await client.describe_pools()
    assert page.response_metadata.client_token is None
    assert "ClientToken" not in server.requests[0].params


# --- calls that take effect at most once


async def test_a_repeated_create_returns_the_one_that_was_made(
    emulator: Emulator, client: SMSVoiceClient
) -> None:
    emulator.faults.drop("CreateRegistration", after=True, times=2)
    result = await client.create_registration(registration_type=KIND)
    assert len(emulator.calls.of("CreateRegistration")) == 3
    assert [r.registration_id async for r in client.describe_registrations()] == [
        result.registration_id
    ]


async def test_a_rerun_with_a_derived_token_repeats(client: SMSVoiceClient) -> None:
    token = idempotency_token("customer", "7", "toll-free")
    results = [
        await client.create_registration(registration_type=KIND, client_token=token)
        for _ in range(3)
    ]
    assert len({result.registration_id for result in results}) == 1


@pytest.mark.parametrize("after", [False, True], ids=["before-the-work", "after-the-work"])
async def test_an_unsure_send_is_never_repeated(
    emulator: Emulator, client: SMSVoiceClient, *, after: bool
) -> None:
    emulator.faults.drop("SendTextMessage", after=after)
    with pytest.raises(OutcomeUnknownError) as caught:
        await client.send_text_message(
            destination_phone_number="+14254147755", message_body="hello"
        )
    assert caught.value.likely_done is False
    assert isinstance(caught.value.__cause__, TransportError)
    assert len(emulator.calls.of("SendTextMessage")) == 1


async def test_unsafe_calls_are_repeated_on_request(
    serve: Any, open_client: Any, retry_policy: Any
) -> None:
    server = await serve(in_turn(Reply(fault="drop"), Reply({"MessageId": "m"})))
    client = open_client(server.url, retry=retry_policy())
    view = client.with_options(retry=retry_policy(retry_unsafe=True))
    sent = await view.send_text_message(
        destination_phone_number="+14254147755", message_body="hello"
    )
    assert sent.message_id == "m"
    assert sent.response_metadata.attempts == 2


async def test_a_throttled_send_is_repeated(
    serve: Any, open_client: Any, retry_policy: Any
) -> None:
    server = await serve(in_turn(refusal("ThrottlingException"), Reply({"MessageId": "m"})))
    client = open_client(server.url, retry=retry_policy())
    request = SendTextMessageRequest(destination_phone_number="+14254147755", message_body="hello")
    assert (await client.send(request)).message_id == "m"


async def test_a_delete_that_happened(emulator: Emulator, client: SMSVoiceClient) -> None:
    made = await client.create_registration(registration_type=KIND)
    emulator.faults.drop("DeleteRegistration", after=True)
    with pytest.raises(OutcomeUnknownError) as caught:
        await client.delete_registration(registration_id=made.registration_id or "")
    assert caught.value.likely_done is True
    assert caught.value.attempts == 2
    assert isinstance(caught.value.__cause__, ServiceError)
    assert (await client.describe_registrations()).registrations in (None, [])


async def test_a_delete_that_did_not_happen_the_first_time(
    emulator: Emulator, client: SMSVoiceClient
) -> None:
    made = await client.create_registration(registration_type=KIND)
    emulator.faults.drop("DeleteRegistration", after=False)
    result = await client.delete_registration(registration_id=made.registration_id or "")
    assert result.response_metadata.attempts == 2


async def test_a_delete_of_a_missing_resource_raises_the_services_error(
    client: SMSVoiceClient,
) -> None:
    with pytest.raises(ResourceNotFoundException):
        await client.delete_registration(registration_id="registration-" + "0" * 32)


async def test_an_excluded_reason_raises_the_services_error(
    serve: Any, open_client: Any, retry_policy: Any
) -> None:
    protected = Reply({"__type": "ConflictException", "Reason": "DELETION_PROTECTION_ENABLED"}, 400)
    server = await serve(in_turn(Reply(fault="drop"), protected))
    client = open_client(server.url, retry=retry_policy())
    with pytest.raises(ConflictException):
        await client.delete_pool(pool_id="pool-1")


# --- requests as models


async def test_send_takes_requests_of_its_own_service_alone(
    client: SMSVoiceClient, social: SocialMessagingClient, emulator: Emulator
) -> None:
    strange: Any = DeleteWhatsAppMessageMediaInput(
        media_id="1234567890", origination_phone_number_id="phone-number-id-" + "0" * 32
    )
    arn = "arn:aws:social-messaging:us-east-1:123456789012:waba/1"
    twin: Any = SocialTagResource(resource_arn=arn, tags=[])
    for request in (strange, twin, object(), None, DescribePoolsResult()):
        with pytest.raises(InvalidRequestError) as caught:
            await client.send(request)
        assert caught.value.problems[0][1].endswith("is not a request of pinpoint-sms-voice-v2")
    with pytest.raises(InvalidRequestError):
        await social.send(DescribePoolsRequest())  # type: ignore[arg-type]  # of another service
    assert len(emulator.calls) == 0


async def test_send_of_a_paginated_request_returns_its_page(client: SMSVoiceClient) -> None:
    page = await client.send(DescribePoolsRequest(max_results=1))
    assert isinstance(page, DescribePoolsResult)
    assert page.pools == []


# --- headers, policies and settings on the wire


async def test_headers(serve: Any, open_client: Any, retry_policy: Any) -> None:
    server = await serve(in_turn(Reply(fault="drop"), refusal("ThrottlingException"), MADE))
    client = open_client(server.url, retry=retry_policy(max_attempts=4))
    await client.create_registration(registration_type=KIND)
    await client.create_registration(registration_type=KIND)
    counts = [request.headers["amz-sdk-request"] for request in server.requests]
    assert counts == [
        "attempt=1; max=4", "attempt=2; max=4", "attempt=3; max=4", "attempt=1; max=4",
    ]  # fmt: skip
    ids = [request.headers["amz-sdk-invocation-id"] for request in server.requests]
    assert len(set(ids[:3])) == 1
    assert ids[3] != ids[0]
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", id_) for id_ in ids)


@pytest.mark.parametrize(
    ("setting", "attempts"), [(None, 3), ("1", 1), ("2", 2), ("5", 5), ("0", 1)]
)
async def test_attempts_from_the_environment(
    serve: Any, open_client: Any, monkeypatch: Any, setting: str | None, attempts: int
) -> None:
    if setting is not None:
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", setting)
    server = await serve(in_turn(Reply(fault="drop")))
    with pytest.raises(TransportError):
        await open_client(server.url).describe_pools()
    assert len(server.requests) == attempts


async def test_attempts_from_the_profile(
    serve: Any, open_client: Any, monkeypatch: Any, tmp_path: Any
) -> None:
    file = tmp_path / "config"
    file.write_text("[profile patient]\nmax_attempts = 4\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    server = await serve(in_turn(Reply(fault="drop")))
    client = open_client(server.url, profile_name="patient")
    with pytest.raises(TransportError):
        await client.describe_pools()
    assert len(server.requests) == 4
    assert server.requests[0].headers["amz-sdk-request"] == "attempt=1; max=4"


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
async def test_the_callers_policy_wins_and_attempts_never_multiply(
    serve: Any, open_client: Any, retry_policy: Any, monkeypatch: Any, mode: str
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "9")
    monkeypatch.setenv("AWS_RETRY_MODE", mode)
    server = await serve(in_turn(Reply(b"", 503)))
    client = open_client(server.url, retry=retry_policy(max_attempts=2))
    with pytest.raises(ServiceError) as caught:
        await client.describe_pools()
    assert caught.value.attempts == len(server.requests) == 2


async def test_an_unreadable_number_of_attempts(
    serve: Any, open_client: Any, monkeypatch: Any
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "many")
    server = await serve(in_turn(Reply()))
    with pytest.raises(ConfigurationError):
        await open_client(server.url).describe_pools()


async def test_views_share_the_budget(
    serve: Any, open_client: Any, retry_policy: Callable[..., RetryPolicy]
) -> None:
    server = await serve(in_turn(refusal("ThrottlingException")))
    client = open_client(server.url, retry=retry_policy(capacity=12))
    view = client.with_options(retry=retry_policy(max_attempts=9, capacity=1_000))
    assert client.retry_capacity == view.retry_capacity == 12
    with pytest.raises(ThrottlingError) as caught:
        await view.describe_pools()
    assert caught.value.attempts == 3
    assert client.retry_capacity == view.retry_capacity == 2
    with pytest.raises(ThrottlingError) as again:
        await client.describe_pools()
    assert again.value.attempts == 1
    server.scripts[:] = [replies(in_turn(Reply()))]
    await client.describe_pools()
    assert view.retry_capacity == 3


async def test_clients_have_budgets_of_their_own(
    serve: Any, open_client: Any, retry_policy: Any
) -> None:
    server = await serve(in_turn(Reply(b"", 500)))
    first, second = (open_client(server.url, retry=retry_policy()) for _ in range(2))
    with pytest.raises(ServiceError):
        await first.describe_pools()
    assert (first.retry_capacity, second.retry_capacity) == (472, 500)
