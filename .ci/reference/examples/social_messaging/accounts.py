"""Examples of operations on linked WhatsApp business accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import SocialMessagingClient


async def associate_whatsapp_business_account(
    social: SocialMessagingClient, access_token: str
) -> None:
    begun = await social.associate_whatsapp_business_account(
        signup_callback={"access_token": access_token}  # what Meta's embedded signup returned
    )
    if begun.signup_callback_result:  # finish with setup_finalization=
        print(begun.signup_callback_result.linked_accounts_with_incomplete_setup)


async def list_linked_whatsapp_business_accounts(social: SocialMessagingClient) -> None:
    async for account in social.list_linked_whatsapp_business_accounts():
        print(account.id, account.waba_name, account.registration_status)


async def get_linked_whatsapp_business_account(
    social: SocialMessagingClient, whatsapp_account_id: str
) -> None:
    result = await social.get_linked_whatsapp_business_account(id=whatsapp_account_id)
    for number in result.account.phone_numbers if result.account else ():
        print(number.phone_number_id, number.quality_rating)


async def put_whatsapp_business_account_event_destinations(
    social: SocialMessagingClient, whatsapp_account_id: str, topic_arn: str
) -> None:
    await social.put_whatsapp_business_account_event_destinations(
        id=whatsapp_account_id, event_destinations=[{"event_destination_arn": topic_arn}]
    )


async def disassociate_whatsapp_business_account(
    social: SocialMessagingClient, whatsapp_account_id: str
) -> None:
    await social.disassociate_whatsapp_business_account(id=whatsapp_account_id)
