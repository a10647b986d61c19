"""The emulator compared with the real service: `data/` has recorded responses and errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from smsreg.emulator import Clock, Emulator

from .test_registrations import complete, definitions, fill, put_tax, status, toll_free, versions

FOLDER = Path(__file__).parent / "data"
BRAND, CAMPAIGN = "US_TEN_DLC_BRAND_REGISTRATION", "US_TEN_DLC_CAMPAIGN_REGISTRATION"
VETTING, TOLL_FREE = "US_TEN_DLC_BRAND_VETTING", "US_TOLL_FREE_REGISTRATION"
NUMBER = {"IsoCountryCode": "US", "MessageType": "TRANSACTIONAL", "NumberCapabilities": ["SMS"]}


def seen(name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))["body"]
    return body


def part(whole: Any, like: Any) -> Any:
    """Return the members of `whole` that `like` has."""
    if isinstance(like, dict) and isinstance(whole, dict):
        return {key: part(whole.get(key), like[key]) for key in like}
    return whole


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("fields_*.json")))
async def test_fields_are_those_that_are_seen(sms: Any, name: str) -> None:
    body = seen(name)
    real = body["RegistrationFieldDefinitions"]
    own = {f["FieldPath"]: f for f in await definitions(sms, body["RegistrationType"])}
    assert [part(own.get(field["FieldPath"]), field) for field in real] == real
    if "10dlc" in name:  # the whole form, in order
        assert list(own) == [field["FieldPath"] for field in real]


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("types_*.json")))
async def test_types_are_those_that_are_seen(sms: Any, name: str) -> None:
    for real in seen(name)["RegistrationTypeDefinitions"]:
        response = await sms.describe_registration_type_definitions(
            RegistrationTypes=[real["RegistrationType"]]
        )
        [own] = response["RegistrationTypeDefinitions"]
        assert own["SupportedAssociations"] == real["SupportedAssociations"]
        assert own["DisplayHints"]["Title"] == real["DisplayHints"]["Title"]


async def test_a_brand_is_associated_by_its_registration_type(sms: Any, emulator: Emulator) -> None:
    brand = await complete(sms, emulator, BRAND)
    campaign = (await sms.create_registration(RegistrationType=CAMPAIGN))["RegistrationId"]
    made = await sms.create_registration_association(RegistrationId=campaign, ResourceId=brand)
    [real] = seen("associations_brand")["RegistrationAssociations"]
    listed = await sms.list_registration_associations(RegistrationId=campaign)
    [association] = listed["RegistrationAssociations"]
    assert set(association) == set(real)
    assert association["ResourceType"] == made["ResourceType"] == real["ResourceType"]


async def test_a_dashed_tax_id(sms: Any) -> None:
    brand = (await sms.create_registration(RegistrationType=BRAND))["RegistrationId"]
    put = {"RegistrationId": brand, "FieldPath": "companyInfo.taxId"}
    await sms.put_registration_field_value(**put, TextValue="AB123456789")
    with pytest.raises(ClientError) as caught:
        await sms.put_registration_field_value(**put, TextValue="12-3456789")
    real = seen("er_invalid_taxid")
    response = caught.value.response
    assert {key: response.get(key) for key in ("Reason", "Fields")} == {
        key: real[key] for key in ("Reason", "Fields")
    }
    assert response["Error"]["Message"] == real["Message"]


async def test_an_incomplete_submission_that_is_refused(sms: Any) -> None:
    registration = (await sms.create_registration(RegistrationType=BRAND))["RegistrationId"]
    with pytest.raises(ClientError) as caught:
        await sms.submit_registration_version(RegistrationId=registration)
    real = seen("er_submit_not_allowed")
    response = caught.value.response
    assert response["Error"]["Message"] == real["Message"]
    assert (response["Reason"], response["ResourceType"]) == (real["Reason"], real["ResourceType"])
    assert response["ResourceId"] == registration


@pytest.mark.parametrize("review", [86_400.0, 1.0])
async def test_a_machine_denies_missing_fields_within_seconds(connect: Any, review: float) -> None:
    async with (
        Emulator(clock=Clock.fixed(), review_seconds=review, incomplete_submit="deny") as emulator,
        connect(emulator) as (sms, _),
    ):
        registration, _ = await toll_free(sms, skip=("companyInfo.companyName",))
        await sms.submit_registration_version(RegistrationId=registration)
        await emulator.advance(seconds=3)
        assert await status(sms, registration) == "REQUIRES_UPDATES"
        [version] = await versions(sms, registration)
        real = seen("versions_denied_four")["RegistrationVersions"][2]
        history = version["RegistrationVersionStatusHistory"]
        assert set(history) == set(real["RegistrationVersionStatusHistory"])
        reasons = [reason["Reason"] for reason in version["DeniedReasons"]]
        assert reasons == [reason["Reason"] for reason in real["DeniedReasons"]]
        response = await sms.describe_registration_field_values(
            RegistrationId=registration, FieldPaths=["companyInfo.companyName"]
        )
        assert (
            response["RegistrationFieldValues"]
            == (seen("values_denied_missing")["RegistrationFieldValues"][:1])
        )


async def test_a_field_that_is_ruled_out(sms: Any, emulator: Emulator) -> None:
    brand = (await sms.create_registration(RegistrationType=BRAND))["RegistrationId"]
    await fill(sms, brand, BRAND)
    path = "companyInfo.businessContactEmail"
    await sms.put_registration_field_value(
        RegistrationId=brand, FieldPath=path, TextValue="ceo@example.com"
    )
    await sms.submit_registration_version(RegistrationId=brand)
    await emulator.advance(seconds=4)
    [version] = await versions(sms, brand)
    [real] = seen("versions_conditional_denied")["RegistrationVersions"]
    assert set(version["RegistrationVersionStatusHistory"]) == (
        set(real["RegistrationVersionStatusHistory"])
    )
    assert version["DeniedReasons"][0]["Reason"] == real["DeniedReasons"][0]["Reason"]


async def test_versions_are_listed_newest_first(sms: Any, emulator: Emulator) -> None:
    registration, _ = await toll_free(sms)
    for number in (1, 2, 3):
        if number > 1:
            await sms.create_registration_version(RegistrationId=registration)
            await fill(sms, registration, TOLL_FREE)
            await put_tax(sms, registration)
        await sms.submit_registration_version(RegistrationId=registration)
        emulator.deny(registration, "Unclear Opt-in Language")
    listed = [version["VersionNumber"] for version in await versions(sms, registration)]
    real = [v["VersionNumber"] for v in seen("versions_denied_four")["RegistrationVersions"]]
    assert (listed, real) == ([3, 2, 1], [4, 3, 2, 1])
    chosen = await sms.describe_registration_versions(
        RegistrationId=registration, VersionNumbers=[1, 3]
    )
    assert [v["VersionNumber"] for v in chosen["RegistrationVersions"]] == [3, 1]


async def test_a_reviewer_blames_fields(sms: Any, emulator: Emulator) -> None:
    brand = await complete(sms, emulator, BRAND)
    campaign = (await sms.create_registration(RegistrationType=CAMPAIGN))["RegistrationId"]
    await sms.create_registration_association(RegistrationId=campaign, ResourceId=brand)
    await fill(sms, campaign, CAMPAIGN)
    await sms.submit_registration_version(RegistrationId=campaign)
    path = "campaignInfo.optInMessage"
    emulator.deny(campaign, "Unclear Opt-in Language", fields={path: "No disclosure of consent."})
    response = await sms.describe_registration_field_values(
        RegistrationId=campaign, FieldPaths=[path]
    )
    [value] = response["RegistrationFieldValues"]
    real = seen("values_denied_feedback")["RegistrationFieldValues"][1]
    assert set(value) == set(real)
    assert value["DeniedReason"] == real["DeniedReason"]


async def test_a_campaign_name_is_longer_than_the_api_takes(sms: Any, refused: Any) -> None:
    campaign = (await sms.create_registration(RegistrationType=CAMPAIGN))["RegistrationId"]
    put = {"RegistrationId": campaign, "FieldPath": "campaignInfo.campaignName"}
    await sms.put_registration_field_value(**put, TextValue="x" * 2048)
    for text in ("x" * 39, "x" * 2049):
        wrong = sms.put_registration_field_value(**put, TextValue=text)
        await refused(wrong, "ValidationException", "INVALID_PARAMETER")


async def test_a_vetting_has_its_score_in_its_attributes(sms: Any, emulator: Emulator) -> None:
    brand = await complete(sms, emulator, BRAND)
    vetting = await complete(sms, emulator, VETTING, brand)
    response = await sms.describe_registrations(RegistrationIds=[vetting])
    score = response["Registrations"][0]["AdditionalAttributes"]["VETTING_SCORE"]
    assert 0 <= int(score) <= 100


async def test_a_ten_dlc_number_is_associated_later(
    sms: Any, emulator: Emulator, refused: Any
) -> None:
    number = await sms.request_phone_number(**NUMBER, NumberType="TEN_DLC")
    assert (number["Status"], number["MonthlyLeasingPrice"]) == ("PENDING", "1.00")
    brand = await complete(sms, emulator, BRAND)
    campaign = await complete(sms, emulator, CAMPAIGN, brand)
    made = await sms.create_registration_association(
        RegistrationId=campaign, ResourceId=number["PhoneNumberId"]
    )
    assert made["ResourceType"] == "TEN_DLC"
    toll_free = await sms.request_phone_number(**NUMBER, NumberType="TOLL_FREE")
    wrong = sms.create_registration_association(
        RegistrationId=campaign, ResourceId=toll_free["PhoneNumberId"]
    )
    await refused(wrong, "ValidationException", "INVALID_REGISTRATION_ASSOCIATION")


async def test_releasing_the_last_toll_free_number_closes(
    sms: Any, emulator: Emulator, refused: Any
) -> None:
    registration, number = await toll_free(sms)
    await sms.submit_registration_version(RegistrationId=registration)
    for call in (
        sms.release_phone_number(PhoneNumberId=number),
        sms.delete_registration(RegistrationId=registration),
    ):
        await refused(call, "ConflictException", "RESOURCE_DELETION_NOT_ALLOWED")
    emulator.approve(registration)
    await sms.release_phone_number(PhoneNumberId=number)
    assert await status(sms, registration) == "CLOSED"
    await sms.delete_registration(RegistrationId=registration)
    assert (await sms.describe_registrations())["Registrations"] == []


@pytest.mark.parametrize(
    ("website", "good"),
    [("example.com", True), ("https://example.com/a?b", True), ("example", False)],
)
async def test_a_website_needs_no_scheme(sms: Any, *, website: str, good: bool) -> None:
    registration = (await sms.create_registration(RegistrationType=TOLL_FREE))["RegistrationId"]
    put = sms.put_registration_field_value(
        RegistrationId=registration, FieldPath="companyInfo.website", TextValue=website
    )
    if good:
        await put
        return
    with pytest.raises(ClientError):
        await put


@pytest.mark.parametrize("country", ["ID", "IN"])
async def test_choices_of_sender_ids_are_words(sms: Any, country: str) -> None:
    fields = {
        f["FieldPath"]: f for f in await definitions(sms, f"{country}_SENDER_ID_REGISTRATION")
    }
    options = fields["messagingUseCase.useCaseCategory"]["SelectValidation"]["Options"]
    assert {"One-time passcodes", "Other"} <= set(options)
    volumes = fields["messagingUseCase.monthlyMessageVolume"]["SelectValidation"]["Options"]
    assert volumes[-1] == "10,000,000+"


async def test_papers_and_chains(sms: Any) -> None:
    fields = {f["FieldPath"]: f for f in await definitions(sms, "ID_SENDER_ID_REGISTRATION")}
    assert fields["senderIdInfo.proofOfSenderIdConnection"]["FieldType"] == "ATTACHMENT"
    letters = [fields[f"idSidSpecificInfo.letterOfAuthorization{n}"] for n in (1, 2, 3, 4)]
    needs = [field["FieldRequirement"] for field in letters]
    assert needs == ["CONDITIONAL", "CONDITIONAL", "REQUIRED", "CONDITIONAL"]
    fields = {f["FieldPath"]: f for f in await definitions(sms, "IN_SENDER_ID_REGISTRATION")}
    chains = [fields[f"inSidSpecificInfo.chainId{n}"]["FieldRequirement"] for n in (1, 2, 3, 5)]
    assert set(chains) == {"REQUIRED"}
    fields = {f["FieldPath"]: f for f in await definitions(sms, "GB_SENDER_ID_REGISTRATION")}
    assert fields["senderIdInfo.letterOfAuthorization"]["FieldRequirement"] == "CONDITIONAL"
    volumes = fields["messagingUseCase.monthlyMessageVolume"]["SelectValidation"]["Options"]
    assert len(volumes) == 11


@pytest.mark.parametrize(
    ("region", "end"), [("us-east-1", "REQUIRES_UPDATES"), ("ap-south-1", "COMPLETE")]
)
async def test_india_registers_in_its_own_regions(connect: Any, region: str, end: str) -> None:
    kind = "IN_SENDER_ID_REGISTRATION"
    async with (
        Emulator(clock=Clock.fixed(), region=region) as emulator,
        connect(emulator) as (sms, _),
    ):
        registration = (await sms.create_registration(RegistrationType=kind))["RegistrationId"]
        await fill(sms, registration, kind)
        await sms.submit_registration_version(RegistrationId=registration)
        await emulator.advance(seconds=2)
        assert await status(sms, registration) == end


async def test_sender_ids_of_countries(sms: Any, refused: Any) -> None:
    await sms.request_sender_id(SenderId="EXAMPLE", IsoCountryCode="GB")
    china = sms.request_sender_id(SenderId="EXAMPLE", IsoCountryCode="CN")
    await refused(china, "ValidationException", "SENDER_ID_NOT_SUPPORTED")


@pytest.mark.parametrize(
    "name", ["ASSOCIATIONS_PER_REGISTRATION", "PHONE_NUMBERS_PER_REGISTRATION"]
)
async def test_quotas_of_a_registration(
    sms: Any, emulator: Emulator, refused: Any, name: str
) -> None:
    emulator.settings.quotas[name] = 1
    registration, _ = await toll_free(sms)
    second = await sms.request_phone_number(**NUMBER, NumberType="TOLL_FREE")
    more = sms.create_registration_association(
        RegistrationId=registration, ResourceId=second["PhoneNumberId"]
    )
    await refused(more, "ServiceQuotaExceededException", name)
