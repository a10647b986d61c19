"""Registration types that are small enough to be interrupted at each of their requests."""

from __future__ import annotations

from typing import Any

from smsreg.registration import Attachment, PhoneNumberRequest, RegistrationDraft


def _fields(*more: dict[str, Any]) -> list[dict[str, Any]]:
    fields = [{"path": "name", "title": "Name"}, {"path": "kind", "title": "Kind", **_PICK}]
    return [{"path": "part", "title": "Part", "fields": [*fields, *more]}]


_PICK = {"options": ["a", "b", "c"], "choices": [1, 2]}
_FILE = {"path": "file", "title": "File", "kind": "ATTACHMENT"}
_AGAIN = {"path": "copy", "title": "The same file", "kind": "ATTACHMENT", "need": "OPTIONAL"}

TYPES: list[dict[str, Any]] = [
    {
        "type": "US_TOLL_FREE_REGISTRATION",
        "title": "A small toll-free registration",
        "country": "US",
        "associations": [
            {
                "resource": "TOLL_FREE",
                "when": "ASSOCIATE_BEFORE_SUBMIT",
                "release": "DISASSOCIATE_ALL_CLOSES_REGISTRATION",
            }
        ],
        "sections": _fields(_FILE, _AGAIN),
    },
    {
        "type": "US_TEN_DLC_BRAND_REGISTRATION",
        "title": "A small brand",
        "country": "US",
        "sections": _fields(),
    },
    {
        "type": "US_TEN_DLC_CAMPAIGN_REGISTRATION",
        "title": "A small campaign",
        "country": "US",
        "associations": [
            {
                "resource": "US_TEN_DLC_BRAND_REGISTRATION",
                "when": "ASSOCIATE_BEFORE_SUBMIT",
                "release": "DELETE_REGISTRATION_DISASSOCIATES",
            },
            {
                "resource": "TEN_DLC",
                "when": "ASSOCIATE_AFTER_COMPLETE",
                "release": "DISASSOCIATE_ALL_ALLOWS_DELETE_REGISTRATION",
            },
        ],
        "sections": _fields(),
    },
]

VALUES: dict[str, Any] = {"part.name": "Example Dental", "part.kind": ["a", "b"]}
FILE = Attachment.from_bytes(b"%PDF-1.7 proof")

TOLL_FREE = RegistrationDraft(
    key="tenant-7/toll-free",
    registration_type="US_TOLL_FREE_REGISTRATION",
    values={**VALUES, "part.file": FILE, "part.copy": FILE},
    phone_number=PhoneNumberRequest(iso_country_code="US", number_type="TOLL_FREE"),
    tags={"team": "messaging"},
)
BRAND = RegistrationDraft(
    key="tenant-7/brand", registration_type="US_TEN_DLC_BRAND_REGISTRATION", values=VALUES
)
CAMPAIGN = RegistrationDraft(
    key="tenant-7/campaign",
    registration_type="US_TEN_DLC_CAMPAIGN_REGISTRATION",
    values=VALUES,
    associations=["tenant-7/brand"],
    phone_number=PhoneNumberRequest(iso_country_code="US", number_type="TEN_DLC"),
)
