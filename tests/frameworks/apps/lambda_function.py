"""A Lambda function that sends reminders. Its client outlives the invocations."""

import asyncio
from typing import Any

from smsreg import SMSVoiceClient

client = SMSVoiceClient(timeout=10)  # opened by the first call


async def remind(event: dict[str, Any]) -> dict[str, Any]:
    sent = await client.send_text_message(
        destination_phone_number=event["number"], message_body=event["text"]
    )
    return {"message_id": sent.message_id}


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return asyncio.run(remind(event))


if __name__ == "__main__":
    print(handler({"number": "+447700900123", "text": "See you on Monday"}, None))
