"""Examples of operations on keywords."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import SMSVoiceClient


async def put_keyword(client: SMSVoiceClient, phone_number_id: str) -> None:
    result = await client.put_keyword(
        origination_identity=phone_number_id,
        keyword="INFO",
        keyword_message="Example Dental, 1 Main Street.",
        keyword_action="AUTOMATIC_RESPONSE",
    )
    print(result.keyword, result.keyword_action)


async def describe_keywords(client: SMSVoiceClient, phone_number_id: str) -> None:
    async for keyword in client.describe_keywords(origination_identity=phone_number_id):
        print(keyword.keyword, keyword.keyword_action)


async def delete_keyword(client: SMSVoiceClient, phone_number_id: str, keyword: str) -> None:
    await client.delete_keyword(origination_identity=phone_number_id, keyword=keyword)
