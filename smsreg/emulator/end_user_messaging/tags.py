"""Tags of brand profiles and notify code configurations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.emulator.core.errors import not_found
from smsreg.emulator.core.world import Call, Handlers
from smsreg.emulator.end_user_messaging.resources import TABLES, set_tags

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()


def _known(call: Call) -> str:
    arn: str = call.params["resourceArn"]
    table, _ = call.world.state.arns.get(arn, ("", ""))
    if table not in TABLES.values():
        raise not_found("resource", arn)
    return arn


@HANDLERS.handle("TagResource")
def tag(call: Call) -> Doc:
    """Add tags, or replace their values."""
    set_tags(call.world, _known(call), call.params["tags"])
    return {}


@HANDLERS.handle("UntagResource")
def untag(call: Call) -> Doc:
    """Remove tags; missing keys are no error."""
    tags = call.world.state.tags.get(_known(call), {})
    for key in call.params["tagKeys"]:
        tags.pop(key, None)
    return {}


@HANDLERS.handle("ListTagsForResource")
def list_tags(call: Call) -> Doc:
    """All tags, without pagination."""
    tags = call.world.state.tags.get(_known(call), {})
    return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}
