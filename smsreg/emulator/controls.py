"""What a test decides in the place of reviewers, carriers and end users."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.emulator.sms_voice import attachments, opt_outs
from smsreg.emulator.sms_voice import registration_review as review
from smsreg.emulator.sms_voice.number_plan import normal

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc
    from smsreg.emulator.core.world import World


def _record(world: World, identifier: str) -> tuple[str, Doc]:
    for table in ("registrations", "phone_numbers", "notify_configurations", "templates"):
        record = world.state.table(table).get(identifier)
        if record is not None:
            return table, record
    place = world.state.arns.get(identifier)
    if place is not None:
        return place[0], world.state.table(place[0])[place[1]]
    msg = f"the emulator has nothing with the identifier {identifier}"
    raise KeyError(msg)


def _registration(world: World, identifier: str) -> Doc:
    table, record = _record(world, identifier)
    if table != "registrations":
        msg = f"{identifier} is not a registration"
        raise ValueError(msg)
    return record


def approve(world: World, identifier: str) -> None:
    """A registration's review ends well; a pending number or configuration becomes active."""
    table, record = _record(world, identifier)
    if table == "registrations":
        review.decide_now(world, record, {"kind": "approve"})
    elif table == "templates":
        record["templateStatus"] = "APPROVED"
    else:
        record["Status"] = "ACTIVE"


def deny(world: World, identifier: str, reason: str, fields: dict[str, str]) -> None:
    """A review ends badly."""
    table, record = _record(world, identifier)
    if table == "registrations":
        verdict: Doc = {"kind": "deny", "reason": reason, "fields": fields}
        review.decide_now(world, record, verdict)
    elif table == "templates":
        record["templateStatus"] = "REJECTED"
    elif table == "notify_configurations":
        record["Status"] = "REJECTED"
        record["RejectionReason"] = reason
    else:
        msg = f"{identifier} is not a thing that is reviewed"
        raise ValueError(msg)


def revoke(world: World, identifier: str) -> None:
    """An approval is taken back."""
    review.revoke(world, _registration(world, identifier))


def require_authentication(world: World, identifier: str) -> None:
    """A review waits for somebody to confirm."""
    review.decide_now(world, _registration(world, identifier), {"kind": "authenticate"})


def fail_upload(world: World, identifier: str) -> None:
    """An attachment does not arrive."""
    attachments.fail_upload(world, identifier)


def opt_out(world: World, opt_out_list: str, phone_number: str) -> None:
    """An end user opts out."""
    record = opt_outs.find(world, opt_out_list)
    number = normal(phone_number)
    record["_numbers"][number] = {
        "OptedOutNumber": number,
        "OptedOutTimestamp": world.now(),
        "EndUserOptedOut": True,
    }


def verification_code(world: World, identifier: str) -> str | None:
    """The code that a verified destination number waits for."""
    record = world.find("verified_numbers", "verified-destination-number", identifier)
    code: str | None = record["_code"]
    return code
