"""Examples of operations on brand profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import EndUserMessagingClient


async def create_brand_profile(profiles: EndUserMessagingClient) -> None:
    result = await profiles.create_brand_profile(brand_profile_name="Example Dental")
    print(result.brand_profile_id, result.status)


async def list_brand_profiles(profiles: EndUserMessagingClient) -> None:
    async for profile in profiles.list_brand_profiles():
        print(profile.brand_profile_id, profile.status)


async def get_brand_profile(profiles: EndUserMessagingClient, brand_profile_id: str) -> None:
    result = await profiles.get_brand_profile(brand_profile_id=brand_profile_id)
    print(result.brand_profile_name, result.status)


async def update_brand_profile(profiles: EndUserMessagingClient, brand_profile_id: str) -> None:
    result = await profiles.update_brand_profile(
        brand_profile_id=brand_profile_id, deletion_protection_enabled=True
    )
    print(result.deletion_protection_enabled)


async def delete_brand_profile(profiles: EndUserMessagingClient, brand_profile_id: str) -> None:
    await profiles.delete_brand_profile(brand_profile_id=brand_profile_id)
