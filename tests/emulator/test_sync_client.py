"""The plain synchronous client (what boto3 hands out), with nothing of ours on its side."""

from __future__ import annotations

import asyncio
from typing import Any

import botocore.session
from botocore.config import Config

from smsreg.emulator import Clock, Emulator

KIND = "US_TOLL_FREE_REGISTRATION"


def fill(sms: Any, registration: str) -> None:
    body = b"\x89PNG\r\n\x1a\n picture"
    attachment = sms.create_registration_attachment(AttachmentBody=body)
    pages = sms.get_paginator("describe_registration_field_definitions")
    for page in pages.paginate(RegistrationType=KIND, PaginationConfig={"PageSize": 7}):
        for field in page["RegistrationFieldDefinitions"]:
            if field["FieldRequirement"] == "OPTIONAL":
                continue
            value = {
                "TEXT": {"TextValue": field["DisplayHints"].get("ExampleTextValue")},
                "SELECT": {
                    "SelectChoices": field.get("SelectValidation", {}).get("Options", [])[:1]
                },
                "ATTACHMENT": {"RegistrationAttachmentId": attachment["RegistrationAttachmentId"]},
            }[field["FieldType"]]
            sms.put_registration_field_value(
                RegistrationId=registration, FieldPath=field["FieldPath"], **value
            )


def drive(emulator: Emulator) -> list[str]:
    """The statuses that a registration went through."""
    options: dict[str, Any] = dict(emulator.client_options)
    config = Config(retries={"max_attempts": 0})
    create = botocore.session.get_session().create_client
    sms = create("pinpoint-sms-voice-v2", **options, config=config)
    social = create("socialmessaging", **options, config=config)
    registration = sms.create_registration(RegistrationType=KIND)["RegistrationId"]
    number = sms.request_phone_number(
        IsoCountryCode="US",
        MessageType="TRANSACTIONAL",
        NumberCapabilities=["SMS"],
        NumberType="TOLL_FREE",
    )
    sms.create_registration_association(
        RegistrationId=registration, ResourceId=number["PhoneNumberId"]
    )
    seen: list[str] = []

    def look() -> None:
        answer = sms.describe_registrations(RegistrationIds=[registration])
        seen.append(answer["Registrations"][0]["RegistrationStatus"])

    fill(sms, registration)
    look()
    sms.submit_registration_version(RegistrationId=registration)
    emulator.deny(registration, "Not clear", field="messagingUseCase.useCaseDetails")
    look()
    sms.create_registration_version(RegistrationId=registration)
    values = sms.describe_registration_field_values(RegistrationId=registration)
    assert values["RegistrationFieldValues"] == []
    fill(sms, registration)
    sms.submit_registration_version(RegistrationId=registration)
    look()
    emulator.clock.advance(days=3)
    look()
    sms.release_phone_number(PhoneNumberId=number["PhoneNumberId"])
    seen.append(sms.delete_registration(RegistrationId=registration)["RegistrationStatus"])
    phone = {"originationPhoneNumberId": emulator.whatsapp_phone_number_id}
    media = social.post_whatsapp_message_media(
        **phone, sourceS3File={"bucketName": "bucket", "key": "a.png"}
    )
    assert social.delete_whatsapp_message_media(**phone, mediaId=media["mediaId"])["success"]
    sms.close()
    social.close()
    return seen


async def test_a_toll_free_registration_with_the_synchronous_client() -> None:
    async with Emulator(clock=Clock.fixed()) as emulator:
        seen = await asyncio.to_thread(drive, emulator)
    assert seen == ["CREATED", "REQUIRES_UPDATES", "SUBMITTED", "COMPLETE", "DELETED"]
