"""Examples of operations on phone numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import SMSVoiceClient


async def list_available_phone_numbers(client: SMSVoiceClient) -> None:
    numbers = client.list_available_phone_numbers(
        iso_country_code="US", number_capabilities=["SMS"], number_type="TEN_DLC"
    )
    async for number in numbers:
        print(number)


async def request_phone_number(client: SMSVoiceClient) -> None:
    result = await client.request_phone_number(  # a lease: billed monthly
        iso_country_code="US",
        message_type="TRANSACTIONAL",
        number_capabilities=["SMS"],
        number_type="TOLL_FREE",
        client_token="order-1041",
    )
    print(result.phone_number_id, result.status, result.monthly_leasing_price)


async def describe_phone_numbers(client: SMSVoiceClient) -> None:
    active = client.describe_phone_numbers(filters=[{"name": "status", "values": ["ACTIVE"]}])
    async for number in active:
        print(number.phone_number_id, number.number_type, number.iso_country_code)


async def update_phone_number(client: SMSVoiceClient, phone_number_id: str, topic_arn: str) -> None:
    result = await client.update_phone_number(
        phone_number_id=phone_number_id, two_way_enabled=True, two_way_channel_arn=topic_arn
    )
    print(result.two_way_channel_arn)


async def release_phone_number(client: SMSVoiceClient, phone_number_id: str) -> None:
    await client.release_phone_number(phone_number_id=phone_number_id)  # it is gone for good
