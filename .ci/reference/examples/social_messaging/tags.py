"""Examples of operations on tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import SocialMessagingClient


async def tag_resource(social: SocialMessagingClient, whatsapp_account_arn: str) -> None:
    await social.tag_resource(
        resource_arn=whatsapp_account_arn, tags=[{"key": "team", "value": "growth"}]
    )


async def list_tags_for_resource(social: SocialMessagingClient, whatsapp_account_arn: str) -> None:
    result = await social.list_tags_for_resource(resource_arn=whatsapp_account_arn)
    print({tag.key: tag.value for tag in result.tags or ()})


async def untag_resource(social: SocialMessagingClient, whatsapp_account_arn: str) -> None:
    await social.untag_resource(resource_arn=whatsapp_account_arn, tag_keys=["team"])
