"""The second client: a WhatsApp media file that is uploaded and deleted again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.cli.console import bold
from smsreg.cli.quickstart.flow import needed
from smsreg.cli.quickstart.report import Made, quoted
from smsreg.cli.quickstart.steps import StepError
from smsreg.social_messaging import S3File

if TYPE_CHECKING:
    from smsreg.cli.quickstart.choices import WhatsAppSource
    from smsreg.cli.quickstart.steps import Steps
    from smsreg.social_messaging import SocialMessagingClient


async def media(
    client: SocialMessagingClient, source: WhatsAppSource, steps: Steps, made: list[Made]
) -> None:
    """Upload a file, so that there is one, and delete it."""
    title = "Upload a WhatsApp media file"
    with steps.step(title, "post_whatsapp_message_media") as step:
        posted = await client.post_whatsapp_message_media(
            origination_phone_number_id=source.phone_number_id,
            source_s3_file=S3File(bucket_name=source.bucket, key=source.key),
        )
        media_id = needed(posted.media_id, "mediaId")
        removal = f"delete_whatsapp_message_media(media_id={quoted(media_id)}, ...)"
        made.append(Made(what="WhatsApp file", identifier=media_id, removal=removal))
        step.row("media", media_id)
        step.summary = f"taken from s3://{source.bucket}/{source.key}"
    with steps.step("Delete it again", "delete_whatsapp_message_media") as step:
        deleted = await client.delete_whatsapp_message_media(
            media_id=media_id, origination_phone_number_id=source.phone_number_id
        )
        step.row("success", bold(str(deleted.success)))
        if not deleted.success:
            raise StepError("the service says that it was not deleted")
        made.pop()
        step.summary = "deleted"
