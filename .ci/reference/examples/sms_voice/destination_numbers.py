"""Examples of operations on destination numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import SMSVoiceClient


async def carrier_lookup(client: SMSVoiceClient) -> None:
    result = await client.carrier_lookup(phone_number="+447700900123")  # billed
    print(result.phone_number_type, result.carrier)


async def create_verified_destination_number(client: SMSVoiceClient) -> None:
    result = await client.create_verified_destination_number(
        destination_phone_number="+447700900123"
    )
    print(result.verified_destination_number_id, result.status)


async def send_destination_number_verification_code(
    client: SMSVoiceClient, verified_destination_number_id: str, phone_number_id: str
) -> None:
    result = await client.send_destination_number_verification_code(
        verified_destination_number_id=verified_destination_number_id,
        verification_channel="TEXT",
        language_code="EN_GB",
        origination_identity=phone_number_id,
    )
    print(result.message_id)


async def verify_destination_number(
    client: SMSVoiceClient, verified_destination_number_id: str, verification_code: str
) -> None:
    result = await client.verify_destination_number(
        verified_destination_number_id=verified_destination_number_id,
        verification_code=verification_code,  # what the owner of the number has received
    )
    print(result.status)


async def describe_verified_destination_numbers(client: SMSVoiceClient) -> None:
    pending = client.describe_verified_destination_numbers(
        filters=[{"name": "status", "values": ["PENDING"]}]
    )
    async for number in pending:
        print(number.verified_destination_number_id, number.created_timestamp)


async def delete_verified_destination_number(
    client: SMSVoiceClient, verified_destination_number_id: str
) -> None:
    await client.delete_verified_destination_number(
        verified_destination_number_id=verified_destination_number_id
    )
