"""Delivery receipts: the events of sent messages, by the emulator's clock.

Nothing runs in the background: whenever the events are read, `settle` publishes those that are due.
Each goes to the destinations of the message's configuration set, and to the bus.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.emulator.core.envelopes import to_bus, to_logs, to_stream, to_topic
from smsreg.emulator.core.indexes import Schedule
from smsreg.emulator.core.service_model import SMS, service_model
from smsreg.emulator.sms_voice.message_parts import encoding_of
from smsreg.emulator.sms_voice.number_plan import SIMULATOR_FAILURE, country_of

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc
    from smsreg.emulator.core.world import World

UNKNOWN_AFTER = 72 * 3600.0
"""Seconds after which a message without a receipt becomes UNKNOWN."""
_TABLE = "receipts"
DUE = Schedule(frozenset({"_due"}), lambda plan: plan["_due"][0][0] if plan["_due"] else None)
"""Scheduled events of messages, by the time of the next one."""
_FAMILIES = {"TEXT": "TEXT", "NOTIFY": "TEXT", "MEDIA": "MEDIA", "VOICE": "VOICE", "RCS": "RCS"}
_KINDS = {
    "TEXT": "Text Message Delivery Status Updated",
    "MEDIA": "Media Message Delivery Status Updated",
    "VOICE": "Voice Message Delivery Status Updated",
    "RCS": "RCS Message Delivery Status Updated",
}
# inferred: a message has its events within five seconds of the emulator's time.
_GOOD = {
    "TEXT": ((1.0, "TEXT_PENDING"), (3.0, "TEXT_SUCCESSFUL"), (5.0, "TEXT_DELIVERED")),
    "MEDIA": ((1.0, "MEDIA_PENDING"), (3.0, "MEDIA_SUCCESSFUL"), (5.0, "MEDIA_DELIVERED")),
    "VOICE": (
        (1.0, "VOICE_INITIATED"),
        (2.0, "VOICE_RINGING"),
        (3.0, "VOICE_ANSWERED"),
        (5.0, "VOICE_COMPLETED"),
    ),
    "RCS": ((1.0, "RCS_SENT"), (5.0, "RCS_DELIVERED")),
}
_BAD = {
    "TEXT": "TEXT_UNREACHABLE",
    "MEDIA": "MEDIA_UNREACHABLE",
    "VOICE": "VOICE_NO_ANSWER",
    "RCS": "RCS_FAILED",
}
_LOST = {
    "TEXT": "TEXT_UNKNOWN",
    "MEDIA": "MEDIA_UNKNOWN",
    "VOICE": "VOICE_TTL_EXPIRED",
    "RCS": "RCS_TTL_EXPIRED",
}
_NOT_FINAL = ("SENT", "PENDING", "QUEUED", "INITIATED", "RINGING", "ANSWERED", "FALLEN_BACK_TO_SMS")
# inferred: in these countries the carriers confirm no delivery to the handset, so that
# TEXT_SUCCESSFUL is the last word, and TEXT_DELIVERED in all others.
_ACCEPTED_ONLY = ("US", "CA", "PR", "ES")
_DESCRIPTIONS = {
    "PENDING": "Message is pending",
    "SUCCESSFUL": "Accepted by the carrier",
    "DELIVERED": "Delivered to the handset",
    "UNREACHABLE": "The handset is unreachable",
    "UNKNOWN": "No receipt arrived in time",
}


def schedule(world: World, message: Doc) -> None:
    """Schedule the events of a message that has just been sent."""
    family = _FAMILIES[message["Channel"]]
    start: float = message["Timestamp"]
    if not world.settings.receipts:
        plan = [(UNKNOWN_AFTER, _LOST[family])]
    elif message["DestinationPhoneNumber"] == SIMULATOR_FAILURE:
        plan = [(5.0, _BAD[family])]
    else:
        plan = list(_GOOD[family])
        if _is_final(message, plan[-2][1]):
            del plan[-1]
    due = [[start + after, event_type] for after, event_type in plan]
    world.state.table(_TABLE)[message["MessageId"]] = {"_due": due}


def settle(world: World) -> None:
    """Publish the events that are due."""
    table = world.state.table(_TABLE)
    now = world.now()
    ready: list[tuple[float, str, str]] = []
    for message_id in table.due(DUE, now):
        due = table[message_id]["_due"]
        ready += [(at, message_id, event_type) for at, event_type in due if at <= now]
    for at, message_id, event_type in sorted(ready):
        message = world.state.messages.get(message_id)
        if message is None:  # dropped from the sent messages
            table.pop(message_id, None)
        elif message_id in table:  # not ended by a final event
            table[message_id]["_due"].pop(0)
            _happen(world, message, event_type, at)


def deliver(world: World, message_id: str, event_type: str) -> None:
    """Publish an event of a message now; a final one is its last.

    Raises:
        KeyError: No such message was sent.
        ValueError: There is no such type of event for a message of this kind.
    """
    settle(world)
    sent = world.state.messages.get(message_id)
    if sent is None:
        msg = f"no message with the id {message_id} was sent"
        raise KeyError(msg)
    family = _FAMILIES.get(sent.get("Channel", ""))
    known = service_model(SMS).shape("EventType").enum or frozenset[str]()
    fits = event_type in known and event_type.partition("_")[0] == family
    if not fits or event_type.endswith("_ALL"):
        msg = f"event_type: a message of this kind has no {event_type[:64]!a}"
        raise ValueError(msg)
    _happen(world, sent, event_type, world.now())


def _happen(world: World, message: Doc, event_type: str, at: float) -> None:
    final = _is_final(message, event_type)
    if final:
        world.state.table(_TABLE).pop(message["MessageId"], None)
    message["EventType"] = event_type
    event = _event(world, message, event_type, at, final=final)
    family = event_type.partition("_")[0]
    for destination in _destinations(world, message):
        wanted = destination["MatchingEventTypes"]
        if destination["Enabled"] and {"ALL", f"{family}_ALL", event_type} & set(wanted):
            _push(world, destination, event, at)
    detail = {key: value for key, value in event.items() if key != "destinationPhoneNumber"}
    to_bus(world, "aws.sms-voice", _KINDS[family], detail, at)


def _destinations(world: World, message: Doc) -> list[Doc]:
    name = message.get("ConfigurationSetName", "").rpartition("/")[2]
    record = world.state.table("configuration_sets").get(name)
    return list(record["EventDestinations"]) if record else []


def _push(world: World, destination: Doc, event: Doc, at: float) -> None:
    if "SnsDestination" in destination:
        to_topic(world, destination["SnsDestination"]["TopicArn"], event, at)
    elif "KinesisFirehoseDestination" in destination:
        to_stream(world, destination["KinesisFirehoseDestination"]["DeliveryStreamArn"], event, at)
    else:
        to_logs(world, destination["CloudWatchLogsDestination"]["LogGroupArn"], event, at)


def _is_final(message: Doc, event_type: str) -> bool:
    word = event_type.partition("_")[2]
    if word == "SUCCESSFUL":
        return country_of(message["DestinationPhoneNumber"]) in _ACCEPTED_ONLY
    return word not in _NOT_FINAL


def _event(world: World, message: Doc, event_type: str, at: float, *, final: bool) -> Doc:
    word = event_type.partition("_")[2]
    number: str = message["DestinationPhoneNumber"]
    origin = _origination(world, message)
    home = country_of(origin) if origin and origin.startswith("+") else None
    event: Doc = {
        "eventType": event_type,
        "eventVersion": "1.0",
        "eventTimestamp": round(at * 1000),
        "isFinal": final,
        "originationPhoneNumber": origin,
        "destinationPhoneNumber": number,
        "isoCountryCode": country_of(number),
        "isInternationalSend": bool(home) and home != country_of(number),
        "messageId": message["MessageId"],
        "messageRequestTimestamp": round(message["Timestamp"] * 1000),
        "messageType": message.get("MessageType") or "TRANSACTIONAL",
        "messageStatus": word,
        "messageStatusDescription": _DESCRIPTIONS.get(word, word.replace("_", " ").capitalize()),
        "context": message.get("Context"),
        "totalMessageParts": message.get("Parts", 1),
        "totalMessagePrice": message.get("Price", 0.0),
        "totalCarrierFee": 0.0,
    }
    if event_type.startswith("TEXT"):
        body: str = message.get("MessageBody", "")
        event["messageEncoding"] = encoding_of(body)
    return {key: value for key, value in event.items() if value is not None}


def _origination(world: World, message: Doc) -> str | None:
    """The number or sender id that a message was sent from."""
    table, key = world.state.arns.get(message.get("OriginationIdentityArn", ""), ("", ""))
    record: Doc = world.state.table(table).get(key, {}) if table else {}
    for member in record.get("_members", ()):
        return _origination(world, {"OriginationIdentityArn": member["OriginationIdentityArn"]})
    name: str | None = record.get("PhoneNumber") or record.get("SenderId")
    return name or record.get("RcsAgentId")
