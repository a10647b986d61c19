"""Pools of origination identities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.emulator.core.collection import Collection, Lifecycle
from smsreg.emulator.core.errors import conflict, invalid, not_found
from smsreg.emulator.core.filters import Fields
from smsreg.emulator.core.indexes import Schedule, by_member
from smsreg.emulator.core.paging import NOBODYS, page
from smsreg.emulator.core.world import Call, Handlers, World
from smsreg.emulator.sms_voice import keywords, pool_members
from smsreg.emulator.sms_voice.identities import ARN_KEYS, ID_KEYS, resolve
from smsreg.emulator.sms_voice.phone_numbers import settings_of
from smsreg.emulator.sms_voice.pool_members import KIND

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()
_BY_POOL = by_member("PoolId")
"""Notify configurations by their pool."""


def settle(world: World, record: Doc) -> Doc:
    """A new pool becomes ACTIVE by the clock."""
    if record["Status"] == "CREATING" and world.now() >= record["_active_at"]:
        record["Status"] = "ACTIVE"
    return record


_DUE = Schedule(
    frozenset({"Status", "_active_at"}),
    lambda pool: pool["_active_at"] if pool["Status"] == "CREATING" else None,
)
POOLS = Collection("pools", KIND, lifecycle=Lifecycle(settle, lambda _: _DUE))
_MEMBER_FIELDS = Fields({"number-capability": "NumberCapabilities"})


def _find(world: World, reference: str) -> Doc:
    return settle(world, pool_members.find(world, reference))


@HANDLERS.handle("CreatePool")
def create(call: Call) -> Doc:
    """Create a pool with the settings of its first identity."""
    world, params = call.world, call.params
    kind, identity = _identity(world, params)
    table = world.state.table("pools")
    identifier = world.new_id(KIND)
    arn = world.arn(f"pool/{identifier}")
    now = world.now()
    record: Doc = {
        "PoolArn": arn,
        "PoolId": identifier,
        "Status": "CREATING",
        "MessageType": params["MessageType"],
        "TwoWayEnabled": identity.get("TwoWayEnabled", False),
        "TwoWayChannelArn": identity.get("TwoWayChannelArn"),
        "TwoWayChannelRole": identity.get("TwoWayChannelRole"),
        "SelfManagedOptOutsEnabled": identity.get("SelfManagedOptOutsEnabled", False),
        "OptOutListName": identity.get("OptOutListName", "Default"),
        "SharedRoutesEnabled": False,
        "DeletionProtectionEnabled": params.get("DeletionProtectionEnabled", False),
        "CreatedTimestamp": now,
        # inferred: a pool is there after a tenth of the time that a review takes.
        "_active_at": now + (world.settings.review_seconds or 0.0) / 10,
        "_members": [],
        "_capabilities": None,
    }
    _free(kind, identity)
    pool_members.check_fit(world, record, kind, identity)
    world.within_quota("POOLS", len(table))
    world.set_tags(arn, params.get("Tags"))
    record = world.state.add("pools", identifier, record, arn)
    pool_members.join(record, kind, identity)
    keywords.inherit(world, arn, identity[ARN_KEYS[kind]])
    return {**record, "Tags": world.tags(arn)}


@HANDLERS.handle("AssociateOriginationIdentity")
def associate(call: Call) -> Doc:
    """Associate an identity that has the pool's settings."""
    world, params = call.world, call.params
    record = _find(world, params["PoolId"])
    kind, identity = _identity(world, params)
    arn = identity[ARN_KEYS[kind]]
    if any(member["OriginationIdentityArn"] == arn for member in record["_members"]):
        raise conflict(
            "RESOURCE_ALREADY_ASSOCIATED", "It is in this pool", kind, identity[ID_KEYS[kind]]
        )
    _free(kind, identity)
    pool_members.check_fit(world, record, kind, identity)
    keywords.check_match(world, record, kind, identity)
    return {**record, **pool_members.join(record, kind, identity)}


@HANDLERS.handle("DisassociateOriginationIdentity")
def disassociate(call: Call) -> Doc:
    """inferred: a pool keeps its last identity."""
    world, params = call.world, call.params
    record = _find(world, params["PoolId"])
    kind, identity = _identity(world, params)
    arn, identifier = identity[ARN_KEYS[kind]], identity[ID_KEYS[kind]]
    members: list[Doc] = record["_members"]
    mine = [member for member in members if member["OriginationIdentityArn"] == arn]
    if not mine:
        if kind == "phone-number":
            raise conflict(
                "PHONE_NUMBER_NOT_ASSOCIATED_TO_POOL", "It is not in this pool", kind, identifier
            )
        raise not_found(kind, identifier)
    if len(members) == 1:
        raise conflict("LAST_PHONE_NUMBER", "It is the pool's last", KIND, record["PoolId"])
    members.remove(mine[0])
    identity.pop("PoolId", None)
    return {**record, **mine[0]}


@HANDLERS.handle("ListPoolOriginationIdentities")
def list_identities(call: Call) -> Doc:
    """List the identities of a pool by country and capability."""
    record = _find(call.world, call.params["PoolId"])
    items = _MEMBER_FIELDS.matching(record["_members"], call.params)
    return page(
        call.operation,
        call.params,
        items,
        "OriginationIdentities",
        PoolArn=record["PoolArn"],
        PoolId=record["PoolId"],
    )


@HANDLERS.handle("DescribePools")
def describe(call: Call) -> Doc:
    """List pools by id, owner and filters."""
    world, params = call.world, call.params
    items = POOLS.listing(world, params, params.get("PoolIds"))
    if params.get("Owner") == "SHARED":
        items = NOBODYS
    return page(call.operation, params, items, "Pools")


@HANDLERS.handle("UpdatePool")
def update(call: Call) -> Doc:
    """inferred: the settings that numbers and agents share with their pool change with it."""
    world, params = call.world, call.params
    record = _find(world, params["PoolId"])
    if record["Status"] != "ACTIVE":
        raise conflict("RESOURCE_NOT_ACTIVE", "The pool is not active", KIND, record["PoolId"])
    changes = settings_of(world, record, params)
    shared = {key: value for key, value in changes.items() if key != "DeletionProtectionEnabled"}
    for member in record["_members"]:
        if member["_kind"] != "sender-id":
            _, identity = resolve(world, member["OriginationIdentityArn"])
            identity.update(shared)
    record.update(changes)
    if "SharedRoutesEnabled" in params:
        record["SharedRoutesEnabled"] = params["SharedRoutesEnabled"]
    return record


@HANDLERS.handle("DeletePool")
def delete(call: Call) -> Doc:
    """Delete an active, unprotected pool; its identities remain."""
    world = call.world
    record = _find(world, call.params["PoolId"])
    identifier, arn = record["PoolId"], record["PoolArn"]
    if record["Status"] != "ACTIVE":
        raise conflict("RESOURCE_NOT_ACTIVE", "The pool is not active", KIND, identifier)
    world.unprotected(record, KIND, identifier)
    if world.state.table("notify_configurations").count_having(_BY_POOL, identifier):
        raise conflict("POOL_ASSOCIATED_TO_NOTIFY_CONFIGURATION", "It is in use", KIND, identifier)
    for member in record["_members"]:
        _, identity = resolve(world, member["OriginationIdentityArn"])
        identity.pop("PoolId", None)
    world.state.table("keywords").pop(arn, None)
    world.state.remove("pools", identifier, arn)
    return {**record, "Status": "DELETING"}


def _identity(world: World, params: Doc) -> tuple[str, Doc]:
    country: str | None = params.get("IsoCountryCode")
    kind, identity = resolve(world, params["OriginationIdentity"], country)
    if kind == "pool":
        raise invalid("INVALID_PARAMETER", "A pool holds no pools")
    actual = identity.get("IsoCountryCode")
    if country and actual and country != actual:
        raise invalid("COUNTRY_CODE_MISMATCH", "The identity belongs to another country")
    return kind, identity


def _free(kind: str, identity: Doc) -> None:
    """Refuse an identity that is inactive or in another pool; a sender id may be in many."""
    identifier = identity[ID_KEYS[kind]]
    if kind == "phone-number" and identity["Status"] != "ACTIVE":
        raise conflict("RESOURCE_NOT_ACTIVE", "The number is not active", kind, identifier)
    if identity.get("PoolId"):
        reason = "RCS_AGENT_ASSOCIATED_TO_POOL"
        if kind == "phone-number":
            reason = "PHONE_NUMBER_ASSOCIATED_TO_POOL"
        raise conflict(reason, "It is in another pool", kind, identifier)
