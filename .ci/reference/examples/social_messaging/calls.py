"""Examples of operations on WhatsApp calls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import SocialMessagingClient


async def send_whatsapp_call_event(
    social: SocialMessagingClient, whatsapp_phone_number_id: str
) -> None:
    event = {"messaging_product": "whatsapp", "to": "12065550123", "action": "connect"}
    result = await social.send_whatsapp_call_event(
        origination_phone_number_id=whatsapp_phone_number_id,
        meta_api_version="v20.0",
        call_event=json.dumps(event).encode(),
    )
    print(result.call_id)


async def get_whatsapp_call_permission(
    social: SocialMessagingClient, whatsapp_phone_number_id: str
) -> None:
    result = await social.get_whatsapp_call_permission(
        origination_phone_number_id=whatsapp_phone_number_id,
        destination_phone_number="+12065550123",
    )
    print(result)
