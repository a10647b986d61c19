"""Finds the resources of a draft by tags, without a state file.

A ClientToken makes a creation idempotent while the service remembers it, for a time that is not
documented. So each creation also tags its resource with the key.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from smsreg.registration.tags import fits_tag
from smsreg.sms_voice import Tag

if TYPE_CHECKING:
    from smsreg.registration.draft_parts import PhoneNumberRequest
    from smsreg.sms_voice import (
        PhoneNumberInformation,
        RegistrationAttachmentsInformation,
        RegistrationInformation,
        SMSVoiceClient,
    )

KEY_TAG = "smsreg:key"
CONTENT_TAG = "smsreg:content"
_PAGE = 100


def tag_value(key: str) -> str:
    """Return a key as a tag's value: itself where it fits, else its hash."""
    if fits_tag(key) and key.strip() == key:
        return key
    return f"sha256:{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()}"


class Lookup:
    """The account's resources by the tags that smsreg writes; reads each list and tag once.

    Args:
        client: The client to read with.
        tags: Tags by ARN that were read before, to share among lookups of one job.
    """

    def __init__(
        self, client: SMSVoiceClient, tags: dict[str, dict[str, str]] | None = None
    ) -> None:
        self._client = client
        self._tags = {} if tags is None else tags
        self._registrations: list[RegistrationInformation] | None = None
        self._numbers: list[PhoneNumberInformation] | None = None

    async def tags_of(self, arn: str) -> dict[str, str]:
        """Return a resource's tags; a resource that is gone has none."""
        if arn not in self._tags:
            result = await self._client.list_tags_for_resource(resource_arn=arn)
            self._tags[arn] = {tag.key: tag.value for tag in result.tags or []}
        return self._tags[arn]

    def forget(self, arn: str) -> None:
        """Drop a resource's cached tags, because they have changed."""
        self._tags.pop(arn, None)

    async def registrations(self) -> list[RegistrationInformation]:
        """Return the registrations that are not deleted, the newest first."""
        if self._registrations is None:
            listing = self._client.describe_registrations(max_results=_PAGE)
            found = [
                item for item in await listing.collect() if item.registration_status != "DELETED"
            ]
            self._registrations = sorted(found, key=_age, reverse=True)
        return self._registrations

    async def registration(self, key: str) -> RegistrationInformation | None:
        """Return the registration with this key, the newest where several have it."""
        wanted = tag_value(key)
        for item in await self.registrations():
            if (await self.tags_of(item.registration_arn)).get(KEY_TAG) == wanted:
                return item
        return None

    async def number(self, key: str, request: PhoneNumberRequest) -> PhoneNumberInformation | None:
        """Return the number that was leased for this key."""
        if self._numbers is None:
            listing = self._client.describe_phone_numbers(max_results=_PAGE)
            self._numbers = await listing.collect()
        wanted, kind = tag_value(key), (request.iso_country_code, request.number_type)
        for found in self._numbers:
            if found.status == "DELETED" or (found.iso_country_code, found.number_type) != kind:
                continue
            if (await self.tags_of(found.phone_number_arn)).get(KEY_TAG) == wanted:
                return found
        return None

    async def attachments(self) -> dict[str, list[RegistrationAttachmentsInformation]]:
        """Return the attachments that smsreg uploaded, by the hash of their content."""
        listing = self._client.describe_registration_attachments(max_results=_PAGE)
        found: dict[str, list[RegistrationAttachmentsInformation]] = {}
        for item in await listing.collect():
            tags = await self.tags_of(item.registration_attachment_arn)
            if CONTENT_TAG in tags and item.attachment_status != "DELETED":
                found.setdefault(tags[CONTENT_TAG], []).append(item)
        return found


def _age(registration: RegistrationInformation) -> tuple[str, str]:
    # As text, because a result can lack members that the service's model requires.
    return (str(registration.created_timestamp), registration.registration_id)


def key_tags(key: str, tags: dict[str, str]) -> list[Tag]:
    """Return the tags of a new resource: the caller's and the key."""
    merged = {**tags, KEY_TAG: tag_value(key)}
    return [Tag(key=name, value=value) for name, value in sorted(merged.items())]
