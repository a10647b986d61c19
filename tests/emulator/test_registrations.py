"""Registrations from creation to deletion, through plain aiobotocore clients."""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from smsreg.emulator import Clock, Emulator

TOLL_FREE = "US_TOLL_FREE_REGISTRATION"
PDF = b"%PDF-1.4 a form"


async def definitions(sms: Any, kind: str) -> list[dict[str, Any]]:
    paginator = sms.get_paginator("describe_registration_field_definitions")
    return [
        field
        async for page in paginator.paginate(RegistrationType=kind)
        for field in page["RegistrationFieldDefinitions"]
    ]


def example(field: dict[str, Any]) -> str:
    hint = field["DisplayHints"].get("ExampleTextValue")
    if hint:
        return str(hint)
    rules = field["TextValidation"]
    for candidate in ("x" * max(rules["MinLength"], 3), "123456", "+12065550100", "US"):
        fits = rules["MinLength"] <= len(candidate) <= rules["MaxLength"]
        if fits and re.fullmatch(rules["Pattern"], candidate):
            return candidate
    return "a@example.com" if "@" in rules["Pattern"] else "https://example.com"


async def fill(sms: Any, registration: str, kind: str, skip: tuple[str, ...] = ()) -> None:
    attachment = await sms.create_registration_attachment(AttachmentBody=PDF)
    for field in await definitions(sms, kind):
        path = field["FieldPath"]
        if field["FieldRequirement"] != "REQUIRED" or path in skip:
            continue
        value: dict[str, Any] = {}
        if field["FieldType"] == "TEXT":
            value["TextValue"] = example(field)
        elif field["FieldType"] == "SELECT":
            value["SelectChoices"] = field["SelectValidation"]["Options"][:1]
        else:
            value["RegistrationAttachmentId"] = attachment["RegistrationAttachmentId"]
        await sms.put_registration_field_value(RegistrationId=registration, FieldPath=path, **value)


async def put_tax(sms: Any, registration: str) -> None:
    for path, value in (
        ("taxId", {"TextValue": "12-3456789"}),
        ("taxIdAuthority", {"SelectChoices": ["EIN"]}),
        ("taxIdCountry", {"TextValue": "US"}),
    ):
        await sms.put_registration_field_value(
            RegistrationId=registration, FieldPath=f"companyInfo.{path}", **value
        )


async def toll_free(sms: Any, skip: tuple[str, ...] = ()) -> tuple[str, str]:
    """Create a filled registration with its number."""
    registration = (await sms.create_registration(RegistrationType=TOLL_FREE))["RegistrationId"]
    number = await sms.request_phone_number(
        IsoCountryCode="US",
        MessageType="TRANSACTIONAL",
        NumberCapabilities=["SMS"],
        NumberType="TOLL_FREE",
    )
    await sms.create_registration_association(
        RegistrationId=registration, ResourceId=number["PhoneNumberId"]
    )
    await fill(sms, registration, TOLL_FREE, skip)
    await put_tax(sms, registration)
    return registration, number["PhoneNumberId"]


async def status(sms: Any, registration: str) -> str:
    response = await sms.describe_registrations(RegistrationIds=[registration])
    return str(response["Registrations"][0]["RegistrationStatus"])


async def versions(sms: Any, registration: str) -> list[dict[str, Any]]:
    response = await sms.describe_registration_versions(RegistrationId=registration)
    return list(response["RegistrationVersions"])


async def test_from_a_draft_to_complete_and_away(
    emulator: Emulator, sms: Any, refused: Any
) -> None:
    registration, number = await toll_free(sms)
    assert await status(sms, registration) == "CREATED"
    submitted = await sms.submit_registration_version(RegistrationId=registration)
    assert submitted["RegistrationVersionStatus"] == "SUBMITTED"
    seen = [await status(sms, registration)]
    for _ in range(4):
        await emulator.advance(seconds=0.25)
        seen.append(await status(sms, registration))
    assert seen == ["SUBMITTED", "REVIEWING", "REVIEWING", "REVIEWING", "COMPLETE"]
    [version] = await versions(sms, registration)
    assert version["RegistrationVersionStatus"] == "APPROVED"
    history = version["RegistrationVersionStatusHistory"]
    order = [
        history[f"{name}Timestamp"] for name in ("Draft", "Submitted", "Reviewing", "Approved")
    ]
    assert order == sorted(order)
    response = await sms.describe_phone_numbers(PhoneNumberIds=[number])
    assert response["PhoneNumbers"][0]["Status"] == "ACTIVE"

    again = sms.submit_registration_version(RegistrationId=registration)
    await refused(again, "ConflictException", "REGISTRATION_ALREADY_SUBMITTED")
    early = sms.delete_registration(RegistrationId=registration)
    await refused(early, "ConflictException", "DISASSOCIATE_REGISTRATION_NOT_ALLOWED")
    await sms.release_phone_number(PhoneNumberId=number)
    deleted = await sms.delete_registration(RegistrationId=registration)
    assert deleted["RegistrationStatus"] == "DELETED"
    gone = sms.describe_registrations(RegistrationIds=[registration])
    error = await refused(gone, "ResourceNotFoundException")
    assert (error["ResourceType"], error["ResourceId"]) == ("registration", registration)


async def test_a_denial_a_blank_version_and_an_approval(
    emulator: Emulator, sms: Any, refused: Any
) -> None:
    registration, _ = await toll_free(sms)
    await sms.submit_registration_version(RegistrationId=registration)
    path = "companyInfo.website"
    emulator.deny(registration, "The website does not answer", field=path)
    assert await status(sms, registration) == "REQUIRES_UPDATES"
    [version] = await versions(sms, registration)
    assert version["RegistrationVersionStatus"] == "DENIED"
    assert version["DeniedReasons"][0]["Reason"] == "The website does not answer"
    values = await sms.describe_registration_field_values(
        RegistrationId=registration, FieldPaths=[path]
    )
    assert values["RegistrationFieldValues"][0]["DeniedReason"] == "The website does not answer"

    edit = {"RegistrationId": registration, "FieldPath": path, "TextValue": "https://example.org"}
    locked = sms.put_registration_field_value(**edit)
    await refused(locked, "ConflictException", "EDIT_REGISTRATION_FIELD_VALUES_NOT_ALLOWED")
    created = await sms.create_registration_version(RegistrationId=registration)
    assert (created["VersionNumber"], created["RegistrationVersionStatus"]) == (2, "DRAFT")
    second = sms.create_registration_version(RegistrationId=registration)
    await refused(second, "ConflictException", "CREATE_REGISTRATION_VERSION_NOT_ALLOWED")
    blank = await sms.describe_registration_field_values(RegistrationId=registration)
    assert (blank["VersionNumber"], blank["RegistrationFieldValues"]) == (2, [])
    empty = sms.submit_registration_version(RegistrationId=registration)
    await refused(empty, "ConflictException", "SUBMIT_REGISTRATION_VERSION_NOT_ALLOWED")

    await fill(sms, registration, TOLL_FREE)
    await put_tax(sms, registration)
    await sms.submit_registration_version(RegistrationId=registration)
    await emulator.advance(days=3)
    assert await status(sms, registration) == "COMPLETE"
    described = (await sms.describe_registrations())["Registrations"][0]
    assert (described["ApprovedVersionNumber"], described["LatestDeniedVersionNumber"]) == (2, 1)
    first = await sms.describe_registration_field_values(
        RegistrationId=registration, VersionNumber=1, FieldPaths=[path]
    )
    assert first["RegistrationFieldValues"][0]["TextValue"] == "example.com"

    emulator.revoke(registration)
    assert [v["RegistrationVersionStatus"] for v in await versions(sms, registration)] == [
        "REVOKED",
        "DENIED",
    ]


async def test_a_newer_approval_archives_the_older(emulator: Emulator, sms: Any) -> None:
    registration, _ = await toll_free(sms)
    for number in (1, 2):
        if number == 2:
            await sms.create_registration_version(RegistrationId=registration)
            await fill(sms, registration, TOLL_FREE)
            await put_tax(sms, registration)
        await sms.submit_registration_version(RegistrationId=registration)
        emulator.approve(registration)
    statuses = [v["RegistrationVersionStatus"] for v in await versions(sms, registration)]
    assert statuses == ["APPROVED", "ARCHIVED"]


async def test_aws_review_comes_first_and_has_feedback(sms: Any, emulator: Emulator) -> None:
    emulator.settings.incomplete_submit = "deny"
    registration, _ = await toll_free(sms, skip=("contactInfo.firstName",))
    submitted = await sms.submit_registration_version(RegistrationId=registration, AwsReview=True)
    assert submitted["AwsReview"] is True
    await emulator.advance(seconds=0.3)
    assert await status(sms, registration) == "AWS_REVIEWING"
    await emulator.advance(seconds=0.3)
    assert await status(sms, registration) == "REQUIRES_UPDATES"
    [version] = await versions(sms, registration)
    assert version["Feedback"] == "Missing required field"
    values = await sms.describe_registration_field_values(
        RegistrationId=registration, FieldPaths=["contactInfo.firstName"]
    )
    assert values["RegistrationFieldValues"][0]["Feedback"] == "MISSING_REQUIRED_FIELD"


async def test_a_missing_field_is_refused_or_denied_as_chosen(
    emulator: Emulator, sms: Any, refused: Any
) -> None:
    registration, _ = await toll_free(sms, skip=("contactInfo.lastName",))
    early = sms.submit_registration_version(RegistrationId=registration)
    await refused(early, "ConflictException", "SUBMIT_REGISTRATION_VERSION_NOT_ALLOWED")
    [version] = await versions(sms, registration)
    assert version["RegistrationVersionStatus"] == "DRAFT"
    emulator.settings.incomplete_submit = "deny"
    await sms.submit_registration_version(RegistrationId=registration)
    await emulator.advance(seconds=1)
    [version] = await versions(sms, registration)
    assert version["RegistrationVersionStatus"] == "DENIED"
    assert "contactInfo.lastName" in version["DeniedReasons"][0]["LongDescription"]


async def test_a_missing_association_is_refused(sms: Any, refused: Any) -> None:
    registration = (await sms.create_registration(RegistrationType=TOLL_FREE))["RegistrationId"]
    await fill(sms, registration, TOLL_FREE)
    await put_tax(sms, registration)
    early = sms.submit_registration_version(RegistrationId=registration)
    await refused(early, "ConflictException", "SUBMIT_REGISTRATION_VERSION_NOT_ALLOWED")


async def test_authentication_halts_a_review(emulator: Emulator, sms: Any) -> None:
    registration, _ = await toll_free(sms)
    emulator.require_authentication(registration)
    await sms.submit_registration_version(RegistrationId=registration)
    await emulator.advance(days=1)
    assert await status(sms, registration) == "REQUIRES_AUTHENTICATION"
    emulator.approve(registration)
    assert await status(sms, registration) == "COMPLETE"
    with pytest.raises(ValueError, match="APPROVED"):
        emulator.approve(registration)


async def test_reviews_that_wait_for_the_test(connect: Any) -> None:
    async with (
        Emulator(clock=Clock.fixed(), review_seconds=None) as emulator,
        connect(emulator) as (sms, _),
    ):
        registration, _ = await toll_free(sms)
        await sms.submit_registration_version(RegistrationId=registration)
        await emulator.advance(days=400)
        assert await status(sms, registration) == "REVIEWING"
        emulator.deny(registration, "No")
        assert await status(sms, registration) == "REQUIRES_UPDATES"


async def test_discarding(emulator: Emulator, sms: Any, refused: Any) -> None:
    registration, _ = await toll_free(sms)
    await sms.submit_registration_version(RegistrationId=registration)
    discarded = await sms.discard_registration_version(RegistrationId=registration)
    assert discarded["RegistrationVersionStatus"] == "DISCARDED"
    assert await status(sms, registration) == "CREATED"
    again = sms.discard_registration_version(RegistrationId=registration)
    await refused(again, "ConflictException", "DISCARD_REGISTRATION_VERSION_NOT_ALLOWED")
    dead = sms.submit_registration_version(RegistrationId=registration)
    await refused(dead, "ConflictException", "SUBMIT_REGISTRATION_VERSION_NOT_ALLOWED")
    created = await sms.create_registration_version(RegistrationId=registration)
    assert created["VersionNumber"] == 2
    await emulator.advance(days=1)
    assert await status(sms, registration) == "CREATED"


async def test_values_are_checked_when_they_are_put(sms: Any, refused: Any) -> None:
    registration = (await sms.create_registration(RegistrationType=TOLL_FREE))["RegistrationId"]

    def put(path: str, **value: Any) -> Any:
        return sms.put_registration_field_value(
            RegistrationId=registration, FieldPath=path, **value
        )

    bad: list[tuple[str, dict[str, Any], str]] = [
        ("companyInfo.isoCountryCode", {"TextValue": "usa"}, "INVALID_PARAMETER"),
        ("companyInfo.website", {"TextValue": "example"}, "INVALID_PARAMETER"),
        ("companyInfo.companyName", {"TextValue": "x" * 101}, "INVALID_PARAMETER"),
        ("companyInfo.businessType", {"SelectChoices": ["CLUB"]}, "INVALID_PARAMETER"),
        ("companyInfo.businessType", {"SelectChoices": []}, "INVALID_PARAMETER"),
        ("companyInfo.businessType", {"TextValue": "GOVERNMENT"}, "INVALID_PARAMETER"),
        ("companyInfo.nothing", {"TextValue": "x"}, "UNKNOWN_REGISTRATION_FIELD"),
        ("companyInfo.city", {}, "MISSING_PARAMETER"),
        (
            "companyInfo.city",
            {"TextValue": "x", "SelectChoices": ["x"]},
            "PARAMETERS_CANNOT_BE_USED_TOGETHER",
        ),
    ]
    for path, value, reason in bad:
        await refused(put(path, **value), "ValidationException", reason)
    unknown = put("messagingUseCase.optInImage", RegistrationAttachmentId="attachment-0")
    await refused(unknown, "ResourceNotFoundException")
    large = b"\x89PNG\r\n\x1a\n" + bytes(401 * 1024)
    attachment = await sms.create_registration_attachment(AttachmentBody=large)
    tight = put(
        "messagingUseCase.optInImage",
        RegistrationAttachmentId=attachment["RegistrationAttachmentId"],
    )
    await refused(tight, "ValidationException", "INVALID_PARAMETER")
    await put("companyInfo.city", TextValue="Seattle")
    deleted = await sms.delete_registration_field_value(
        RegistrationId=registration, FieldPath="companyInfo.city"
    )
    assert deleted["TextValue"] == "Seattle"


async def test_a_value_in_a_disallowed_field_is_denied(emulator: Emulator, sms: Any) -> None:
    kind = "US_TEN_DLC_BRAND_REGISTRATION"
    registration = (await sms.create_registration(RegistrationType=kind))["RegistrationId"]
    await fill(sms, registration, kind)
    await sms.put_registration_field_value(
        RegistrationId=registration, FieldPath="companyInfo.stockSymbol", TextValue="EXMP"
    )
    await sms.submit_registration_version(RegistrationId=registration)
    await emulator.advance(seconds=2)
    assert await status(sms, registration) == "REQUIRES_UPDATES"
    values = await sms.describe_registration_field_values(
        RegistrationId=registration, FieldPaths=["companyInfo.stockSymbol"]
    )
    assert values["RegistrationFieldValues"][0]["DeniedReason"]


async def complete(sms: Any, emulator: Emulator, kind: str, *associations: str) -> str:
    registration = str((await sms.create_registration(RegistrationType=kind))["RegistrationId"])
    for association in associations:
        await sms.create_registration_association(
            RegistrationId=registration, ResourceId=association
        )
    await fill(sms, registration, kind)
    await sms.submit_registration_version(RegistrationId=registration)
    emulator.approve(registration)
    await emulator.advance(seconds=1)
    assert await status(sms, registration) == "COMPLETE"
    return registration


async def test_brand_campaign_and_number(emulator: Emulator, sms: Any, refused: Any) -> None:
    number = {
        "IsoCountryCode": "US",
        "MessageType": "TRANSACTIONAL",
        "NumberCapabilities": ["SMS"],
        "NumberType": "TEN_DLC",
    }
    brand_type, campaign_type = "US_TEN_DLC_BRAND_REGISTRATION", "US_TEN_DLC_CAMPAIGN_REGISTRATION"
    campaign = (await sms.create_registration(RegistrationType=campaign_type))["RegistrationId"]
    young = (await sms.create_registration(RegistrationType=brand_type))["RegistrationId"]
    early = sms.create_registration_association(RegistrationId=campaign, ResourceId=young)
    await refused(early, "ConflictException", "REGISTRATION_NOT_COMPLETE")
    wrong = sms.create_registration_association(RegistrationId=campaign, ResourceId=campaign)
    await refused(wrong, "ValidationException", "INVALID_REGISTRATION_ASSOCIATION")
    soon = sms.request_phone_number(**number, RegistrationId=campaign)
    await refused(soon, "ConflictException", "REGISTRATION_NOT_COMPLETE")

    brand = await complete(sms, emulator, brand_type)
    approved = await complete(sms, emulator, campaign_type, brand)
    leased = await sms.request_phone_number(**number, RegistrationId=approved)
    associations = await sms.list_registration_associations(RegistrationId=approved)
    kinds = sorted(
        association["ResourceType"] for association in associations["RegistrationAssociations"]
    )
    assert kinds == ["TEN_DLC", "US_TEN_DLC_BRAND_REGISTRATION"]
    refused_call = sms.delete_registration(RegistrationId=brand)
    await refused(refused_call, "ConflictException", "DISASSOCIATE_REGISTRATION_NOT_ALLOWED")
    twice = sms.create_registration_association(RegistrationId=approved, ResourceId=brand)
    await refused(twice, "ConflictException", "RESOURCE_ALREADY_ASSOCIATED")
    await sms.release_phone_number(PhoneNumberId=leased["PhoneNumberId"])
    await sms.delete_registration(RegistrationId=approved)
    await sms.delete_registration(RegistrationId=brand)


async def test_a_sender_id_comes_with_the_approval(
    emulator: Emulator, sms: Any, refused: Any
) -> None:
    asked = sms.request_sender_id(SenderId="EXAMPLE", IsoCountryCode="ID")
    await refused(asked, "ValidationException", "SENDER_ID_REQUIRES_REGISTRATION")
    kind = "GB_SENDER_ID_REGISTRATION"
    registration = (await sms.create_registration(RegistrationType=kind))["RegistrationId"]
    await fill(sms, registration, kind)
    await sms.submit_registration_version(RegistrationId=registration)
    emulator.approve(registration)
    assert await status(sms, registration) == "PROVISIONING"
    await emulator.advance(seconds=1)
    assert await status(sms, registration) == "COMPLETE"
    [sender] = (await sms.describe_sender_ids())["SenderIds"]
    assert (sender["SenderId"], sender["Registered"]) == ("EXAMPLE", True)
    assert sender["RegistrationId"] == registration
    await sms.release_sender_id(SenderId="EXAMPLE", IsoCountryCode="GB")
    assert await status(sms, registration) == "CLOSED"
    await sms.delete_registration(RegistrationId=registration)


async def test_a_type_of_the_tests_own(connect: Any) -> None:
    own = {
        "type": "XX_TEST",
        "title": "Test",
        "sections": [
            {
                "path": "one",
                "title": "One",
                "fields": [
                    {"path": "a", "title": "A", "pattern": "(a+)+$"},
                    {"path": "b", "title": "B", "need": "OPTIONAL"},
                ],
            }
        ],
    }
    async with Emulator(registration_types=[own]) as emulator, connect(emulator) as (sms, _):
        response = await sms.describe_registration_type_definitions(RegistrationTypes=["XX_TEST"])
        assert response["RegistrationTypeDefinitions"][0]["DisplayHints"]["Title"] == "Test"
        made = await sms.create_registration(RegistrationType="XX_TEST")
        # A pattern on which a backtracking engine takes exponential time.
        field = {"RegistrationId": made["RegistrationId"], "FieldPath": "one.a"}
        await sms.put_registration_field_value(**field, TextValue="a" * 60)
        wrong = sms.put_registration_field_value(**field, TextValue="a" * 60 + "!")
        with pytest.raises(ClientError) as caught:
            await wrong
        [problem] = caught.value.response["Fields"]
        assert problem == {"Name": "textValue", "Message": "does not match the pattern"}


async def test_every_built_in_type_can_be_completed(connect: Any) -> None:
    async with (
        Emulator(clock=Clock.fixed(), quotas={"REGISTRATION_ATTACHMENTS": 99}) as emulator,
        connect(emulator) as (sms, _),
    ):
        brand = await complete(sms, emulator, "US_TEN_DLC_BRAND_REGISTRATION")
        agent = (await sms.create_rcs_agent())["RcsAgentId"]
        number = await sms.request_phone_number(
            IsoCountryCode="GB",
            MessageType="TRANSACTIONAL",
            NumberCapabilities=["SMS"],
            NumberType="LONG_CODE",
        )
        await complete(sms, emulator, "US_TEN_DLC_BRAND_VETTING", brand)
        await complete(sms, emulator, "GB_LONG_CODE_REGISTRATION", number["PhoneNumberId"])
        await complete(sms, emulator, "ID_SENDER_ID_REGISTRATION")
        await complete(sms, emulator, "IN_SENDER_ID_REGISTRATION")
        await sms.describe_rcs_agents(RcsAgentIds=[agent])
        registration = await sms.create_registration(
            RegistrationType="TEST_RCS_LAUNCH_REGISTRATION"
        )
        identifier = registration["RegistrationId"]
        await sms.create_registration_association(RegistrationId=identifier, ResourceId=agent)
        await fill(sms, identifier, "TEST_RCS_LAUNCH_REGISTRATION")
        await sms.put_registration_field_value(
            RegistrationId=identifier,
            FieldPath="agentDetails.contactWebsite",
            TextValue="https://example.com",
        )
        await sms.submit_registration_version(RegistrationId=identifier)
        await emulator.advance(seconds=2)
        assert await status(sms, identifier) == "COMPLETE"
        [described] = (await sms.describe_rcs_agents())["RcsAgents"]
        assert described["TestingAgent"]["Status"] == "ACTIVE"
