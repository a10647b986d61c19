"""Registrations that start from a brand profile and that a draft completes; and passcodes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from smsreg import (
    ConfigurationError,
    EndUserMessagingClient,
    RegistrationError,
    SmsregError,
    SMSVoiceClient,
    end_user_messaging,
)
from smsreg.registration import Registrar, RegistrationDraft

from .drafts import BRAND, TOLL_FREE, draft_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from smsreg.emulator import Emulator

SENDER_ID = "GB_SENDER_ID_REGISTRATION"
ATTRIBUTES = {
    "Company name": "Example Dental",
    "Website": "https://dental.example",
    "Street": "1 Main St",
    "City": "Seattle",
    "State": "WA",
    "Postal code": "98101",
    "Country": "US",
    "Business type": "PRIVATE_PROFIT",
    "Industry": "healthcare",
    "Email": "help@dental.example",
    "Phone": "+12065550100",
}
PICTURE = b"\x89PNG\r\n\x1a\n opt-in"
RECIPIENT = "+12065550142"
CITY, WEBSITE = "companyInfo.city", "contactInfo.website"


@pytest.fixture
async def profiles(emulator: Emulator) -> AsyncIterator[EndUserMessagingClient]:
    async with EndUserMessagingClient(**emulator.client_options) as client:
        yield client


@pytest.fixture
async def profile(profiles: EndUserMessagingClient) -> str:
    """Create a profile with attributes; return its id."""
    made = await profiles.create_brand_profile(brand_profile_name="Example Dental")
    texts = [
        end_user_messaging.BrandProfileAttributeInput(
            attribute_name=name, attribute_type="TEXT", attribute_value=text
        )
        for name, text in ATTRIBUTES.items()
    ]
    picture = end_user_messaging.BrandProfileAttributeInput(
        attribute_name="Opt-in image", attribute_type="IMAGE", attachment_body=PICTURE
    )
    for batch in (texts[:9], [*texts[9:], picture]):
        await profiles.create_brand_profile_attributes(
            brand_profile_id=made.brand_profile_id, attributes=batch
        )
    return made.brand_profile_id


@pytest.fixture
def registrar(
    client: SMSVoiceClient, profiles: EndUserMessagingClient, emulator: Emulator
) -> Registrar:
    async def sleep(seconds: float) -> None:
        await emulator.advance(seconds=seconds)
        await asyncio.sleep(0)

    return Registrar(client, end_user_messaging=profiles, sleep=sleep)


async def rest(registrar: Registrar, kind: str, profile: str, key: str = "") -> RegistrationDraft:
    """Return a draft with the values that a profile with those attributes does not provide."""
    draft = draft_for(await registrar.form(kind), key or f"tenant-7/{kind}", brand_profile=profile)
    filled = ("companyName", "address1", "address", "city", "state", "zipCode", "optInImage")
    values = {p: v for p, v in draft.values.items() if p.rpartition(".")[2] not in filled}
    return replace(draft, values=values)


async def test_a_profile_begins_three_registrations_and_a_draft_completes_each(
    registrar: Registrar, client: SMSVoiceClient, profile: str
) -> None:
    drafts = [await rest(registrar, kind, profile) for kind in (TOLL_FREE, BRAND, SENDER_ID)]
    plan = await registrar.plan(drafts[0])
    assert not plan.errors
    assert (plan.registration_id, plan.filled) == (None, ())
    assert str(plan.steps[0]) == (
        f"create_registrations_from_brand_profile {profile}: the brand profile fills what it can"
    )
    assert await client.describe_registrations().collect() == []

    async for applied in registrar.apply_many(drafts, confirm=True, wait=True):
        assert (applied.status, applied.waiting_for) == ("COMPLETE", None)
    registrations = await client.describe_registrations().collect()
    assert len(registrations) == len(drafts)
    for draft in drafts:
        plan = await registrar.plan(draft)
        assert plan.is_empty
        assert "companyInfo.companyName" in plan.filled
        assert not set(plan.filled) & set(draft.values)
        assert "\n  from the brand profile: companyInfo.companyName\n" in str(plan)
        identifier = plan.registration_id or ""
        values = await client.describe_registration_field_values(
            registration_id=identifier
        ).collect()
        texts = {value.field_path: value.text_value for value in values}
        assert texts["companyInfo.companyName"] == "Example Dental"

        found = await registrar.profile_of(identifier)
        assert found is not None
        assert (found.brand_profile_id, found.brand_profile_name) == (profile, "Example Dental")
        existing = await registrar.draft_of(identifier)
        assert (existing.key, existing.brand_profile) == (draft.key, profile)
        assert set(existing.values) == {*draft.values, *plan.filled}
        assert (await registrar.plan(existing)).is_empty


async def test_the_client_is_derived(
    client: SMSVoiceClient, profile: str, emulator: Emulator
) -> None:
    async def sleep(seconds: float) -> None:
        await emulator.advance(seconds=seconds)

    registrar = Registrar(client, sleep=sleep)
    applied = await registrar.apply(await rest(registrar, BRAND, profile), submit=False)
    assert applied.waiting_for == "submission"
    found = await registrar.profile_of(applied.registration_id or "")
    assert found is not None
    assert found.brand_profile_id == profile
    async with SMSVoiceClient(aws_client=client.aws_client) as borrowing:
        with pytest.raises(ConfigurationError, match="end_user_messaging="):
            await Registrar(borrowing).plan(
                RegistrationDraft(key="k", registration_type=BRAND, brand_profile=profile)
            )


async def test_own_values_override_and_remove(
    registrar: Registrar, client: SMSVoiceClient, profile: str
) -> None:
    draft = await rest(registrar, BRAND, profile)
    draft = replace(draft, values={**draft.values, CITY: "Boston"})
    applied = await registrar.apply(draft, submit=False)
    puts = [s.target for s in applied.steps if s.action == "put_registration_field_value"]
    assert CITY in puts
    assert "companyInfo.companyName" not in puts
    # Values from the profile are removed only if the draft says so.
    removed = replace(draft, values={**draft.values, "companyInfo.state": None})
    plan = await registrar.plan(removed)
    assert [(p.field, p.rule) for p in plan.errors] == [("companyInfo.state", "required")]
    assert "delete_registration_field_value companyInfo.state" in str(plan)
    assert (await registrar.plan(draft, submit=False)).steps == ()
    values = await client.describe_registration_field_values(
        registration_id=applied.registration_id or ""
    ).collect()
    assert {v.text_value for v in values if v.field_path == CITY} == {"Boston"}


async def test_missing_values_are_reported_once_the_profile_has_filled_its_part(
    registrar: Registrar, client: SMSVoiceClient, profile: str
) -> None:
    draft = await rest(registrar, BRAND, profile)
    taxes = "companyInfo.taxId"
    short = replace(draft, values={p: v for p, v in draft.values.items() if p != taxes})
    plan = await registrar.plan(short)
    assert {p.severity for p in plan.problems if p.rule == "required"} == {"unchecked"}
    assert "a value is required (" in str(plan)
    assert "), which the brand profile may fill in [required]" in str(plan)
    with pytest.raises(RegistrationError) as caught:
        await registrar.apply(short, confirm=True)
    assert [(p.field, p.rule) for p in caught.value.problems] == [(taxes, "required")]
    applied = await registrar.apply(draft, confirm=True)
    assert applied.waiting_for == "review"
    assert taxes in [step.target for step in applied.steps]
    assert len(await client.describe_registrations().collect()) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        ("companyInfo.citi", "Boston", "unknown-field"),
        (CITY, "x" * 200, "max-length"),
        ("contactInfo.vertical", "BAKERY", "choice"),
    ],
)
async def test_a_value_that_cannot_pass_is_refused_before_the_registration_begins(
    registrar: Registrar, client: SMSVoiceClient, profile: str, wrong: tuple[str, str, str]
) -> None:
    path, value, rule = wrong
    draft = await rest(registrar, BRAND, profile)
    with pytest.raises(RegistrationError) as caught:
        await registrar.apply(replace(draft, values={**draft.values, path: value}), confirm=True)
    assert [(p.field, p.rule) for p in caught.value.problems] == [(path, rule)]
    assert await client.describe_registrations().collect() == []


async def test_what_conditions_decide_is_checked_when_the_profile_has_filled_its_part(
    registrar: Registrar, client: SMSVoiceClient, profile: str
) -> None:
    # Allowed for listed companies only, and the profile determines the kind of company.
    draft = await rest(registrar, BRAND, profile)
    symbol = "companyInfo.stockSymbol"
    values = {p: v for p, v in draft.values.items() if p != "companyInfo.legalType"}
    draft = replace(draft, values={**values, symbol: "EXMP"})
    severities = {p.field: p.severity for p in (await registrar.plan(draft)).problems}
    assert severities[symbol] == "unchecked"
    with pytest.raises(RegistrationError) as caught:
        await registrar.apply(draft, confirm=True)
    assert [(p.field, p.rule) for p in caught.value.problems] == [(symbol, "disallowed")]
    assert await client.describe_phone_numbers().collect() == []


async def test_a_denied_registration_keeps_what_the_profile_filled(
    registrar: Registrar, client: SMSVoiceClient, profile: str, emulator: Emulator
) -> None:
    draft = await rest(registrar, BRAND, profile)
    applied = await registrar.apply(draft, confirm=True)
    identifier = applied.registration_id or ""
    emulator.deny(identifier, fields={WEBSITE: "not reachable"})
    fixed = replace(draft, values={**draft.values, WEBSITE: "https://www.dental.example"})
    # Interrupted while the new version is blank.
    fault = emulator.faults.drop("PutRegistrationFieldValue", times=5)
    with pytest.raises(SmsregError):
        await registrar.apply(fixed, confirm=True)
    assert fault.hits
    emulator.faults.clear()
    applied = await registrar.apply(fixed, confirm=True, wait=True)
    assert (applied.status, applied.version_number) == ("COMPLETE", 2)
    values = await client.describe_registration_field_values(registration_id=identifier).collect()
    texts = {value.field_path: value.text_value for value in values}
    assert (texts["companyInfo.companyName"], texts[CITY]) == ("Example Dental", "Seattle")
    revised = await registrar.plan(fixed)
    assert revised.is_empty


async def test_drafts_of_one_profile_and_type_get_a_registration_each(
    registrar: Registrar, client: SMSVoiceClient, profile: str
) -> None:
    drafts = [await rest(registrar, BRAND, profile, f"tenant-{n}") for n in range(4)]
    applied = await asyncio.gather(*(registrar.apply(d, submit=False) for d in drafts))
    assert len({item.registration_id for item in applied}) == len(drafts)
    again = [item async for item in registrar.apply_many(drafts, submit=False)]
    assert {a.registration_id for a in again} == {a.registration_id for a in applied}
    assert len(await client.describe_registrations().collect()) == len(drafts)


async def test_a_registration_that_was_begun_elsewhere_is_taken(
    registrar: Registrar,
    client: SMSVoiceClient,
    profiles: EndUserMessagingClient,
    profile: str,
    emulator: Emulator,
) -> None:
    await profiles.create_registrations_from_brand_profile(
        brand_profile_id=profile, registration_types=[BRAND, TOLL_FREE]
    )
    await emulator.advance(minutes=1)
    emulator.settings.quotas["REGISTRATIONS"] = 2
    draft = await rest(registrar, BRAND, profile)
    (first, *_) = (await registrar.plan(draft)).steps
    assert (first.action, "was begun" in first.reason) == ("tag_resource", True)
    (applied,) = [item async for item in registrar.apply_many([draft], submit=False)]
    assert applied.registration_id == first.target
    with pytest.raises(RegistrationError, match="cannot be applied"):
        await registrar.apply(replace(draft, key="tenant-8"))
    assert len(await client.describe_registrations().collect()) == 2
    others = [item.registration_id for item in await client.describe_registrations().collect()]
    others.remove(first.target)
    # It has no tag, so all profiles are searched for it.
    found = await registrar.profile_of(others[0])
    assert found is not None
    assert found.brand_profile_id == profile


@pytest.mark.usefixtures("profile")
async def test_a_registration_without_a_profile(registrar: Registrar) -> None:
    draft = draft_for(await registrar.form(BRAND), "plain")
    applied = await registrar.apply(draft, submit=False)
    assert await registrar.profile_of(applied.registration_id or "") is None
    assert (await registrar.draft_of(applied.registration_id or "")).brand_profile is None


async def test_a_profile_that_is_not_there(registrar: Registrar) -> None:
    draft = RegistrationDraft(key="k", registration_type=BRAND, brand_profile="bp-unknown")
    with pytest.raises(RegistrationError) as caught:
        await registrar.plan(draft)
    assert [p.rule for p in caught.value.problems] == ["brand-profile"]
    with pytest.raises(RegistrationError, match="not a draft"):
        await registrar.plan(replace(draft, brand_profile=""))


async def test_a_job_that_fails_is_begun_again(
    client: SMSVoiceClient, profiles: EndUserMessagingClient, profile: str, emulator: Emulator
) -> None:
    free = emulator.settings.quotas["REGISTRATIONS"]

    async def sleep(seconds: float) -> None:
        # The quota is used up while the job runs.
        emulator.settings.quotas["REGISTRATIONS"] = 0
        await emulator.advance(seconds=seconds)
        emulator.settings.quotas["REGISTRATIONS"] = free

    registrar = Registrar(client, end_user_messaging=profiles, sleep=sleep)
    draft = await rest(registrar, BRAND, profile)
    with pytest.raises(RegistrationError) as caught:
        await registrar.apply(draft, submit=False)
    (problem,) = caught.value.problems
    assert (problem.rule, "REGISTRATIONS" in problem.message) == ("brand-profile", True)
    emulator.settings.review_seconds = 0
    applied = await registrar.apply(draft, submit=False)
    assert applied.waiting_for == "submission"
    assert (await client.describe_registrations().collect())[0].registration_id == (
        applied.registration_id
    )


async def test_a_registration_that_was_deleted_is_begun_again(
    registrar: Registrar, client: SMSVoiceClient, profile: str
) -> None:
    draft = await rest(registrar, BRAND, profile)
    first = await registrar.apply(draft, submit=False)
    await client.delete_registration(registration_id=first.registration_id or "")
    second = await registrar.apply(draft, submit=False)
    assert second.registration_id != first.registration_id
    assert len(await client.describe_registrations().collect()) == 1


async def test_a_long_job_is_resumed(
    client: SMSVoiceClient, profiles: EndUserMessagingClient, profile: str, emulator: Emulator
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    registrar = Registrar(client, end_user_messaging=profiles, sleep=sleep)
    draft = await rest(registrar, BRAND, profile)
    applied = await registrar.apply(draft, confirm=True)
    assert (applied.registration_id, applied.waiting_for) == (None, "brand_profile")
    assert sum(slept) > 300
    await emulator.advance(hours=1)
    assert (await registrar.apply(draft, confirm=True)).waiting_for == "review"
    assert len(await client.describe_registrations().collect()) == 1


async def test_reads_that_lag_behind(
    registrar: Registrar, client: SMSVoiceClient, profile: str, emulator: Emulator
) -> None:
    emulator.settings.read_delay = 4.0
    draft = await rest(registrar, BRAND, profile)
    for _ in range(2):
        applied = await registrar.apply(draft, confirm=True)
        assert applied.waiting_for in ("review", None)  # reviewed while the reads catch up
    await emulator.advance(days=1)
    assert len(await client.describe_registrations().collect()) == 1


async def test_a_draft_file_has_the_profile(tmp_path: Path) -> None:
    draft = RegistrationDraft(
        key="k",
        registration_type=BRAND,
        values={CITY: None, "companyInfo.state": "WA", "contactInfo.vertical": ["RETAIL"]},
        brand_profile="bp-1",
    )
    file = tmp_path / "draft.yaml"
    file.write_text(draft.to_yaml(), "utf-8")
    assert RegistrationDraft.read(file) == draft


async def wrong(client: EndUserMessagingClient, code: str) -> Any:
    other = code[:-1] + ("0" if code[-1] != "0" else "1")
    return (
        await client.validate_notify_code_verification(destination_identity=RECIPIENT, code=other)
    ).status


async def test_a_passcode_is_wrong_until_its_limit_and_another_is_right(
    client: SMSVoiceClient, profiles: EndUserMessagingClient, emulator: Emulator
) -> None:
    number = await client.request_phone_number(
        iso_country_code="US",
        message_type="TRANSACTIONAL",
        number_capabilities=["SMS"],
        number_type="SIMULATOR",
    )
    assert number.phone_number_id
    await client.wait_until_phone_number_active(phone_number_id=number.phone_number_id)
    made = await profiles.create_notify_code_configuration(
        notify_code_configuration_name="Sign in",
        code_configuration_parameters=end_user_messaging.CodeConfigurationParameters(
            code_length=6, max_attempts=3, validity_period_minutes=5
        ),
        channel_parameters=end_user_messaging.ChannelParameters(
            text=end_user_messaging.TextParameters(inline_template_body="{{code}} is your code")
        ),
    )
    configuration = made.notify_code_configuration.notify_code_configuration_id

    async def send() -> str:
        sent = await profiles.send_notify_code_verification(
            channel="TEXT",
            destination_identity=RECIPIENT,
            origination_identity=number.phone_number_id or "",
            notify_code_configuration=configuration,
        )
        code = emulator.verification_code(sent.verification_id)
        assert code
        assert emulator.messages[-1]["MessageId"] == sent.message_id
        assert emulator.messages[-1]["MessageBody"] == f"{code} is your code"
        return code

    async def validate(code: str) -> str:
        result = await profiles.validate_notify_code_verification(
            destination_identity=RECIPIENT, code=code
        )
        assert code not in repr(result)
        return result.status

    code = await send()
    assert [await wrong(profiles, code) for _ in range(3)] == ["INVALID"] * 3
    assert await validate(code) == "INVALID"  # locked: even the correct code is refused
    code = await send()
    assert await wrong(profiles, code) == "INVALID"
    assert await validate(code) == "VALID"
    assert await validate(code) == "INVALID"  # used
    code = await send()
    await emulator.advance(minutes=6)
    assert await validate(code) == "INVALID"  # expired
