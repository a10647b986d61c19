"""What a test may choose about an emulator."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

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
    # inferred: the quotas from RCS_AGENTS on are not documented; these are large enough to stay
    # out of the way and small enough to be met by a test.
    "RCS_AGENTS": 25,
    "PROTECT_CONFIGURATIONS": 25,
    "NOTIFY_CONFIGURATIONS": 25,
    "EVENT_DESTINATIONS_PER_CONFIGURATION_SET": 5,
    "KEYWORDS_PER_IDENTITY": 30,
    "ASSOCIATIONS_PER_REGISTRATION": 100,
    "TAGS_PER_RESOURCE": 200,
    "VERIFICATION_ATTEMPTS_PER_DAY": 5,
    "REGISTRATION_ATTACHMENTS_CREATED_PER_DAY": 1000,
    "REGISTRATION_VERSIONS_CREATED_PER_DAY": 1000,
}
"""Resources per account and Region, by the names of the service's account limits."""


@dataclass(slots=True)
class Settings:
    """The knobs of one emulator; all may be turned while it runs."""

    region: str = "us-east-1"
    account_id: str = "123456789012"
    review_seconds: float | None = 1.0
    """How long a review takes by the emulator's clock; None leaves every verdict to the test."""
    incomplete_submit: IncompleteSubmit = "refuse"
    """What a submission without a required field or association meets: a Conflict at once, or
    an acceptance that ends in a denial. Both are seen at the real service."""
    attachment_limit: int = 5 * 1024 * 1024
    """Largest attachment in bytes (500 KB and 1 MiB in earlier years)."""
    account_tier: AccountTier = "PRODUCTION"
    read_delay: float = 0.0
    """Seconds by which Describe, List and Get operations lag behind the writes."""
    quotas: dict[str, int] = field(default_factory=lambda: dict(DEFAULT_QUOTAS))
    spend_limits: dict[str, int] = field(default_factory=dict[str, int])
    """Highest monthly spend in dollars by channel (TEXT, VOICE, MEDIA, NOTIFY, RCS); 1000 each."""
    verification_code: str | None = None
    """A fixed code for verified destination numbers; None makes a new one for every message."""
