"""Sender ids: request, describe, update, release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.emulator.catalogue import kind_of
from smsreg.emulator.core.collection import Collection
from smsreg.emulator.core.errors import conflict, invalid, not_found
from smsreg.emulator.core.filters import Fields
from smsreg.emulator.core.indexes import Index
from smsreg.emulator.core.paging import NOBODYS, page
from smsreg.emulator.core.world import Call, Handlers, World
from smsreg.emulator.sms_voice.registration_effects import new_sender_id
from smsreg.emulator.sms_voice.registration_effects import release as disassociate

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()
KIND = "sender-id"
SENDER_IDS = Collection("sender_ids", KIND, Fields({"message-type": "MessageTypes"}))
_NOT_SUPPORTED = ("US", "CA", "PR", "CN")
_BY_IDENTITY = Index(
    frozenset({"_members"}),
    lambda pool: [member["OriginationIdentityArn"] for member in pool["_members"]],
)
"""Pools by the identities in them."""


def find(world: World, reference: str, country: str | None) -> Doc:
    """The sender id with this name in this country, or with this ARN."""
    key = world.key(KIND, reference)
    name, _, place = key.partition("/")
    wanted = f"{name}/{place or country or ''}"
    record: Doc | None = world.state.table("sender_ids").get(wanted)
    if record is None or (country and record["IsoCountryCode"] != country):
        raise not_found(KIND, reference)
    return record


@HANDLERS.handle("RequestSenderId")
def request(call: Call) -> Doc:
    """Request a sender id, in countries that need no registration."""
    world, params = call.world, call.params
    name, country = params["SenderId"], params["IsoCountryCode"]
    if not any(char.isalpha() for char in name):
        raise invalid("INVALID_PARAMETER", "SenderId: at least one letter is needed")
    if country in _NOT_SUPPORTED:
        raise invalid("SENDER_ID_NOT_SUPPORTED", "There are no sender ids in this country")
    # inferred: a country needs a registration when the catalogue has a type for its sender ids,
    # but for the United Kingdom, of which the opposite is reported as well.
    registered = {
        kind.country
        for kind in world.catalogue.all()
        if not kind.request_without_registration
        and any(kind_of(association["resource"]) == KIND for association in kind.associations)
    }
    if country in registered:
        raise invalid("SENDER_ID_REQUIRES_REGISTRATION", "This country needs a registration")
    key = f"{name}/{country}"
    table = world.state.table("sender_ids")
    if key in table:
        raise conflict("RESOURCE_ALREADY_EXISTS", "The account has this sender id", KIND, name)
    world.within_quota("SENDER_IDS", len(table))
    arn = world.arn(f"sender-id/{key}")
    world.set_tags(arn, params.get("Tags"))
    record = new_sender_id(arn, name, country)
    record["DeletionProtectionEnabled"] = params.get("DeletionProtectionEnabled", False)
    if params.get("MessageTypes"):
        record["MessageTypes"] = sorted(set(params["MessageTypes"]), reverse=True)
    world.state.add("sender_ids", key, record, arn)
    return {**record, "Tags": world.tags(arn)}


@HANDLERS.handle("DescribeSenderIds")
def describe(call: Call) -> Doc:
    """List sender ids by name and country, owner and filters."""
    world, params = call.world, call.params
    if params.get("SenderIds"):
        named = [find(world, e["SenderId"], e["IsoCountryCode"]) for e in params["SenderIds"]]
        items = SENDER_IDS.few(world, params, named)
    else:
        items = SENDER_IDS.listing(world, params)
    if params.get("Owner") == "SHARED":
        items = NOBODYS
    return page(call.operation, params, items, "SenderIds")


@HANDLERS.handle("UpdateSenderId")
def update(call: Call) -> Doc:
    """Update deletion protection, the only setting that can be changed."""
    params = call.params
    record = find(call.world, params["SenderId"], params["IsoCountryCode"])
    if "DeletionProtectionEnabled" in params:
        record["DeletionProtectionEnabled"] = params["DeletionProtectionEnabled"]
    return record


@HANDLERS.handle("ReleaseSenderId")
def release(call: Call) -> Doc:
    """Release a sender id, unless it is protected or in a pool."""
    world, params = call.world, call.params
    record = find(world, params["SenderId"], params["IsoCountryCode"])
    name, arn = record["SenderId"], record["SenderIdArn"]
    world.unprotected(record, KIND, name)
    if world.state.table("pools").count_having(_BY_IDENTITY, arn):
        raise conflict("SENDER_ID_ASSOCIATED_TO_POOL", "It is in a pool", KIND, name)
    disassociate(world, record, arn)
    return world.state.remove("sender_ids", f"{name}/{record['IsoCountryCode']}", arn)
