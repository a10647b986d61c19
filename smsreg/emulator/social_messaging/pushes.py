"""The events of WhatsApp: messages of end users, and statuses of sent messages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from smsreg.emulator.core.envelopes import event_id, iso_time, to_bus, to_topic
from smsreg.emulator.core.errors import ServiceFault
from smsreg.emulator.core.indexes import Index
from smsreg.emulator.core.state import MESSAGES_KEPT
from smsreg.emulator.sms_voice.receipts import DUE
from smsreg.emulator.social_messaging.accounts import find_account, find_phone

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc
    from smsreg.emulator.core.world import World

_TABLE = "whatsapp_receipts"
_BY_NUMBER = Index(frozenset({"phoneNumber"}), lambda phone: [phone["phoneNumber"].lstrip("+")])
# inferred: a message is sent after a second and delivered after three.
_STATUSES = ((1.0, "sent"), (3.0, "delivered"))
STATUSES = ("sent", "delivered", "read", "failed")


def schedule(world: World, message_id: str, phone: Doc, number: str) -> None:
    """Schedule the statuses of a message that has just been sent."""
    due = [[world.now() + after, status] for after, status in _STATUSES]
    if not world.settings.receipts:
        due = []
    table = world.state.table(_TABLE)
    table.keep_newest(MESSAGES_KEPT - 1)
    table[message_id] = {
        "_due": due,
        "_phone": phone["phoneNumberId"],
        "_to": number.lstrip("+"),
    }


def settle(world: World) -> None:
    """Publish the statuses that are due."""
    table = world.state.table(_TABLE)
    for message_id in table.due(DUE, world.now()):
        record = table[message_id]
        while record["_due"] and record["_due"][0][0] <= world.now():
            at, status = record["_due"].pop(0)
            _push_status(world, message_id, record, status, at)


def deliver(world: World, message_id: str, status: str) -> None:
    """Publish a status of a message now.

    Raises:
        KeyError: No such message was sent.
        ValueError: There is no such status.
    """
    settle(world)
    record = world.state.table(_TABLE)[message_id]
    if status not in STATUSES:
        msg = f"event_type: a WhatsApp message is {', '.join(STATUSES)}"
        raise ValueError(msg)
    record["_due"] = []
    _push_status(world, message_id, record, status, world.now())


def is_known(world: World, message_id: str) -> bool:
    """Whether a WhatsApp message with this id was sent."""
    return message_id in world.state.tables.get(_TABLE, {})


def receive(world: World, origination: str, destination: str, message: Doc) -> str:
    """A message of an end user, in the form of Meta's payload but for its id, sender and time.

    Raises:
        KeyError: The account has no such phone number.
        ValueError: The sender is no phone number.
    """
    number = origination.strip().lstrip("+")
    if not (number.isascii() and number.isdigit()):
        raise ValueError("from: it must be a phone number")
    phone = _phone(world, destination)
    identifier = f"wamid.{world.hex()}"
    whole: Doc = {
        "from": number,
        "id": identifier,
        "timestamp": str(int(world.now())),
        **message,
    }
    contact: Doc = {"profile": {"name": "Emulated user"}, "wa_id": number}
    _push(world, phone, {"contacts": [contact], "messages": [whole]}, world.now())
    return identifier


def _phone(world: World, destination: str) -> Doc:
    numbers = world.state.table("whatsapp_phones")
    record = numbers.first_having(_BY_NUMBER, destination.lstrip("+"))
    if record is not None:
        return record
    try:
        return find_phone(world, destination)
    except ServiceFault as fault:
        msg = f"the account has no WhatsApp phone number {destination[:100]}"
        raise KeyError(msg) from fault


def _push_status(world: World, message_id: str, record: Doc, status: str, at: float) -> None:
    phone = world.state.table("whatsapp_phones").get(record["_phone"])
    if phone is None:  # it has been unlinked meanwhile
        return
    entry: Doc = {
        "id": message_id,
        "status": status,
        "timestamp": str(int(at)),
        "recipient_id": record["_to"],
    }
    _push(world, phone, {"statuses": [entry]}, at)


def _push(world: World, phone: Doc, value: Doc, at: float) -> None:
    account = find_account(world, phone["_account"])
    metadata: Doc = {
        "display_phone_number": phone["displayPhoneNumber"].lstrip("+"),
        "phone_number_id": phone["metaPhoneNumberId"],
    }
    change = {"messaging_product": "whatsapp", "metadata": metadata, **value}
    entry: Doc = {"id": account["wabaId"], "changes": [{"value": change, "field": "messages"}]}
    waba = [{"wabaId": account["wabaId"], "arn": account["arn"]}]
    numbers = [{"metaPhoneNumberId": phone["metaPhoneNumberId"], "arn": phone["arn"]}]
    body: Doc = {
        "context": {"MetaWabaIds": waba, "MetaPhoneNumberIds": numbers},
        "whatsAppWebhookEntry": json.dumps(entry),
        "aws_account_id": world.scope.account_id,
        "message_timestamp": iso_time(at, fraction=True).replace("Z", "000000Z"),
        "messageId": event_id(world, entry),
    }
    for destination in account["eventDestinations"]:
        arn: str = destination["eventDestinationArn"]
        if ":events:" in arn:
            context = {"MetaWabaIds": json.dumps(waba), "MetaPhoneNumberIds": json.dumps(numbers)}
            detail = {**body, "context": context, "message_timestamp": str(int(at))}
            to_bus(world, "aws.social-messaging", "WhatsApp Message Received", detail, at)
        else:
            to_topic(world, arn, body, at)
