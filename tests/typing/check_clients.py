"""Checked by mypy and pyright in strict mode, and never run: the types that users' tools infer.

Each ``ignore`` is on a line that must be an error; both tools report one that is not needed.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from typing_extensions import assert_type

from smsreg import (
    OutcomeUnknownError,
    Paginator,
    RetryPolicy,
    SMSVoiceClient,
    SocialMessagingClient,
    errors,
    idempotency_token,
)
from smsreg.sms_voice import (
    ConflictException,
    ConflictExceptionReason,
    CreateRegistrationAttachmentRequest,
    CreateRegistrationRequest,
    CreateRegistrationResult,
    DescribePoolsResult,
    DescribeRegistrationsRequest,
    DescribeRegistrationsResult,
    MessageType,
    PhoneNumberInformation,
    RcsCarousel,
    RcsCarouselCardContent,
    RcsCarouselDict,
    RcsContent,
    RegistrationFilter,
    RegistrationInformation,
    RegistrationStatus,
    RequestPhoneNumberResult,
    Tag,
    TagDict,
    ValidationException,
    ValidationExceptionField,
)
from smsreg.social_messaging import (
    DeleteWhatsAppMessageMediaInput,
    DeleteWhatsAppMessageMediaOutput,
    LinkedWhatsAppBusinessAccountSummary,
    TemplateCategory,
)


async def sending(client: SMSVoiceClient, social: SocialMessagingClient) -> None:
    request = CreateRegistrationRequest(registration_type="US_TOLL_FREE_REGISTRATION")
    assert_type(await client.send(request), CreateRegistrationResult)
    assert_type(await client.send(DescribeRegistrationsRequest()), DescribeRegistrationsResult)
    media = DeleteWhatsAppMessageMediaInput(media_id="1", origination_phone_number_id="x")
    assert_type(await social.send(media), DeleteWhatsAppMessageMediaOutput)


async def calling(client: SMSVoiceClient) -> None:
    result = await client.create_registration(
        registration_type="US_TOLL_FREE_REGISTRATION", tags=[Tag(key="team", value="alerts")]
    )
    assert_type(result, CreateRegistrationResult)
    assert_type(result.registration_status, RegistrationStatus)
    assert_type(result.created_timestamp, dt.datetime)
    assert_type(result.tags, list[Tag] | None)
    assert_type(result.response_metadata.headers, Mapping[str, str])
    assert_type(result.to_boto(), dict[str, Any])
    assert_type(CreateRegistrationResult.from_boto({}), CreateRegistrationResult)


async def enums(client: SMSVoiceClient) -> None:
    by_string = await client.request_phone_number(
        iso_country_code="US",
        message_type="TRANSACTIONAL",
        number_capabilities=["SMS"],
        number_type="TOLL_FREE",
    )
    assert_type(by_string, RequestPhoneNumberResult)
    await client.request_phone_number(
        iso_country_code="US",
        message_type=MessageType.TRANSACTIONAL,
        number_capabilities=["SMS"],
        number_type="TOLL_FREE",
    )
    await client.request_phone_number(
        iso_country_code="US",
        message_type="TRANSACTONAL",  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
        number_capabilities=["SMS"],
        number_type="TOLL_FREE",
    )
    RegistrationFilter(name="registration-status", values=["COMPLETE"])
    RegistrationFilter(
        name="registration-state",  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
        values=["COMPLETE"],
    )


async def parameters(client: SMSVoiceClient) -> None:
    await client.create_registration()  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    await client.create_registration(
        registration_typ="X",  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    )
    await client.create_registration(
        "X",  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    )
    CreateRegistrationRequest()  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    await client.create_registration(
        registration_type=1,  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    )


async def listing(client: SMSVoiceClient, social: SocialMessagingClient) -> None:
    listing = client.describe_registrations(max_results=50)
    assert_type(listing, Paginator[DescribeRegistrationsResult, RegistrationInformation])
    assert_type(await asyncio.create_task(listing), DescribeRegistrationsResult)
    both = await asyncio.gather(listing, client.describe_pools())
    assert_type(both, tuple[DescribeRegistrationsResult, DescribePoolsResult])
    async with aclosing(listing.pages()) as pages, aclosing(listing.__aiter__()) as items:
        assert_type(await pages.__anext__(), DescribeRegistrationsResult)
        assert_type(await items.__anext__(), RegistrationInformation)
    for _ in listing:  # type: ignore[attr-defined] # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
        pass
    assert_type(await listing, DescribeRegistrationsResult)
    assert_type(await listing.first(), RegistrationInformation | None)
    assert_type(await listing.collect(limit=10), list[RegistrationInformation])
    async for registration in listing:
        assert_type(registration, RegistrationInformation)
    async for page in listing.pages(prefetch=False):
        assert_type(page, DescribeRegistrationsResult)
    async for account in social.list_linked_whatsapp_business_accounts():
        assert_type(account, LinkedWhatsAppBusinessAccountSummary)


async def waiting(client: SMSVoiceClient) -> None:
    done = await client.wait_until_registration_complete(registration_id="r", timeout=1.0)
    assert_type(done, RegistrationInformation)
    number = await client.wait_until_phone_number_active(phone_number_id="p")
    assert_type(number, PhoneNumberInformation)


async def failing(client: SMSVoiceClient) -> None:
    try:
        await client.delete_registration(registration_id="r")
    except ConflictException as error:
        assert_type(error.reason, ConflictExceptionReason | None)
        assert_type(error.code, str)
        assert_type(error.client_token, str | None)
    except ValidationException as error:
        assert_type(error.fields, list[ValidationExceptionField])
    except OutcomeUnknownError as error:
        assert_type(error.likely_done, bool)
    except errors.InvalidRequestError as error:
        assert_type(error.problems, list[tuple[str, str]])


async def options() -> AsyncIterator[SMSVoiceClient]:
    async with SMSVoiceClient(region_name="us-east-1", retry=RetryPolicy.none()) as client:
        assert_type(client, SMSVoiceClient)
        view = client.with_options(timeout=5.0)
        assert_type(view, SMSVoiceClient)
        assert_type(idempotency_token("a", "b"), str)
        yield view


async def structures_and_blobs(client: SMSVoiceClient, file: BinaryIO) -> None:
    tag: TagDict = {"key": "team", "value": "alerts"}
    await client.create_registration(registration_type="X", tags=[tag, Tag(key="a", value="b")])
    await client.tag_resource(resource_arn="arn", tags=[{"key": "team", "value": "alerts"}])
    await client.tag_resource(
        resource_arn="arn",
        tags=[{"key": "team"}],  # type: ignore[list-item]  # incomplete on purpose
    )
    client.describe_registrations(filters=[{"name": "registration-status", "values": ["CREATED"]}])
    bodies = (b"", bytearray(), memoryview(b""), Path("a.pdf"), BytesIO())
    await client.create_registration_attachment(attachment_body=bodies[0])
    await client.create_registration_attachment(attachment_body=bodies[1])
    await client.create_registration_attachment(attachment_body=bodies[2])
    await client.create_registration_attachment(attachment_body=bodies[3])
    await client.create_registration_attachment(attachment_body=bodies[4])
    await client.create_registration_attachment(attachment_body=file)
    request = CreateRegistrationAttachmentRequest(attachment_body=b"")
    assert_type(request.attachment_body, bytes | None)
    for body in bodies:
        CreateRegistrationAttachmentRequest(attachment_body=body)


async def requests_and_strings(client: SMSVoiceClient, social: SocialMessagingClient) -> None:
    request = CreateRegistrationRequest(
        registration_type="ZZ_TYPE_OF_TOMORROW", tags=({"key": "team", "value": "alerts"},)
    )
    assert_type(request.tags, list[Tag] | None)
    assert_type(request.registration_type, str)
    CreateRegistrationRequest(
        registration_type="X",
        tags=[{"key": "team"}],  # type: ignore[list-item] # pyright: ignore[reportArgumentType]
    )
    DescribeRegistrationsRequest(filters=[{"name": "registration-status", "values": ("CREATED",)}])
    carousel: RcsCarouselDict = {
        "card_width": "MEDIUM",
        "card_contents": [
            RcsCarouselCardContent(title="One"),
            {"title": "Two", "suggestions": [{"reply": {"text": "Yes", "postback_data": "y"}}]},
        ],
    }
    RcsContent(carousel=carousel)
    RcsContent(carousel=RcsCarousel(**carousel))
    sort = "US_TEN_DLC_BRAND_REGISTRATION"
    await client.create_registration(registration_type=sort)
    await client.create_registration(registration_type=f"{sort}_2")
    client.describe_registration_type_definitions(registration_types=[sort, f"{sort}_2"])
    result = await client.create_registration(registration_type=sort)
    assert_type(result.registration_type, str)
    await social.update_whatsapp_message_template(
        id="waba-1", meta_template_id="1", template_category="UTILITY", parameter_format="of later"
    )
    await social.update_whatsapp_message_template(
        id="waba-1", meta_template_id="1", template_category=TemplateCategory.UTILITY
    )
