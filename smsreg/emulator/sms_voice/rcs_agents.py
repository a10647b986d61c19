"""RCS agents."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from smsreg.emulator.core.collection import Collection
from smsreg.emulator.core.errors import conflict, invalid
from smsreg.emulator.core.filters import Fields, Part
from smsreg.emulator.core.indexes import by_member
from smsreg.emulator.core.paging import NOBODYS, Listing, page
from smsreg.emulator.core.world import Call, Handlers, World
from smsreg.emulator.sms_voice import opt_outs, pool_members
from smsreg.emulator.sms_voice.phone_numbers import settings_of
from smsreg.emulator.sms_voice.registrations import associated_with

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()
KIND = "rcs-agent"
AGENTS = Collection("rcs_agents", KIND)


def _launch_status(registration_status: str) -> str:
    return "ACTIVE" if registration_status == "COMPLETE" else "PENDING"


_LAUNCHES = Fields(
    {
        "resource": Part(
            "_associations",
            lambda associations: [association["ResourceArn"] for association in associations],
        ),
        "country-launch-status": Part("RegistrationStatus", _launch_status),
    }
)
"""Of launch registrations."""
_BY_AGENT = by_member("RcsAgentId")
_UNSET = "UNSET_RCS_MEDIA_CONFIGURATION"
_MEDIA = ("TwoWayMediaS3BucketName", "TwoWayMediaS3KeyPrefix", "TwoWayMediaS3Role")


def find(world: World, reference: str) -> Doc:
    """The agent with this id or ARN."""
    return world.find("rcs_agents", KIND, reference)


@HANDLERS.handle("CreateRcsAgent")
def create(call: Call) -> Doc:
    """Create an agent, which is CREATED until a launch registration changes that."""
    world, params = call.world, call.params
    table = world.state.table("rcs_agents")
    opt_out_list = opt_outs.find(world, params.get("OptOutListName", opt_outs.DEFAULT))
    world.within_quota("RCS_AGENTS", len(table))
    identifier = world.new_id("rcs")
    arn = world.arn(f"rcs-agent/{identifier}")
    world.set_tags(arn, params.get("Tags"))
    record: Doc = {
        "RcsAgentArn": arn,
        "RcsAgentId": identifier,
        "Status": "CREATED",
        "CreatedTimestamp": world.now(),
        "DeletionProtectionEnabled": params.get("DeletionProtectionEnabled", False),
        "OptOutListName": opt_out_list["OptOutListName"],
        "SelfManagedOptOutsEnabled": False,
        "TwoWayEnabled": False,
        "TwoWayRcsEventsEnabled": [],
    }
    world.state.add("rcs_agents", identifier, record, arn)
    return {**record, "Tags": world.tags(arn)}


@HANDLERS.handle("DescribeRcsAgents")
def describe(call: Call) -> Doc:
    """List agents by id, owner and filters."""
    items = AGENTS.listing(call.world, call.params, call.params.get("RcsAgentIds"))
    if call.params.get("Owner") == "SHARED":
        items = NOBODYS
    return page(call.operation, call.params, items, "RcsAgents")


@HANDLERS.handle("UpdateRcsAgent")
def update(call: Call) -> Doc:
    """Update an agent; one in a pool keeps the settings that it shares with the pool."""
    world, params = call.world, call.params
    record = find(world, params["RcsAgentId"])
    changes = settings_of(world, record, params)
    for name in (*_MEDIA, "TwoWayRcsEventsEnabled"):
        if name in params:
            changes[name] = params[name]
    if _UNSET in (changes.get(_MEDIA[0]), changes.get(_MEDIA[2])):
        changes.update(dict.fromkeys(_MEDIA))
    merged = {**record, **changes}
    if bool(merged.get(_MEDIA[0])) != bool(merged.get(_MEDIA[2])):
        # inferred: a media bucket needs its role, and the other way round.
        raise invalid("MISSING_PARAMETER", "A media bucket and its role go together")
    pool = pool_members.pool_of(world, record)
    if pool is not None:
        pool_members.check_settings(pool, merged, KIND)
    record.update(changes)
    return record


@HANDLERS.handle("DeleteRcsAgent")
def delete(call: Call) -> Doc:
    """Delete an agent, unless it is protected or in a pool."""
    world = call.world
    record = find(world, call.params["RcsAgentId"])
    identifier: str = record["RcsAgentId"]
    world.unprotected(record, KIND, identifier)
    if record.get("PoolId"):
        raise conflict("RCS_AGENT_ASSOCIATED_TO_POOL", "The agent is in a pool", KIND, identifier)
    for registration in list(associated_with(world, record["RcsAgentArn"])):
        associations: list[Doc] = registration["_associations"]
        associations[:] = [
            association
            for association in associations
            if association["ResourceArn"] != record["RcsAgentArn"]
        ]
    for number in list(world.state.table("verified_numbers").having(_BY_AGENT, identifier)):
        number["RcsAgentId"] = None
    world.state.table("keywords").pop(record["RcsAgentArn"], None)
    world.state.remove("rcs_agents", identifier, record["RcsAgentArn"])
    return {**record, "Status": "DELETED"}


@HANDLERS.handle("DescribeRcsAgentCountryLaunchStatus")
def launch_status(call: Call) -> Doc:
    """inferred: an agent has a status in the countries that a launch registration is for."""
    world, params = call.world, call.params
    record = find(world, params["RcsAgentId"])
    countries = {kind.name: kind.country for kind in world.catalogue.all() if kind.country}
    wanted = set(params.get("IsoCountryCodes") or countries.values())
    types = [name for name, country in countries.items() if country in wanted]
    filters = [
        _LAUNCHES.filter("resource", [record["RcsAgentArn"]]),
        _LAUNCHES.filter("registration-type", types),
        *_LAUNCHES.wanted(params),
    ]
    registrations = world.state.table("registrations")
    items = Listing.records(partial(registrations.passing, filters)).map(
        lambda registration: _launch(registration, countries[registration["RegistrationType"]])
    )
    return page(
        call.operation,
        params,
        items,
        "CountryLaunchStatus",
        RcsAgentId=record["RcsAgentId"],
        RcsAgentArn=record["RcsAgentArn"],
    )


def _launch(registration: Doc, country: str) -> Doc:
    status = _launch_status(registration["RegistrationStatus"])
    return {
        "IsoCountryCode": country,
        "Status": status,
        "RegistrationId": registration["RegistrationId"],
        "CarrierStatus": [{"CarrierName": "Emulated Carrier", "Status": status}],
    }
