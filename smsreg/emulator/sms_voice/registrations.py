"""Registrations: create, describe, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.emulator.core.collection import Collection, Lifecycle
from smsreg.emulator.core.errors import conflict, invalid
from smsreg.emulator.core.indexes import Index
from smsreg.emulator.core.paging import page
from smsreg.emulator.core.world import Call, Handlers, World
from smsreg.emulator.sms_voice.registration_events import show
from smsreg.emulator.sms_voice.registration_review import (
    UNDER_REVIEW,
    draft,
    newest,
    next_changes,
    settle,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from smsreg.emulator.catalogue import RegistrationType
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()
KIND = "registration"
REGISTRATIONS = Collection("registrations", KIND, lifecycle=Lifecycle(settle, next_changes))
FROM_PROFILES = "brand_registrations"
"""The table of the records about registrations made from brand profiles, by id."""


def find(world: World, reference: str) -> Doc:
    """The registration with this id or ARN, in its current state."""
    return settle(world, world.find("registrations", KIND, reference))


def associated_with(world: World, resource: str) -> Iterator[Doc]:
    """The registrations that a resource, by its id or ARN, is associated with."""
    return world.state.table("registrations").having(_BY_RESOURCE, resource)


_BY_RESOURCE = Index(
    frozenset({"_associations"}),
    lambda record: [
        association[name]
        for association in record["_associations"]
        for name in ("ResourceId", "ResourceArn")
    ],
)


def refuse_under_review(world: World, reference: str | None, kind: str, identifier: str) -> None:
    """Refuse to delete what is under review.

    inferred: a registration under review and its numbers are RESOURCE_DELETION_NOT_ALLOWED.
    """
    record = world.state.table("registrations").get(reference or "")
    if record is None:
        return
    if newest(settle(world, record))["RegistrationVersionStatus"] in UNDER_REVIEW:
        raise conflict(
            "RESOURCE_DELETION_NOT_ALLOWED", "The registration is under review", kind, identifier
        )


def known_type(world: World, name: str) -> RegistrationType:
    """The named type, or ValidationException UNKNOWN_REGISTRATION_TYPE."""
    kind = world.catalogue.get(name)
    if kind is None:
        raise invalid("UNKNOWN_REGISTRATION_TYPE", "There is no such registration type")
    return kind


@HANDLERS.handle("CreateRegistration")
def create(call: Call) -> Doc:
    """Create a registration, CREATED, with version 1 as a DRAFT."""
    world, params = call.world, call.params
    kind = known_type(world, params["RegistrationType"])
    record = add(world, kind, world.new_id(KIND), world.now(), params.get("Tags"))
    return {**record, "Tags": world.tags(record["RegistrationArn"])}


def add(
    world: World,
    kind: RegistrationType,
    identifier: str,
    at: float,
    tags: Sequence[Doc] | None = None,
) -> Doc:
    """Add a registration of a type, within the quota."""
    world.within_quota("REGISTRATIONS", len(world.state.table("registrations")))
    arn = world.arn(f"registration/{identifier}")
    world.set_tags(arn, tags)
    record: Doc = {
        "RegistrationArn": arn,
        "RegistrationId": identifier,
        "RegistrationType": kind.name,
        "RegistrationStatus": "CREATED",
        "CurrentVersionNumber": 1,
        "CreatedTimestamp": at,
        "_versions": [draft(1, at)],
        "_associations": [],
    }
    return world.state.add("registrations", identifier, record, arn)


@HANDLERS.handle("DescribeRegistrations")
def describe(call: Call) -> Doc:
    """List registrations by id, type and status."""
    params = call.params
    items = REGISTRATIONS.listing(call.world, params, params.get("RegistrationIds"))
    return page(call.operation, params, items, "Registrations")


@HANDLERS.handle("DeleteRegistration")
def delete(call: Call) -> Doc:
    """Delete a registration; its type defines which associations must be released first."""
    world = call.world
    record = find(world, call.params["RegistrationId"])
    identifier: str = record["RegistrationId"]
    refuse_under_review(world, identifier, KIND, identifier)
    kind = world.catalogue.get(record["RegistrationType"])
    rules = (
        {association["resource"]: association["release"] for association in kind.associations}
        if kind
        else {}
    )
    held = [
        association
        for association in record["_associations"]
        if rules.get(association["ResourceType"]) != "DELETE_REGISTRATION_DISASSOCIATES"
    ]
    if held or any(associated_with(world, identifier)):
        raise conflict(
            "DISASSOCIATE_REGISTRATION_NOT_ALLOWED",
            "What the registration is associated with must be released first",
            KIND,
            identifier,
        )
    show(world, record, "DELETED", world.now())
    # inferred: a deleted registration is gone at once; it is not listed as DELETED.
    world.state.remove("registrations", identifier, record["RegistrationArn"])
    world.state.table(FROM_PROFILES).pop(identifier, None)
    return {**record, "RegistrationStatus": "DELETED"}
