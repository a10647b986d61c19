"""The parts of a draft and its references: resources by id, other drafts by key."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from smsreg.registration.follow_up import AfterApproval
    from smsreg.sms_voice import RegistrationTypeInput

BAD_REFERENCE = {
    "associations": (
        "each of the associations must be the id of a resource or the key of another draft: "
        "for a phone number that does not exist yet, put phone_number in the draft"
    ),
    "after": "each entry of after must be the key of another draft or the id of a registration",
}
"""Messages about entries that are not texts, by member."""

_ID = re.compile(r"(?:registration|phone|rcs|sender)-[0-9a-f]{8,64}|arn:[!-~]{1,256}")


def is_id(reference: str) -> bool:
    """Return whether a reference is an id or ARN of the service's, and no draft's key."""
    return _ID.fullmatch(reference) is not None


def is_number(reference: str) -> bool:
    """Return whether a reference is the id or ARN of a phone number."""
    return is_id(reference) and "phone-" in reference


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneNumberRequest:
    """A number to lease and to associate with the registration.

    Leasing costs money from the moment that the request is accepted, also while the number is
    PENDING, and has to be confirmed.

    Attributes:
        iso_country_code: Two-letter code of the country.
        number_type: ``TOLL_FREE``, ``TEN_DLC``, ``LONG_CODE`` or ``SIMULATOR``.
        message_type: ``TRANSACTIONAL`` or ``PROMOTIONAL``.
        number_capabilities: ``SMS``, ``MMS``, ``VOICE``.
        opt_out_list_name: Opt-out list of the number; the default one where it is left out.
        pool_id: Pool to add the number to.
        international_sending_enabled: Whether a US toll-free number may send abroad.
        deletion_protection_enabled: Whether the number is protected against release.
    """

    iso_country_code: str
    number_type: str
    message_type: str = "TRANSACTIONAL"
    number_capabilities: Sequence[str] = ("SMS",)
    opt_out_list_name: str | None = None
    pool_id: str | None = None
    international_sending_enabled: bool | None = None
    deletion_protection_enabled: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The data of a ``RegistrationDraft``, which documents the attributes."""

    key: str
    registration_type: RegistrationTypeInput
    values: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    associations: Sequence[str] = ()
    phone_number: PhoneNumberRequest | None = None
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    aws_review: bool = False
    after_approval: AfterApproval | None = None
    after: Sequence[str] = ()
    registration_id: str | None = None
    brand_profile: str | None = None
