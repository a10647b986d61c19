"""The effects of an approved registration on its associated resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.emulator.catalogue import kind_of
from smsreg.emulator.sms_voice.registration_events import show

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc
    from smsreg.emulator.core.world import World

SENDER_ID_FIELD = "senderIdInfo.senderId"


def on_approval(world: World, registration: Doc, version: Doc) -> bool:
    """Whether a resource has to be provisioned before the registration is complete."""
    kind = world.catalogue.get(registration["RegistrationType"])
    if kind is None:
        return False
    associations = [
        association
        for association in kind.associations
        if association["when"] == "ASSOCIATE_ON_APPROVAL"
    ]
    return bool(associations) and SENDER_ID_FIELD in version["_values"]


def on_completion(world: World, registration: Doc, version: Doc, at: float) -> None:
    """Activate the resources of an approved registration."""
    if registration["RegistrationType"].endswith("_VETTING"):
        # inferred: a vetting's score is between 50 and 100.
        score = str(world.chance.randint(50, 100))
        registration["AdditionalAttributes"] = {"VETTING_SCORE": score}
    if on_approval(world, registration, version):
        _provide_sender_id(world, registration, version)
    for association in registration["_associations"]:
        kind = kind_of(association["ResourceType"])
        if kind == "phone-number":
            number = world.state.table("phone_numbers").get(association["ResourceId"])
            if number is not None and number["Status"] == "PENDING":
                number["_active_at"] = at
        elif kind == "rcs-agent":
            agent = world.state.table("rcs_agents").get(association["ResourceId"])
            if agent is not None:
                agent["Status"] = "TESTING"
                agent["TestingAgent"] = {
                    "Status": "ACTIVE",
                    "TestingAgentId": f"testing-{agent['RcsAgentId']}",
                    "RegistrationId": registration["RegistrationId"],
                }


def _provide_sender_id(world: World, registration: Doc, version: Doc) -> None:
    kind = world.catalogue.get(registration["RegistrationType"])
    name = version["_values"][SENDER_ID_FIELD].get("TextValue")
    country = kind.country if kind else None
    if not name or not country:
        return
    key = f"{name}/{country}"
    arn = world.arn(f"sender-id/{key}")
    known = world.state.table("sender_ids").get(key)
    if known is None:
        known = world.state.add("sender_ids", key, new_sender_id(arn, name, country), arn)
    known["Registered"] = True
    known["RegistrationId"] = registration["RegistrationId"]
    if any(association["ResourceArn"] == arn for association in registration["_associations"]):
        return
    registration["_associations"].append(
        {
            "ResourceArn": arn,
            "ResourceId": name,
            "ResourceType": "SENDER_ID",
            "IsoCountryCode": country,
            "PhoneNumber": None,
        }
    )


def new_sender_id(arn: str, name: str, country: str) -> Doc:
    """A sender id's record."""
    return {
        "SenderIdArn": arn,
        "SenderId": name,
        "IsoCountryCode": country,
        "MessageTypes": ["TRANSACTIONAL", "PROMOTIONAL"],
        "MonthlyLeasingPrice": "0.00",
        "DeletionProtectionEnabled": False,
        "Registered": False,
    }


def release(world: World, resource: Doc, arn: str) -> None:
    """Disassociate a released number or sender id from its registration."""
    registration = world.state.table("registrations").get(resource.get("RegistrationId", ""))
    if registration is None:
        return
    associations: list[Doc] = registration["_associations"]
    gone = [association for association in associations if association["ResourceArn"] == arn]
    if not gone:
        return
    associations.remove(gone[0])
    kind = world.catalogue.get(registration["RegistrationType"])
    rules = (
        {association["resource"]: association["release"] for association in kind.associations}
        if kind
        else {}
    )
    # inferred: the release of a registration's last sender id closes it.
    last = not any(
        association["ResourceType"] == gone[0]["ResourceType"] for association in associations
    )
    closes = rules.get(gone[0]["ResourceType"]) == "DISASSOCIATE_ALL_CLOSES_REGISTRATION"
    if last and closes and registration["RegistrationStatus"] == "COMPLETE":
        show(world, registration, "CLOSED", world.now())
