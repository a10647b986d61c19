"""Examples of operations on registration attachments."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg import SMSVoiceClient


async def create_registration_attachment(client: SMSVoiceClient) -> None:
    result = await client.create_registration_attachment(
        attachment_body=b"%PDF-1.7 our opt-in"  # bytes, a path or an open file
    )
    print(result.registration_attachment_id, result.attachment_status)


async def describe_registration_attachments(
    client: SMSVoiceClient, registration_attachment_id: str
) -> None:
    attachments = client.describe_registration_attachments(
        registration_attachment_ids=[registration_attachment_id]
    )
    async for attachment in attachments:
        print(attachment.attachment_status, attachment.attachment_upload_error_reason)


async def delete_registration_attachment(
    client: SMSVoiceClient, registration_attachment_id: str
) -> None:
    result = await client.delete_registration_attachment(
        registration_attachment_id=registration_attachment_id
    )
    print(result.attachment_status)
