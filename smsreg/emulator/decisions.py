"""What a test decides in the default account and Region, as methods of the emulator itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from smsreg.emulator.social_messaging.accounts import FIRST_PHONE_NUMBER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smsreg.emulator.controls import Controls
    from smsreg.emulator.core.service_model import Doc


class Decisions(ABC):
    """Verdicts, inbound messages and receipts; `Controls` has the same for any account."""

    @abstractmethod
    def controls(self, account_id: str | None = None, region: str | None = None) -> Controls:
        """What decides about the resources of an account and Region."""

    def approve(self, identifier: str) -> None:
        """See `Controls.approve`."""
        self.controls().approve(identifier)

    def deny(
        self,
        identifier: str,
        reason: str = "The information could not be verified",
        *,
        field: str | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> None:
        """See `Controls.deny`."""
        self.controls().deny(identifier, reason, field=field, fields=fields)

    def revoke(self, identifier: str) -> None:
        """See `Controls.revoke`."""
        self.controls().revoke(identifier)

    def require_authentication(self, identifier: str) -> None:
        """See `Controls.require_authentication`."""
        self.controls().require_authentication(identifier)

    def fail_upload(self, attachment_id: str) -> None:
        """See `Controls.fail_upload`."""
        self.controls().fail_upload(attachment_id)

    def opt_out(self, opt_out_list: str, phone_number: str) -> None:
        """See `Controls.opt_out`."""
        self.controls().opt_out(opt_out_list, phone_number)

    def receive_text(self, origination_number: str, destination_identity: str, body: str) -> Doc:
        """See `Controls.receive_text`."""
        return self.controls().receive_text(origination_number, destination_identity, body)

    def receive_whatsapp(
        self,
        origination_number: str,
        body: str | None = None,
        *,
        phone_number: str = FIRST_PHONE_NUMBER,
        message: Mapping[str, Any] | None = None,
    ) -> str:
        """See `Controls.receive_whatsapp`."""
        return self.controls().receive_whatsapp(
            origination_number, body, phone_number=phone_number, message=message
        )

    def deliver(self, message_id: str, event_type: str) -> None:
        """See `Controls.deliver`."""
        self.controls().deliver(message_id, event_type)

    @property
    def messages(self) -> list[Doc]:
        """The messages that were sent, oldest first; the last 10,000 or 32 MiB."""
        return self.controls().messages

    def verification_code(self, identifier: str) -> str | None:
        """See `Controls.verification_code`."""
        return self.controls().verification_code(identifier)
