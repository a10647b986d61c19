"""Examples of operations that send RCS messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import SMSVoiceClient


async def send_rcs_message(client: SMSVoiceClient, launched_rcs_agent_id: str) -> None:
    result = await client.send_rcs_message(
        destination_phone_number="+12065550123",
        origination_identity=launched_rcs_agent_id,
        rcs_message_content={"content": {"text_message": {"body": "Your table is booked."}}},
    )
    print(result.message_id)
