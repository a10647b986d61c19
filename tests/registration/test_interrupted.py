"""A job interrupted at any request, before or after its effect, and run again ends the same.

The connection is dropped and nothing is retried, as if the process had died. The next run has a new
registrar, at once or after three days, when every ClientToken has expired.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from smsreg import EndUserMessagingClient, RetryPolicy, SmsregError, SMSVoiceClient
from smsreg.emulator import Clock, Emulator
from smsreg.registration import Registrar
from tests.support.sampling import ALL_CASES

from .small_types import BRAND, CAMPAIGN, TOLL_FREE, TYPES, VALUES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from smsreg.registration import Applied, RegistrationDraft

pytestmark = pytest.mark.sampled

STEP = 1 if ALL_CASES else 3
"""The job is interrupted at each request, or at each third one."""
ROUNDS = 6
"""The most runs that an interrupted job may take, with a day between them."""


@dataclass
class Service:
    """An emulator with a client, and the state to restart from."""

    emulator: Emulator
    client: SMSVoiceClient
    profiles: EndUserMessagingClient
    profile: str
    """A brand profile with a name, from which the forms take it."""
    start: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.start = self.emulator.snapshot()

    def drafts(self, job: str) -> list[RegistrationDraft]:
        """Return the drafts of a job; those of the job ``profile`` start from the profile."""
        if job != "profile":
            return JOBS[job]
        values = {"part.kind": VALUES["part.kind"]}
        return [replace(BRAND, values=values, brand_profile=self.profile)]

    def reset(self) -> None:
        self.emulator.restore(self.start)
        self.emulator.faults.clear()
        self.emulator.calls.clear()

    async def sleep(self, seconds: float) -> None:
        await self.emulator.advance(seconds=seconds)

    async def run(self, drafts: list[RegistrationDraft]) -> list[Applied]:
        """Apply the drafts with a new registrar."""
        registrar = Registrar(self.client, end_user_messaging=self.profiles, sleep=self.sleep)
        return [await registrar.apply(draft, confirm=True) for draft in drafts]

    async def run_to_the_end(self, drafts: list[RegistrationDraft]) -> list[Applied]:
        for _ in range(ROUNDS):
            applied = await self.run(drafts)
            if all(item.waiting_for is None for item in applied):
                await self.emulator.advance(days=1)
                return applied
            await self.emulator.advance(days=1)
        raise AssertionError([item.waiting_for for item in applied])

    async def run_until_hit(self, drafts: list[RegistrationDraft], fault: Any) -> None:
        for _ in range(ROUNDS):
            with contextlib.suppress(SmsregError):
                await self.run(drafts)
            if fault.hits:
                return
            await self.emulator.advance(days=1)

    async def undisturbed(self, drafts: list[RegistrationDraft]) -> tuple[int, dict[str, Any]]:
        """Return the number of requests of an uninterrupted job, and the resources at its end."""
        self.reset()
        await self.run_to_the_end(drafts)
        return len(self.emulator.calls), existing_resources(self.emulator)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with Emulator(clock=Clock.fixed(), seed=1, registration_types=TYPES) as emulator:
        options = {**emulator.client_options, "retry": RetryPolicy.none()}
        async with SMSVoiceClient(**options) as client, EndUserMessagingClient(**options) as made:
            profile = await made.create_brand_profile(brand_profile_name="Example Dental")
            await made.create_brand_profile_attributes(
                brand_profile_id=profile.brand_profile_id,
                attributes=[
                    {
                        "attribute_name": "Name",
                        "attribute_type": "TEXT",
                        "attribute_value": VALUES["part.name"],
                    }
                ],
            )
            yield Service(emulator, client, made, profile.brand_profile_id)
        assert emulator.unexpected == []


def existing_resources(emulator: Emulator) -> dict[str, Any]:
    """Return all resources, without the ids and times, which differ from run to run."""
    state = emulator._world.state
    names = {
        record[name]: f"{table} {index}"
        for table, name in (
            ("registrations", "RegistrationId"),
            ("phone_numbers", "PhoneNumberId"),
            ("attachments", "RegistrationAttachmentId"),
        )
        for index, record in enumerate(state.table(table).values())
    }
    registrations = [
        {
            "type": record["RegistrationType"],
            "status": record["RegistrationStatus"],
            "tags": state.tags.get(record["RegistrationArn"]),
            "associations": sorted(
                names.get(association["ResourceId"], association["ResourceId"])
                for association in record["_associations"]
            ),
            "versions": [
                (
                    version["RegistrationVersionStatus"],
                    sorted(
                        (path, str(names.get(value.get("RegistrationAttachmentId"), value)))
                        for path, value in version["_values"].items()
                    ),
                )
                for version in record["_versions"]
            ],
        }
        for record in state.table("registrations").values()
    ]
    numbers = [
        (record["NumberType"], state.tags.get(record["PhoneNumberArn"]))
        for record in state.table("phone_numbers").values()
    ]
    return {
        "registrations": sorted(registrations, key=lambda item: str(item["type"])),
        "numbers": numbers,
        "attachments": len(state.table("attachments")),
    }


JOBS = {"toll-free": [TOLL_FREE], "campaign": [BRAND, CAMPAIGN]}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("days", [0, 3], ids=["at-once", "three-days"])
@pytest.mark.parametrize("job", [*JOBS, "profile"])
async def test_same_end(service: Service, job: str, days: int, after: bool) -> None:  # noqa: FBT001 -- pytest passes it by name
    drafts = service.drafts(job)
    requests, expected = await service.undisturbed(drafts)
    assert expected["attachments"] == (1 if job == "toll-free" else 0)
    assert len(expected["numbers"]) == (0 if job == "profile" else 1)
    for index in range(0, requests, STEP):
        service.reset()
        fault = service.emulator.faults.drop(after=after, skip=index)
        await service.run_until_hit(drafts, fault)
        assert fault.hits == 1
        await service.emulator.advance(days=days)
        await service.run_to_the_end(drafts)
        assert existing_resources(service.emulator) == expected, index


async def test_same_end_where_reads_lag_behind(service: Service) -> None:
    requests, expected = await service.undisturbed(JOBS["toll-free"])
    service.emulator.settings.read_delay = 4.0
    for index in range(0, requests, STEP):
        service.reset()
        fault = service.emulator.faults.drop(after=True, skip=index)
        await service.run_until_hit(JOBS["toll-free"], fault)
        await service.run_to_the_end(JOBS["toll-free"])
        assert existing_resources(service.emulator) == expected, index


async def test_a_second_run_changes_nothing(service: Service) -> None:
    await service.run_to_the_end(JOBS["campaign"])
    before = existing_resources(service.emulator)
    service.emulator.calls.clear()
    for applied in await service.run(JOBS["campaign"]):
        assert applied.steps == ()
        assert applied.status == "COMPLETE"
    reads = ("Describe", "List")
    assert [n for n in service.emulator.calls.operations if not n.startswith(reads)] == []
    assert existing_resources(service.emulator) == before


async def test_a_key_whose_registration_was_deleted_is_used_again(service: Service) -> None:
    first = (await service.run([BRAND]))[0].registration_id or ""
    await service.emulator.advance(hours=1)
    await service.client.delete_registration(registration_id=first)
    second = (await service.run([BRAND]))[0].registration_id
    assert second != first
    assert len((await service.client.describe_registrations()).registrations) == 1
