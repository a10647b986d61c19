"""Each type from a YAML file to COMPLETE, and again with a denial."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from smsreg.registration import Registrar, RegistrationDraft

from .drafts import (
    BRAND,
    CAMPAIGN,
    CAMPAIGN_NUMBER,
    FILE,
    TOLL_FREE,
    TOLL_FREE_NUMBER,
    VETTING,
    good_values,
)
from .forms import ANY_TEXT

if TYPE_CHECKING:
    from pathlib import Path

    from smsreg import SMSVoiceClient
    from smsreg.emulator import Emulator

RCS = "TEST_RCS_LAUNCH_REGISTRATION"
SENDER_IDS = [f"{country}_SENDER_ID_REGISTRATION" for country in ("ID", "IN", "GB")]
TYPES = [BRAND, VETTING, CAMPAIGN, TOLL_FREE, RCS, *SENDER_IDS]
NUMBERS = {CAMPAIGN: CAMPAIGN_NUMBER, TOLL_FREE: TOLL_FREE_NUMBER}


@pytest.fixture
def settings(kind: str) -> dict[str, Any]:
    """Settings with a Region in which the type is accepted: India's is denied elsewhere."""
    return {"region": "ap-south-1" if kind.startswith("IN_") else "us-east-1"}


async def drafts_of(
    registrar: Registrar, client: SMSVoiceClient, kind: str, folder: Path
) -> list[RegistrationDraft]:
    """Return the type's draft and those that it needs, read from a file."""
    (folder / "proof.pdf").write_bytes(FILE.data)
    kinds = [BRAND, kind] if kind in (VETTING, CAMPAIGN) else [kind]
    texts = []
    for each in kinds:
        associations = [f"acme/{BRAND}"] if each in (VETTING, CAMPAIGN) else []
        if each == RCS:
            associations = [(await client.create_rcs_agent()).rcs_agent_id or ""]
        values = good_values(await registrar.form(each))
        draft = RegistrationDraft(
            key=f"acme/{each}",
            registration_type=each,
            values={path: value for path, value in values.items() if value is not FILE},
            associations=associations,
            phone_number=NUMBERS.get(each),
        )
        text = draft.to_yaml()
        files = "".join(
            f"  {path}: {{file: proof.pdf}}\n" for path in values if values[path] is FILE
        )
        texts.append(text.replace("values:\n", f"values:\n{files}", 1))
    path = folder / "drafts.yaml"
    path.write_text("---\n".join(texts), "utf-8")
    return RegistrationDraft.read_all(path)


@pytest.mark.parametrize("kind", TYPES)
async def test_from_a_file_to_complete(
    registrar: Registrar, client: SMSVoiceClient, emulator: Emulator, kind: str, tmp_path: Path
) -> None:
    drafts = await drafts_of(registrar, client, kind, tmp_path)
    ended = [a async for a in registrar.apply_many(drafts, confirm=True, wait=True)]
    assert [(a.status, a.waiting_for) for a in ended] == [("COMPLETE", None)] * len(drafts)
    number = ended[-1].phone_number_id
    assert (number is not None) is (kind in NUMBERS)
    if number is not None:
        await emulator.advance(days=1)
        sent = await client.send_text_message(
            destination_phone_number="+14254147755",
            origination_identity=number,
            message_body="Example Dental: your visit is at 9:30.",
        )
        assert sent.message_id


@pytest.mark.parametrize("kind", TYPES)
async def test_denied_explained_revised_and_approved(
    registrar: Registrar, client: SMSVoiceClient, emulator: Emulator, kind: str, tmp_path: Path
) -> None:
    *before, draft = await drafts_of(registrar, client, kind, tmp_path)
    _ = [a async for a in registrar.apply_many(before, confirm=True, wait=True)]
    identifier = (await registrar.apply(draft, confirm=True)).registration_id or ""
    fields = (await registrar.form(kind)).fields
    free = [path for path in draft.values if fields[path].pattern == ANY_TEXT]
    path = next((path for path in free if (fields[path].max_length or 0) >= 40), "")
    emulator.deny(identifier, "Message Use Case Mismatch", field=path or None)
    denial = await registrar.explain(identifier)
    assert denial.reasons[0].reason == "Message Use Case Mismatch"
    assert denial.reasons[0].remedies
    if not path:
        return  # a vetting has no fields to revise
    assert path in denial.fields
    text = ("Another " + draft.values[path])[: fields[path].max_length]
    revised = await registrar.revise(identifier, {path: text}, confirm=True)
    assert (revised.version_number, revised.waiting_for) == (2, "review")
    changed = replace(draft, values={**draft.values, path: text})
    done = await registrar.apply(changed, confirm=True, wait=True)
    assert (done.status, done.waiting_for) == ("COMPLETE", None)
