"""Messages: validated like real ones, never delivered, kept for tests to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.emulator.core.errors import conflict, invalid, not_found
from smsreg.emulator.core.indexes import Index
from smsreg.emulator.core.world import Call, Handlers, World
from smsreg.emulator.sms_voice import account, configuration_sets, destinations, pools, receipts
from smsreg.emulator.sms_voice.identities import ARN_KEYS, ID_KEYS, is_sender_id, resolve
from smsreg.emulator.sms_voice.message_parts import count_parts
from smsreg.emulator.sms_voice.number_plan import SIMULATOR_FAILURE, country_of, normal
from smsreg.emulator.sms_voice.reach import check_reach, reaches

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()
PRICES = {"TEXT": 0.01, "MEDIA": 0.02, "VOICE": 0.02, "RCS": 0.01, "NOTIFY": 0.01}
"""Dollars. inferred: a message costs a cent or two; what counts is that limits can be met."""
_CAPABILITIES = {"TEXT": "SMS", "MEDIA": "MMS", "VOICE": "VOICE", "RCS": "RCS"}
_BY_USE = Index(
    frozenset({"IsoCountryCode", "NumberCapabilities"}),
    lambda number: [(number["IsoCountryCode"], name) for name in number["NumberCapabilities"]],
)
"""Numbers by country and capability."""


@HANDLERS.handle("SendTextMessage")
def send_text(call: Call) -> Doc:
    """Send a text from the given identity, or from any that can."""
    if "MessageBody" not in call.params:
        # inferred: MessageBody is needed, though the model calls it optional.
        raise invalid("MISSING_PARAMETER", "MessageBody is needed")
    return _send(call, "TEXT")


@HANDLERS.handle("SendMediaMessage")
def send_media(call: Call) -> Doc:
    """Send a text, a file or both."""
    if "MessageBody" not in call.params and "MediaUrls" not in call.params:
        raise invalid("MISSING_PARAMETER", "MessageBody or MediaUrls is needed")
    return _send(call, "MEDIA")


@HANDLERS.handle("SendVoiceMessage")
def send_voice(call: Call) -> Doc:
    """Send a text as speech."""
    if "MessageBody" not in call.params:
        raise invalid("MISSING_PARAMETER", "MessageBody is needed")
    return _send(call, "VOICE")


@HANDLERS.handle("SendRcsMessage")
def send_rcs(call: Call) -> Doc:
    """Send from an agent; while it is being tested, to verified numbers only."""
    if "RcsMessageContent" not in call.params:
        raise invalid("MISSING_PARAMETER", "RcsMessageContent is needed")
    return _send(call, "RCS")


def _send(call: Call, channel: str) -> Doc:
    world, params = call.world, call.params
    number = normal(params["DestinationPhoneNumber"])
    settings: Doc = {}
    if "ConfigurationSetName" in params:
        settings = configuration_sets.find(world, params["ConfigurationSetName"])
    kind, identity = _origin(world, params, settings, number, channel)
    _check_active(world, kind, identity)
    _check_fit(kind, identity, channel, params.get("MessageType"))
    check_reach(world, kind, identity, number)
    destinations.check(world, number, _CAPABILITIES[channel], params)
    destinations.check_opt_out(world, identity, number)
    price = PRICES[channel] * parts_of(call.operation.name, params)
    destinations.check_price(price, params.get("MaxPrice") or params.get("MaxPricePerMinute"))
    feedback = params.get("MessageFeedbackEnabled", settings.get("DefaultMessageFeedbackEnabled"))
    message: Doc = {
        **params,
        "DestinationPhoneNumber": number,
        "OriginationIdentityArn": identity[ARN_KEYS[kind]],
        "MessageFeedbackEnabled": bool(feedback),
        "MessageType": params.get("MessageType", settings.get("DefaultMessageType")),
    }
    return {"MessageId": deliver(call, channel, message)}


def parts_of(operation: str, message: Doc) -> int:
    """The billed units: each part of a text; one for anything else."""
    texts = operation in ("SendTextMessage", "SendNotifyTextMessage")
    return count_parts(message["MessageBody"]) if texts else 1


def deliver(call: Call, channel: str, message: Doc) -> str:
    """Charge and record a message, unless it is a dry run; returns a new id in any case."""
    world = call.world
    message_id = world.uuid()
    if message.get("DryRun"):
        return message_id
    parts = parts_of(call.operation.name, message)
    price = round(PRICES[channel] * parts, 5)
    account.spend(world, channel, price)
    failed = message["DestinationPhoneNumber"] == SIMULATOR_FAILURE
    sent: Doc = {
        **message,
        "MessageId": message_id,
        "Operation": call.operation.name,
        "Channel": channel,
        "Price": price,
        "Parts": parts,
        "Timestamp": world.now(),
        "Outcome": "FAILED" if failed else "DELIVERED",
    }
    world.state.record_message(message_id, sent)
    receipts.schedule(world, sent)
    return message_id


def _origin(world: World, params: Doc, settings: Doc, number: str, channel: str) -> tuple[str, Doc]:
    named: str | None = params.get("OriginationIdentity") or settings.get("DefaultSenderId")
    country = country_of(number)
    if named is not None:
        by_country = country if is_sender_id(named) else None
        return resolve(world, named, by_country)
    # inferred: without an identity, a message goes from the first number that has the
    # capability and is of the destination's country.
    wanted = (country, _CAPABILITIES[channel])
    for record in world.state.table("phone_numbers").having(_BY_USE, wanted):
        kind, identity = resolve(world, record["PhoneNumberId"])
        if identity["Status"] == "ACTIVE" and reaches(kind, identity, number):
            return kind, identity
    raise conflict(
        "NO_ORIGINATION_IDENTITIES_FOUND",
        "No identity of the account can send this",
        "account",
        world.scope.account_id,
    )


def _check_active(world: World, kind: str, identity: Doc) -> None:
    """inferred: an RCS agent that is being tested can send as well."""
    if kind == "pool":
        pools.settle(world, identity)
    if identity.get("Status", "ACTIVE") not in ("ACTIVE", "TESTING", "PARTIAL"):
        identifier: str = identity[ID_KEYS[kind]]
        raise conflict("RESOURCE_NOT_ACTIVE", f"The {kind} is not active", kind, identifier)


def _check_fit(kind: str, identity: Doc, channel: str, wanted: str | None) -> None:
    """inferred: an identity's capabilities are checked before its message type."""
    identifier: str = identity[ID_KEYS[kind]]
    if _CAPABILITIES[channel] not in _capabilities(kind, identity):
        if channel == "VOICE":
            raise invalid("VOICE_CAPABILITY_NOT_AVAILABLE", f"The {kind} has no voice")
        raise conflict(
            "NUMBER_CAPABILITIES_MISMATCH", f"The {kind} cannot send this", kind, identifier
        )
    types = identity.get("MessageTypes") or [identity.get("MessageType", wanted)]
    if wanted and wanted not in types:
        raise conflict("MESSAGE_TYPE_MISMATCH", "Another message type", kind, identifier)


def _capabilities(kind: str, identity: Doc) -> list[str]:
    if kind == "pool":
        return [name for member in identity["_members"] for name in member["NumberCapabilities"]]
    fixed = {"sender-id": ["SMS"], "rcs-agent": ["RCS", "SMS", "MMS"]}
    return fixed.get(kind) or list(identity["NumberCapabilities"])


@HANDLERS.handle("PutMessageFeedback")
def put_feedback(call: Call) -> Doc:
    """inferred: taken for any message that is known, whether feedback was asked for or not."""
    identifier: str = call.params["MessageId"]
    message = call.world.state.messages.get(identifier)
    if message is None:
        raise not_found("message", identifier)
    message["MessageFeedbackStatus"] = call.params["MessageFeedbackStatus"]
    return {"MessageId": identifier, "MessageFeedbackStatus": message["MessageFeedbackStatus"]}
