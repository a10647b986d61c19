"""The items of the listings: the same for every side, and all different within a listing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

STATUSES = ("CREATED", "SUBMITTED", "REVIEWING", "REQUIRES_UPDATES", "COMPLETE")
REQUIREMENTS = ("REQUIRED", "OPTIONAL", "CONDITIONAL")
CHOICES = ("PRIVATE_PROFIT", "PUBLIC_PROFIT", "NON_PROFIT", "SOLE_PROPRIETOR", "GOVERNMENT")
REASONS = ("INVALID_WEBSITE", "UNCLEAR_OPT_IN")
FIRST = 1_700_000_000.125
REGISTRATION = f"registration-{4711:032x}"
POOL = f"pool-{4711:032x}"
TYPE = "US_TOLL_FREE_REGISTRATION"
KEPT_PAGES = 2_000
"""Pages that are cached: more than in the longest listing whose items are all kept."""


@dataclass(frozen=True)
class Listing:
    """A listing that every side reads.

    Attributes:
        operation: The service's name of the operation.
        method: Its method in snake case.
        items: The service's name of the result's member with the items.
        member: The same in snake case.
        request: The request's members besides page size and token, in the service's names.
        typed: The same in snake case.
        item: Makes the item of a number.
    """

    operation: str
    method: str
    items: str
    member: str
    request: dict[str, Any]
    typed: dict[str, Any]
    item: Callable[[int], dict[str, Any]]


def registration(number: int) -> dict[str, Any]:
    """Return a flat item: eight members, one of them a map."""
    name = f"registration-{number:032x}"
    members: dict[str, Any] = {
        "RegistrationArn": f"arn:aws:sms-voice:us-east-1:123456789012:registration/{name}",
        "RegistrationId": name,
        "RegistrationType": TYPE,
        "RegistrationStatus": STATUSES[number % len(STATUSES)],
        "CurrentVersionNumber": number % 7 + 1,
        "AdditionalAttributes": {"order": str(number)},
        "CreatedTimestamp": FIRST + number,
    }
    if number % 2:
        members["ApprovedVersionNumber"] = 1
    return members


def definition(number: int) -> dict[str, Any]:
    """Return a nested item as a form has it: every other field is a choice, every third depends."""
    hints: dict[str, Any] = {
        "Title": f"Field {number}",
        "ShortDescription": f"What belongs into field {number} of the form.",
        "LongDescription": f"Field {number} as in the documents of the company's registration.",
    }
    members: dict[str, Any] = {
        "SectionPath": "companyInfo",
        "FieldPath": f"companyInfo.field{number}",
        "FieldType": "SELECT" if number % 2 else "TEXT",
        "FieldRequirement": REQUIREMENTS[number % len(REQUIREMENTS)],
        "DisplayHints": hints,
    }
    if number % 2:
        hints["SelectOptionDescriptions"] = [
            {"Option": choice, "Title": choice.capitalize()} for choice in CHOICES
        ]
        members["SelectValidation"] = {
            "MinChoices": 1,
            "MaxChoices": 1,
            "Options": list(CHOICES),
        }
    else:
        hints["ExampleTextValue"] = f"Example {number}"
        members["TextValidation"] = {"MinLength": 1, "MaxLength": 100, "Pattern": "^[A-Z]{2}$"}
    if number % len(REQUIREMENTS) == len(REQUIREMENTS) - 1:
        condition = {
            "DependsOnFieldPath": "companyInfo.businessType",
            "Operator": "EQUALS",
            "Values": ["SOLE_PROPRIETOR"],
        }
        members["ConditionalBehavior"] = {
            "Rules": [{"Conditions": [condition], "RuleBehavior": "OPTIONAL"}],
            "DefaultBehavior": "REQUIRED",
        }
    return members


def version(number: int) -> dict[str, Any]:
    """Return a nested item with a history of timestamps; every third was denied."""
    at = FIRST + number * 10
    history = {"DraftTimestamp": at, "SubmittedTimestamp": at + 1, "ReviewingTimestamp": at + 2}
    members: dict[str, Any] = {
        "VersionNumber": number + 1,
        "RegistrationVersionStatus": "ARCHIVED",
        "RegistrationVersionStatusHistory": {**history, "ArchivedTimestamp": at + 3},
    }
    if number % 3 == 0:
        members["DeniedReasons"] = [
            {
                "Reason": reason,
                "ShortDescription": f"Version {number} was denied.",
                "DocumentationTitle": "Registrations",
                "DocumentationLink": "https://docs.aws.amazon.com/sms-voice/latest/userguide/",
            }
            for reason in REASONS
        ]
    return members


LISTINGS = {
    "registrations": Listing(
        "DescribeRegistrations",
        "describe_registrations",
        "Registrations",
        "registrations",
        {},
        {},
        registration,
    ),
    "definitions": Listing(
        "DescribeRegistrationFieldDefinitions",
        "describe_registration_field_definitions",
        "RegistrationFieldDefinitions",
        "registration_field_definitions",
        {"RegistrationType": TYPE},
        {"registration_type": TYPE},
        definition,
    ),
    "versions": Listing(
        "DescribeRegistrationVersions",
        "describe_registration_versions",
        "RegistrationVersions",
        "registration_versions",
        {"RegistrationId": REGISTRATION},
        {"registration_id": REGISTRATION},
        version,
    ),
}
"""The listings, by their names in rows and commands."""

REFUSAL = json.dumps(
    {
        "__type": "ResourceNotFoundException",
        "Message": "There is no such pool",
        "ResourceType": "pool",
        "ResourceId": POOL,
    }
).encode()
"""The error with which the description of a pool is refused."""

_BY_OPERATION = {listing.operation.lower().encode(): name for name, listing in LISTINGS.items()}


def listing_of(operation: bytes) -> str | None:
    """Return the name of the listing of an operation in lower case; None for other operations."""
    return _BY_OPERATION.get(operation)


@lru_cache(maxsize=KEPT_PAGES)
def page(name: str, size: int, index: int, *, last: bool) -> bytes:
    """Return page ``index`` of a listing, from 0."""
    listing = LISTINGS[name]
    content: dict[str, Any] = {
        **listing.request,
        listing.items: [listing.item(index * size + n) for n in range(size)],
    }
    if not last:
        content["NextToken"] = str(index + 1)
    return json.dumps(content).encode()
