"""Examples of operations on WhatsApp flows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import SocialMessagingClient


async def create_whatsapp_flow(social: SocialMessagingClient, whatsapp_account_id: str) -> None:
    result = await social.create_whatsapp_flow(
        id=whatsapp_account_id, flow_name="feedback", categories=["SURVEY"]
    )
    print(result.flow_id, result.validation_errors)


async def update_whatsapp_flow_assets(
    social: SocialMessagingClient, whatsapp_account_id: str, flow_id: str
) -> None:
    result = await social.update_whatsapp_flow_assets(
        id=whatsapp_account_id,
        flow_id=flow_id,
        flow_json=json.dumps({"version": "7.0", "screens": []}).encode(),
    )
    print(result.validation_errors)


async def update_whatsapp_flow(
    social: SocialMessagingClient, whatsapp_account_id: str, flow_id: str
) -> None:
    await social.update_whatsapp_flow(
        id=whatsapp_account_id, flow_id=flow_id, flow_name="feedback 2"
    )


async def list_whatsapp_flows(social: SocialMessagingClient, whatsapp_account_id: str) -> None:
    async for flow in social.list_whatsapp_flows(id=whatsapp_account_id):
        print(flow.flow_id, flow.flow_name, flow.flow_status)


async def get_whatsapp_flow(
    social: SocialMessagingClient, whatsapp_account_id: str, flow_id: str
) -> None:
    result = await social.get_whatsapp_flow(id=whatsapp_account_id, flow_id=flow_id)
    print(result.flow_status, result.categories)


async def list_whatsapp_flow_assets(
    social: SocialMessagingClient, whatsapp_account_id: str, flow_id: str
) -> None:
    assets = social.list_whatsapp_flow_assets(id=whatsapp_account_id, flow_id=flow_id)
    async for asset in assets:
        print(asset)


async def get_whatsapp_flow_preview(
    social: SocialMessagingClient, whatsapp_account_id: str, flow_id: str
) -> None:
    result = await social.get_whatsapp_flow_preview(
        id=whatsapp_account_id, flow_id=flow_id, invalidate=True
    )
    print(result.preview.expires_at)


async def publish_whatsapp_flow(
    social: SocialMessagingClient, whatsapp_account_id: str, valid_flow_id: str
) -> None:
    await social.publish_whatsapp_flow(id=whatsapp_account_id, flow_id=valid_flow_id)


async def deprecate_whatsapp_flow(
    social: SocialMessagingClient, whatsapp_account_id: str, published_flow_id: str
) -> None:
    await social.deprecate_whatsapp_flow(id=whatsapp_account_id, flow_id=published_flow_id)


async def delete_whatsapp_flow(
    social: SocialMessagingClient, whatsapp_account_id: str, flow_id: str
) -> None:
    await social.delete_whatsapp_flow(id=whatsapp_account_id, flow_id=flow_id)
