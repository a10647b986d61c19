"""The settings of an emulator."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from smsreg.emulator.core.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

IncompleteSubmit = Literal["refuse", "deny"]
AccountTier = Literal["PRODUCTION", "SANDBOX"]

DEFAULT_QUOTAS: dict[str, int] = {
    "PHONE_NUMBERS": 25,
    "POOLS": 25,
    "CONFIGURATION_SETS": 25,
    "OPT_OUT_LISTS": 25,
    "SENDER_IDS": 200,
    "REGISTRATIONS": 25,
    "REGISTRATION_ATTACHMENTS": 25,
    "VERIFIED_DESTINATION_NUMBERS": 10,
    "ORIGINATION_IDENTITIES_PER_POOL": 100,
    # inferred: the numbers of the quotas from RCS_AGENTS on are not documented; these are large
    # enough to stay out of the way and small enough to be met by a test.
    "RCS_AGENTS": 25,
    "PROTECT_CONFIGURATIONS": 25,
    "NOTIFY_CONFIGURATIONS": 25,
    "BRAND_PROFILES": 25,
    "ATTRIBUTES_PER_BRAND_PROFILE": 100,
    "NOTIFY_CODE_CONFIGURATIONS": 25,
    "EVENT_DESTINATIONS_PER_CONFIGURATION_SET": 5,
    "KEYWORDS_PER_IDENTITY": 30,
    "ASSOCIATIONS_PER_REGISTRATION": 100,
    "PHONE_NUMBERS_PER_REGISTRATION": 100,
    "TAGS_PER_RESOURCE": 200,
    "VERIFICATION_ATTEMPTS_PER_DAY": 5,
    "REGISTRATION_ATTACHMENTS_CREATED_PER_DAY": 1000,
    "REGISTRATION_VERSIONS_CREATED_PER_DAY": 1000,
}
"""Resources per account and Region, by the names of the service's account limits."""


_LONGEST_CODE = 20
CHANNELS = ("TEXT", "VOICE", "MEDIA", "NOTIFY", "RCS")


@dataclass(slots=True)
class Settings:
    """The settings of one emulator; all but Region and account may be changed while it runs."""

    region: str = "us-east-1"
    account_id: str = "123456789012"
    """The default account: of calls whose access key names no other, and of control calls."""
    review_seconds: float | None = 1.0
    """Duration of a review by the emulator's clock; None leaves every verdict to the test."""
    incomplete_submit: IncompleteSubmit = "refuse"
    """How a submission without a required field or association ends: in a Conflict at once, or
    accepted and later denied. Both occur at the real service."""
    attachment_limit: int = 5 * 1024 * 1024
    """Largest attachment in bytes (500 KB and 1 MiB in earlier years)."""
    account_tier: AccountTier = "PRODUCTION"
    read_delay: float = 0.0
    """Seconds by which Describe, List and Get operations lag behind the writes."""
    quotas: dict[str, int] = field(default_factory=lambda: dict(DEFAULT_QUOTAS))
    receipts: bool = True
    """Whether sent messages have their events by themselves, within five seconds of the emulator's
    time. Without them they are UNKNOWN after 72 hours, unless a test delivers a receipt."""
    spend_limits: dict[str, int] = field(default_factory=dict[str, int])
    """Highest monthly spend in dollars by channel (TEXT, VOICE, MEDIA, NOTIFY, RCS); 1000 each."""
    verification_code: str | None = None
    """A fixed code for verified destination numbers; None makes a new one for every message."""

    def check(self) -> None:
        """Reject invalid values.

        Raises:
            ValueError: It names the setting.
        """
        Scope.of(self.account_id, self.region)
        self._check_numbers()
        self._check_choices()
        _check_counts("quotas", self.quotas, DEFAULT_QUOTAS)
        _check_counts("spend_limits", self.spend_limits, CHANNELS)
        code = self.verification_code
        if code is not None and not (
            code.isascii() and code.isalnum() and len(code) <= _LONGEST_CODE
        ):
            why = f"it has 1 to {_LONGEST_CODE} letters and digits"
            raise _wrong("verification_code", why)

    def _check_numbers(self) -> None:
        for name in ("review_seconds", "read_delay"):
            value: float | None = getattr(self, name)
            if value is not None and (not _is_number(value) or value < 0):
                raise _wrong(name, "it must be 0 or more seconds")
        if not _is_count(self.attachment_limit) or self.attachment_limit < 1:
            raise _wrong("attachment_limit", "it must be a number of bytes")

    def _check_choices(self) -> None:
        choices: tuple[tuple[str, Any], ...] = (
            ("incomplete_submit", IncompleteSubmit),
            ("account_tier", AccountTier),
        )
        for name, kind in choices:
            if getattr(self, name) not in get_args(kind):
                raise _wrong(name, f"it must be {' or '.join(get_args(kind))}")


def _check_counts(name: str, given: Mapping[str, int], known: Iterable[str]) -> None:
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise _wrong(name, f"unknown: {', '.join(unknown)[:200]}")
    for key, value in given.items():
        if not _is_count(value) or value < 0:
            why = f"{key} must be a whole number from 0 on"
            raise _wrong(name, why)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _wrong(name: str, why: str) -> ValueError:
    return ValueError(f"{name}: {why}")
