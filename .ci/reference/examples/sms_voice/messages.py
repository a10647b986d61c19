"""Examples of operations that send texts, media and calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import SMSVoiceClient


async def send_text_message(client: SMSVoiceClient, phone_number_id: str) -> None:
    result = await client.send_text_message(
        destination_phone_number="+447700900123",
        origination_identity=phone_number_id,
        message_body="Your appointment is on Monday at 9:00.",
        message_type="TRANSACTIONAL",
        context={"appointment": "1041"},  # comes back in the delivery events
    )
    print(result.message_id)


async def send_media_message(client: SMSVoiceClient, toll_free_number_id: str) -> None:
    result = await client.send_media_message(
        destination_phone_number="+12065550123",
        origination_identity=toll_free_number_id,
        message_body="How to find us",
        media_urls=["s3://example-media/map.png"],
    )
    print(result.message_id)


async def send_voice_message(client: SMSVoiceClient, voice_number_id: str) -> None:
    result = await client.send_voice_message(
        destination_phone_number="+12065550123",
        origination_identity=voice_number_id,
        message_body="<speak>Your code is <say-as interpret-as='digits'>1234</say-as>.</speak>",
        message_body_text_type="SSML",
        voice_id="JOANNA",
    )
    print(result.message_id)


async def put_message_feedback(client: SMSVoiceClient, message_id: str) -> None:
    await client.put_message_feedback(message_id=message_id, message_feedback_status="RECEIVED")
