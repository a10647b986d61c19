"""Which destinations an origination identity reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.emulator.core.errors import FieldProblem, ServiceFault, invalid
from smsreg.emulator.sms_voice import destinations
from smsreg.emulator.sms_voice.identities import resolve
from smsreg.emulator.sms_voice.number_plan import DESTINATION_SIMULATORS, country_of

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc
    from smsreg.emulator.core.world import World


def check_reach(world: World, kind: str, identity: Doc, number: str) -> None:
    """Refuse a destination that the identity does not reach."""
    if kind == "pool":
        _check_pool(world, identity, number)
    # inferred: an RCS agent that is being tested reaches verified numbers only.
    elif kind == "rcs-agent" and identity["Status"] == "TESTING":
        destinations.check_verified(world, number)
    elif fault := _fault(kind, identity, number):
        raise fault


def reaches(kind: str, identity: Doc, number: str) -> bool:
    """Whether a number or sender id sends to a destination."""
    return _fault(kind, identity, number) is None


def _check_pool(world: World, pool: Doc, number: str) -> None:
    """inferred: a pool reaches what one of its identities does, all with shared routes."""
    faults: list[ServiceFault] = []
    for member in pool["_members"]:
        fault = _fault(*resolve(world, member["OriginationIdentityArn"]), number)
        if fault is None:
            return
        faults.append(fault)
    if faults and not pool["SharedRoutesEnabled"]:
        raise faults[0]


def _fault(kind: str, identity: Doc, number: str) -> ServiceFault | None:
    country = country_of(number)
    if kind == "sender-id" and identity["IsoCountryCode"] != country:
        return invalid(
            "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY", "The sender id is of another country"
        )
    if kind != "phone-number":
        return None
    home: str = identity["IsoCountryCode"]
    if identity["NumberType"] == "SIMULATOR":
        # inferred: a simulator number that sends to another is refused as INVALID_PARAMETER.
        simulator = DESTINATION_SIMULATORS.get(number) == home
        problem = FieldProblem("destinationPhoneNumber", "not a destination simulator")
        return None if simulator else invalid("INVALID_PARAMETER", "Invalid parameter", problem)
    if home == country or identity["InternationalSendingEnabled"]:
        return None
    return invalid("INTERNATIONAL_SENDING_NOT_SUPPORTED", f"The number sends in {home} only")
