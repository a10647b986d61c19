"""Examples of operations between brand profiles and registrations."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import EndUserMessagingClient


async def create_registrations_from_brand_profile(
    profiles: EndUserMessagingClient, brand_profile_id: str
) -> None:
    started = await profiles.create_registrations_from_brand_profile(
        brand_profile_id=brand_profile_id,
        registration_types=["US_TOLL_FREE_REGISTRATION"],
    )
    for result in started.results:
        job = await profiles.wait_until_job_success(job_id=result.job_id)
        print(job.resources)


async def create_brand_profile_from_registration(
    profiles: EndUserMessagingClient, registration_id: str
) -> None:
    started = await profiles.create_brand_profile_from_registration(
        registration_id=registration_id, brand_profile_name="Example Dental"
    )
    print([result.job_id for result in started.results])


async def list_registrations_from_brand_profile(
    profiles: EndUserMessagingClient, brand_profile_id: str
) -> None:
    registrations = profiles.list_registrations_from_brand_profile(
        brand_profile_id=brand_profile_id
    )
    async for registration in registrations:
        print(registration.registration_id)


async def update_registrations_from_brand_profile(
    profiles: EndUserMessagingClient, brand_profile_id: str, profiled_registration_id: str
) -> None:
    started = await profiles.update_registrations_from_brand_profile(
        brand_profile_id=brand_profile_id, registration_ids=[profiled_registration_id]
    )
    print([result.job_id for result in started.results])


async def update_brand_profile_from_registration(
    profiles: EndUserMessagingClient, brand_profile_id: str, profiled_registration_id: str
) -> None:
    started = await profiles.update_brand_profile_from_registration(
        brand_profile_id=brand_profile_id, registration_id=profiled_registration_id
    )
    print([result.job_id for result in started.results])
