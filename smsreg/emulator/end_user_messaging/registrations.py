"""Registrations that are made and filled from brand profiles, and profiles filled from them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from smsreg.emulator.core.errors import ServiceFault, not_found
from smsreg.emulator.core.paging import Listing, page
from smsreg.emulator.core.world import Call, Handlers, World
from smsreg.emulator.end_user_messaging import attributes, field_match, jobs, profiles
from smsreg.emulator.end_user_messaging.profiles import links_of
from smsreg.emulator.end_user_messaging.resources import PROFILE, arn_of, check_tags, find, wrong
from smsreg.emulator.sms_voice import attachments
from smsreg.emulator.sms_voice import registrations as sms
from smsreg.emulator.sms_voice.form_rules import decide
from smsreg.emulator.sms_voice.registration_fields import check_value, draft_of
from smsreg.emulator.sms_voice.registration_review import newest

if TYPE_CHECKING:
    from smsreg.emulator.catalogue import FieldRule
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()


@HANDLERS.handle("CreateRegistrationsFromBrandProfile")
def create(call: Call) -> Doc:
    """Start one job for each type.

    inferred: an unknown type is refused at once; the same type twice makes two registrations.
    """
    world, params = call.world, call.params
    profile = find(world, PROFILE, params["brandProfileId"])
    types: list[str] = params["registrationTypes"]
    for index, name in enumerate(types):
        if world.catalogue.get(name) is None:
            raise wrong("There is no such registration type", f"/registrationTypes/{index}")
    return jobs.start(call, types, profile["brandProfileId"], _options(params))


@HANDLERS.handle("UpdateRegistrationsFromBrandProfile")
def update(call: Call) -> Doc:
    """Start one job for each registration, whatever its origin."""
    world, params = call.world, call.params
    profile = find(world, PROFILE, params["brandProfileId"])
    ids = [_registration(world, reference) for reference in params["registrationIds"]]
    return jobs.start(call, ids, profile["brandProfileId"], _options(params))


@HANDLERS.handle("CreateBrandProfileFromRegistration")
def create_profile(call: Call) -> Doc:
    """Start a job that creates a profile."""
    params = call.params
    identifier = _registration(call.world, params["registrationId"])
    tags: list[Doc] = params.get("tags", [])
    check_tags(tags)
    todo: Doc = {**_options(params), "name": params["brandProfileName"], "tags": tags}
    return jobs.start(call, [identifier], None, todo)


@HANDLERS.handle("UpdateBrandProfileFromRegistration")
def update_profile(call: Call) -> Doc:
    """Start a job that imports into a profile."""
    params = call.params
    profile = find(call.world, PROFILE, params["brandProfileId"])
    identifier = _registration(call.world, params["registrationId"])
    return jobs.start(call, [identifier], profile["brandProfileId"], _options(params))


@HANDLERS.handle("ListRegistrationsFromBrandProfile")
def list_all(call: Call) -> Doc:
    """inferred: those that were made from the profile and are still there."""
    world = call.world
    profile = find(world, PROFILE, call.params["brandProfileId"])
    there = world.state.table("registrations")
    links = Listing.records(partial(links_of, world, profile["brandProfileId"]))
    items = links.where(lambda link: link["registrationId"] in there)
    return page(call.operation, call.params, items, "registrationAssociations")


def _options(params: Doc) -> Doc:
    """inferred: what is there already is replaced, unless the request says otherwise."""
    return {
        "smart": params.get("smartMatch", True),
        "replace": params.get("onAttributeConflict", "REPLACE") == "REPLACE",
    }


def _registration(world: World, reference: str) -> str:
    key = reference.removeprefix(world.arn("registration/"))
    if key not in world.state.table("registrations"):
        raise not_found("registration", reference)
    return key


# --- the work of the jobs


@jobs.work("CreateRegistrationsFromBrandProfile")
def _create(world: World, job: Doc) -> list[Doc]:
    todo: Doc = job["_todo"]
    profile = find(world, PROFILE, job["brandProfileId"])
    kind = sms.known_type(world, todo["identifier"])
    record = sms.add(world, kind, jobs.derived_id("registration", job), job["_ends"])
    _fill(world, job, profile, record)
    link: Doc = {
        "registrationId": record["RegistrationId"],
        "registrationType": kind.name,
        "createdAt": job["_ends"],
        "smartMatchUsed": todo["smart"],
        "_profile": profile["brandProfileId"],
    }
    world.state.add(sms.FROM_PROFILES, record["RegistrationId"], link)
    return [_made("REGISTRATION", record["RegistrationId"], record["RegistrationArn"])]


@jobs.work("UpdateRegistrationsFromBrandProfile")
def _update(world: World, job: Doc) -> list[Doc]:
    profile = find(world, PROFILE, job["brandProfileId"])
    record = sms.find(world, job["_todo"]["identifier"])
    draft_of(world, record["RegistrationId"])
    _fill(world, job, profile, record)
    return [_made("REGISTRATION", record["RegistrationId"], record["RegistrationArn"])]


@jobs.work("CreateBrandProfileFromRegistration")
def _create_profile(world: World, job: Doc) -> list[Doc]:
    todo: Doc = job["_todo"]
    record = sms.find(world, todo["identifier"])
    identifier = jobs.derived_id("bp", job)[:20]
    profile = profiles.add(
        world, identifier, todo["name"], job["_ends"], todo["tags"], protected=False
    )
    _import(world, job, profile, record)
    return [_made("BRAND_PROFILE", identifier, profile["brandProfileArn"])]


@jobs.work("UpdateBrandProfileFromRegistration")
def _update_profile(world: World, job: Doc) -> list[Doc]:
    profile = find(world, PROFILE, job["brandProfileId"])
    _import(world, job, profile, sms.find(world, job["_todo"]["identifier"]))
    identifier: str = profile["brandProfileId"]
    return [_made("BRAND_PROFILE", identifier, arn_of(world, PROFILE, identifier))]


def _made(kind: str, identifier: str, arn: str) -> Doc:
    return {"resourceType": kind, "resourceId": identifier, "resourceArn": arn}


def _fill(world: World, job: Doc, profile: Doc, record: Doc) -> None:
    """Put attributes into the fields that they fit.

    inferred: an attribute is left out that breaks its field's validation, or whose field the
    other values disallow.
    """
    todo: Doc = job["_todo"]
    values: Doc = newest(record)["_values"]
    kind = sms.known_type(world, record["RegistrationType"])
    mine = attributes.attributes_of(world, profile["brandProfileId"])
    filled: list[FieldRule] = []
    for rule in kind.fields.values():
        if rule.path in values and not todo["replace"]:
            continue
        for attribute in field_match.candidates(rule.path, mine, smart=todo["smart"]):
            value = _value(world, job, rule, attribute)
            if value is not None:
                values[rule.path] = {"FieldPath": rule.path, **value}
                filled.append(rule)
                break
    for rule in filled:
        if decide(rule, values)[0] == "DISALLOWED":
            del values[rule.path]


def _value(world: World, job: Doc, rule: FieldRule, attribute: Doc) -> Doc | None:
    text: str = attribute.get("attributeValue", "")
    value: Doc
    if (rule.kind == "ATTACHMENT") == (attribute["attributeType"] == "TEXT"):
        return None
    if rule.kind == "TEXT":
        value = {"TextValue": text}
    elif rule.kind == "SELECT":
        options: list[str] = rule.definition["SelectValidation"]["Options"]
        wanted = {field_match.plain(part) for part in (text, *text.split(","))}
        value = {"SelectChoices": [o for o in options if field_match.plain(o) in wanted]}
    else:
        return _attached(world, job, rule, attribute)
    try:
        check_value(world, rule, next(iter(value)), value)
    except ServiceFault:
        return None
    return value


def _attached(world: World, job: Doc, rule: FieldRule, attribute: Doc) -> Doc | None:
    """Media as an attachment of their own, or None where there are none that fit."""
    body = attributes.body_of(attribute)
    if body is None:
        return None
    identifier = jobs.derived_id("attachment", job, rule.path)
    value: Doc = {"RegistrationAttachmentId": identifier}
    try:
        made = attachments.add(world, identifier, job["_ends"], body=body)
    except ServiceFault:
        return None
    try:
        check_value(world, rule, "RegistrationAttachmentId", value)
    except ServiceFault:
        arn: str = made["RegistrationAttachmentArn"]
        world.state.remove("attachments", identifier, arn)
        return None
    return value


def _import(world: World, job: Doc, profile: Doc, record: Doc) -> None:
    """Make attributes of the values of the newest version.

    inferred: an attachment is not imported, as the service that has it returns no content; of
    several fields of one name the first is.
    """
    todo: Doc = job["_todo"]
    at: float = job["_ends"]
    mine = attributes.attributes_of(world, profile["brandProfileId"])
    known = {field_match.plain(one["attributeName"]): one for one in mine}
    seen: set[str] = set()
    for path, value in newest(record)["_values"].items():
        name = field_match.attribute_name(path)
        key = field_match.plain(name)
        text = value.get("TextValue") or ", ".join(value.get("SelectChoices") or ())
        if not text or key in seen or not (todo["smart"] or field_match.is_standard(name)):
            continue
        seen.add(key)
        members: Doc = {"attributeValue": text}
        if key not in known:
            fresh: Doc = {"attributeName": name, "attributeType": "TEXT", **members}
            attributes.add(world, profile, fresh, at)
        elif todo["replace"] and known[key]["attributeType"] == "TEXT":
            attributes.change(world, known[key], members, at)
