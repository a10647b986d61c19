"""Messages that end users send to the account's numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.emulator.core.envelopes import to_topic
from smsreg.emulator.core.errors import ServiceFault
from smsreg.emulator.core.indexes import Index
from smsreg.emulator.sms_voice import keywords, opt_outs
from smsreg.emulator.sms_voice.identities import ARN_KEYS, resolve
from smsreg.emulator.sms_voice.number_plan import normal

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc
    from smsreg.emulator.core.world import World

_LONGEST_BODY = 1600
_NETWORK = {
    "STOP": ("OPT_OUT", "NETWORK MSG: You replied STOP and will get no more messages."),
    "UNSTOP": ("OPT_IN", "NETWORK MSG: You replied UNSTOP and will get messages again."),
    "HELP": ("AUTOMATIC_RESPONSE", "NETWORK MSG: Reply STOP to get no more messages."),
}
"""Replies that the toll-free network sends by itself."""


def receive(world: World, origination: str, destination: str, body: str) -> Doc:
    """Receive an end user's message: reply to its keyword, and publish it to the channel.

    Raises:
        KeyError: The account has no such number, pool or agent.
        ValueError: The message is invalid, or its destination takes none.
    """
    sender = normal(origination.strip())
    if not sender[1:].isdigit():
        raise ValueError("from: it must be a phone number")
    if not 1 <= len(body) <= _LONGEST_BODY:
        msg = f"body: it has 1 to {_LONGEST_BODY} characters"
        raise ValueError(msg)
    identity = _find(world, destination)
    # inferred: a message is a keyword when it is one as a whole, whatever its case.
    word = body.strip().upper()
    action, reply = _keyword_reply(world, identity, word)
    if action in ("OPT_OUT", "OPT_IN"):
        _opt(world, identity, sender, action)
    inbound_id = world.uuid()
    previous = _previous(world, identity, sender)
    if reply is not None:
        _reply(world, identity, sender, reply)
    _push(
        world,
        identity,
        {
            "originationNumber": sender,
            "destinationNumber": identity.get("PhoneNumber", destination),
            # inferred: a message that is no keyword has the account's own for its keyword.
            "messageKeyword": word if action else f"KEYWORD_{world.scope.account_id}",
            "messageBody": body,
            "inboundMessageId": inbound_id,
            "previousPublishedMessageId": previous,
        },
    )
    return {
        "inbound_message_id": inbound_id,
        "keyword": word if action else None,
        "action": action,
        "reply": reply,
    }


def _find(world: World, destination: str) -> Doc:
    try:
        kind, record = resolve(world, destination)
    except ServiceFault as fault:
        msg = f"the account has nothing that receives messages as {destination[:100]}"
        raise KeyError(msg) from fault
    if kind == "sender-id":
        raise ValueError("to: nobody can reply to a sender id")
    return {**record, "_arn": record[ARN_KEYS[kind]]}


def _keyword_reply(world: World, identity: Doc, word: str) -> tuple[str | None, str | None]:
    """The action and reply of a keyword; None and None for other words."""
    if identity.get("NumberType") == "TOLL_FREE" and word in _NETWORK:
        return _NETWORK[word]
    entry = keywords.of(world, identity["_arn"]).get(word)
    if entry is None:
        return None, None
    if entry["KeywordAction"] == "OPT_OUT" and identity.get("SelfManagedOptOutsEnabled"):
        return "OPT_OUT", None  # the account owner replies
    return entry["KeywordAction"], entry["KeywordMessage"]


def _opt(world: World, identity: Doc, number: str, action: str) -> None:
    if identity.get("SelfManagedOptOutsEnabled"):
        return
    record = opt_outs.find(world, identity.get("OptOutListName") or opt_outs.DEFAULT)
    if action == "OPT_IN":
        record["_numbers"].pop(number, None)
    else:
        opt_outs.add(world, record, number, by_end_user=True)


def _reply(world: World, identity: Doc, number: str, text: str) -> None:
    message_id = world.uuid()
    message: Doc = {
        "MessageId": message_id,
        "Operation": "AutomaticResponse",
        "Channel": "TEXT",
        "OriginationIdentityArn": identity["_arn"],
        "DestinationPhoneNumber": number,
        "MessageBody": text,
        "Timestamp": world.now(),
    }
    world.state.record_message(message_id, message)


def _previous(world: World, identity: Doc, number: str) -> str | None:
    sent = list(world.state.messages.having(_BY_PAIR, (identity["_arn"], number)))
    return str(sent[-1]["MessageId"]) if sent else None


_BY_PAIR = Index(
    frozenset(),
    lambda message: [
        (message.get("OriginationIdentityArn"), message.get("DestinationPhoneNumber"))
    ],
)
"""Sent messages by the identity and the number between which they went."""


def _push(world: World, identity: Doc, message: Doc) -> None:
    channel = identity.get("TwoWayChannelArn")
    if identity.get("TwoWayEnabled") and channel and ":sns:" in channel:
        kept = {key: value for key, value in message.items() if value is not None}
        to_topic(world, channel, kept, world.now())
