"""Planning and applying drafts: confirmations, errors that stop it, and the number of requests."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from smsreg import RegistrationError, SMSVoiceClient
from smsreg.emulator import Clock, Emulator
from smsreg.registration import (
    Attachment,
    PhoneNumberRequest,
    Registrar,
    RegistrationDraft,
    Step,
)

from . import drafts, small_types
from .drafts import BRAND, CAMPAIGN, VETTING, draft_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from smsreg.registration import Applied

MUTATIONS = ("Create", "Put", "Request", "Submit", "Tag", "Delete", "Associate")


def mutations(emulator: Emulator) -> list[str]:
    return [name for name in emulator.calls.operations if name.startswith(MUTATIONS)]


async def test_toll_free_from_nothing_to_complete(registrar: Registrar, emulator: Emulator) -> None:
    draft = draft_for(await registrar.form(drafts.TOLL_FREE), "tenant-7/toll-free")
    plan = await registrar.plan(draft)
    assert not plan.is_empty
    assert mutations(emulator) == []
    assert "Example Dental" not in str(plan)
    assert "Example Dental" not in repr(draft)

    stopped = await registrar.apply(draft)
    assert stopped.waiting_for == "confirmation"
    assert stopped.status == "CREATED"
    assert stopped.next_step
    assert stopped.next_step.action == "request_phone_number"
    assert stopped.next_step.price == "known only when leased"
    assert "RequestPhoneNumber" not in mutations(emulator)

    seen: list[Step] = []
    applied = await registrar.apply(draft, confirm={"request_phone_number"}, on_step=seen.append)
    assert [step.action for step in applied.steps] == [
        "request_phone_number",
        "create_registration_association",
        "submit_registration_version",
    ]
    assert list(applied.steps) == seen
    assert applied.steps[0].price == "2.00 USD a month"
    assert applied.waiting_for == "review"

    await emulator.advance(days=1)
    done = await registrar.apply(draft)
    assert (done.status, done.waiting_for, done.steps) == ("COMPLETE", None, ())
    assert (await registrar.plan(draft)).is_empty
    assert emulator.calls.operations.count("CreateRegistrationAttachment") == 1


async def test_chain_of_brand_vetting_and_campaign(
    registrar: Registrar, emulator: Emulator
) -> None:
    brand = draft_for(await registrar.form(BRAND), "acme/brand")
    vetting = draft_for(await registrar.form(VETTING), "acme/vetting", associations=["acme/brand"])
    campaign = draft_for(
        await registrar.form(CAMPAIGN),
        "acme/campaign",
        associations=["acme/brand"],
        after=["acme/vetting"],
        phone_number=drafts.CAMPAIGN_NUMBER,
    )
    waiting = [
        (await registrar.apply(draft, confirm=True)).waiting_for
        for draft in (campaign, vetting, brand)
    ]
    assert waiting == ["brand:acme/brand", "brand:acme/brand", "review"]
    await emulator.advance(days=1)
    assert (await registrar.apply(campaign, confirm=True)).waiting_for == "vetting:acme/vetting"
    assert (await registrar.apply(vetting, confirm=True)).waiting_for == "review"
    await emulator.advance(days=1)
    assert (await registrar.apply(campaign, confirm=True)).waiting_for == "review"
    plan = await registrar.plan(campaign)
    assert [step.action for step in plan.later] == ["request_phone_number"]
    await emulator.advance(days=1)
    applied = await registrar.apply(campaign, confirm=True)
    assert applied.waiting_for is None
    assert applied.phone_number_id


@pytest.mark.parametrize(
    ("country", "end"),
    [
        ("ID", ("COMPLETE", None)),
        ("IN", ("REQUIRES_UPDATES", "revision")),  # India registers only in its own Regions
        ("GB", ("COMPLETE", None)),
    ],
)
async def test_sender_ids(
    registrar: Registrar, emulator: Emulator, country: str, end: tuple[str, str | None]
) -> None:
    draft = draft_for(await registrar.form(f"{country}_SENDER_ID_REGISTRATION"), country)
    applied = await registrar.apply(draft, wait=True)
    assert (applied.status, applied.waiting_for) == end
    uploads = emulator.calls.operations.count("CreateRegistrationAttachment")
    assert uploads == (1 if country == "ID" else 0)  # six fields, one content


async def test_a_tenth_of_the_form_is_wrong_and_nothing_is_sent(
    registrar: Registrar, emulator: Emulator
) -> None:
    form = await registrar.form(drafts.TOLL_FREE)
    draft = draft_for(form, "k", values={"companyInfo.isoCountryCode": "Utopia", "a.b": "c"})
    draft = replace(draft, tags={"team": "a — b"}, phone_number=None)
    with pytest.raises(RegistrationError) as caught:
        await registrar.apply(draft, confirm=True)
    assert {problem.rule for problem in caught.value.problems} == {
        "unknown-field",
        "max-length",
        "pattern",
        "tags",
        "associations",
    }
    assert "Utopia" not in str(caught.value)
    assert mutations(emulator) == []


@pytest.mark.parametrize(
    ("pins", "rules"),
    [
        ({"expected_account": "111122223333"}, ["account"]),
        ({"expected_region": "eu-west-1"}, ["region"]),
        ({"expected_account": "1", "expected_region": "x"}, ["account", "region"]),
    ],
)
async def test_another_account_or_region(
    registrar: Registrar, emulator: Emulator, pins: dict[str, str], rules: list[str]
) -> None:
    draft = draft_for(await registrar.form(BRAND), "k")
    with pytest.raises(RegistrationError) as caught:
        await registrar.apply(draft, **pins)  # type: ignore[arg-type]  # a dictionary of options
    assert [problem.rule for problem in caught.value.problems] == rules
    assert mutations(emulator) == []
    settings = emulator.settings
    matching = {"expected_account": settings.account_id, "expected_region": settings.region}
    assert (await registrar.apply(draft, **matching)).status == "CREATED"  # type: ignore[arg-type]  # a dictionary of options


@pytest.mark.parametrize("quota", ["REGISTRATIONS", "REGISTRATION_ATTACHMENTS", "PHONE_NUMBERS"])
async def test_a_quota_is_checked_before_anything_is_made(
    registrar: Registrar, emulator: Emulator, quota: str
) -> None:
    emulator.settings.quotas[quota] = 0
    draft = draft_for(await registrar.form(drafts.TOLL_FREE), "k")
    with pytest.raises(RegistrationError) as caught:
        await registrar.apply(draft, confirm=True)
    assert [problem.rule for problem in caught.value.problems] == ["quota"]
    assert quota in str(caught.value)
    assert mutations(emulator) == []


async def test_confirm_by_a_callable(registrar: Registrar) -> None:
    draft = draft_for(await registrar.form(drafts.TOLL_FREE), "k")
    asked: list[str] = []

    def refuse(step: Step) -> bool:
        asked.append(step.action)
        return False

    async def accept(step: Step) -> bool:
        asked.append(step.action)
        return True

    assert (await registrar.apply(draft, confirm=refuse)).waiting_for == "confirmation"
    assert (await registrar.apply(draft, confirm=accept)).waiting_for == "review"
    assert asked == ["request_phone_number"] * 2


async def test_a_billed_submission_is_confirmed(registrar: Registrar) -> None:
    draft = draft_for(await registrar.form(BRAND), "k")
    stopped = await registrar.apply(draft)
    assert stopped.waiting_for == "confirmation"
    assert stopped.next_step
    assert stopped.next_step.action == "submit_registration_version"
    assert stopped.next_step.price


async def test_without_submission(registrar: Registrar) -> None:
    draft = draft_for(await registrar.form("GB_SENDER_ID_REGISTRATION"), "k")
    applied = await registrar.apply(draft, submit=False)
    assert (applied.status, applied.waiting_for) == ("CREATED", "submission")


async def test_only_what_differs_is_written(registrar: Registrar, emulator: Emulator) -> None:
    draft = draft_for(await registrar.form("GB_SENDER_ID_REGISTRATION"), "k")
    extra = {"senderIdInfo.senderIdDescription": "A name"}
    await registrar.apply(replace(draft, values={**draft.values, **extra}), submit=False)
    emulator.calls.clear()
    changed = {**draft.values, "companyInfo.companyName": "Other"}
    applied = await registrar.apply(replace(draft, values=changed), submit=False)
    assert [(step.action, step.target) for step in applied.steps] == [
        ("put_registration_field_value", "companyInfo.companyName"),
        ("delete_registration_field_value", "senderIdInfo.senderIdDescription"),
    ]
    assert mutations(emulator) == ["PutRegistrationFieldValue", "DeleteRegistrationFieldValue"]


async def test_a_key_of_another_type(registrar: Registrar) -> None:
    await registrar.apply(draft_for(await registrar.form(BRAND), "k"))
    other = draft_for(await registrar.form("GB_SENDER_ID_REGISTRATION"), "k")
    with pytest.raises(RegistrationError) as caught:
        await registrar.apply(other)
    assert [problem.rule for problem in caught.value.problems] == ["key"]


@pytest.mark.parametrize("key", ["plain", "with space/ünd", "a — dash", "x" * 300, " edge ", "☃"])
async def test_any_key_finds_its_registration(
    registrar: Registrar, client: SMSVoiceClient, key: str
) -> None:
    draft = draft_for(await registrar.form("GB_SENDER_ID_REGISTRATION"), key)
    first = await registrar.apply(draft, submit=False)
    again = await Registrar(client).apply(draft, submit=False)
    assert again.registration_id == first.registration_id
    assert again.steps == ()


@pytest.mark.parametrize(
    "broken",
    [
        {"key": ""},
        {"key": None},
        {"associations": "registration-1"},
        {"associations": [{"number_type": "TOLL_FREE"}]},
        {"after": [1]},
        {"registration_id": "registration-" + "0" * 32},
    ],
)
async def test_drafts_that_cannot_be_applied(registrar: Registrar, broken: dict[str, Any]) -> None:
    draft = replace(draft_for(await registrar.form(BRAND), "k"), **broken)
    with pytest.raises(RegistrationError) as caught:
        await registrar.apply(draft)
    assert caught.value.problems


@pytest.mark.parametrize("value", [None, {"key": "k"}, "draft.yaml", [1]], ids=str)
async def test_values_that_are_not_drafts(registrar: Registrar, value: Any) -> None:
    expected = f"expected a RegistrationDraft, got {type(value).__name__}"
    for use in (registrar.plan, registrar.apply):
        with pytest.raises(RegistrationError, match=expected):
            await use(value)
    with pytest.raises(RegistrationError, match=expected):
        async for _ in registrar.apply_many([value]):
            pass


async def test_a_refused_value_is_named(registrar: Registrar, emulator: Emulator) -> None:
    emulator.faults.error("PutRegistrationFieldValue", code="ValidationException", message="no")
    draft = draft_for(await registrar.form("GB_SENDER_ID_REGISTRATION"), "k")
    with pytest.raises(RegistrationError) as caught:
        await registrar.apply(draft)
    (problem,) = caught.value.problems
    assert (problem.rule, problem.field in draft.values) == ("refused", True)


@pytest.fixture
async def small() -> AsyncIterator[tuple[Registrar, Emulator, SMSVoiceClient]]:
    emulator = Emulator(clock=Clock.fixed(), seed=1, registration_types=small_types.TYPES)
    async with emulator, SMSVoiceClient(**emulator.client_options) as client:
        yield Registrar(client), emulator, client


Small = tuple[Registrar, Emulator, SMSVoiceClient]


async def test_two_at_a_time_make_one(small: Small) -> None:
    registrar, emulator, client = small
    both = await asyncio.gather(
        *(Registrar(client).apply(small_types.TOLL_FREE, submit=False) for _ in range(2))
    )
    assert both[0].registration_id == both[1].registration_id
    assert len((await client.describe_registrations()).registrations) == 1
    assert (await registrar.plan(small_types.TOLL_FREE, submit=False)).steps
    assert emulator.calls.operations.count("CreateRegistrationAttachment") <= 2
    assert len((await client.describe_registration_attachments()).registration_attachments) == 1


async def test_a_failed_upload_is_made_again(small: Small) -> None:
    registrar, emulator, client = small
    await registrar.apply(small_types.TOLL_FREE)
    (first,) = await client.describe_registration_attachments().collect()
    emulator.fail_upload(first.registration_attachment_id)
    applied = await registrar.apply(small_types.TOLL_FREE, confirm=True)
    assert applied.steps[0].action == "create_registration_attachment"
    values = await client.describe_registration_field_values(
        registration_id=applied.registration_id or ""
    ).collect()
    used = {item.registration_attachment_id for item in values} - {None}
    assert first.registration_attachment_id not in used
    assert len(used) == 1


async def test_files_from_s3_and_existing_ones(small: Small) -> None:
    registrar, _, client = small
    made = await client.create_registration_attachment(attachment_body=b"%PDF-1")
    values = {
        **small_types.VALUES,
        "part.file": Attachment.from_s3("s3://bucket/key.pdf"),
        "part.copy": Attachment.existing(made.registration_attachment_id),
    }
    draft = replace(small_types.TOLL_FREE, values=values)
    await registrar.apply(draft, submit=False, confirm=True)
    assert (await registrar.apply(draft, submit=False)).steps == ()


async def change_then_apply(
    small: Small, change: Callable[[Emulator, str], None]
) -> tuple[Applied, RegistrationDraft]:
    registrar, emulator, _ = small
    applied = await registrar.apply(small_types.BRAND, confirm=True)
    change(emulator, applied.registration_id or "")
    return await registrar.apply(small_types.BRAND, confirm=True), small_types.BRAND


async def test_authentication_is_waited_for(small: Small) -> None:
    applied, _ = await change_then_apply(small, lambda e, i: e.require_authentication(i))
    assert (applied.waiting_for, applied.steps) == ("authentication", ())


async def test_a_denied_form_is_not_submitted_again_unchanged(small: Small) -> None:
    registrar, emulator, _ = small
    applied, draft = await change_then_apply(small, lambda e, i: e.deny(i))
    assert (applied.waiting_for, applied.steps) == ("revision", ())
    changed = replace(draft, values={**draft.values, "part.name": "Another"})
    again = await registrar.apply(changed, confirm=True)
    assert [step.action for step in again.steps] == [
        "create_registration_version",
        "put_registration_field_value",
        "put_registration_field_value",
        "submit_registration_version",
    ]
    assert again.version_number == 2
    emulator.approve(again.registration_id or "")
    assert (await registrar.apply(changed)).waiting_for is None


async def test_what_is_under_review_is_not_changed(small: Small) -> None:
    registrar, _, _ = small
    applied, draft = await change_then_apply(small, lambda _e, _i: None)
    assert applied.waiting_for == "review"
    changed = replace(draft, values={**draft.values, "part.name": "Another"})
    plan = await registrar.plan(changed)
    assert plan.steps == ()
    assert [(p.rule, p.severity) for p in plan.problems] == [("under-review", "warning")]


async def test_numbers_are_for_types_that_take_them(small: Small) -> None:
    registrar, _, _ = small
    number = PhoneNumberRequest(iso_country_code="US", number_type="TOLL_FREE")
    with pytest.raises(RegistrationError) as caught:
        await registrar.apply(replace(small_types.BRAND, phone_number=number))
    assert [problem.rule for problem in caught.value.problems] == ["phone_number"]


async def test_uploads_may_go_after_the_approval(small: Small) -> None:
    registrar, emulator, client = small
    applied = await registrar.apply(small_types.TOLL_FREE, confirm=True)
    emulator.approve(applied.registration_id or "")
    (used,) = await client.describe_registration_attachments().collect()
    await client.delete_registration_attachment(
        registration_attachment_id=used.registration_attachment_id
    )
    assert (await registrar.plan(small_types.TOLL_FREE)).is_empty
    values = {**small_types.TOLL_FREE.values, "part.kind": "c"}
    plan = await registrar.plan(replace(small_types.TOLL_FREE, values=values))
    assert plan.steps[0].action == "create_registration_version"


async def test_another_file_is_another_version(small: Small) -> None:
    registrar, emulator, _ = small
    applied = await registrar.apply(small_types.TOLL_FREE, confirm=True)
    emulator.approve(applied.registration_id or "")
    other = Attachment.from_bytes(b"%PDF-1.7 another")
    values = {**small_types.TOLL_FREE.values, "part.copy": other}
    plan = await registrar.plan(replace(small_types.TOLL_FREE, values=values))
    assert [step.action for step in plan.steps][:2] == [
        "create_registration_version",
        "create_registration_attachment",
    ]
