"""Parses the payload of a destination into typed events."""

from collections.abc import Mapping
from typing import Any, TypeAlias, cast

from pydantic import ValidationError

from smsreg._public import publish
from smsreg.errors import InvalidEventError

from ._base import ENVELOPE, BaseEvent, UnknownEvent
from ._documents import Budget, TooManyError
from ._messages import (
    InboundMessage,
    MediaMessageEvent,
    RcsMessageEvent,
    TextMessageEvent,
    VoiceEvent,
)
from ._registrations import DETAILS, RegistrationStatusChange
from ._unwrap import Found, Layer, envelope_of, members_of, unwrap
from ._whatsapp import WhatsAppEvent

Event: TypeAlias = (
    TextMessageEvent
    | MediaMessageEvent
    | VoiceEvent
    | RcsMessageEvent
    | InboundMessage
    | RegistrationStatusChange
    | WhatsAppEvent
    | UnknownEvent
)
"""Any of the events."""

Payload: TypeAlias = bytes | bytearray | memoryview | str | Mapping[str, Any] | list[Any]
"""The payload that a destination received: text, or parsed JSON."""

_CHANNELS: dict[str, type[BaseEvent]] = {
    "TEXT": TextMessageEvent,
    "MEDIA": MediaMessageEvent,
    "VOICE": VoiceEvent,
    "RCS": RcsMessageEvent,
}
_OF_WHATSAPP = {"wabaId", "whatsAppWebhookEntry"}
"""Members that only events of WhatsApp have."""
_EXPECTED = (
    "expected an event as JSON, by itself or in an envelope of EventBridge, SNS, SQS, Lambda, "
    "Firehose or CloudWatch Logs; got "
)


def parse_events(payload: Payload) -> list[Event]:
    """Read all events of a payload, in order.

    Envelopes may be nested, and a payload may have one or many: an event by itself; from
    EventBridge, with AWS's ``detail``; an SNS notification; SQS messages from Lambda or from the
    API; a Lambda function's records of SNS and SQS; Firehose records, with base64 and several
    events in a record; CloudWatch Logs from a subscription filter, with gzip and base64; JSON
    documents in lines or concatenated, as Firehose writes them to S3.

    A record that cannot be read, or that is none of these events, becomes an ``UnknownEvent`` with
    its content, so that nothing is lost. No signature is verified and no URL is fetched.

    Args:
        payload: The payload, as received or as parsed JSON. At most 32 MiB of JSON, and 100,000
            records, are read.

    Returns:
        The events. Empty where the payload is an envelope without any.

    Raises:
        InvalidEventError: Nothing in the payload can be read. The message has none of it.
    """
    events, problem = _parse(payload)
    del payload  # an error keeps this frame alive
    if problem is not None:
        raise InvalidEventError(_EXPECTED + problem)
    return events


def parse_event(payload: Payload) -> Event:
    """Read the event of a payload that has exactly one.

    Args:
        payload: As ``parse_events`` takes it.

    Raises:
        InvalidEventError: Nothing in the payload can be read, or it has not exactly one event. The
            message has none of it.
    """
    events, problem = _parse(payload)
    del payload  # an error keeps this frame alive
    if problem is not None:
        raise InvalidEventError(_EXPECTED + problem)
    if len(events) != 1:
        msg = f"expected exactly one event, found {len(events)}: use parse_events"
        del events
        raise InvalidEventError(msg)
    return events[0]


def _parse(payload: object) -> tuple[list[Event], str | None]:
    """Return the events, or the problem of the payload as a whole."""
    if isinstance(payload, (bytearray, memoryview)):
        payload = bytes(cast("memoryview", payload))
    if not isinstance(payload, (bytes, str, Mapping, list)):
        return [], "what is neither bytes, text nor a mapping"
    try:
        found = list(unwrap(cast("object", payload), Budget()))
    except TooManyError as error:
        return [], str(error)
    if found and not any(one.layers or isinstance(one.content, Mapping) for one in found):
        return [], found[0].reason or "JSON that is no object"
    return [_typed(one) for one in found], None


def _typed(found: Found) -> Event:
    """Return the event of an unwrapped record."""
    envelope = envelope_of(found.layers)
    reason = found.reason
    if reason is None:
        members = members_of(found.content)
        event_type = _event_type(members, found.layers)
        reason = "no event that this version knows"
        if event_type is not None:
            try:
                event = event_type.model_validate(
                    {**members, ENVELOPE: envelope}, by_alias=True, by_name=False
                )
            except ValidationError:
                reason = "an event in a form that this version does not know"
            else:
                return cast("Event", event)
    return UnknownEvent(content=found.content, reason=reason, envelope=envelope)


def _event_type(members: Mapping[str, Any], layers: tuple[Layer, ...]) -> type[BaseEvent] | None:
    """Determine the type of an event by its members, or by its source on EventBridge."""
    channel = members.get("eventType")
    if isinstance(channel, str):
        return _CHANNELS.get(channel.partition("_")[0])
    if isinstance(members.get(DETAILS), Mapping):
        return RegistrationStatusChange
    if "inboundMessageId" in members or {"originationNumber", "messageBody"} <= members.keys():
        return InboundMessage
    source = layers[-1].rest.get("source") if layers else None
    if source == "aws.social-messaging" or not _OF_WHATSAPP.isdisjoint(members):
        return WhatsAppEvent
    return None


publish("smsreg.events", parse_event, parse_events)
