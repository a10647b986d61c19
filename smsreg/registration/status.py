"""The state of a registration, and who has to act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from smsreg.sms_voice import (
        RegistrationInformation,
        RegistrationStatus,
        RegistrationVersionInformation,
        RegistrationVersionStatus,
    )

Turn = Literal["you", "reviewers", "aws", "nobody", "unknown"]

_BY_VERSION: dict[str, Turn] = {
    "DRAFT": "you",
    "SUBMITTED": "reviewers",
    "AWS_REVIEWING": "aws",
    "REVIEWING": "reviewers",
    "REQUIRES_OFFLINE_REVIEW": "reviewers",
    "REQUIRES_AUTHENTICATION": "you",
    "DENIED": "you",
    "REVOKED": "you",
}
_BY_REGISTRATION: dict[str, Turn] = {
    "CREATED": "you",
    "SUBMITTED": "reviewers",
    "AWS_REVIEWING": "aws",
    "REVIEWING": "reviewers",
    "REQUIRES_AUTHENTICATION": "you",
    "REQUIRES_UPDATES": "you",
    "PROVISIONING": "aws",
    "COMPLETE": "nobody",
    "CLOSED": "nobody",
    "DELETED": "nobody",
}
_SETTLED = ("APPROVED", "DISCARDED", "ARCHIVED")
"""Statuses of a version after which the registration's own status decides."""


@dataclass(frozen=True, slots=True)
class RegistrationState:
    """The state of a registration.

    Attributes:
        registration_id: The registration.
        status: Its status.
        version_number: The number of its newest version.
        version_status: The status of that version, where a denial is to be seen.
        whose_turn: Who has to do something: ``you`` (also REQUIRES_UPDATES, which waits for a
            revision, and REQUIRES_AUTHENTICATION, which waits for a reply to an email),
            ``reviewers``, ``aws``, ``nobody``, or ``unknown`` for a status that is new.
        since: Since when the version has its status, in UTC; None where that is not known.
    """

    registration_id: str
    status: RegistrationStatus
    version_number: int | None
    version_status: RegistrationVersionStatus | None
    whose_turn: Turn
    since: datetime | None


def whose_turn(status: str, version_status: str | None = None) -> Turn:
    """Return who has to act."""
    if status in ("PROVISIONING", "CLOSED", "DELETED"):
        return _BY_REGISTRATION[status]
    if version_status is not None and version_status not in _SETTLED:
        return _BY_VERSION.get(version_status, "unknown")
    return _BY_REGISTRATION.get(status, "unknown")


def state_of(
    registration: RegistrationInformation, version: RegistrationVersionInformation | None
) -> RegistrationState:
    """Derive the state of a registration from its description and its newest version."""
    version_status = version.registration_version_status if version else None
    return RegistrationState(
        registration_id=registration.registration_id,
        status=registration.registration_status,
        version_number=version.version_number if version else None,
        version_status=version_status,
        whose_turn=whose_turn(registration.registration_status, version_status),
        since=_since(version),
    )


def _since(version: RegistrationVersionInformation | None) -> datetime | None:
    history = version.registration_version_status_history if version else None
    if version is None or history is None:
        return None
    name = f"{version.registration_version_status.lower()}_timestamp"
    known: datetime | None = getattr(history, name, None)
    return known
