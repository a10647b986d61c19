"""Brand profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.emulator.core.indexes import by_member
from smsreg.emulator.core.paging import Listing, page
from smsreg.emulator.core.world import Call, Handlers, World
from smsreg.emulator.end_user_messaging.attributes import attributes_of
from smsreg.emulator.end_user_messaging.resources import (
    PROFILE,
    arn_of,
    find,
    set_tags,
    unprotected,
)
from smsreg.emulator.sms_voice.registrations import FROM_PROFILES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()


def add(
    world: World, identifier: str, name: str, at: float, tags: Sequence[Doc], *, protected: bool
) -> Doc:
    """Add a profile.

    inferred: a profile is ACTIVE at once, has no attributes of its own, and its name need not be
    unique.
    """
    table = world.state.table("brand_profiles")
    world.within_quota("BRAND_PROFILES", len(table))
    arn = arn_of(world, PROFILE, identifier)
    set_tags(world, arn, tags)
    record: Doc = {
        "brandProfileId": identifier,
        "brandProfileArn": arn,
        "brandProfileName": name,
        "status": "ACTIVE",
        "deletionProtectionEnabled": protected,
        "createdAt": at,
        "updatedAt": at,
    }
    return world.state.add("brand_profiles", identifier, record, arn)


_BY_PROFILE = by_member("_profile")


def links_of(world: World, profile_id: str, after: int = -1) -> Iterator[Doc]:
    """The record of the registrations that were made from a profile."""
    return world.state.table(FROM_PROFILES).having(_BY_PROFILE, profile_id, after)


@HANDLERS.handle("CreateBrandProfile")
def create(call: Call) -> Doc:
    """Create an empty profile."""
    params = call.params
    record = add(
        call.world,
        f"bp-{call.world.hex()[:17]}",
        params["brandProfileName"],
        call.world.now(),
        params.get("tags", ()),
        protected=params.get("deletionProtectionEnabled", False),
    )
    return {**record, "attributesCreated": 0}


@HANDLERS.handle("GetBrandProfile")
def get(call: Call) -> Doc:
    """A profile without its attributes."""
    return find(call.world, PROFILE, call.params["brandProfileId"])


@HANDLERS.handle("ListBrandProfiles")
def list_all(call: Call) -> Doc:
    """All profiles of the account."""
    items = Listing.records(call.world.state.table("brand_profiles").after)
    return page(call.operation, call.params, items, "brandProfiles")


@HANDLERS.handle("UpdateBrandProfile")
def update(call: Call) -> Doc:
    """Update the given members."""
    record = find(call.world, PROFILE, call.params["brandProfileId"])
    for name in ("brandProfileName", "deletionProtectionEnabled"):
        if name in call.params:
            record[name] = call.params[name]
    record["updatedAt"] = call.world.now()
    return record


@HANDLERS.handle("DeleteBrandProfile")
def delete(call: Call) -> Doc:
    """Delete a profile with its attributes; the registrations that it filled remain."""
    world = call.world
    record = find(world, PROFILE, call.params["brandProfileId"])
    identifier: str = record["brandProfileId"]
    unprotected(record, PROFILE, identifier)
    for attribute in attributes_of(world, identifier):
        world.state.remove("brand_attributes", f"{identifier}/{attribute['attributeName']}")
    links = world.state.table(FROM_PROFILES)
    for link in list(links_of(world, identifier)):
        del links[link["registrationId"]]
    return world.state.remove("brand_profiles", identifier, record["brandProfileArn"])
