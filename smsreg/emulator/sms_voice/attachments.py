"""Registration attachments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from smsreg.emulator.core.collection import Collection, Lifecycle
from smsreg.emulator.core.errors import conflict, invalid
from smsreg.emulator.core.indexes import Index, Schedule
from smsreg.emulator.core.paging import page
from smsreg.emulator.core.world import Call, Handlers, World

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()
KIND = "registration-attachment"
_MAGIC = {b"%PDF-": "PDF", b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG"}
_SUFFIXES = {"pdf": "PDF", "png": "PNG", "jpg": "JPEG", "jpeg": "JPEG"}
_S3_URL = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/.+")


def _settle(world: World, record: Doc) -> Doc:
    done = world.now() >= record["_uploaded_at"]
    if done and record["AttachmentStatus"] == "UPLOAD_IN_PROGRESS":
        record["AttachmentStatus"] = "UPLOAD_COMPLETE"
    return record


_DUE = Schedule(
    frozenset({"AttachmentStatus", "_uploaded_at"}),
    lambda attachment: (
        attachment["_uploaded_at"]
        if attachment["AttachmentStatus"] == "UPLOAD_IN_PROGRESS"
        else None
    ),
)
ATTACHMENTS = Collection("attachments", KIND, lifecycle=Lifecycle(_settle, lambda _: _DUE))


def find(world: World, reference: str) -> Doc:
    """The attachment with this id or ARN, in its current state."""
    return _settle(world, world.find("attachments", KIND, reference))


@HANDLERS.handle("CreateRegistrationAttachment")
def create(call: Call) -> Doc:
    """Create an attachment from a body or an S3 URL, which is assumed to be a valid file."""
    world, params = call.world, call.params
    body: bytes | None = params.get("AttachmentBody")
    url: str | None = params.get("AttachmentUrl")
    if body is not None and url is not None:
        raise invalid(
            "PARAMETERS_CANNOT_BE_USED_TOGETHER", "Only one of AttachmentBody and AttachmentUrl"
        )
    if body is None and url is None:
        raise invalid("MISSING_PARAMETER", "One of AttachmentBody and AttachmentUrl is needed")
    identifier = world.new_id("attachment")
    tags = params.get("Tags")
    record = add(world, identifier, world.now(), body=body, url=url, tags=tags)
    return {**record, "Tags": world.tags(record["RegistrationAttachmentArn"])}


def add(
    world: World,
    identifier: str,
    at: float,
    *,
    body: bytes | None = None,
    url: str | None = None,
    tags: Sequence[Doc] | None = None,
) -> Doc:
    """Add an attachment within the quotas, from either a body or an S3 URL."""
    file_type = _type_of_url(url or "") if body is None else _type_of_body(world, body)
    table = world.state.table("attachments")
    world.within_quota("REGISTRATION_ATTACHMENTS", len(table))
    world.count_today("REGISTRATION_ATTACHMENTS_CREATED_PER_DAY")
    arn = world.arn(f"registration-attachment/{identifier}")
    world.set_tags(arn, tags)
    record: Doc = {
        "RegistrationAttachmentArn": arn,
        "RegistrationAttachmentId": identifier,
        "AttachmentStatus": "UPLOAD_IN_PROGRESS",
        "AttachmentUrl": url,
        "CreatedTimestamp": at,
        # inferred: an upload takes a tenth of the time that a review takes.
        "_uploaded_at": at + (world.settings.review_seconds or 0.0) / 10,
        "_type": file_type,
        "_size": len(body) if body is not None else None,
    }
    return world.state.add("attachments", identifier, record, arn)


@HANDLERS.handle("DescribeRegistrationAttachments")
def describe(call: Call) -> Doc:
    """List attachments by id and status."""
    params = call.params
    items = ATTACHMENTS.listing(call.world, params, params.get("RegistrationAttachmentIds"))
    return page(call.operation, params, items, "RegistrationAttachments")


@HANDLERS.handle("DeleteRegistrationAttachment")
def delete(call: Call) -> Doc:
    """inferred: refused while a draft or a version under review uses the attachment."""
    world = call.world
    record = find(world, call.params["RegistrationAttachmentId"])
    identifier: str = record["RegistrationAttachmentId"]
    registrations = world.state.table("registrations")
    for reference in (identifier, record["RegistrationAttachmentArn"]):
        if registrations.count_having(_BY_ATTACHMENT, reference):
            raise conflict(
                "RESOURCE_DELETION_NOT_ALLOWED", "A registration uses it", KIND, identifier
            )
    world.state.remove("attachments", identifier, record["RegistrationAttachmentArn"])
    return {**record, "AttachmentStatus": "DELETED"}


_DECIDED = ("APPROVED", "DENIED", "REVOKED", "ARCHIVED", "DISCARDED")


def _used_by(registration: Doc) -> list[str]:
    version: Doc = registration["_versions"][-1]
    if version["RegistrationVersionStatus"] in _DECIDED:
        return []
    member = "RegistrationAttachmentId"
    return [value[member] for value in version["_values"].values() if member in value]


_BY_ATTACHMENT = Index(frozenset({"_versions"}), _used_by)
"""Registrations by the attachments of their undecided version, as referenced there."""


def fail_upload(world: World, reference: str) -> None:
    """Fail an upload in progress with UPLOAD_FAILED."""
    record = world.find("attachments", KIND, reference)
    record["AttachmentStatus"] = "UPLOAD_FAILED"
    record["AttachmentUploadErrorReason"] = "INTERNAL_ERROR"


def _type_of_body(world: World, body: bytes) -> str:
    limit = world.settings.attachment_limit
    if len(body) > limit:
        raise invalid("MAXIMUM_SIZE_EXCEEDED", f"An attachment has at most {limit} bytes")
    # inferred: an attachment's type is recognised by its first bytes, or by its name in S3.
    for magic, name in _MAGIC.items():
        if body.startswith(magic):
            return name
    raise invalid("ATTACHMENT_TYPE_NOT_SUPPORTED", "An attachment is a PDF, JPEG or PNG file")


def _type_of_url(url: str) -> str:
    if not _S3_URL.fullmatch(url):
        raise invalid("INVALID_PARAMETER", "AttachmentUrl must have the form s3://bucket/key")
    suffix = url.rpartition(".")[2].lower()
    if suffix not in _SUFFIXES:
        raise invalid("ATTACHMENT_TYPE_NOT_SUPPORTED", "An attachment is a PDF, JPEG or PNG file")
    return _SUFFIXES[suffix]
