"""The same with boto3 alone: registrations that start from a profile, and passcodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from smsreg.emulator import Clock, Emulator

from .test_brand_profiles import ATTRIBUTES, PICTURE, RECIPIENT, SENDER_ID

if TYPE_CHECKING:
    from collections.abc import Iterator

TOLL_FREE, BRAND = "US_TOLL_FREE_REGISTRATION", "US_TEN_DLC_BRAND_REGISTRATION"
CONFIG = Config(retries={"max_attempts": 0})
VALUES = {
    "taxId": "123456789",
    "website": "https://dental.example",
    "supportPhoneNumber": "+12065550100",
    "senderId": "EXMPLE",
    "companyId": "12345",
}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator.in_thread(clock=Clock.fixed(), seed=1) as running:
        yield running
        assert running.unexpected == []


def client_of(emulator: Emulator, service: str) -> Any:
    return boto3.client(service, config=CONFIG, **emulator.boto_options)


@pytest.fixture(scope="module")
def sms(emulator: Emulator) -> Any:
    return client_of(emulator, "pinpoint-sms-voice-v2")


@pytest.fixture(scope="module")
def profiles(emulator: Emulator) -> Any:
    return client_of(emulator, "endusermessaging")


def complete(sms: Any, registration_id: str, kind: str, attachment: str) -> None:
    """Put a value into each required field that the profile does not fill."""
    listed = sms.describe_registration_field_values(RegistrationId=registration_id)
    there = {item["FieldPath"] for item in listed["RegistrationFieldValues"]}
    pages = sms.get_paginator("describe_registration_field_definitions")
    for page in pages.paginate(RegistrationType=kind):
        for field in page["RegistrationFieldDefinitions"]:
            path = field["FieldPath"]
            name = path.rpartition(".")[2]
            wanted = field["FieldRequirement"] == "REQUIRED" or name.startswith("taxId")
            if path in there or not wanted:
                continue
            options = field.get("SelectValidation", {}).get("Options", [])
            length = field.get("TextValidation", {}).get("MaxLength", 100)
            text = VALUES.get(name) or field["DisplayHints"].get("ExampleTextValue") or "Example"
            value = {
                "TEXT": {"TextValue": "US" if length == 2 else text},
                "SELECT": {"SelectChoices": options[:1]},
                "ATTACHMENT": {"RegistrationAttachmentId": attachment},
            }[field["FieldType"]]
            sms.put_registration_field_value(
                RegistrationId=registration_id, FieldPath=path, **value
            )


def test_three_registrations_from_a_profile(emulator: Emulator, sms: Any, profiles: Any) -> None:
    made = profiles.create_brand_profile(brandProfileName="Example Dental")
    profile = made["brandProfileId"]
    texts = [
        {"attributeName": name, "attributeType": "TEXT", "attributeValue": text}
        for name, text in ATTRIBUTES.items()
    ]
    picture = {
        "attributeName": "Opt-in image",
        "attributeType": "IMAGE",
        "attachmentBody": PICTURE,
    }
    for batch in (texts[:9], [*texts[9:], picture]):
        profiles.create_brand_profile_attributes(brandProfileId=profile, attributes=batch)
    started = profiles.create_registrations_from_brand_profile(
        brandProfileId=profile, registrationTypes=[TOLL_FREE, BRAND, SENDER_ID]
    )
    emulator.advance(seconds=60)
    attachment = sms.create_registration_attachment(AttachmentBody=b"%PDF-1.7 proof")
    number = sms.request_phone_number(
        IsoCountryCode="US",
        MessageType="TRANSACTIONAL",
        NumberCapabilities=["SMS"],
        NumberType="TOLL_FREE",
    )
    for result in started["results"]:
        job = profiles.get_job(jobId=result["jobId"])
        assert job["status"] == "SUCCESS"
        registration_id = job["resources"][0]["resourceId"]
        kind = result["resourceIdentifier"]
        complete(sms, registration_id, kind, attachment["RegistrationAttachmentId"])
        if kind == TOLL_FREE:
            sms.create_registration_association(
                RegistrationId=registration_id, ResourceId=number["PhoneNumberId"]
            )
        sms.submit_registration_version(RegistrationId=registration_id)
    emulator.advance(days=1)
    found = sms.describe_registrations()["Registrations"]
    assert [item["RegistrationStatus"] for item in found] == ["COMPLETE"] * 3


def test_a_passcode_is_wrong_until_its_limit_and_another_is_right(
    emulator: Emulator, sms: Any, profiles: Any
) -> None:
    number = sms.request_phone_number(
        IsoCountryCode="US",
        MessageType="TRANSACTIONAL",
        NumberCapabilities=["SMS"],
        NumberType="SIMULATOR",
    )
    emulator.advance(seconds=60)
    made = profiles.create_notify_code_configuration(
        notifyCodeConfigurationName="Sign in",
        codeConfigurationParameters={"codeLength": 6, "maxAttempts": 3},
        channelParameters={"text": {"inlineTemplateBody": "{{code}} is your code"}},
    )
    configuration = made["notifyCodeConfiguration"]["notifyCodeConfigurationId"]

    def send() -> str:
        sent = profiles.send_notify_code_verification(
            channel="TEXT",
            destinationIdentity=RECIPIENT,
            originationIdentity=number["PhoneNumberId"],
            notifyCodeConfiguration=configuration,
        )
        return emulator.verification_code(sent["verificationId"])

    def validate(code: str) -> str:
        result = profiles.validate_notify_code_verification(
            destinationIdentity=RECIPIENT, code=code
        )
        return str(result["status"])

    code = send()
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert [validate(wrong) for _ in range(3)] == ["INVALID"] * 3
    assert validate(code) == "INVALID"  # locked
    code = send()
    assert validate(code) == "VALID"
