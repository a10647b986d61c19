"""Examples of operations on conversions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import SocialMessagingClient


async def create_whatsapp_dataset(social: SocialMessagingClient, whatsapp_account_id: str) -> None:
    result = await social.create_whatsapp_dataset(id=whatsapp_account_id)
    print(result.dataset_id)


async def send_whatsapp_conversion_event(
    social: SocialMessagingClient, whatsapp_account_id: str, dataset_id: str
) -> None:
    event = {"event_name": "Purchase", "event_time": 1764100000}
    await social.send_whatsapp_conversion_event(
        id=whatsapp_account_id, dataset_id=dataset_id, event_data=json.dumps(event).encode()
    )
