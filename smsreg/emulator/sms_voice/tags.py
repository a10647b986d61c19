"""Tags of any resource with an ARN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.emulator.core.errors import not_found, over_quota
from smsreg.emulator.core.world import Call, Handlers, World, check_tags

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()


def _known(world: World, arn: str) -> str:
    if arn not in world.state.arns:
        raise not_found(_kind(arn), arn)
    return arn


def _kind(arn: str) -> str:
    kind = arn.rpartition(":")[2].partition("/")[0]
    return kind if kind in _KINDS else "account"


_KINDS = (
    "phone-number", "sender-id", "pool", "configuration-set", "opt-out-list", "registration",
    "registration-attachment", "verified-destination-number", "protect-configuration",
    "notify-configuration", "rcs-agent",
)  # fmt: skip


@HANDLERS.handle("TagResource")
def tag(call: Call) -> Doc:
    """Add tags, or replace their values."""
    world = call.world
    arn = _known(world, call.params["ResourceArn"])
    given: list[Doc] = call.params["Tags"]
    check_tags(given)
    merged = {**world.state.tags.get(arn, {}), **{e["Key"]: e["Value"] for e in given}}
    if len(merged) > world.settings.quotas["TAGS_PER_RESOURCE"]:
        raise over_quota("TAGS_PER_RESOURCE", "The resource has too many tags")
    world.state.tags[arn] = merged
    return {}


@HANDLERS.handle("UntagResource")
def untag(call: Call) -> Doc:
    """Remove tags; missing keys are no error."""
    world = call.world
    tags = world.state.tags.get(_known(world, call.params["ResourceArn"]), {})
    for key in call.params["TagKeys"]:
        tags.pop(key, None)
    return {}


@HANDLERS.handle("ListTagsForResource")
def list_tags(call: Call) -> Doc:
    """All tags, without pagination."""
    arn = _known(call.world, call.params["ResourceArn"])
    return {"ResourceArn": arn, "Tags": call.world.tags(arn)}
