"""After a denial: explanations, revisions of the correct version, and the overall state."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from smsreg import RegistrationError, SMSVoiceClient
from smsreg.registration import Attachment, Registrar
from smsreg.registration.denial import denial_of
from smsreg.registration.status import whose_turn
from smsreg.sms_voice import (
    DescribeRegistrationFieldValuesResult,
    DescribeRegistrationVersionsResult,
    RegistrationStatus,
    RegistrationVersionStatus,
)

from . import small_types

if TYPE_CHECKING:
    from smsreg.emulator import Emulator

FOLDER = Path(__file__).parent / "definitions"
DRAFT = small_types.TOLL_FREE


def seen(name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((FOLDER / name).read_text("utf-8"))["body"]
    return body


@pytest.fixture
def settings() -> dict[str, Any]:
    return {"registration_types": small_types.TYPES}


@pytest.fixture
def registrar(client: SMSVoiceClient) -> Registrar:
    return Registrar(client)


async def denied(registrar: Registrar, emulator: Emulator, **reasons: Any) -> str:
    applied = await registrar.apply(DRAFT, confirm=True)
    identifier = applied.registration_id or ""
    emulator.deny(identifier, **reasons)
    return identifier


async def test_explain_has_reasons_fields_and_remedies(
    registrar: Registrar, emulator: Emulator
) -> None:
    identifier = await denied(
        registrar, emulator, reason="Pre-selected Opt-in", fields={"part.name": "Not\x1b[31m yours"}
    )
    denial = await registrar.explain(identifier)
    assert denial.version_number == 1
    assert [reason.reason for reason in denial.reasons] == ["Pre-selected Opt-in"]
    assert denial.reasons[0].remedies
    assert denial.fields["part.name"].denied_reason == "Not\\x1b[31m yours"
    text = str(denial)
    assert "Pre-selected Opt-in" in text
    assert "part.name" in text
    assert denial.reasons[0].remedies[0] in text
    assert "Example Dental" not in text + repr(denial)
    assert "\x1b" not in text


async def test_nothing_denied(registrar: Registrar) -> None:
    applied = await registrar.apply(small_types.BRAND)
    denial = await registrar.explain(applied.registration_id or "")
    assert denial.version_number is None
    assert "no version was denied" in str(denial)


async def test_revised_and_approved(
    registrar: Registrar, emulator: Emulator, client: SMSVoiceClient
) -> None:
    identifier = await denied(registrar, emulator, reason="Message Use Case Mismatch")
    emulator.calls.clear()
    applied = await registrar.revise(identifier, {"part.name": "Another"})
    assert (applied.version_number, applied.waiting_for) == (2, "review")
    assert emulator.calls.operations.count("DescribeRegistrationFieldDefinitions") == 1
    first, second = [
        await client.describe_registration_field_values(
            registration_id=identifier, version_number=number
        ).collect()
        for number in (1, 2)
    ]
    old = {item.field_path: item.to_boto() for item in first}
    new = {item.field_path: item.to_boto() for item in second}
    assert new == {**old, "part.name": {"FieldPath": "part.name", "TextValue": "Another"}}
    assert "CreateRegistrationAttachment" not in emulator.calls.operations
    emulator.approve(identifier)
    assert (await registrar.state(identifier)).status == "COMPLETE"


async def test_an_interrupted_revision_is_resumed(
    registrar: Registrar, emulator: Emulator, client: SMSVoiceClient
) -> None:
    identifier = await denied(registrar, emulator, reason="No")
    await client.create_registration_version(registration_id=identifier)
    await client.put_registration_field_value(
        registration_id=identifier, field_path="part.name", text_value="half done"
    )
    applied = await registrar.revise(identifier, {"part.name": "Another", "part.copy": None})
    assert applied.version_number == 2
    again = await registrar.revise(identifier, {"part.name": "Another", "part.copy": None})
    assert (again.steps, again.waiting_for) == ((), "review")
    values = await client.describe_registration_field_values(registration_id=identifier).collect()
    assert sorted(item.field_path for item in values) == ["part.file", "part.kind", "part.name"]


async def test_a_blank_version_is_no_base(
    registrar: Registrar, emulator: Emulator, client: SMSVoiceClient
) -> None:
    emulator.settings.incomplete_submit = "deny"
    identifier = await denied(registrar, emulator, reason="Unclear Opt-in Language")
    await client.create_registration_version(registration_id=identifier)
    await client.submit_registration_version(registration_id=identifier)
    await emulator.advance(days=1)
    denial = await registrar.explain(identifier)
    assert denial.only_missing
    applied = await registrar.revise(identifier, {"part.name": "Another"})
    assert applied.version_number == 3
    values = await client.describe_registration_field_values(registration_id=identifier).collect()
    assert {item.field_path for item in values} == set(DRAFT.values)


@pytest.mark.parametrize(
    ("fixes", "rule"),
    [
        ({}, "revision"),
        ({"part.name": "Example Dental"}, "revision"),
        ({"part.name": "x" * 999}, "max-length"),
        ({"part.nam": "x"}, "unknown-field"),
        ({"part.name": None}, "required"),
        ({"part.kind": Attachment.existing("attachment-1")}, "type"),
    ],
)
async def test_fixes_that_are_none(
    registrar: Registrar, emulator: Emulator, fixes: dict[str, Any], rule: str
) -> None:
    identifier = await denied(registrar, emulator, reason="No")
    emulator.calls.clear()
    with pytest.raises(RegistrationError) as caught:
        await registrar.revise(identifier, fixes)
    assert rule in [problem.rule for problem in caught.value.problems]
    assert "CreateRegistrationVersion" not in emulator.calls.operations


async def test_what_is_under_review_is_not_revised(registrar: Registrar) -> None:
    applied = await registrar.apply(DRAFT, confirm=True)
    with pytest.raises(RegistrationError) as caught:
        await registrar.revise(applied.registration_id or "", {"part.name": "Another"})
    assert [problem.rule for problem in caught.value.problems] == ["under-review"]


async def test_state_shows_who_has_to_act(registrar: Registrar, emulator: Emulator) -> None:
    applied = await registrar.apply(DRAFT)
    identifier = applied.registration_id or ""
    turns = [(await registrar.state(identifier)).whose_turn]
    await registrar.apply(DRAFT, confirm=True)
    turns.append((await registrar.state(identifier)).whose_turn)
    emulator.deny(identifier)
    state = await registrar.state(identifier)
    assert (state.status, state.version_status) == ("REQUIRES_UPDATES", "DENIED")
    assert state.since is not None
    assert state.since.timestamp() == emulator.clock.now()
    turns.append(state.whose_turn)
    assert turns == ["you", "reviewers", "you"]


def test_every_status_has_a_responsible_party() -> None:
    for status in RegistrationStatus:
        assert whose_turn(status) != "unknown"
        for version in RegistrationVersionStatus:
            assert whose_turn(status, version) != "unknown"
    assert whose_turn("NEW_STATUS") == "unknown"
    assert whose_turn("REVIEWING", "NEW_STATUS") == "unknown"
    assert whose_turn("REQUIRES_UPDATES", "DENIED") == "you"
    assert whose_turn("COMPLETE", "APPROVED") == "nobody"
    assert whose_turn("COMPLETE", "SUBMITTED") == "reviewers"


async def test_no_such_registration(registrar: Registrar) -> None:
    for call in (registrar.state, registrar.draft_of):
        with pytest.raises(RegistrationError):
            await call("registration-" + "0" * 32)


async def test_adoption_changes_nothing_but_the_tag(
    registrar: Registrar, emulator: Emulator, client: SMSVoiceClient
) -> None:
    applied = await registrar.apply(DRAFT, confirm=True)
    identifier = applied.registration_id or ""
    emulator.approve(identifier)
    draft = await registrar.draft_of(identifier)
    assert (draft.key, draft.tags) == (DRAFT.key, DRAFT.tags)
    assert (await registrar.plan(draft)).is_empty

    arn = (await registrar._described(identifier)).registration_arn
    await client.untag_resource(resource_arn=arn, tag_keys=["smsreg:key"])
    stranger = await registrar.draft_of(identifier)
    assert stranger.key == identifier
    plan = await registrar.plan(stranger)
    assert plan.is_empty
    emulator.calls.clear()
    adopted = await registrar.apply(replace(stranger, key="tenant-9/adopted"))
    assert [step.action for step in adopted.steps] == ["tag_resource"]
    writes = [n for n in emulator.calls.operations if not n.startswith(("Describe", "List"))]
    assert writes == ["TagResource"]
    found = await registrar.apply(replace(stranger, key="tenant-9/adopted", registration_id=None))
    assert (found.registration_id, found.steps) == (identifier, ())


def test_denials_that_were_seen() -> None:
    versions = DescribeRegistrationVersionsResult.from_boto(seen("versions_denied_four.json"))
    values = DescribeRegistrationFieldValuesResult.from_boto(seen("values_denied_missing.json"))
    feedback = DescribeRegistrationFieldValuesResult.from_boto(seen("values_denied_feedback.json"))
    by_number = {version.version_number: version for version in versions.registration_versions}
    missing = denial_of("r", by_number[2], values.registration_field_values)
    assert missing.only_missing
    assert set(missing.fields) == {"companyInfo.companyName", "companyInfo.website"}
    real = denial_of("r", by_number[3], feedback.registration_field_values)
    assert not real.only_missing
    assert [reason.reason for reason in real.reasons] == [
        "Unofficial Business Email",
        "Pre-selected Opt-in",
    ]
    assert all(reason.remedies for reason in real.reasons)
    assert real.fields["campaignInfo.optInWorkflow"].feedback == "Say more about the box."
    assert str(real.fields["messageSamples.messageSample1"]) == (
        "No opt-out.; Add: Reply STOP to opt out."
    )
