"""Many drafts: ordered by reference, all stopped by one problem, independent in failures."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from smsreg import RegistrationError, RetryPolicy, ServiceError
from smsreg.registration import Registrar, RegistrationDraft
from smsreg.registration.many import in_order

from .small_types import BRAND, CAMPAIGN, TOLL_FREE, TYPES

if TYPE_CHECKING:
    from smsreg.emulator import Emulator

VETTING = RegistrationDraft(
    key="tenant-7/vetting",
    registration_type="US_TEN_DLC_BRAND_VETTING",
    associations=["tenant-7/brand"],
)


@pytest.fixture
def settings() -> dict[str, Any]:
    return {"registration_types": TYPES}


@pytest.fixture
def retry() -> RetryPolicy:
    return RetryPolicy.none()


def draft(key: str, *references: str, after: tuple[str, ...] = ()) -> RegistrationDraft:
    return replace(BRAND, key=key, associations=references, after=after)


def test_each_is_applied_after_what_it_refers_to() -> None:
    drafts = [draft("c", "b"), draft("a"), draft("b", "a", "phone-1"), draft("d", after=("c",))]
    assert [item.key for item in in_order(drafts)] == ["a", "b", "c", "d"]


def test_a_campaign_comes_after_the_vetting_of_its_brand() -> None:
    ordered = in_order([CAMPAIGN, VETTING, BRAND])
    assert [item.key.rpartition("/")[2] for item in ordered] == ["brand", "vetting", "campaign"]
    assert ordered[-1].after == ["tenant-7/vetting"]


def test_circles_and_doubles_are_refused() -> None:
    with pytest.raises(RegistrationError, match="a → b → a"):
        in_order([draft("a", "b"), draft("b", "a")])
    with pytest.raises(RegistrationError, match="two drafts have the key a"):
        in_order([draft("a"), draft("a")])


async def test_a_chain_is_taken_to_its_end(registrar: Registrar, emulator: Emulator) -> None:
    ended = [
        applied
        async for applied in registrar.apply_many(
            [CAMPAIGN, TOLL_FREE, VETTING, BRAND], confirm=True, wait=True
        )
    ]
    assert {applied.status for applied in ended} == {"COMPLETE"}
    assert {applied.waiting_for for applied in ended} == {None}
    order = [applied.key for applied in ended if "toll-free" not in applied.key]
    assert [key.rpartition("/")[2] for key in order] == ["brand", "vetting", "campaign"]
    types = [call.params["RegistrationType"] for call in emulator.calls.of("CreateRegistration")]
    assert len(types) == 4


async def test_without_waiting_each_is_applied_as_far_as_possible(registrar: Registrar) -> None:
    ended = {
        applied.key.rpartition("/")[2]: applied.waiting_for
        async for applied in registrar.apply_many([CAMPAIGN, TOLL_FREE, BRAND], confirm=True)
    }
    assert ended == {
        "brand": "review",
        "campaign": "brand:tenant-7/brand",
        "toll-free": "review",
    }


async def test_one_bad_draft_keeps_all_from_starting(
    registrar: Registrar, emulator: Emulator
) -> None:
    bad = replace(TOLL_FREE, key="bad", values={})
    with pytest.raises(RegistrationError) as caught:
        _ = [applied async for applied in registrar.apply_many([BRAND, bad], confirm=True)]
    assert all(problem.message.startswith("bad: ") for problem in caught.value.problems)
    assert emulator.calls.of("CreateRegistration") == []


async def test_quotas_are_for_all_together(registrar: Registrar, emulator: Emulator) -> None:
    emulator.settings.quotas.update(REGISTRATIONS=3, PHONE_NUMBERS=2, REGISTRATION_ATTACHMENTS=1)
    drafts = [replace(TOLL_FREE, key=f"k{index}") for index in range(4)]
    with pytest.raises(RegistrationError) as caught:
        _ = [applied async for applied in registrar.apply_many(drafts, confirm=True)]
    messages = sorted(problem.message for problem in caught.value.problems)
    assert messages == [
        "PHONE_NUMBERS: 4 more are needed, and 2 are free",
        "REGISTRATIONS: 4 more are needed, and 3 are free",
    ]
    assert emulator.calls.of("CreateRegistration") == []
    two = [applied async for applied in registrar.apply_many(drafts[:2], confirm=True)]
    assert [applied.waiting_for for applied in two] == ["review", "review"]
    assert [a.waiting_for async for a in registrar.apply_many(drafts[:2])] == ["review", "review"]


async def test_one_that_fails_disturbs_no_other(registrar: Registrar, emulator: Emulator) -> None:
    drafts = [replace(BRAND, key=f"k{index}") for index in range(6)]
    emulator.faults.error("SubmitRegistrationVersion", code="AccessDeniedException", skip=2)
    ended: list[str] = []

    async def collect() -> None:
        async for applied in registrar.apply_many(drafts, confirm=True, concurrency=2):
            ended.append(applied.key)  # noqa: PERF401 -- it raises at the end

    with pytest.raises(ServiceError, match="AccessDenied"):
        await collect()
    assert len(ended) == 5
    again = [applied async for applied in registrar.apply_many(drafts, confirm=True)]
    assert len(again) == 6
    assert len(emulator.calls.of("CreateRegistration")) == 6


def our_tasks() -> set[object]:
    """Return the tasks of this loop without those of the emulator's server."""
    return {task for task in asyncio.all_tasks() if "RequestHandler" not in repr(task)}


async def test_leaving_early_leaves_no_task(registrar: Registrar) -> None:
    before = our_tasks()
    running = registrar.apply_many([replace(BRAND, key=f"k{n}") for n in range(8)], confirm=True)
    async for _ in running:
        break
    await running.aclose()
    assert our_tasks() == before
