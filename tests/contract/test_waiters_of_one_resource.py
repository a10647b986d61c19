"""Waiters whose operation describes one resource: jobs and brand profiles."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from smsreg import (
    EndUserMessagingClient,
    InvalidRequestError,
    RetryPolicy,
    SMSVoiceClient,
    WaiterFailedError,
    WaiterTimeoutError,
)
from smsreg.emulator import Clock, Emulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BRAND = "US_TEN_DLC_BRAND_REGISTRATION"


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    async with Emulator(clock=Clock.fixed(), seed=1, review_seconds=100.0) as running:
        yield running
        assert running.unexpected == []


@pytest.fixture
def policy(emulator: Emulator) -> RetryPolicy:
    async def sleep(seconds: float) -> None:
        await emulator.advance(seconds=seconds)
        await asyncio.sleep(0)

    return RetryPolicy(sleep=sleep, jitter=lambda: 1.0)


@pytest.fixture
async def profiles(
    emulator: Emulator, policy: RetryPolicy
) -> AsyncIterator[EndUserMessagingClient]:
    async with EndUserMessagingClient(**emulator.client_options, retry=policy) as client:
        yield client


@pytest.fixture
async def jobs(profiles: EndUserMessagingClient) -> list[str]:
    """Three jobs of one profile, each taking ten seconds."""
    profile = await profiles.create_brand_profile(brand_profile_name="Example")
    started = await profiles.create_registrations_from_brand_profile(
        brand_profile_id=profile.brand_profile_id, registration_types=[BRAND] * 3
    )
    return [result.job_id for result in started.results]


async def test_a_job_is_waited_for_with_ever_longer_pauses(
    profiles: EndUserMessagingClient, emulator: Emulator, jobs: list[str]
) -> None:
    pauses: list[float] = []
    job = await profiles.wait_until_job_success(
        job_id=jobs[0], on_poll=lambda event: pauses.append(event.next_delay)
    )
    assert job.status == "SUCCESS"
    assert job.resources
    assert pauses == [1.0, 2.0, 4.0, 8.0]
    assert emulator.calls.operations.count("GetJob") == 5


async def test_waiters_of_one_job_share_their_polls_and_other_jobs_have_their_own(
    profiles: EndUserMessagingClient, emulator: Emulator, jobs: list[str]
) -> None:
    waits = [profiles.wait_until_job_success(job_id=job) for job in (jobs[0], jobs[0], jobs[1])]
    done = await asyncio.gather(*waits)
    assert [job.job_id for job in done] == [jobs[0], jobs[0], jobs[1]]
    asked = [call.params["jobId"] for call in emulator.calls.of("GetJob")]
    assert set(asked) == {jobs[0], jobs[1]}
    assert asked.count(jobs[0]) <= asked.count(jobs[1]) + 1


async def test_one_that_is_wrong_or_missing_does_not_disturb_the_others(
    profiles: EndUserMessagingClient, jobs: list[str]
) -> None:
    results = await asyncio.gather(
        profiles.wait_until_job_success(job_id="no such id!"),
        profiles.wait_until_job_success(job_id="job-none"),
        profiles.wait_until_job_success(job_id=jobs[2]),
        return_exceptions=True,
    )
    assert isinstance(results[0], InvalidRequestError)
    assert isinstance(results[1], WaiterFailedError)
    assert not isinstance(results[2], BaseException)
    assert results[2].status == "SUCCESS"


async def test_a_failed_job_ends_the_wait_with_its_reason(
    profiles: EndUserMessagingClient, emulator: Emulator
) -> None:
    profile = await profiles.create_brand_profile(brand_profile_name="Example")
    async with SMSVoiceClient(**emulator.client_options) as sms:
        made = await sms.create_registration(registration_type=BRAND)
        await sms.discard_registration_version(registration_id=made.registration_id)
    started = await profiles.update_registrations_from_brand_profile(
        brand_profile_id=profile.brand_profile_id, registration_ids=[made.registration_id]
    )
    with pytest.raises(WaiterFailedError) as caught:
        await profiles.wait_until_job_success(job_id=started.results[0].job_id)
    assert caught.value.last.error_code == "EDIT_REGISTRATION_FIELD_VALUES_NOT_ALLOWED"


async def test_a_job_that_takes_too_long(profiles: EndUserMessagingClient, jobs: list[str]) -> None:
    with pytest.raises(WaiterTimeoutError) as caught:
        await profiles.wait_until_job_success(job_id=jobs[0], timeout=3)
    assert caught.value.last.status == "PROCESSING"


async def test_a_profile_is_found_by_its_arn(profiles: EndUserMessagingClient) -> None:
    profile = await profiles.create_brand_profile(brand_profile_name="Example")
    active = await profiles.wait_until_brand_profile_active(
        brand_profile_id=profile.brand_profile_arn
    )
    assert active.brand_profile_id == profile.brand_profile_id
