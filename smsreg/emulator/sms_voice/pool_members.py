"""The rules between a pool and its origination identities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.emulator.core.errors import conflict

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc
    from smsreg.emulator.core.world import World

KIND = "pool"


def find(world: World, reference: str) -> Doc:
    """The pool with this id or ARN."""
    return world.find("pools", KIND, reference)


def pool_of(world: World, number: Doc) -> Doc | None:
    """The pool that a number or agent is in."""
    return world.state.table("pools").get(number.get("PoolId") or "")


def pool_for(world: World, reference: str | None, number: Doc) -> Doc | None:
    """The pool that a new number is to join, once it is checked to fit."""
    if not reference:
        return None
    pool = find(world, reference)
    check_fit(world, pool, "phone-number", number)
    return pool


def check_fit(world: World, pool: Doc, kind: str, identity: Doc) -> None:
    """Refuse an identity whose shared settings differ from those of the pool."""
    identifier: str = pool["PoolId"]
    world.within_quota(
        "ORIGINATION_IDENTITIES_PER_POOL", len(pool["_members"]), "ORIGINATION_IDENTITIES_PER_POOL"
    )
    if kind == "sender-id":
        if pool["MessageType"] not in identity["MessageTypes"]:
            raise conflict("MESSAGE_TYPE_MISMATCH", "Another message type", KIND, identifier)
        return
    if kind == "phone-number":
        if identity["MessageType"] != pool["MessageType"]:
            raise conflict("MESSAGE_TYPE_MISMATCH", "Another message type", KIND, identifier)
        capabilities = pool["_capabilities"]
        if capabilities is not None and identity["NumberCapabilities"] != capabilities:
            raise conflict("NUMBER_CAPABILITIES_MISMATCH", "Other capabilities", KIND, identifier)
    check_settings(pool, identity, kind)


def check_settings(pool: Doc, identity: Doc, kind: str) -> None:
    """Refuse two-way and opt-out settings that differ from the pool's."""
    # inferred: members share opt-out handling, opt-out list and two-way settings with their
    # pool, compared in this order; sender ids share none.
    identifier: str = pool["PoolId"]
    if kind == "sender-id":
        return
    if identity["SelfManagedOptOutsEnabled"] != pool["SelfManagedOptOutsEnabled"]:
        raise conflict("SELF_MANAGED_OPT_OUTS_MISMATCH", "Other opt-out handling", KIND, identifier)
    if identity["OptOutListName"] != pool["OptOutListName"]:
        raise conflict("OPT_OUT_LIST_MISMATCH", "Another opt-out list", KIND, identifier)
    two_way = ("TwoWayEnabled", "TwoWayChannelArn", "TwoWayChannelRole")
    if any(identity.get(name) != pool.get(name) for name in two_way):
        raise conflict("TWO_WAY_CONFIG_MISMATCH", "Other two-way settings", KIND, identifier)


def join(pool: Doc, kind: str, identity: Doc) -> Doc:
    """Add an identity to a pool."""
    arn_key, id_key = _KEYS[kind]
    member: Doc = {
        "OriginationIdentityArn": identity[arn_key],
        "OriginationIdentity": identity[id_key],
        "IsoCountryCode": identity.get("IsoCountryCode", "US"),
        "NumberCapabilities": identity.get("NumberCapabilities", _CAPABILITIES[kind]),
        "PhoneNumber": identity.get("PhoneNumber"),
        "_kind": kind,
    }
    pool["_members"].append(member)
    if kind == "phone-number":
        pool["_capabilities"] = identity["NumberCapabilities"]
    if kind != "sender-id":
        identity["PoolId"] = pool["PoolId"]
    return member


_KEYS = {
    "phone-number": ("PhoneNumberArn", "PhoneNumberId"),
    "sender-id": ("SenderIdArn", "SenderId"),
    "rcs-agent": ("RcsAgentArn", "RcsAgentId"),
}
_CAPABILITIES = {"phone-number": ["SMS"], "sender-id": ["SMS"], "rcs-agent": ["RCS"]}
