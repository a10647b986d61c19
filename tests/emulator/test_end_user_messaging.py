"""Brand profiles, jobs and passcodes behave as the service's model and documentation say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import boto3
import pytest
from aiobotocore.session import get_session
from botocore.config import Config

from smsreg.emulator import Clock, Emulator

from .conftest import CONFIG

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    Refused = Callable[..., Any]

TOLL_FREE = "US_TOLL_FREE_REGISTRATION"
BRAND = "US_TEN_DLC_BRAND_REGISTRATION"
SENDER_ID = "GB_SENDER_ID_REGISTRATION"
PNG = b"\x89PNG\r\n\x1a\n picture"
PDF = b"%PDF-1.7 letter"
RECIPIENT = "+12065550142"
TEMPLATE = {"text": {"inlineTemplateBody": "{{code}} is your code"}}


@pytest.fixture
async def profiles(emulator: Emulator) -> AsyncIterator[Any]:
    options: Any = {**emulator.boto_options, "config": CONFIG}
    async with get_session().create_client("endusermessaging", **options) as client:
        yield client


@pytest.fixture
async def profile(profiles: Any) -> str:
    made = await profiles.create_brand_profile(brandProfileName="Example Dental")
    return str(made["brandProfileId"])


async def add(profiles: Any, profile: str, **texts: str) -> None:
    attributes = [
        {"attributeName": name, "attributeType": "TEXT", "attributeValue": text}
        for name, text in texts.items()
    ]
    await profiles.create_brand_profile_attributes(brandProfileId=profile, attributes=attributes)


async def done(profiles: Any, emulator: Emulator, started: Any) -> list[Any]:
    """Return the jobs that a call started, after their duration."""
    await emulator.advance(seconds=1)
    return [await profiles.get_job(jobId=result["jobId"]) for result in started["results"]]


async def filled(sms: Any, registration: str) -> dict[str, Any]:
    page = await sms.describe_registration_field_values(RegistrationId=registration)
    return {value["FieldPath"]: value for value in page["RegistrationFieldValues"]}


# --- profiles and attributes


async def test_a_profile_is_found_by_id_and_arn_and_protected(
    profiles: Any, refused: Refused
) -> None:
    made = await profiles.create_brand_profile(
        brandProfileName="Example", deletionProtectionEnabled=True, tags=[{"key": "a", "value": ""}]
    )
    assert (made["status"], made["attributesCreated"]) == ("ACTIVE", 0)
    arn = made["brandProfileArn"]
    assert (await profiles.get_brand_profile(brandProfileId=arn))["brandProfileName"] == "Example"
    assert (await profiles.list_tags_for_resource(resourceArn=arn))["tags"] == [
        {"key": "a", "value": ""}
    ]
    response = await refused(profiles.delete_brand_profile(brandProfileId=arn), "ConflictException")
    assert response["resourceType"] == "brand-profile"
    assert response["resourceId"] == made["brandProfileId"]
    await profiles.update_brand_profile(brandProfileId=arn, deletionProtectionEnabled=False)
    await profiles.delete_brand_profile(brandProfileId=arn)
    await refused(profiles.get_brand_profile(brandProfileId=arn), "ResourceNotFoundException")
    await refused(profiles.list_tags_for_resource(resourceArn=arn), "ResourceNotFoundException")


async def test_attributes_are_created_all_or_none(
    profiles: Any, profile: str, refused: Refused
) -> None:
    await add(profiles, profile, Website="https://dental.example")
    batch = [
        {"attributeName": name, "attributeType": "TEXT", "attributeValue": "x"}
        for name in ("City", "Website")
    ]
    call = profiles.create_brand_profile_attributes(brandProfileId=profile, attributes=batch)
    await refused(call, "ConflictException")
    listed = await profiles.list_brand_profile_attributes(brandProfileId=profile)
    assert [a["attributeName"] for a in listed["brandProfileAttributes"]] == ["Website"]
    batch[1] = {"attributeName": "Logo", "attributeType": "IMAGE", "attachmentBody": PDF}
    call = profiles.create_brand_profile_attributes(brandProfileId=profile, attributes=batch)
    response = await refused(call, "ValidationException")
    assert response["fieldList"][0]["path"] == "/attributes/1/attachmentBody"
    await profiles.delete_brand_profile_attribute(brandProfileId=profile, attributeName="Website")
    call = profiles.get_brand_profile_attribute(brandProfileId=profile, attributeName="Website")
    await refused(call, "ResourceNotFoundException")


async def test_media_go_through_their_presigned_link(
    profiles: Any, profile: str, emulator: Emulator
) -> None:
    name = {"brandProfileId": profile, "attributeName": "Letter of authorization"}
    made = await profiles.create_brand_profile_attributes(
        brandProfileId=profile,
        attributes=[{"attributeName": name["attributeName"], "attributeType": "DOCUMENT"}],
    )
    url = made["attributes"][0]["mediaDownloadUrl"]
    assert url.startswith(emulator.url)
    async with aiohttp.ClientSession() as http:

        async def response(method: str, address: str, data: bytes = b"") -> tuple[int, bytes]:
            async with http.request(method, address, data=data) as response:
                return response.status, await response.read()

        assert (await response("GET", url))[0] == 404
        status, body = await response("PUT", url, b"no file that is known")
        assert (status, b"<Code>ValidationException</Code>" in body) == (400, True)
        assert await response("PUT", url, PDF) == (200, b"")
        assert await response("GET", url) == (200, PDF)
        shown = await profiles.get_brand_profile_attribute(**name)
        assert (shown["mediaContentType"], shown["mediaSizeBytes"]) == ("application/pdf", len(PDF))
        assert await response("GET", shown["mediaDownloadUrl"]) == (200, PDF)
        assert (await response("DELETE", url))[0] == 405
        for forged in (url + "0", url.replace("Signature=", "Signature=x"), url.split("?")[0]):
            assert (await response("GET", forged))[0] == 403
        assert (await response("GET", url.replace("123456789012", "210987654321")))[0] == 404
        await profiles.update_brand_profile_attribute(**name, attachmentBody=PNG)
        assert await response("GET", url) == (200, PNG)
        await emulator.advance(minutes=61)
        assert (await response("GET", url))[0] == 403


# --- jobs and registrations


async def test_a_job_runs_by_the_clock_and_fills_by_name(
    profiles: Any, profile: str, sms: Any, emulator: Emulator, refused: Refused
) -> None:
    await add(profiles, profile, **{"company NAME": "Example", "Street": "1 Main St"})
    call = profiles.create_registrations_from_brand_profile(
        brandProfileId=profile, registrationTypes=[TOLL_FREE, "NO_SUCH_TYPE"]
    )
    response = await refused(call, "ValidationException")
    assert response["fieldList"][0]["path"] == "/registrationTypes/1"
    started = await profiles.create_registrations_from_brand_profile(
        brandProfileId=profile, registrationTypes=[TOLL_FREE], clientToken="once"
    )
    again = await profiles.create_registrations_from_brand_profile(
        brandProfileId=profile, registrationTypes=[TOLL_FREE], clientToken="once"
    )
    assert again["results"] == started["results"]
    assert (await sms.describe_registrations())["Registrations"] == []
    (job,) = await done(profiles, emulator, started)
    assert job["status"] == "SUCCESS"
    assert job["brandProfileId"] == profile
    registration = job["resources"][0]["resourceId"]
    values = await filled(sms, registration)
    assert values["companyInfo.companyName"]["TextValue"] == "Example"
    assert values["companyInfo.address1"]["TextValue"] == "1 Main St"
    standard = await profiles.create_registrations_from_brand_profile(
        brandProfileId=profile, registrationTypes=[TOLL_FREE], smartMatch=False
    )
    (job,) = await done(profiles, emulator, standard)
    assert list(await filled(sms, job["resources"][0]["resourceId"])) == ["companyInfo.companyName"]
    listed = await profiles.list_registrations_from_brand_profile(brandProfileId=profile)
    used = [link["smartMatchUsed"] for link in listed["registrationAssociations"]]
    assert used == [True, False]
    found = await profiles.list_jobs(brandProfileId=profile, status="SUCCESS")
    assert len(found["jobs"]) == 2
    assert (await profiles.list_jobs(operationType="NoSuchOperation"))["jobs"] == []


async def test_a_draft_is_refilled_and_what_is_submitted_is_not(
    profiles: Any, profile: str, sms: Any, emulator: Emulator, refused: Refused
) -> None:
    await add(profiles, profile, Website="https://new.example", City="Seattle")
    registration = (await sms.create_registration(RegistrationType=BRAND))["RegistrationId"]
    path = "companyInfo.city"
    await sms.put_registration_field_value(
        RegistrationId=registration, FieldPath=path, TextValue="Boston"
    )
    wish = {"brandProfileId": profile, "registrationIds": [registration]}
    kept = await profiles.update_registrations_from_brand_profile(
        **wish, onAttributeConflict="PRESERVE"
    )
    assert [job["status"] for job in await done(profiles, emulator, kept)] == ["SUCCESS"]
    values = await filled(sms, registration)
    assert values[path]["TextValue"] == "Boston"
    assert values["contactInfo.website"]["TextValue"] == "https://new.example"
    await done(profiles, emulator, await profiles.update_registrations_from_brand_profile(**wish))
    assert (await filled(sms, registration))[path]["TextValue"] == "Seattle"
    await sms.discard_registration_version(RegistrationId=registration)
    started = await profiles.update_registrations_from_brand_profile(**wish)
    (job,) = await done(profiles, emulator, started)
    assert (job["status"], job["errorCode"]) == (
        "FAILED",
        "EDIT_REGISTRATION_FIELD_VALUES_NOT_ALLOWED",
    )
    call = profiles.update_registrations_from_brand_profile(
        brandProfileId=profile, registrationIds=["registration-none"]
    )
    await refused(call, "ResourceNotFoundException")


async def test_media_become_an_attachment_of_the_registration(
    profiles: Any, profile: str, sms: Any, emulator: Emulator
) -> None:
    picture = {"attributeName": "Opt-in image", "attributeType": "IMAGE", "attachmentBody": PNG}
    await profiles.create_brand_profile_attributes(brandProfileId=profile, attributes=[picture])
    started = await profiles.create_registrations_from_brand_profile(
        brandProfileId=profile, registrationTypes=[TOLL_FREE]
    )
    (job,) = await done(profiles, emulator, started)
    values = await filled(sms, job["resources"][0]["resourceId"])
    attachment = values["messagingUseCase.optInImage"]["RegistrationAttachmentId"]
    (shown,) = (
        await sms.describe_registration_attachments(RegistrationAttachmentIds=[attachment])
    )["RegistrationAttachments"]
    assert shown["AttachmentStatus"] == "UPLOAD_COMPLETE"


async def test_a_registration_is_imported_into_a_profile(
    profiles: Any, profile: str, sms: Any, emulator: Emulator
) -> None:
    registration = (await sms.create_registration(RegistrationType=BRAND))["RegistrationId"]
    values = {"companyInfo.companyName": "Example", "companyInfo.city": "Seattle"}
    for path, text in values.items():
        await sms.put_registration_field_value(
            RegistrationId=registration, FieldPath=path, TextValue=text
        )
    started = await profiles.create_brand_profile_from_registration(
        registrationId=registration, brandProfileName="Imported"
    )
    (job,) = await done(profiles, emulator, started)
    assert "brandProfileId" not in job
    (made,) = job["resources"]
    assert made["resourceType"] == "BRAND_PROFILE"

    async def text(owner: str, name: str) -> str:
        shown = await profiles.get_brand_profile_attribute(brandProfileId=owner, attributeName=name)
        return str(shown["attributeValue"])

    assert await text(made["resourceId"], "Company name") == "Example"
    await add(profiles, profile, City="Boston")
    wish = {"brandProfileId": profile, "registrationId": registration}
    preserving = {**wish, "onAttributeConflict": "PRESERVE"}
    await done(
        profiles, emulator, await profiles.update_brand_profile_from_registration(**preserving)
    )
    assert await text(profile, "City") == "Boston"
    assert await text(profile, "Company name") == "Example"
    await done(profiles, emulator, await profiles.update_brand_profile_from_registration(**wish))
    assert await text(profile, "City") == "Seattle"


async def test_a_job_survives_a_restart_with_a_state_file(tmp_path: Path) -> None:
    clock = Clock.fixed()
    made: list[str] = []
    for _ in range(2):
        async with Emulator(clock=clock, seed=1, state_file=tmp_path / "state.json") as emulator:
            options: Any = {**emulator.boto_options, "config": CONFIG}
            async with get_session().create_client("endusermessaging", **options) as profiles:
                if not made:
                    profile = await profiles.create_brand_profile(brandProfileName="Example")
                    identifier = profile["brandProfileId"]
                    started = await profiles.create_registrations_from_brand_profile(
                        brandProfileId=identifier, registrationTypes=[BRAND]
                    )
                    job_id = started["results"][0]["jobId"]
                    clock.advance(seconds=5)
                job = await profiles.get_job(jobId=job_id)
                assert job["status"] == "SUCCESS"
                made.append(job["resources"][0]["resourceId"])
            assert emulator.unexpected == []
    assert made[0] == made[1]


# --- passcodes


@pytest.fixture
async def number(sms: Any, emulator: Emulator) -> str:
    made = await sms.request_phone_number(
        IsoCountryCode="US",
        MessageType="TRANSACTIONAL",
        NumberCapabilities=["SMS", "VOICE"],
        NumberType="SIMULATOR",
    )
    await emulator.advance(seconds=10)
    return str(made["PhoneNumberId"])


async def test_a_configuration_keeps_what_an_update_does_not_name(
    profiles: Any, refused: Refused
) -> None:
    call = profiles.create_notify_code_configuration(
        notifyCodeConfigurationName="x",
        channelParameters={"text": {"inlineTemplateBody": "no placeholder"}},
    )
    await refused(call, "ValidationException")
    made = await profiles.create_notify_code_configuration(
        notifyCodeConfigurationName="Sign in",
        codeConfigurationParameters={"codeLength": 8},
        channelParameters={
            **TEMPLATE,
            "voice": {"inlineTemplateBody": "{{code}}", "voiceId": "Amy"},
        },
    )
    arn = made["notifyCodeConfiguration"]["notifyCodeConfigurationArn"]
    updated = await profiles.update_notify_code_configuration(
        notifyCodeConfigurationId=arn,
        codeConfigurationParameters={"maxAttempts": 2},
        channelParameters={"text": {"inlineTemplateBody": ""}, "voice": {"voiceId": ""}},
    )
    record = updated["notifyCodeConfiguration"]
    assert record["codeConfigurationParameters"] == {"codeLength": 8, "maxAttempts": 2}
    assert record["channelParameters"] == {"voice": {"inlineTemplateBody": "{{code}}"}}
    await profiles.delete_notify_code_configuration(notifyCodeConfigurationId=arn)
    call = profiles.get_notify_code_configuration(notifyCodeConfigurationId=arn)
    await refused(call, "ResourceNotFoundException")


@pytest.mark.parametrize(
    ("kind", "alphabet"),
    [("NUMERIC", str.isdigit), ("ALPHA", str.isalpha), ("ALPHANUMERIC", str.isalnum)],
)
async def test_a_passcode_is_of_the_policy_of_its_sending(
    profiles: Any, emulator: Emulator, number: str, kind: str, alphabet: Callable[[str], bool]
) -> None:
    sent = await profiles.send_notify_code_verification(
        channel="TEXT",
        destinationIdentity=RECIPIENT,
        originationIdentity=number,
        overrideChannelParameters=TEMPLATE,
        overrideCodeConfigurationParameters={"codeType": kind, "codeLength": 4, "maxAttempts": 1},
        context={"order": "7"},
        referenceId="sign-in",
    )
    code = emulator.verification_code(sent["verificationId"])
    assert code
    assert len(code) == 4
    assert alphabet(code)
    assert emulator.messages[-1]["MessageBody"] == f"{code} is your code"

    async def status(text: str, **reference: str) -> str:
        result = await profiles.validate_notify_code_verification(
            destinationIdentity=RECIPIENT, code=text, **reference
        )
        return str(result["status"])

    assert await status(code) == "INVALID"  # of another reference: no attempt is used
    assert await status(code, referenceId="sign-in") == "VALID"
    assert emulator.verification_code(sent["verificationId"]) is None


async def test_a_passcode_needs_a_template_and_an_identity_that_can(
    profiles: Any, sms: Any, emulator: Emulator, number: str, refused: Refused
) -> None:
    wish: dict[str, Any] = {
        "channel": "TEXT",
        "destinationIdentity": RECIPIENT,
        "originationIdentity": number,
    }
    send = profiles.send_notify_code_verification
    await refused(send(**wish), "ValidationException")
    notify = {"notify": {"notifyTemplateId": "code-verification-en"}}
    for channel in ("TEXT", "VOICE"):
        await send(**{**wish, "channel": channel}, overrideChannelParameters=notify)
    code = emulator.messages[-1]["MessageBody"].split()[-1].strip(".")
    result = await profiles.validate_notify_code_verification(
        destinationIdentity=RECIPIENT, code=code
    )
    assert result["status"] == "VALID"
    other = {**wish, "originationIdentity": "phone-none", "overrideChannelParameters": TEMPLATE}
    await refused(send(**other), "ResourceNotFoundException")
    emulator.opt_out("Default", RECIPIENT)
    await refused(send(**wish, overrideChannelParameters=TEMPLATE), "ConflictException")
    template = {"whatsAppTemplateName": "sign_in", "languageCode": "en"}
    await send(
        **{**wish, "channel": "WHATSAPP", "originationIdentity": emulator.whatsapp_phone_number_id},
        overrideChannelParameters={"whatsApp": template},
    )
    assert emulator.messages[-1]["Channel"] == "WHATSAPP"
    del sms


# --- everything with plain boto3


def test_registrations_and_passcodes_by_plain_boto3() -> None:
    with Emulator.in_thread(clock=Clock.fixed(), seed=1) as emulator:
        options: Any = {**emulator.boto_options, "config": Config(retries={"max_attempts": 0})}
        profiles: Any = boto3.client("endusermessaging", **options)
        sms: Any = boto3.client("pinpoint-sms-voice-v2", **options)
        number = sms.request_phone_number(
            IsoCountryCode="US",
            MessageType="TRANSACTIONAL",
            NumberCapabilities=["SMS"],
            NumberType="TOLL_FREE",
        )["PhoneNumberId"]
        profile = profiles.create_brand_profile(brandProfileName="Example")["brandProfileId"]
        texts = {
            "Company name": "Example Dental",
            "Website": "https://dental.example",
            "Address": "1 Main St",
            "City": "Seattle",
            "Country": "US",
        }
        attributes = [
            {"attributeName": name, "attributeType": "TEXT", "attributeValue": text}
            for name, text in texts.items()
        ]
        profiles.create_brand_profile_attributes(brandProfileId=profile, attributes=attributes)
        kinds = [TOLL_FREE, BRAND, SENDER_ID]
        started = profiles.create_registrations_from_brand_profile(
            brandProfileId=profile, registrationTypes=kinds
        )
        emulator.advance(seconds=1)
        waiter = profiles.get_waiter("job_success")
        for kind, result in zip(kinds, started["results"], strict=True):
            waiter.wait(jobId=result["jobId"], WaiterConfig={"Delay": 0, "MaxAttempts": 1})
            job = profiles.get_job(jobId=result["jobId"])
            registration = job["resources"][0]["resourceId"]
            if kind == TOLL_FREE:
                sms.create_registration_association(RegistrationId=registration, ResourceId=number)
            complete(sms, registration, kind)
            sms.submit_registration_version(RegistrationId=registration)
            emulator.advance(seconds=5)
            (shown,) = sms.describe_registrations(RegistrationIds=[registration])["Registrations"]
            assert shown["RegistrationStatus"] == "COMPLETE"
        attempt_passcodes(profiles, emulator, number)


def complete(sms: Any, registration: str, kind: str) -> None:
    """Fill the fields that the profile did not fill."""
    page = sms.describe_registration_field_values(RegistrationId=registration)
    there = {v["FieldPath"]: v.get("TextValue") for v in page["RegistrationFieldValues"]}
    assert "Example Dental" in there.values()
    body = sms.create_registration_attachment(AttachmentBody=PNG)["RegistrationAttachmentId"]
    pages = sms.get_paginator("describe_registration_field_definitions")
    for definitions in pages.paginate(RegistrationType=kind):
        for field in definitions["RegistrationFieldDefinitions"]:
            path, needed = field["FieldPath"], field["FieldRequirement"]
            tax = kind == TOLL_FREE and path.startswith("companyInfo.taxId")
            if path in there or (needed != "REQUIRED" and not tax):
                continue
            choices = field.get("SelectValidation", {}).get("Options", [])
            value: dict[str, Any] = {
                "TEXT": {"TextValue": text_for(path)},
                "SELECT": {"SelectChoices": choices[:1]},
                "ATTACHMENT": {"RegistrationAttachmentId": body},
            }[field["FieldType"]]
            sms.put_registration_field_value(RegistrationId=registration, FieldPath=path, **value)


def text_for(path: str) -> str:
    name = path.rpartition(".")[2].lower()
    texts = {
        "country": "US",
        "email": "help@dental.example",
        "phone": "+12065550100",
        "website": "https://dental.example",
        "url": "https://dental.example/page",
        "taxid": "123456789",
        "companyid": "12345",
        "senderid": "EXMPLE",
    }
    return next((text for part, text in texts.items() if part in name), "Example text")


def attempt_passcodes(profiles: Any, emulator: Emulator, number: str) -> None:
    """Enter wrong codes up to the limit, request another code, and enter it."""

    def send() -> str:
        sent = profiles.send_notify_code_verification(
            channel="TEXT",
            destinationIdentity=RECIPIENT,
            originationIdentity=number,
            overrideChannelParameters=TEMPLATE,
            overrideCodeConfigurationParameters={"maxAttempts": 2},
        )
        code = emulator.verification_code(sent["verificationId"])
        assert code
        return code

    def status(code: str) -> str:
        response = profiles.validate_notify_code_verification(
            destinationIdentity=RECIPIENT, code=code
        )
        return str(response["status"])

    code = send()
    wrong = code[::-1] if code != code[::-1] else "0000000"
    assert [status(wrong), status(wrong), status(code)] == ["INVALID"] * 3
    code = send()
    assert [status(code), status(code)] == ["VALID", "INVALID"]
