"""What the user of ``smsreg quickstart`` asked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class WhatsAppSource:
    """A media file to upload, and the WhatsApp phone number to upload it for."""

    phone_number_id: str
    bucket: str
    key: str


@dataclass(frozen=True, kw_only=True)
class Choices:
    """The options of the command."""

    region: str | None = None
    endpoint_url: str | None = None
    profile: str | None = None
    yes: bool = False
    whatsapp: WhatsAppSource | None = None
    as_json: bool = False

    @property
    def embedded(self) -> bool:
        """Whether to use the emulator in this process."""
        return self.region is None and self.endpoint_url is None and self.profile is None
