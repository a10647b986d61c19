"""WhatsApp messages, calls and conversion events: kept for tests to read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from smsreg.emulator.core.errors import ServiceFault
from smsreg.emulator.core.world import Call, Handlers, World
from smsreg.emulator.social_messaging import pushes, templates
from smsreg.emulator.social_messaging.accounts import find_account, find_phone, missing, wrong
from smsreg.emulator.social_messaging.json_blobs import read_object, text_of

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc, Json

HANDLERS = Handlers()
_VERSION = re.compile(r"v\d{1,3}(\.\d{1,2})?")


def _version(params: Doc) -> None:
    if not _VERSION.fullmatch(params["metaApiVersion"]):
        raise wrong("metaApiVersion: it has the form v20.0")


def _record(world: World, operation: str, identifier: str, **facts: object) -> str:
    message: Doc = {
        "MessageId": identifier,
        "Operation": operation,
        "Timestamp": world.now(),
        **facts,
    }
    world.state.record_message(identifier, message)
    return identifier


@HANDLERS.handle("SendWhatsAppMessage")
def send(call: Call) -> Doc:
    """inferred: messaging_product, to and template are checked, other parts are not."""
    world, params = call.world, call.params
    phone = find_phone(world, params["originationPhoneNumberId"])
    _version(params)
    message = read_object(params["message"], "message")
    if message.get("messaging_product", "whatsapp") != "whatsapp":
        raise wrong("message: messaging_product must be whatsapp")
    number: str | None = None
    if message.get("status") != "read":
        number = text_of(message, "to", "message", 40)
    if "template" in message:
        _template(world, phone, message["template"])
    identifier = f"{world.hex()[:8]}-{world.hex()}"
    if number is not None:
        pushes.schedule(world, identifier, phone, number)
    return {
        "messageId": _record(
            world,
            call.operation.name,
            identifier,
            OriginationPhoneNumberId=phone["phoneNumberId"],
            Message=message,
        )
    }


def _template(world: World, phone: Doc, template: object) -> None:
    """inferred: a message's template has to be one of the account's, and approved."""
    name: Json = cast("Doc", template).get("name") if isinstance(template, dict) else ""
    span = world.settings.review_seconds
    for record in templates.named(world, phone["_account"], str(name)):
        due = span is not None and world.now() >= record["_submitted"] + span
        if record["templateStatus"] == "APPROVED" or (
            record["templateStatus"] == "PENDING" and due
        ):
            return
        raise wrong("message: the template is not approved")
    raise wrong("message: the account has no such template")


@HANDLERS.handle("GetWhatsAppCallPermission")
def call_permission(call: Call) -> Doc:
    """inferred: nobody has given a permission; one may be asked for."""
    params = call.params
    find_phone(call.world, params["originationPhoneNumberId"])
    if ("destinationPhoneNumber" in params) == ("endUserBsuid" in params):
        raise wrong("Exactly one of destinationPhoneNumber and endUserBsuid is needed")
    limit = {"timePeriod": "PT24H", "maxAllowed": 1, "currentUsage": 0}
    return {
        "permission": {"status": "no_permission"},
        "actions": [
            {
                "actionName": "send_call_permission_request",
                "canPerformAction": True,
                "limits": [limit],
            },
            {"actionName": "start_call", "canPerformAction": False, "limits": []},
        ],
    }


@HANDLERS.handle("SendWhatsAppCallEvent")
def send_call_event(call: Call) -> Doc:
    """Start a call, or perform an action on an existing one."""
    world, params = call.world, call.params
    phone = find_phone(world, params["originationPhoneNumberId"])
    _version(params)
    event = read_object(params["callEvent"], "callEvent")
    action = text_of(event, "action", "callEvent", 50)
    identifier = f"wacid.{world.hex()}"
    if "call_id" in event:
        identifier = text_of(event, "call_id", "callEvent", 200)
        known = world.state.messages.get(identifier)
        if known is None:
            raise missing("call")
        if known["Action"] == "terminate":
            # inferred: a call that has ended takes no further events.
            raise ServiceFault("ConflictException", "The call has ended")
    _record(
        world,
        call.operation.name,
        identifier,
        OriginationPhoneNumberId=phone["phoneNumberId"],
        Action=action,
        Event=event,
    )
    return {"callId": identifier}


@HANDLERS.handle("CreateWhatsAppDataset")
def create_dataset(call: Call) -> Doc:
    """inferred: an account has one data set; asking again gives the same."""
    account = find_account(call.world, call.params["id"])
    if not account.get("datasetId"):
        account["datasetId"] = call.world.digits(15)
    return {"datasetId": account["datasetId"]}


@HANDLERS.handle("SendWhatsAppConversionEvent")
def send_conversion(call: Call) -> Doc:
    """Send an event to the account's own data set."""
    world, params = call.world, call.params
    account = find_account(world, params["id"])
    if account.get("datasetId") != params["datasetId"]:
        raise missing("data set")
    event = read_object(params["eventData"], "eventData")
    identifier = world.hex()
    _record(world, call.operation.name, identifier, DatasetId=params["datasetId"], Event=event)
    return {"requestId": identifier}
