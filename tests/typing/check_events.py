"""Checked by mypy and pyright in strict mode, and never run: the types of events.

Each ``ignore`` is on a line that must be an error; both tools report one that is not needed.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from typing_extensions import assert_never, assert_type

from smsreg.events import (
    Event,
    EventEnvelope,
    InboundMessage,
    MediaMessageEvent,
    MessageEvent,
    RcsMessageEvent,
    RegistrationStatusChange,
    TextMessageEvent,
    UnknownEvent,
    VoiceEvent,
    WhatsAppEvent,
    WhatsAppMessage,
    WhatsAppStatus,
    WhatsAppStatusValue,
    parse_event,
    parse_events,
)
from smsreg.sms_voice import EventType, RegistrationStatus


def parsing(body: bytes, text: str, mapping: dict[str, Any]) -> None:
    assert_type(parse_events(body), list[Event])
    assert_type(parse_event(text), Event)
    parse_events(mapping)
    parse_events([mapping])
    parse_events(bytearray(body))
    parse_events(7)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


def receipts(event: MessageEvent) -> None:
    assert_type(event.event_type, EventType)
    assert_type(event.is_final, bool)
    assert_type(event.message_id, str)
    assert_type(event.context, dict[str, str] | None)
    assert_type(event.event_timestamp, dt.datetime | None)
    assert_type(event.destination_phone_number, str | None)


def envelopes(envelope: EventEnvelope) -> None:
    assert_type(
        envelope.kind,
        Literal["raw", "eventbridge", "sns", "sqs", "firehose", "cloudwatch-logs"],
    )
    assert_type(envelope.id, str | None)
    assert_type(envelope.time, dt.datetime | None)
    assert_type(envelope.inner, EventEnvelope | None)


def every_kind(event: Event) -> None:
    assert_type(event.envelope, EventEnvelope)
    match event:
        case TextMessageEvent() | MediaMessageEvent() | VoiceEvent() | RcsMessageEvent():
            receipts(event)
        case InboundMessage():
            assert_type(event.message_body, str)
            assert_type(event.message_keyword, str | None)
        case RegistrationStatusChange():
            assert_type(event.registration_id, str)
            assert_type(event.registration_type, str)
            assert_type(event.version_number, int)
            assert_type(event.status, RegistrationStatus)
        case WhatsAppEvent():
            assert_type(event.messages, list[WhatsAppMessage])
            assert_type(event.statuses, list[WhatsAppStatus])
            assert_type([status.status for status in event.statuses], list[WhatsAppStatusValue])
        case UnknownEvent():
            assert_type(event.content, Any)
            assert_type(event.reason, str | None)
        case _:
            assert_never(event)
