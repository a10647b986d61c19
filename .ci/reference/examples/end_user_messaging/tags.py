"""Examples of operations on tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import EndUserMessagingClient


async def tag_resource(profiles: EndUserMessagingClient, brand_profile_arn: str) -> None:
    await profiles.tag_resource(
        resource_arn=brand_profile_arn, tags=[{"key": "team", "value": "growth"}]
    )


async def list_tags_for_resource(profiles: EndUserMessagingClient, brand_profile_arn: str) -> None:
    result = await profiles.list_tags_for_resource(resource_arn=brand_profile_arn)
    print({tag.key: tag.value for tag in result.tags or ()})


async def untag_resource(profiles: EndUserMessagingClient, brand_profile_arn: str) -> None:
    await profiles.untag_resource(resource_arn=brand_profile_arn, tag_keys=["team"])
