"""Examples of operations on sender ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import SMSVoiceClient


async def request_sender_id(client: SMSVoiceClient) -> None:
    result = await client.request_sender_id(
        sender_id="EXAMPLE", iso_country_code="DE", message_types=["TRANSACTIONAL"]
    )
    print(result.sender_id_arn, result.monthly_leasing_price)


async def describe_sender_ids(client: SMSVoiceClient) -> None:
    async for sender_id in client.describe_sender_ids():
        print(sender_id.sender_id, sender_id.iso_country_code, sender_id.registered)


async def update_sender_id(client: SMSVoiceClient, sender_id: str) -> None:
    result = await client.update_sender_id(
        sender_id=sender_id, iso_country_code="DE", deletion_protection_enabled=True
    )
    print(result.deletion_protection_enabled)


async def release_sender_id(client: SMSVoiceClient, sender_id: str) -> None:
    await client.release_sender_id(sender_id=sender_id, iso_country_code="DE")
