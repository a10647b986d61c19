"""Examples of account.py's operations: spend limits, quotas and attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import SMSVoiceClient


async def describe_account_attributes(client: SMSVoiceClient) -> None:
    async for attribute in client.describe_account_attributes():
        print(attribute.name, attribute.value)


async def describe_account_limits(client: SMSVoiceClient) -> None:
    async for limit in client.describe_account_limits():
        print(limit.name, limit.used, "of", limit.max)


async def describe_spend_limits(client: SMSVoiceClient) -> None:
    async for limit in client.describe_spend_limits():
        print(limit.name, limit.enforced_limit, "of", limit.max_limit)


async def set_text_message_spend_limit_override(client: SMSVoiceClient) -> None:
    result = await client.set_text_message_spend_limit_override(monthly_limit=1)  # US dollars
    print(result.monthly_limit)


async def set_voice_message_spend_limit_override(client: SMSVoiceClient) -> None:
    result = await client.set_voice_message_spend_limit_override(monthly_limit=1)
    print(result.monthly_limit)


async def set_media_message_spend_limit_override(client: SMSVoiceClient) -> None:
    result = await client.set_media_message_spend_limit_override(monthly_limit=1)
    print(result.monthly_limit)


async def set_notify_message_spend_limit_override(client: SMSVoiceClient) -> None:
    result = await client.set_notify_message_spend_limit_override(monthly_limit=1)
    print(result.monthly_limit)


async def set_rcs_message_spend_limit_override(client: SMSVoiceClient) -> None:
    result = await client.set_rcs_message_spend_limit_override(monthly_limit=1)
    print(result.monthly_limit)


async def delete_text_message_spend_limit_override(client: SMSVoiceClient) -> None:
    result = await client.delete_text_message_spend_limit_override()
    print(result.monthly_limit)  # the limit that was removed


async def delete_voice_message_spend_limit_override(client: SMSVoiceClient) -> None:
    result = await client.delete_voice_message_spend_limit_override()
    print(result.monthly_limit)


async def delete_media_message_spend_limit_override(client: SMSVoiceClient) -> None:
    result = await client.delete_media_message_spend_limit_override()
    print(result.monthly_limit)


async def delete_notify_message_spend_limit_override(client: SMSVoiceClient) -> None:
    result = await client.delete_notify_message_spend_limit_override()
    print(result.monthly_limit)


async def delete_rcs_message_spend_limit_override(client: SMSVoiceClient) -> None:
    result = await client.delete_rcs_message_spend_limit_override()
    print(result.monthly_limit)
