"""Examples of operations on WhatsApp messages and their media."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import SocialMessagingClient


async def send_whatsapp_message(
    social: SocialMessagingClient, whatsapp_phone_number_id: str
) -> None:
    message = {
        "messaging_product": "whatsapp",
        "to": "+12065550123",
        "type": "text",
        "text": {"body": "Your table is booked."},
    }
    result = await social.send_whatsapp_message(
        origination_phone_number_id=whatsapp_phone_number_id,
        meta_api_version="v20.0",
        message=json.dumps(message).encode(),
    )
    print(result.message_id)


async def post_whatsapp_message_media(
    social: SocialMessagingClient, whatsapp_phone_number_id: str
) -> None:
    result = await social.post_whatsapp_message_media(
        origination_phone_number_id=whatsapp_phone_number_id,
        source_s3_file={"bucket_name": "example-menus", "key": "today.png"},
    )
    print(result.media_id)


async def get_whatsapp_message_media(
    social: SocialMessagingClient, whatsapp_phone_number_id: str, media_id: str
) -> None:
    result = await social.get_whatsapp_message_media(
        origination_phone_number_id=whatsapp_phone_number_id,
        media_id=media_id,
        destination_s3_file={"bucket_name": "example-inbox", "key": media_id},
    )
    print(result.mime_type, result.file_size)


async def delete_whatsapp_message_media(
    social: SocialMessagingClient, whatsapp_phone_number_id: str, media_id: str
) -> None:
    result = await social.delete_whatsapp_message_media(
        origination_phone_number_id=whatsapp_phone_number_id, media_id=media_id
    )
    print(result.success)
