"""What a test decides on behalf of reviewers, carriers and end users, in one account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smsreg.emulator import pushes
from smsreg.emulator.end_user_messaging.verifications import TABLE as CODE_VERIFICATIONS
from smsreg.emulator.sms_voice import attachments, inbound, opt_outs
from smsreg.emulator.sms_voice import registration_review as review
from smsreg.emulator.sms_voice.number_plan import normal
from smsreg.emulator.social_messaging import pushes as whatsapp
from smsreg.emulator.social_messaging.accounts import FIRST_PHONE_NUMBER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smsreg.emulator.core.service_model import Doc
    from smsreg.emulator.core.world import World

_REVIEWED = ("registrations", "phone_numbers", "notify_configurations", "templates")


class Controls:
    """The decisions about the resources of one account and Region.

    Args:
        world: The account and Region.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def approve(self, identifier: str) -> None:
        """Approve a registration (or another resource that is PENDING) immediately.

        For a draft, sets the outcome of its next review, which keeps its usual duration.

        Raises:
            KeyError: There is no resource with this id or ARN.
            ValueError: There is nothing to decide.
        """
        table, record = self._find(identifier)
        if table == "registrations":
            review.decide_now(self._world, record, {"kind": "approve"})
        elif table == "templates":
            record["templateStatus"] = "APPROVED"
        else:
            record["Status"] = "ACTIVE"

    def deny(
        self,
        identifier: str,
        reason: str = "The information could not be verified",
        *,
        field: str | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> None:
        """Deny a review immediately, or the next one of a draft.

        Args:
            identifier: The resource's id or ARN.
            reason: The title of the denial.
            field: The path of the field that the reason is about.
            fields: Several paths, with a reason for each.

        Raises:
            KeyError: There is no resource with this id or ARN.
            ValueError: There is nothing to decide, or a reason is none.
        """
        blamed = dict(fields or {})
        if field is not None:
            blamed[field] = reason
        if not all(text.strip() for text in (reason, *blamed.values())):
            raise ValueError("reason: it must not be blank")
        table, record = self._find(identifier)
        if table == "phone_numbers":
            msg = f"{identifier} is not reviewed"
            raise ValueError(msg)
        if table == "registrations":
            verdict: Doc = {"kind": "deny", "reason": reason, "fields": blamed}
            review.decide_now(self._world, record, verdict)
        elif table == "templates":
            record["templateStatus"] = "REJECTED"
        else:
            record["Status"] = "REJECTED"
            record["RejectionReason"] = reason

    def revoke(self, identifier: str) -> None:
        """Revoke a registration's approval."""
        registration = self._registration(identifier)
        review.revoke(self._world, registration)

    def require_authentication(self, identifier: str) -> None:
        """Halt a review until `approve` or `deny`, as when a brand's contact has to confirm."""
        registration = self._registration(identifier)
        review.decide_now(self._world, registration, {"kind": "authenticate"})

    def status(self, identifier: str) -> str:
        """The current status of a resource that is reviewed."""
        table, record = self._find(identifier)
        if table == "registrations":
            record = review.settle(self._world, record)
        status = (
            record.get("RegistrationStatus") or record.get("templateStatus") or record["Status"]
        )
        return str(status)

    @property
    def registrations(self) -> list[Doc]:
        """Every registration with its type and its newest version's state, oldest first."""
        listed: list[Doc] = []
        for record in self._world.state.tables.get("registrations", {}).values():
            review.settle(self._world, record)
            version = review.newest(record)
            listed.append(
                {
                    "id": record["RegistrationId"],
                    "type": record["RegistrationType"],
                    "status": record["RegistrationStatus"],
                    "version": version["VersionNumber"],
                    "version_status": version["RegistrationVersionStatus"],
                }
            )
        return listed

    def fail_upload(self, attachment_id: str) -> None:
        """Let an attachment's upload end in UPLOAD_FAILED."""
        attachments.fail_upload(self._world, attachment_id)

    def opt_out(self, opt_out_list: str, phone_number: str) -> None:
        """Opt an end user out; only the end user can reverse it."""
        record = opt_outs.find(self._world, opt_out_list)
        opt_outs.add(self._world, record, normal(phone_number), by_end_user=True)

    def receive_text(self, origination_number: str, destination_identity: str, body: str) -> Doc:
        """Simulate a text from an end user to a number, pool or agent of the account.

        STOP opts out, other keywords get their reply, and the identity's two-way channel gets it.

        Returns:
            `inbound_message_id`, and the `keyword`, `action` and `reply` where it is a keyword.

        Raises:
            KeyError: The account has no such identity.
            ValueError: It is no message, or the identity takes none.
        """
        return inbound.receive(self._world, origination_number, destination_identity, body)

    def receive_whatsapp(
        self,
        origination_number: str,
        body: str | None = None,
        *,
        phone_number: str = FIRST_PHONE_NUMBER,
        message: Mapping[str, Any] | None = None,
    ) -> str:
        """Simulate a WhatsApp message from an end user; it goes to the account's destinations.

        Args:
            origination_number: The end user's number.
            body: The text of a text message.
            phone_number: Id, ARN or number of the account's phone number.
            message: Any other message, as Meta's payload has it: type and content.

        Returns:
            The message's id.

        Raises:
            KeyError: The account has no such phone number.
            ValueError: It is no message.
        """
        if (body is None) == (message is None):
            raise ValueError("message: either a body or a message is needed")
        content = {"type": "text", "text": {"body": body}} if message is None else dict(message)
        return whatsapp.receive(self._world, origination_number, phone_number, content)

    def deliver(self, message_id: str, event_type: str) -> None:
        """Push a receipt of a sent message now, such as TEXT_DELIVERED; a final one is its last.

        The statuses of a WhatsApp message are sent, delivered, read and failed.

        Raises:
            KeyError: No such message was sent.
            ValueError: A message of this kind has no such event.
        """
        pushes.deliver(self._world, message_id, event_type)

    @property
    def messages(self) -> list[Doc]:
        """The messages that were sent, oldest first; the last 10,000 or 32 MiB."""
        return list(self._world.state.messages.values())

    def verification_code(self, identifier: str) -> str | None:
        """The code that was last sent to a verified destination number, until it is used.

        Also the passcode of a verification id of `SendNotifyCodeVerification`, until it is used,
        replaced by another or locked.
        """
        sent = self._world.state.tables.get(CODE_VERIFICATIONS, {}).get(identifier)
        if sent is not None:
            passcode: str | None = sent["_code"]
            return passcode
        record = self._world.find("verified_numbers", "verified-destination-number", identifier)
        code: str | None = record["_code"]
        return code

    @property
    def verification_codes(self) -> dict[str, str]:
        """The codes that are not used yet, by verified destination number and by verification."""
        tables = self._world.state.tables
        return {
            key: record["_code"]
            for table in ("verified_numbers", CODE_VERIFICATIONS)
            for key, record in tables.get(table, {}).items()
            if record["_code"] is not None
        }

    def _find(self, identifier: str) -> tuple[str, Doc]:
        state = self._world.state
        for table in _REVIEWED:
            record = state.tables.get(table, {}).get(identifier)
            if record is not None:
                return table, record
        table, key = state.arns.get(identifier, ("", ""))
        if table not in _REVIEWED:
            msg = f"the emulator has nothing that is reviewed with the identifier {identifier}"
            raise KeyError(msg)
        return table, state.table(table)[key]

    def _registration(self, identifier: str) -> Doc:
        table, record = self._find(identifier)
        if table != "registrations":
            msg = f"{identifier} is not a registration"
            raise ValueError(msg)
        return record
