"""WhatsApp message media: post, get, delete."""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING

from smsreg.emulator.core.world import Call, Handlers, World
from smsreg.emulator.social_messaging.accounts import find_phone, missing, wrong

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()
LIFETIME = 30 * 86_400
"""Seconds for which Meta keeps an uploaded file."""
KEPT = 10_000


@HANDLERS.handle("PostWhatsAppMessageMedia")
def post(call: Call) -> Doc:
    """Take a file from S3, which is assumed to exist."""
    world, params = call.world, call.params
    phone = find_phone(world, params["originationPhoneNumberId"])
    name = _one_place(params, "sourceS3File", "sourceS3PresignedUrl")
    media_id = world.digits(16)
    table = world.state.table("media")
    record: Doc = {
        "mediaId": media_id,
        # inferred: the file's type is recognised by its name; one that was never seen has 1 KiB.
        "mimeType": mimetypes.guess_type(name)[0] or "application/octet-stream",
        "fileSize": 1024,
        "_phone": phone["phoneNumberId"],
        "_posted": world.now(),
    }
    record = world.state.add("media", media_id, record)
    table.keep_newest(KEPT)
    return record


@HANDLERS.handle("GetWhatsAppMessageMedia")
def get(call: Call) -> Doc:
    """Return the metadata of a file; the copy to S3 is assumed to succeed."""
    params = call.params
    record = _find(call.world, params)
    if not params.get("metadataOnly"):
        _one_place(params, "destinationS3File", "destinationS3PresignedUrl")
    return record


@HANDLERS.handle("DeleteWhatsAppMessageMedia")
def delete(call: Call) -> Doc:
    """Delete a file; a second deletion does not find it."""
    record = _find(call.world, call.params)
    del call.world.state.table("media")[record["mediaId"]]
    return {"success": True}


def _find(world: World, params: Doc) -> Doc:
    phone = find_phone(world, params["originationPhoneNumberId"])
    record: Doc | None = world.state.table("media").get(params["mediaId"])
    if record is None or record["_phone"] != phone["phoneNumberId"]:
        raise missing("media object")
    if world.now() > record["_posted"] + LIFETIME:
        del world.state.table("media")[params["mediaId"]]
        raise missing("media object")
    return record


def _one_place(params: Doc, file_key: str, url_key: str) -> str:
    given = [key for key in (file_key, url_key) if key in params]
    if len(given) != 1:
        msg = f"Exactly one of {file_key} and {url_key} is needed"
        raise wrong(msg)
    place: Doc = params[given[0]]
    return str(place["key"] if given[0] == file_key else place["url"].partition("?")[0])
