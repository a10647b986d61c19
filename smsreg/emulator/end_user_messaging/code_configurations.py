"""Notify code configurations: passcode policies and the templates of each channel."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from smsreg.emulator.core.paging import Listing, page
from smsreg.emulator.core.world import Call, Handlers
from smsreg.emulator.end_user_messaging.resources import (
    CONFIGURATION,
    arn_of,
    find,
    set_tags,
    unprotected,
    wrong,
)

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()
PLACEHOLDER = "{{code}}"
"""inferred: the placeholder of a template is the one that the templates of SMS have."""
_WHATSAPP_NAME = re.compile(r"[a-z0-9_]{1,512}")


def check_channels(channels: Doc, path: str) -> None:
    """Refuse templates that cannot contain a passcode."""
    for name, parameters in channels.items():
        body = parameters.get("inlineTemplateBody")
        if body and PLACEHOLDER not in body:
            message = f"The template needs the placeholder {PLACEHOLDER}"
            raise wrong(message, f"{path}/{name}/inlineTemplateBody")
        template = parameters.get("whatsAppTemplateName")
        if template and not _WHATSAPP_NAME.fullmatch(template):
            message = "A name has small letters, digits and underscores"
            raise wrong(message, f"{path}/{name}/whatsAppTemplateName")


@HANDLERS.handle("CreateNotifyCodeConfiguration")
def create(call: Call) -> Doc:
    """inferred: a name need not be unique."""
    world, params = call.world, call.params
    channels: Doc = params.get("channelParameters", {})
    check_channels(channels, "/channelParameters")
    table = world.state.table("code_configurations")
    world.within_quota("NOTIFY_CODE_CONFIGURATIONS", len(table))
    identifier = world.new_id("ncc")
    arn = arn_of(world, CONFIGURATION, identifier)
    set_tags(world, arn, params.get("tags", ()))
    record: Doc = {
        "notifyCodeConfigurationId": identifier,
        "notifyCodeConfigurationArn": arn,
        "notifyCodeConfigurationName": params["notifyCodeConfigurationName"],
        "codeConfigurationParameters": params.get("codeConfigurationParameters", {}),
        "channelParameters": channels,
        "deletionProtectionEnabled": params.get("deletionProtectionEnabled", False),
        "createdAt": world.now(),
        "updatedAt": world.now(),
    }
    record = world.state.add("code_configurations", identifier, record, arn)
    return {"notifyCodeConfiguration": record}


@HANDLERS.handle("GetNotifyCodeConfiguration")
def get(call: Call) -> Doc:
    """A configuration as it is stored."""
    record = find(call.world, CONFIGURATION, call.params["notifyCodeConfigurationId"])
    return {"notifyCodeConfiguration": record}


@HANDLERS.handle("ListNotifyCodeConfigurations")
def list_all(call: Call) -> Doc:
    """All configurations of the account."""
    items = Listing.records(call.world.state.table("code_configurations").after)
    return page(call.operation, call.params, items, "notifyCodeConfigurations")


@HANDLERS.handle("UpdateNotifyCodeConfiguration")
def update(call: Call) -> Doc:
    """Update the given members; an empty text or map clears a member of a channel."""
    params = call.params
    record = find(call.world, CONFIGURATION, params["notifyCodeConfigurationId"])
    given: Doc = params.get("channelParameters", {})
    check_channels(given, "/channelParameters")
    for name in ("notifyCodeConfigurationName", "deletionProtectionEnabled"):
        if name in params:
            record[name] = params[name]
    policy: Doc = params.get("codeConfigurationParameters", {})
    record["codeConfigurationParameters"] = {**record["codeConfigurationParameters"], **policy}
    channels: Doc = dict(record["channelParameters"])
    for name, members in given.items():
        merged = {**channels.get(name, {}), **cast("dict[str, Any]", members)}
        channels[name] = {key: value for key, value in merged.items() if value not in ("", {})}
    record["channelParameters"] = {name: members for name, members in channels.items() if members}
    record["updatedAt"] = call.world.now()
    return {"notifyCodeConfiguration": record}


@HANDLERS.handle("DeleteNotifyCodeConfiguration")
def delete(call: Call) -> Doc:
    """Delete a configuration; passcodes already sent can still be validated."""
    world = call.world
    record = find(world, CONFIGURATION, call.params["notifyCodeConfigurationId"])
    identifier: str = record["notifyCodeConfigurationId"]
    unprotected(record, CONFIGURATION, identifier)
    world.state.remove("code_configurations", identifier, record["notifyCodeConfigurationArn"])
    return {}
