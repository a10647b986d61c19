"""Deleting resources: the required order; every other order is refused with a reason."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from smsreg import RegistrationError, RetryPolicy, SmsregError, SMSVoiceClient

from .drafts import draft_for
from .small_types import BRAND, CAMPAIGN, TOLL_FREE, TYPES

if TYPE_CHECKING:
    from smsreg.emulator import Emulator
    from smsreg.registration import Registrar, RegistrationDraft


@pytest.fixture
def settings() -> dict[str, Any]:
    return {"registration_types": TYPES}


@pytest.fixture
def retry() -> RetryPolicy:
    return RetryPolicy.none()


async def complete(registrar: Registrar, draft: RegistrationDraft) -> str:
    applied = await registrar.apply(draft, confirm=True, wait=True)
    assert applied.waiting_for is None
    return applied.registration_id or ""


def rules(error: RegistrationError) -> list[str]:
    return [problem.rule for problem in error.problems]


async def test_released_and_deleted(registrar: Registrar, client: SMSVoiceClient) -> None:
    identifier = await complete(registrar, TOLL_FREE)
    gone = await registrar.teardown(identifier, confirm=identifier)
    assert [step.action for step in gone.steps] == ["release_phone_number", "delete_registration"]
    assert gone.status == "DELETED"
    assert (await client.describe_registrations()).registrations == []
    assert (await client.describe_phone_numbers()).phone_numbers == []


@pytest.mark.parametrize("confirm", [None, "", "registration-1", "yes"])
async def test_without_confirmation_it_lists_the_planned_steps(
    registrar: Registrar, emulator: Emulator, confirm: str | None
) -> None:
    identifier = await complete(registrar, TOLL_FREE)
    emulator.calls.clear()
    with pytest.raises(RegistrationError) as caught:
        await registrar.teardown(identifier, confirm=confirm)
    assert rules(caught.value) == ["confirm", "confirm"]
    assert "release_phone_number" in str(caught.value)
    assert all(name.startswith(("Describe", "List")) for name in emulator.calls.operations)


async def test_wrong_orders_have_reasons(
    registrar: Registrar, client: SMSVoiceClient, emulator: Emulator
) -> None:
    brand = await complete(registrar, BRAND)
    campaign = (await registrar.apply(CAMPAIGN, confirm=True)).registration_id or ""
    with pytest.raises(RegistrationError, match="under review") as caught:
        await registrar.teardown(campaign, confirm=campaign)
    assert rules(caught.value) == ["under-review"]
    with pytest.raises(RegistrationError, match=campaign) as caught:
        await registrar.teardown(brand, confirm=brand)
    assert rules(caught.value) == ["order"]
    await emulator.advance(days=1)
    number = (await registrar.apply(CAMPAIGN, confirm=True)).phone_number_id or ""
    await client.update_phone_number(phone_number_id=number, deletion_protection_enabled=True)
    with pytest.raises(RegistrationError) as caught:
        await registrar.teardown(campaign, confirm=campaign)
    assert rules(caught.value) == ["deletion-protection"]
    await client.update_phone_number(phone_number_id=number, deletion_protection_enabled=False)
    for identifier in (campaign, brand):
        await registrar.teardown(identifier, confirm=identifier)
    assert (await client.describe_registrations()).registrations == []


async def test_a_number_in_a_pool_leaves_it_first(
    registrar: Registrar, client: SMSVoiceClient, emulator: Emulator
) -> None:
    identifier = await complete(registrar, TOLL_FREE)
    (number,) = await client.describe_phone_numbers().collect()
    other = await client.request_phone_number(
        iso_country_code="US",
        message_type="TRANSACTIONAL",
        number_capabilities=["SMS"],
        number_type="TOLL_FREE",
    )
    await emulator.advance(days=1)
    await client.describe_phone_numbers()  # activates the numbers
    pool = await client.create_pool(
        origination_identity=number.phone_number_id or "",
        iso_country_code="US",
        message_type="TRANSACTIONAL",
    )
    await client.associate_origination_identity(
        pool_id=pool.pool_id or "",
        origination_identity=other.phone_number_id or "",
        iso_country_code="US",
    )
    gone = await registrar.teardown(identifier, confirm=identifier)
    assert [step.action for step in gone.steps] == [
        "disassociate_origination_identity",
        "release_phone_number",
        "delete_registration",
    ]


async def test_sender_ids_are_released(registrar: Registrar, client: SMSVoiceClient) -> None:
    draft = draft_for(await registrar.form("GB_SENDER_ID_REGISTRATION"), "gb")
    identifier = await complete(registrar, draft)
    gone = await registrar.teardown(identifier, confirm=identifier)
    assert [step.action for step in gone.steps] == ["release_sender_id", "delete_registration"]
    assert (await client.describe_sender_ids()).sender_ids == []


async def test_interrupted_at_each_request_and_run_again(
    registrar: Registrar, client: SMSVoiceClient, emulator: Emulator
) -> None:
    identifier = await complete(registrar, TOLL_FREE)
    start = emulator.snapshot()
    emulator.calls.clear()
    await registrar.teardown(identifier, confirm=identifier)
    for after in (False, True):
        for index in range(len(emulator.calls)):
            emulator.restore(start)
            emulator.faults.clear()
            emulator.faults.drop(after=after, skip=index)
            with contextlib.suppress(SmsregError):
                await registrar.teardown(identifier, confirm=identifier)
            emulator.faults.clear()
            with contextlib.suppress(RegistrationError):  # it is deleted already
                await registrar.teardown(identifier, confirm=identifier)
            assert (await client.describe_registrations()).registrations == []
            assert (await client.describe_phone_numbers()).phone_numbers == []


async def test_the_same_key_starts_again(registrar: Registrar, client: SMSVoiceClient) -> None:
    identifier = await complete(registrar, TOLL_FREE)
    await registrar.teardown(identifier, confirm=identifier)
    again = await complete(registrar, TOLL_FREE)
    assert again != identifier
    assert len((await client.describe_phone_numbers()).phone_numbers) == 1
