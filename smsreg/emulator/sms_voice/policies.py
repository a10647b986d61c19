"""Resource policies: stored and returned, but not enforced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.emulator.core.errors import invalid, not_found
from smsreg.emulator.core.safe_json import parse
from smsreg.emulator.core.world import Call, Handlers

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()
KIND = "policy"


@HANDLERS.handle("PutResourcePolicy")
def put(call: Call) -> Doc:
    """Set the policy of a resource, replacing an earlier one."""
    world, arn = call.world, call.params["ResourceArn"]
    if arn not in world.state.arns:
        raise not_found(KIND, arn)
    try:
        policy = parse(call.params["Policy"])
    except ValueError:
        policy = None
    if not isinstance(policy, dict):
        raise invalid("CANNOT_PARSE", "Policy: it is not a JSON document")
    record: Doc = {
        "ResourceArn": arn,
        "Policy": call.params["Policy"],
        "CreatedTimestamp": world.now(),
    }
    world.state.table("policies")[arn] = record
    return record


@HANDLERS.handle("GetResourcePolicy")
def get(call: Call) -> Doc:
    """Return the policy of a resource."""
    record: Doc | None = call.world.state.table("policies").get(call.params["ResourceArn"])
    if record is None:
        raise not_found(KIND, call.params["ResourceArn"])
    return record


@HANDLERS.handle("DeleteResourcePolicy")
def delete(call: Call) -> Doc:
    """Delete the policy of a resource."""
    record: Doc | None = call.world.state.table("policies").pop(call.params["ResourceArn"], None)
    if record is None:
        raise not_found(KIND, call.params["ResourceArn"])
    return record
