"""The next version of a denied registration: its base, and its values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smsreg.registration.attachments import Attachment
from smsreg.registration.denial import denial_of
from smsreg.registration.standing import has_value, read_values, read_version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smsreg.sms_voice import (
        RegistrationFieldValueInformation,
        RegistrationInformation,
        SMSVoiceClient,
    )


async def base_version(client: SMSVoiceClient, registration_id: str) -> int | None:
    """Return the newest version that was not denied for missing fields alone.

    Such a version is most often a blank one that was submitted by mistake. The order of the
    service's list does not count. Where every version is such a one, the newest is the base.
    """
    versions = await client.describe_registration_versions(
        registration_id=registration_id, max_results=100
    ).collect()
    newest_first = sorted(versions, key=lambda version: version.version_number, reverse=True)
    for version in newest_first:
        # A draft is most often what an interrupted revision has begun.
        if version.registration_version_status in ("DRAFT", "DISCARDED"):
            continue
        values = await read_values(client, registration_id, version.version_number)
        denial = denial_of(registration_id, version, values.values())
        if any(map(has_value, values.values())) and not denial.only_missing:
            return version.version_number
    return newest_first[0].version_number if newest_first else None


async def filled_values(
    client: SMSVoiceClient, registration: RegistrationInformation
) -> dict[str, Any]:
    """Return what a registration's newest version has, on top of what it is a revision of."""
    identifier = registration.registration_id
    version, current, _ = await read_version(client, identifier)
    if version is None or version.version_number == 1:
        return revised(current, {})
    base = await read_values(client, identifier, await base_version(client, identifier))
    return revised(base, revised(current, {}))


def revised(
    values: Mapping[str, RegistrationFieldValueInformation], fixes: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a version's values as those of a draft, with fixes; None removes a value."""
    found: dict[str, Any] = {path: _value(item) for path, item in values.items() if has_value(item)}
    found.update(fixes)
    return {path: value for path, value in found.items() if value is not None}


def _value(item: RegistrationFieldValueInformation) -> Any:  # noqa: ANN401 -- one of three kinds
    if item.registration_attachment_id:
        return Attachment.existing(item.registration_attachment_id)
    return item.select_choices or item.text_value
