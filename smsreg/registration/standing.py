"""The current state of a draft's registration: all inputs of a plan, read together."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from smsreg.errors import RegistrationError
from smsreg.registration.attachments import Attachment
from smsreg.registration.draft_parts import is_id, is_number
from smsreg.registration.follow_up import Present, read_present
from smsreg.registration.lookup import KEY_TAG, tag_value
from smsreg.registration.problems import FormProblem
from smsreg.registration.values import Value, entries, read_value
from smsreg.sms_voice import ResourceNotFoundException

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smsreg.registration.attachments import Content
    from smsreg.registration.draft import RegistrationDraft
    from smsreg.registration.form import RegistrationForm
    from smsreg.registration.lookup import Lookup
    from smsreg.sms_voice import (
        PhoneNumberInformation,
        RegistrationAssociationMetadata,
        RegistrationFieldValueInformation,
        RegistrationInformation,
        RegistrationVersionInformation,
        SMSVoiceClient,
    )

_PAGE = 100
_FAILED = "UPLOAD_FAILED"
MISSING = "registration_id"
"""The rule of a draft whose registration does not exist."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A content that a draft needs uploaded, and its existing uploads.

    Attributes:
        digest: The hash that the upload is found by.
        content: The content; None for an object in S3.
        url: The object in S3.
        ids: Attachments with this content that can be used.
        failed: How many uploads of this content failed.
        foreign: Attachments that are known to have another content.
    """

    digest: str
    content: Content | None = field(default=None, repr=False)
    url: str | None = field(default=None, repr=False)
    ids: tuple[str, ...] = ()
    failed: int = 0
    foreign: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """The existing resources of a draft.

    Attributes:
        registration: The registration; None where there is none.
        version: Its newest version.
        values: The newest version's values by path.
        associations: What the registration is associated with.
        number: The number that was leased for the draft.
        uploads: The uploads of the draft's attachments, by path.
        others: The registrations that the draft refers to, by reference; None where there is none.
        limits: What can still be created, by the name of the account's limit.
        has_key: Whether the registration carries the draft's key.
        target: The number that the follow-up of an approval configures.
        present: Its resources; None until the registration is complete and the number active.
        unfinished: The registration that an interrupted run has begun from the brand profile.
    """

    registration: RegistrationInformation | None = None
    version: RegistrationVersionInformation | None = None
    values: Mapping[str, RegistrationFieldValueInformation] = field(default_factory=dict[str, Any])
    associations: tuple[RegistrationAssociationMetadata, ...] = ()
    number: PhoneNumberInformation | None = None
    uploads: Mapping[str, Upload] = field(default_factory=dict[str, Any])
    others: Mapping[str, RegistrationInformation | None] = field(default_factory=dict[str, Any])
    limits: Mapping[str, int] = field(default_factory=dict[str, Any])
    has_key: bool = False
    target: PhoneNumberInformation | None = None
    present: Present | None = None
    unfinished: RegistrationInformation | None = None


async def read_standing(
    client: SMSVoiceClient,
    lookup: Lookup,
    draft: RegistrationDraft,
    uploads: Mapping[str, Upload],
) -> Standing:
    """Read the current state of a draft's registration.

    Raises:
        RegistrationError: The draft names a registration that does not exist.
    """
    registration = await find_registration(client, lookup, draft)
    if registration is None and draft.registration_id is not None:
        message = "the registration that the draft names does not exist"
        raise RegistrationError(message, [FormProblem("", MISSING, message)])
    standing = Standing(
        registration=registration,
        number=await lookup.number(draft.key, draft.phone_number) if draft.phone_number else None,
        uploads=await _with_ids(lookup, uploads),
        others={
            reference: await _other(client, lookup, reference)
            for reference in dict.fromkeys((*draft.associations, *draft.after))
        },
        limits=await read_limits(client),
    )
    if registration is None:
        return standing
    tags = await lookup.tags_of(registration.registration_arn)
    version, values, associations = await read_version(client, registration.registration_id)
    target, present = await _read_follow_up(client, draft, registration, standing.number)
    return replace(
        standing,
        version=version,
        values=values,
        associations=associations,
        has_key=tags.get(KEY_TAG) == tag_value(draft.key),
        target=target,
        present=present,
    )


async def find_registration(
    client: SMSVoiceClient, lookup: Lookup, draft: RegistrationDraft
) -> RegistrationInformation | None:
    """Return a draft's registration, by its id or else by its key; None where there is none."""
    if draft.registration_id is not None:
        return await describe(client, draft.registration_id)
    return await lookup.registration(draft.key)


async def _read_follow_up(
    client: SMSVoiceClient,
    draft: RegistrationDraft,
    registration: RegistrationInformation,
    leased: PhoneNumberInformation | None,
) -> tuple[PhoneNumberInformation | None, Present | None]:
    wanted = draft.after_approval
    if wanted is None or registration.registration_status != "COMPLETE":
        return None, None
    number = leased
    if number is None and draft.phone_number is None:
        ids = [reference for reference in draft.associations if is_number(reference)]
        number = await client.describe_phone_numbers(phone_number_ids=ids[:1]).first()
    if number is None or number.status != "ACTIVE":
        return number, None
    return number, await read_present(client, wanted, number)


async def describe(client: SMSVoiceClient, registration_id: str) -> RegistrationInformation | None:
    """Return a registration; None where it does not exist or is deleted."""
    try:
        found = await client.describe_registrations(registration_ids=[registration_id]).first()
    except ResourceNotFoundException:
        return None
    return None if found is None or found.registration_status == "DELETED" else found


async def read_version(
    client: SMSVoiceClient, registration_id: str
) -> tuple[
    RegistrationVersionInformation | None,
    dict[str, RegistrationFieldValueInformation],
    tuple[RegistrationAssociationMetadata, ...],
]:
    """Read the newest version, its values, and the registration's associations."""
    versions = await client.describe_registration_versions(
        registration_id=registration_id, max_results=_PAGE
    ).collect()
    newest = max(versions, key=lambda version: version.version_number, default=None)
    number = newest.version_number if newest else None
    values, associations = await asyncio.gather(
        read_values(client, registration_id, number),
        client.list_registration_associations(
            registration_id=registration_id, max_results=_PAGE
        ).collect(),
    )
    return newest, values, tuple(associations)


async def read_values(
    client: SMSVoiceClient, registration_id: str, version_number: int | None
) -> dict[str, RegistrationFieldValueInformation]:
    """Read the values of a version, those without a value left out."""
    listing = client.describe_registration_field_values(
        registration_id=registration_id, version_number=version_number, max_results=_PAGE
    )
    return {item.field_path: item for item in await listing.collect()}


def has_value(item: RegistrationFieldValueInformation) -> bool:
    """Return whether an entry has a value: a denied version lists missing fields without one."""
    return bool(item.text_value or item.select_choices or item.registration_attachment_id)


def wanted_values(form: RegistrationForm, draft: RegistrationDraft) -> dict[str, Value]:
    """Return the draft's values, as far as the form knows their fields."""
    given, _ = entries(draft.values)
    found: dict[str, Value] = {}
    for path, raw in given:
        if path in form.fields:
            value = read_value(form.fields[path].type, raw)
            if isinstance(value, Value):
                found[path] = value
    return found


def load_uploads(values: Mapping[str, Value]) -> dict[str, Upload]:
    """Read every attachment of a draft that has to be uploaded; blocks on the disk."""
    found: dict[str, Upload] = {}
    for path, value in values.items():
        attachment = value.attachment
        if not isinstance(attachment, Attachment) or attachment.source == "existing":
            continue
        content = attachment.load()
        if content is not None:
            found[path] = Upload(content.digest, content)
        else:
            digest = hashlib.sha256(attachment.reference.encode()).hexdigest()
            found[path] = Upload(f"s3:{digest}", url=attachment.reference)
    return found


async def _with_ids(lookup: Lookup, uploads: Mapping[str, Upload]) -> dict[str, Upload]:
    known = await lookup.attachments() if uploads else {}
    return {
        path: replace(
            upload,
            ids=tuple(
                item.registration_attachment_id
                for item in known.get(upload.digest, ())
                if item.attachment_status != _FAILED
            ),
            failed=sum(item.attachment_status == _FAILED for item in known.get(upload.digest, ())),
            foreign=tuple(
                item.registration_attachment_id
                for digest, items in known.items()
                for item in items
                if digest != upload.digest
            ),
        )
        for path, upload in uploads.items()
    }


async def _other(
    client: SMSVoiceClient, lookup: Lookup, reference: str
) -> RegistrationInformation | None:
    if not is_id(reference):
        return await lookup.registration(reference)
    is_registration = reference.startswith("registration-") or ":registration/" in reference
    return await describe(client, reference) if is_registration else None


async def read_limits(client: SMSVoiceClient) -> dict[str, int]:
    """Read how many more of each resource the account can create."""
    listing = client.describe_account_limits(max_results=_PAGE)
    return {str(item.name): item.max - item.used for item in await listing.collect()}
