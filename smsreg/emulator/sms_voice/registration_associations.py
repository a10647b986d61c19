"""What registrations are associated with: numbers, sender ids, other registrations, RCS agents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.emulator.catalogue import kind_of
from smsreg.emulator.core.errors import ServiceFault, conflict, invalid, not_found
from smsreg.emulator.core.filters import Fields
from smsreg.emulator.core.indexes import by_member
from smsreg.emulator.core.paging import page
from smsreg.emulator.core.world import Call, Handlers, World
from smsreg.emulator.sms_voice.registrations import KIND, find, known_type

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()
_FIELDS = Fields()
_TABLES = {
    "phone-number": ("phone_numbers", "PhoneNumberArn", "PhoneNumberId"),
    "registration": ("registrations", "RegistrationArn", "RegistrationId"),
    "sender-id": ("sender_ids", "SenderIdArn", "SenderId"),
    "rcs-agent": ("rcs_agents", "RcsAgentArn", "RcsAgentId"),
}
_BY_SENDER_ID = by_member("SenderId")
_PREFIXES = {"phone-": "phone-number", "registration-": "registration", "rcs-": "rcs-agent"}


@HANDLERS.handle("CreateRegistrationAssociation")
def create(call: Call) -> Doc:
    """Associate a resource with a registration, if its type allows it."""
    world = call.world
    record = find(world, call.params["RegistrationId"])
    kind, resource = _resource(world, call.params["ResourceId"])
    association = associate(world, record, kind, resource)
    return {**record, **association}


def associate(world: World, record: Doc, kind: str, resource: Doc) -> Doc:
    """Associate a resource with a registration; used by RequestPhoneNumber as well."""
    _, arn_key, id_key = _TABLES[kind]
    identifier: str = resource[id_key]
    if any(
        association["ResourceArn"] == resource[arn_key] for association in record["_associations"]
    ):
        raise conflict(
            "RESOURCE_ALREADY_ASSOCIATED",
            "The resource is associated with this registration already",
            kind,
            identifier,
        )
    _allowed(world, record, kind, resource)
    if kind == "registration":
        target = find(world, identifier)
        if target["RegistrationStatus"] != "COMPLETE":
            raise conflict(
                "REGISTRATION_NOT_COMPLETE", "The registration is not complete", KIND, identifier
            )
    elif resource.get("RegistrationId"):
        reason = "RESOURCE_ALREADY_ASSOCIATED"
        if kind == "phone-number":
            reason = "PHONE_NUMBER_ASSOCIATED_TO_REGISTRATION"
        raise conflict(reason, "It is associated with another registration", kind, identifier)
    _within_quotas(world, record, kind)
    association: Doc = {
        "ResourceArn": resource[arn_key],
        "ResourceId": identifier,
        "ResourceType": resource_type(kind, resource),
        "IsoCountryCode": resource.get("IsoCountryCode"),
        "PhoneNumber": resource.get("PhoneNumber"),
    }
    record["_associations"].append(association)
    if kind in ("phone-number", "sender-id"):
        resource["RegistrationId"] = record["RegistrationId"]
    return association


def resource_type(kind: str, resource: Doc) -> str:
    """The ResourceType of a resource: a kind of identity, or a type of registration."""
    member = {"phone-number": "NumberType", "registration": "RegistrationType"}.get(kind)
    return str(resource[member]) if member else kind.replace("-", "_").upper()


def _within_quotas(world: World, record: Doc, kind: str) -> None:
    associations: list[Doc] = record["_associations"]
    numbers = [
        association for association in associations if association["PhoneNumber"] is not None
    ]
    name = "ASSOCIATIONS_PER_REGISTRATION"
    world.within_quota(name, len(associations), name)
    if kind == "phone-number":
        name = "PHONE_NUMBERS_PER_REGISTRATION"
        world.within_quota(name, len(numbers), name)


def _allowed(world: World, record: Doc, kind: str, resource: Doc) -> None:
    """inferred: a number of another type or country is refused, or another type of registration."""
    rules = {
        association["resource"]: association
        for association in known_type(world, record["RegistrationType"]).associations
        if association["when"] != "ASSOCIATE_ON_APPROVAL"
    }
    if not any(kind_of(name) == kind for name in rules):
        msg = f"This registration type is not associated with a {kind} by a call"
        raise _invalid(msg)
    rule = rules.get(resource_type(kind, resource))
    if rule is None:
        msg = f"This registration type is associated with {' or '.join(rules)}"
        raise _invalid(msg)
    country = known_type(world, record["RegistrationType"]).country
    if kind == "phone-number" and country and resource["IsoCountryCode"] != country:
        msg = f"This registration type takes numbers of {country}"
        raise _invalid(msg)
    late = rule["when"] == "ASSOCIATE_AFTER_COMPLETE"
    if late and record["RegistrationStatus"] != "COMPLETE":
        raise conflict(
            "REGISTRATION_NOT_COMPLETE",
            "The registration is not complete",
            KIND,
            record["RegistrationId"],
        )


@HANDLERS.handle("ListRegistrationAssociations")
def list_all(call: Call) -> Doc:
    """List the associations of a registration by resource type and country."""
    record = find(call.world, call.params["RegistrationId"])
    items = _FIELDS.matching(record["_associations"], call.params)
    return page(
        call.operation,
        call.params,
        items,
        "RegistrationAssociations",
        RegistrationArn=record["RegistrationArn"],
        RegistrationId=record["RegistrationId"],
        RegistrationType=record["RegistrationType"],
    )


def _resource(world: World, reference: str) -> tuple[str, Doc]:
    if reference.startswith("arn:"):
        place = world.state.arns.get(reference)
        for kind, (table, _, _) in _TABLES.items():
            if place and place[0] == table:
                return kind, world.state.table(table)[place[1]]
        if place:
            raise _invalid("A resource of this kind is not associated with registrations")
        raise not_found("registration", reference)
    for prefix, kind in _PREFIXES.items():
        if reference.startswith(prefix):
            return kind, world.find(_TABLES[kind][0], kind, reference)
    sender_ids = world.state.table("sender_ids")
    record = sender_ids.first_having(_BY_SENDER_ID, reference) or sender_ids.get(reference)
    if record is None:
        raise not_found("phone-number", reference)
    return "sender-id", record


def _invalid(message: str) -> ServiceFault:
    return invalid("INVALID_REGISTRATION_ASSOCIATION", message)
