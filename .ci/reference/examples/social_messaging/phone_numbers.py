"""Examples of operations on WhatsApp phone numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import SocialMessagingClient


async def get_linked_whatsapp_business_account_phone_number(
    social: SocialMessagingClient, whatsapp_phone_number_id: str
) -> None:
    result = await social.get_linked_whatsapp_business_account_phone_number(
        id=whatsapp_phone_number_id
    )
    if result.phone_number:
        print(result.phone_number.quality_rating)


async def update_linked_whatsapp_business_account_phone_number(
    social: SocialMessagingClient, whatsapp_phone_number_id: str
) -> None:
    await social.update_linked_whatsapp_business_account_phone_number(
        id=whatsapp_phone_number_id, call_settings={"call_enabled": True}
    )


async def put_whatsapp_business_public_key(
    social: SocialMessagingClient, whatsapp_phone_number_id: str, public_key: str
) -> None:
    await social.put_whatsapp_business_public_key(
        origination_phone_number_id=whatsapp_phone_number_id,
        business_public_key=public_key,  # PEM, for flows with an endpoint
    )


async def get_whatsapp_business_public_key(
    social: SocialMessagingClient, keyed_phone_number_id: str
) -> None:
    result = await social.get_whatsapp_business_public_key(
        origination_phone_number_id=keyed_phone_number_id
    )
    print(result.business_public_key)
