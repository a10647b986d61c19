"""A registration's status, and the event that the service publishes when it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.emulator.core.envelopes import to_bus

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc
    from smsreg.emulator.core.world import World

_NOT_SENT = ("AWS_REVIEWING",)


def show(world: World, registration: Doc, status: str, at: float) -> None:
    """Set a registration's status, and publish the change."""
    before: str = registration["RegistrationStatus"]
    registration["RegistrationStatus"] = status
    if status == before or status in _NOT_SENT:
        return
    arn: str = registration["RegistrationArn"]
    details: Doc = {
        "registrationId": registration["RegistrationId"],
        "registrationVersionNumber": registration["_versions"][-1]["VersionNumber"],
        "registrationType": registration["RegistrationType"],
        "registrationStatusChangeTimestamp": round(at * 1000),
        "currentStatus": status,
    }
    detail: Doc = {"registrationDetails": details, "registrationArn": arn}
    to_bus(world, "aws.sms-voice", "Registration Status Change", detail, at, arn)
