"""smsreg.testing creates the same results and errors as a client."""

from __future__ import annotations

import asyncio
import pickle
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pydantic import ValidationError

from smsreg import (
    ConnectError,
    EndUserMessagingClient,
    OutcomeUnknownError,
    Paginator,
    ServiceError,
    SMSVoiceClient,
    ThrottlingError,
    sms_voice,
)
from smsreg import social_messaging as social
from smsreg.emulator import Emulator
from smsreg.testing import error_of, paginator_of, result_of

ERRORS = sorted(
    {
        error_type
        for client in (SMSVoiceClient, social.SocialMessagingClient, EndUserMessagingClient)
        for operation in client.operations.values()
        for error_type in operation.error_types
    },
    key=lambda error: (error.__module__, error.__name__),
)


@pytest.mark.parametrize("error_type", ERRORS, ids=lambda e: f"{e.__module__}.{e.__name__}")
def test_every_modelled_error(error_type: type[ServiceError]):
    error = error_of(error_type, "No.", operation_name="CreatePool")
    assert type(error) is error_type
    assert isinstance(error, ClientError)
    assert (error.code, error.message) == (error_type.__name__, "No.")
    assert (error.operation_name, error.http_status, error.attempts) == ("CreatePool", 400, 1)
    assert error.request_id
    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301 -- our own


def test_members_of_errors():
    error = error_of(
        sms_voice.ConflictException,
        reason="CREATE_REGISTRATION_VERSION_NOT_ALLOWED",
        resource_type="registration",
        resource_id="registration-1",
    )
    reason = sms_voice.ConflictExceptionReason.CREATE_REGISTRATION_VERSION_NOT_ALLOWED
    assert error.reason is reason
    assert error.resource_id == "registration-1"
    fields = [sms_voice.ValidationExceptionField(name="tags", message="no dash")]
    invalid = error_of(sms_voice.ValidationException, fields=fields)
    assert invalid.fields == fields
    assert error_of(ServiceError, code="Teapot").code == "Teapot"
    assert error_of(ThrottlingError).code == "ThrottlingException"


@pytest.mark.parametrize("members", [{"raeson": "x"}, {"code_": 1}, {"resource_id": 7}])
def test_a_member_that_the_error_has_not(members: dict[str, Any]):
    with pytest.raises(TypeError, match=f"ConflictException has no member {next(iter(members))}"):
        error_of(sms_voice.ConflictException, **members)


@pytest.mark.parametrize(
    ("made_of", "got"),
    [
        (KeyError, "KeyError"),
        (ConnectError, "ConnectError"),
        (OutcomeUnknownError, "OutcomeUnknownError"),
        (sms_voice.Tag, "Tag"),
        (ServiceError({}, "DescribePools"), "a ServiceError"),
        ("ConflictException", "a str"),
    ],
)
def test_a_class_of_another_kind(made_of: Any, got: str):
    with pytest.raises(TypeError, match=f"of an error of a service, .* ServiceError, got {got}$"):
        error_of(made_of)
    if made_of is not sms_voice.Tag:
        with pytest.raises(TypeError, match=f"the class of a model, .* Model, got {got}$"):
            result_of(made_of)


async def test_an_error_is_like_the_one_of_a_client():
    async with Emulator() as emulator, SMSVoiceClient(**emulator.client_options) as client:
        with pytest.raises(sms_voice.ResourceNotFoundException) as caught:
            await client.delete_pool(pool_id="pool-1")
    made = error_of(
        sms_voice.ResourceNotFoundException,
        caught.value.message,
        operation_name="DeletePool",
        resource_type=caught.value.resource_type,
        resource_id=caught.value.resource_id,
    )
    assert str(made).partition(" (")[0] == str(caught.value).partition(" (")[0]
    assert vars(made).keys() <= vars(caught.value).keys()


def test_results():
    result = result_of(
        sms_voice.CreateRegistrationResult,
        registration_id="registration-1",
        registration_status="CREATED",
        tags=[{"key": "a", "value": "b"}],
    )
    assert result.registration_status is sms_voice.RegistrationStatus.CREATED
    assert result.tags == [sms_voice.Tag(key="a", value="b")]
    assert result.registration_type is None
    assert "registration_type" in result.missing_members
    assert result.response_metadata.http_status == 200
    assert result.response_metadata.attempts == 1
    with pytest.raises(TypeError, match="CreateRegistrationResult has no member registration_idd"):
        result_of(sms_voice.CreateRegistrationResult, registration_idd="x")
    with pytest.raises(ValidationError):
        result_of(sms_voice.CreateRegistrationResult, current_version_number="many")


async def test_listings():
    items = [result_of(sms_voice.PoolInformation, pool_id=str(number)) for number in range(5)]
    listing = paginator_of(iter(items), page_size=2)
    assert isinstance(listing, Paginator)
    for _ in range(2):  # from the beginning each time
        assert [item async for item in listing] == items
    assert [len(page.items) async for page in listing.pages()] == [2, 2, 1]
    assert await listing.collect(limit=3) == items[:3]
    assert await listing.first() is items[0]
    assert (await listing).items == items[:2]
    assert (await asyncio.create_task(listing)).response_metadata.http_status == 200
    assert await paginator_of([]).first() is None
    with pytest.raises(TypeError, match="async for"):
        list(listing)  # type: ignore[call-overload] # it is what is tested
    with pytest.raises(ValueError, match="page_size"):
        paginator_of([1], page_size=0)


async def test_a_listing_that_fails_after_its_first_page():
    listing = paginator_of([1, 2, 3], page_size=2, error=error_of(ThrottlingError))
    found: list[int] = []

    async def read() -> None:
        async for item in listing:
            found.append(item)  # noqa: PERF401 -- what came before the error is kept

    with pytest.raises(ThrottlingError) as caught:
        await read()
    assert found == [1, 2, 3]
    assert caught.value.next_token


PAGED = [
    operation
    for client in (SMSVoiceClient, social.SocialMessagingClient, EndUserMessagingClient)
    for operation in client.operations.values()
    if operation.paging
]


@pytest.mark.parametrize("operation", PAGED, ids=lambda operation: operation.name)
async def test_pages_of_an_operation(operation: Any):
    listing = paginator_of([1, 2, 3], operation=operation, page_size=2)
    page = await listing
    assert type(page) is operation.result_type
    assert getattr(page, operation.paging.items) == [1, 2]
    assert await listing.collect() == [1, 2, 3]


def test_an_operation_that_is_not_paged():
    with pytest.raises(TypeError, match="CreatePool is not paged"):
        paginator_of([], operation=SMSVoiceClient.operations["create_pool"])
