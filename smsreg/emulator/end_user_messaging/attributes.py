"""Attributes of brand profiles: texts and media, whose content is stored."""

from __future__ import annotations

import base64
from functools import partial
from typing import TYPE_CHECKING

from smsreg.emulator.core.errors import conflict, not_found
from smsreg.emulator.core.indexes import by_member
from smsreg.emulator.core.paging import Listing, page
from smsreg.emulator.core.world import Call, Handlers, World
from smsreg.emulator.end_user_messaging.media import allow_links, check_media, link, store_media
from smsreg.emulator.end_user_messaging.resources import PROFILE, find, wrong

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()
_KIND = "brand-profile-attribute"
_CHANGEABLE = ("attributeValue", "description", "category")


_BY_PROFILE = by_member("_profile")


def attributes_of(world: World, profile_id: str) -> list[Doc]:
    """The attributes of a profile, oldest first."""
    return list(world.state.table("brand_attributes").having(_BY_PROFILE, profile_id))


def find_attribute(world: World, reference: str, name: str) -> Doc:
    """An attribute of the profile with this id or ARN."""
    profile = find(world, PROFILE, reference)
    record: Doc | None = world.state.table("brand_attributes").get(
        f"{profile['brandProfileId']}/{name}"
    )
    if record is None:
        raise not_found(_KIND, name)
    return record


def add(world: World, profile: Doc, members: Doc, at: float) -> Doc:
    """Add an attribute to a profile, and update the profile."""
    identifier: str = profile["brandProfileId"]
    used = world.state.table("brand_attributes").count_having(_BY_PROFILE, identifier)
    world.within_quota("ATTRIBUTES_PER_BRAND_PROFILE", used)
    record: Doc = {
        **{name: members[name] for name in _CHANGEABLE if name in members},
        "attributeName": members["attributeName"],
        "attributeType": members["attributeType"],
        "createdAt": at,
        "updatedAt": at,
        "_profile": identifier,
        "_media": None,
    }
    if record["attributeType"] != "TEXT":
        allow_links(world)
    body: bytes | None = members.get("attachmentBody")
    if body is not None:
        store_media(record, body)
    profile["updatedAt"] = at
    key = f"{identifier}/{record['attributeName']}"
    return world.state.add("brand_attributes", key, record)


@HANDLERS.handle("CreateBrandProfileAttributes")
def create(call: Call) -> Doc:
    """Create all attributes or none; media are in the request or are uploaded to their link."""
    world = call.world
    profile = find(world, PROFILE, call.params["brandProfileId"])
    identifier: str = profile["brandProfileId"]
    given: list[Doc] = call.params["attributes"]
    names = [members["attributeName"] for members in given]
    there = {record["attributeName"] for record in attributes_of(world, identifier)}
    for index, members in enumerate(given):
        _check(world, members, f"/attributes/{index}")
        if names[index] in there or names[index] in names[:index]:
            raise conflict(
                "RESOURCE_ALREADY_EXISTS", "There is an attribute of this name", _KIND, identifier
            )
    last = len(there) + len(given) - 1
    world.within_quota("ATTRIBUTES_PER_BRAND_PROFILE", last)
    check_media(world, *(m["attachmentBody"] for m in given if "attachmentBody" in m))
    return {"attributes": [_shown(world, add(world, profile, m, world.now())) for m in given]}


def _check(world: World, members: Doc, path: str) -> None:
    """inferred: a text needs its value; media are a PNG or JPEG image, or a PDF document too."""
    text = members["attributeType"] == "TEXT"
    if text and "attributeValue" not in members:
        raise wrong("A TEXT attribute needs a value", f"{path}/attributeValue")
    unfit = "attachmentBody" if text else "attributeValue"
    if unfit in members:
        raise wrong("It is not for attributes of this type", f"{path}/{unfit}")
    if "attachmentBody" in members:
        check_media(world, members["attachmentBody"], kind=members["attributeType"], path=path)


@HANDLERS.handle("GetBrandProfileAttribute")
def get(call: Call) -> Doc:
    """An attribute with a link to its media, valid for an hour."""
    world, params = call.world, call.params
    return _shown(world, find_attribute(world, params["brandProfileId"], params["attributeName"]))


@HANDLERS.handle("ListBrandProfileAttributes")
def list_all(call: Call) -> Doc:
    """List the names and types of the attributes."""
    profile = find(call.world, PROFILE, call.params["brandProfileId"])
    table = call.world.state.table("brand_attributes")
    items = Listing.records(partial(table.having, _BY_PROFILE, profile["brandProfileId"]))
    return page(call.operation, call.params, items, "brandProfileAttributes")


@HANDLERS.handle("UpdateBrandProfileAttribute")
def update(call: Call) -> Doc:
    """Update the given members; the type cannot change."""
    world, params = call.world, call.params
    record = find_attribute(world, params["brandProfileId"], params["attributeName"])
    members = {"attributeValue": "", **params} if record["attributeType"] == "TEXT" else params
    _check(world, {**members, "attributeType": record["attributeType"]}, "")
    change(world, record, params, world.now())
    return _shown(world, record)


def change(world: World, record: Doc, members: Doc, at: float) -> None:
    """Replace the content of an attribute."""
    if "attachmentBody" in members:
        check_media(world, members["attachmentBody"], instead_of=record)
        store_media(record, members["attachmentBody"])
    record.update({name: members[name] for name in _CHANGEABLE if name in members})
    record["updatedAt"] = at
    world.state.table("brand_profiles")[record["_profile"]]["updatedAt"] = at


@HANDLERS.handle("DeleteBrandProfileAttribute")
def delete(call: Call) -> Doc:
    """Delete an attribute and its media."""
    world, params = call.world, call.params
    record = find_attribute(world, params["brandProfileId"], params["attributeName"])
    identifier: str = record["_profile"]
    world.state.remove("brand_attributes", f"{identifier}/{record['attributeName']}")
    return {"brandProfileId": identifier, "attributeName": record["attributeName"]}


def _shown(world: World, record: Doc) -> Doc:
    if record["attributeType"] == "TEXT":
        return record
    media: Doc = record["_media"] or {}
    return {
        **record,
        "mediaContentType": media.get("type"),
        "mediaSizeBytes": media.get("size"),
        "mediaDownloadUrl": link(world, record),
    }


def body_of(record: Doc) -> bytes | None:
    """The media that an attribute has, or None."""
    return None if record["_media"] is None else base64.b64decode(record["_media"]["body"])
