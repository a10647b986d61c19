"""The events as models: typed, lenient, redacted, with times in UTC."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import datetime, timezone
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from smsreg import InvalidRequestError, events
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
    WhatsAppStatusValue,
    parse_event,
)
from smsreg.sms_voice import EventType, MessageType, RegistrationStatus

from .payloads import INBOUND, RECORDED, REGISTRATION, TEXT, WHATSAPP, WHATSAPP_ON_THE_BUS, bus

RCS = {
    **TEXT,
    "eventType": "RCS_DELIVERED",
    "originationPhoneNumber": "rcs-c020de2520714385964ebf7b09500000",
    "rcsMetadata": {"billingEventType": "RICH"},
    "rcsBusinessId": "example_agent",
    "agentIsoCountryCode": "US",
    "conversationSessionFee": 0.012,
}
CHANNELS = {
    "TEXT": TextMessageEvent,
    "MEDIA": MediaMessageEvent,
    "VOICE": VoiceEvent,
    "RCS": RcsMessageEvent,
}


def utc(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=timezone.utc)


def whatsapp(**value: Any) -> WhatsAppEvent:
    entry = {"id": "1", "changes": [{"field": "messages", "value": value}]}
    event = parse_event({**WHATSAPP, "whatsAppWebhookEntry": json.dumps(entry)})
    assert isinstance(event, WhatsAppEvent)
    return event


def test_a_receipt():
    event = parse_event(TEXT)
    assert isinstance(event, TextMessageEvent)
    assert event.event_type is EventType.TEXT_SUCCESSFUL
    assert event.is_final is True
    assert event.message_id == "862a8790-60c0-4430-9b2b-658bd0000000"
    assert event.context == {"account": "bar"}
    assert event.event_timestamp == utc(2023, 6, 17, 4, 11, 43, 470000)
    assert event.message_request_timestamp == utc(2023, 6, 17, 4, 11, 43, 170000)
    assert event.destination_phone_number == "+14255550156"
    assert event.message_type is MessageType.PROMOTIONAL
    assert (event.mcc, event.mnc, event.iso_country_code) == ("310", "800", "US")
    assert event.total_message_price == pytest.approx(0.09582)
    assert event.missing_members == ()


def test_a_receipt_on_the_bus_has_no_destination():
    event = parse_event(RECORDED["eb_delivered"])
    assert isinstance(event, TextMessageEvent)
    assert event.destination_phone_number is None
    assert event.context is None
    assert event.protect_configuration
    assert event.protect_configuration.protect_status == "ALLOW"


@pytest.mark.parametrize("event_type", EventType)
def test_every_type_has_its_channel(event_type: EventType):
    event = parse_event({**TEXT, "eventType": event_type.value})
    channel = CHANNELS.get(event_type.value.partition("_")[0])
    if channel is None:  # events have no member for the destination filter
        assert event_type is EventType.ALL
        assert isinstance(event, UnknownEvent)
    else:
        assert type(event) is channel
        assert isinstance(event, MessageEvent)
        assert event.event_type is event_type


def test_an_unknown_type_is_kept():
    event = parse_event({**TEXT, "eventType": "TEXT_TELEPORTED", "quantumState": "up"})
    assert isinstance(event, TextMessageEvent)
    assert event.event_type.is_unknown
    assert event.event_type == "TEXT_TELEPORTED"
    assert event.model_extra == {"quantumState": "up"}
    other = parse_event({**TEXT, "eventType": "PIGEON_DELIVERED"})
    assert isinstance(other, UnknownEvent)
    assert other.content == {**TEXT, "eventType": "PIGEON_DELIVERED"}


def test_rcs():
    event = parse_event(RCS)
    assert isinstance(event, RcsMessageEvent)
    assert event.rcs_metadata
    assert event.rcs_metadata.billing_event_type == "RICH"
    assert event.agent_iso_country_code == "US"
    assert event.conversation_session_fee == pytest.approx(0.012)


def test_an_inbound_message():
    event = parse_event(INBOUND)
    assert isinstance(event, InboundMessage)
    assert event.origination_number == "+14255550182"
    assert event.message_keyword == "JOIN"
    assert event.message_body == "EXAMPLE"
    assert event.previous_published_message_id == "wJalrXUtnFEMIexample"


def test_an_rcs_interaction_is_json_in_the_body():
    body = '{"type":"SUGGESTION","text":"Open","postbackData":"open:1"}'
    event = parse_event(
        {
            "originationNumber": "12675550100",
            "destinationNumber": "rcs-cb1e6e519e9049fabf8c0ae38e400000",
            "messageBody": body,
            "inboundMessageId": "1",
        }
    )
    assert isinstance(event, InboundMessage)
    assert event.message_body == body
    assert event.message_keyword is None


def test_a_registration():
    event = parse_event(REGISTRATION)
    assert isinstance(event, RegistrationStatusChange)
    assert event.registration_id == "registration-0a1b2c3d4e5f60718293a4b5c6d7e8f9"
    assert event.registration_type == "ZZ_LONG_CODE_REGISTRATION"
    assert event.version_number == 1
    assert event.status is RegistrationStatus.SUBMITTED
    assert event.status_change_timestamp == utc(2025, 9, 26, 17, 42, 23)
    assert event.envelope.account == "111122223333"
    details = event.to_boto()["registrationDetails"]
    assert details["currentStatus"] == "SUBMITTED"
    assert RegistrationStatusChange.from_boto(event.to_boto()) == event.model_copy(
        update={"envelope": EventEnvelope()}
    )


def test_whatsapp_is_json_in_json():
    event = parse_event(WHATSAPP)
    assert isinstance(event, WhatsAppEvent)
    (message,) = event.messages
    assert message.text
    assert (message.type, message.text.body) == ("text", "Hi")
    assert message.from_ == "14255550150"
    assert message.timestamp == utc(2024, 8, 12, 23, 40, 35)
    assert event.statuses == []
    assert event.message_id == "6d69f07a-c317-4278-9d5c-6a84078419ec"
    assert event.message_timestamp == utc(2025, 1, 8, 23, 30, 43, 271279)
    assert event.context
    assert event.context.meta_waba_ids
    assert event.context.meta_waba_ids[0].waba_id == "1234567890abcde"


def test_whatsapp_without_a_message_id():
    event = parse_event({name: WHATSAPP[name] for name in WHATSAPP if name != "messageId"})
    assert isinstance(event, WhatsAppEvent)
    assert event.message_id is None
    assert event.messages[0].id.startswith("wamid.")


def test_whatsapp_statuses():
    event = whatsapp(
        statuses=[
            {
                "id": "wamid.1",
                "status": "failed",
                "timestamp": "1723506036",
                "recipient_id": "14255550150",
                "errors": [{"code": 131026, "title": "Message undeliverable"}],
            },
            {"id": "wamid.2", "status": "warned"},
        ]
    )
    failed, unknown = event.statuses
    assert failed.status is WhatsAppStatusValue.FAILED
    assert failed.timestamp == utc(2024, 8, 12, 23, 40, 36)
    assert failed.errors
    assert failed.errors[0].code == 131026
    assert unknown.status.is_unknown
    assert event.messages == []


def test_whatsapp_status_on_the_bus():
    event = parse_event(WHATSAPP_ON_THE_BUS)
    assert isinstance(event, WhatsAppEvent)
    (status,) = event.statuses
    assert status.id == "4bee7d29-70f5-4a49-b84e-000000000000"
    assert status.status is WhatsAppStatusValue.DELIVERED
    assert status.timestamp == utc(2025, 10, 3, 4, 34, 23)
    assert status.recipient_id is None
    assert "15815550100" not in repr(event)


def test_an_event_of_the_social_bus_is_of_whatsapp_whatever_it_has():
    detail = {"somethingNew": 1}
    event = parse_event({**WHATSAPP_ON_THE_BUS, "detail": detail})
    assert isinstance(event, WhatsAppEvent)
    assert event.model_extra == detail
    assert (event.messages, event.statuses) == ([], [])


@pytest.mark.parametrize(
    ("came", "waba_id", "arn"),
    [
        ([{"wabaId": "1", "arn": "arn:x"}], "1", "arn:x"),
        ('[{"wabaId": "1", "arn": "arn:x"}]', "1", "arn:x"),
        ('{"wabaId": "1"}', "1", None),
        ("1234567890", "1234567890", None),
        ("1234567890abcde", "1234567890abcde", None),
        (["test-waba"], "test-waba", None),
        ("arn:aws:social-messaging:us-east-1:111122223333:waba/1", None, "arn:aws:"),
    ],
)
def test_lists_of_the_context_may_be_texts(came: Any, waba_id: str | None, arn: str | None):
    for context in ({"MetaWabaIds": came}, json.dumps({"MetaWabaIds": came})):
        event = parse_event({**WHATSAPP, "context": context})
        assert isinstance(event, WhatsAppEvent)
        assert event.context
        assert event.context.meta_waba_ids
        identity = event.context.meta_waba_ids[0]
        assert identity.waba_id == waba_id
        assert (identity.arn or "").startswith(arn or "")


@pytest.mark.parametrize(
    ("came", "expected"),
    [
        (1759342841377, utc(2025, 10, 1, 18, 20, 41, 377000)),
        ("1759342841377", utc(2025, 10, 1, 18, 20, 41, 377000)),
        (1759342841, utc(2025, 10, 1, 18, 20, 41)),
        ("1759342841", utc(2025, 10, 1, 18, 20, 41)),
        (1759342841.5, utc(2025, 10, 1, 18, 20, 41, 500000)),
        ("2025-10-01T18:20:41Z", utc(2025, 10, 1, 18, 20, 41)),
        ("2025-10-01T18:20:41.271279391Z", utc(2025, 10, 1, 18, 20, 41, 271279)),
        ("2025-10-01T20:20:41+02:00", utc(2025, 10, 1, 18, 20, 41)),
        ("2025-10-01T18:20:41.377+0000", utc(2025, 10, 1, 18, 20, 41, 377000)),
        ("2025-10-01 18:20:41", utc(2025, 10, 1, 18, 20, 41)),
        (0, utc(1970, 1, 1)),
    ],
)
def test_times_come_in_many_forms(came: object, expected: datetime):
    event = parse_event({**TEXT, "eventTimestamp": came})
    assert isinstance(event, TextMessageEvent)
    assert event.event_timestamp == expected
    assert event.event_timestamp.tzinfo is timezone.utc


UNREADABLE = {
    "eventTimestamp": ["soon", 1e300, -(10**40), 10**400, "9" * 5000, float("nan"), True, [], "٣"],
    "isFinal": ["perhaps", {}, 7],
    "context": ["text", 1, {"a": {"b": 1}}, [1]],
    "messageId": [{"a": 1}, ["x"], True],
    "totalMessageParts": ["many", 1.5, {}],
    "totalMessagePrice": ["free", []],
    "protectConfiguration": ["none", 3],
    "messageType": [{}, 4],
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_member_that_cannot_be_read_spoils_no_other(name: str):
    for value in UNREADABLE[name]:
        event = parse_event({**TEXT, name: value})
        assert isinstance(event, TextMessageEvent), value
        attribute = next(k for k, f in TextMessageEvent.model_fields.items() if f.alias == name)
        assert getattr(event, attribute) is None
        assert event.model_extra
        assert event.model_extra[name] is value
        assert event.event_type is EventType.TEXT_SUCCESSFUL


def test_a_dump_of_an_event_with_such_a_member_contains_it():
    event = parse_event({**TEXT, "eventTimestamp": "soon", "isFinal": None})
    assert isinstance(event, TextMessageEvent)
    assert event.is_final is None  # type: ignore[unreachable] # it did not come
    assert event.missing_members == ("is_final",)
    assert TextMessageEvent.model_validate(event.model_dump()) == event
    assert TextMessageEvent.model_validate_json(event.model_dump_json()) == event


def test_numbers_and_texts_swapped():
    event = parse_event({**TEXT, "mcc": 310, "totalMessageParts": "2", "isFinal": "true"})
    assert isinstance(event, TextMessageEvent)
    assert (event.mcc, event.total_message_parts, event.is_final) == ("310", 2, True)
    assert parse_event({**TEXT, "context": '{"account": "bar"}'}) == parse_event(TEXT)


def test_unreadable_content_of_whatsapp_is_kept():
    event = parse_event({**WHATSAPP, "whatsAppWebhookEntry": "{broken"})
    assert isinstance(event, WhatsAppEvent)
    assert (event.webhook_entry, event.messages) == (None, [])
    assert event.model_extra == {"whatsAppWebhookEntry": "{broken"}
    event = whatsapp(messages="none", statuses={"id": "wamid.1", "status": "sent"})
    assert event.messages == []
    assert [status.status for status in event.statuses] == ["sent"]


PERSONAL = (
    *("+12065550152", "+14255550156", "bar", "+14255550182", "+12125550101", "EXAMPLE", "JOIN"),
    *("Hi", "Ana", "12065550102", "14255550150", "12065550100"),
)


@pytest.mark.parametrize("name", RECORDED)
def test_nothing_personal_is_printed(name: str):
    for event in events.parse_events(RECORDED[name]):
        for text in (repr(event), str(event)):
            assert [value for value in PERSONAL if f"'{value}'" in text] == []
        secrets = set(event.__secrets__())
        assert {
            value for value in PERSONAL if f'"{value}"' in json.dumps(RECORDED[name])
        } <= secrets
    broken = repr(parse_event(json.dumps({"tax id": "00-0000000"})))
    assert "00-0000000" not in broken
    assert "tax id" not in broken


@pytest.mark.parametrize("name", RECORDED)
def test_events_are_frozen_and_can_be_copied_and_pickled(name: str):
    for event in events.parse_events(RECORDED[name]):
        with pytest.raises(ValidationError):
            event.envelope = EventEnvelope()  # type: ignore[misc] # it is frozen
        assert pickle.loads(pickle.dumps(event)) == event  # noqa: S301 -- our own
        assert copy.deepcopy(event) == event


@pytest.mark.parametrize("payload", [TEXT, INBOUND, WHATSAPP, RCS], ids=["T", "I", "W", "R"])
def test_from_boto_and_to_boto(payload: dict[str, Any]):
    event = parse_event(payload)
    members = event.to_boto()
    assert set(members) == set(payload)
    assert type(event).from_boto(members) == event
    assert type(event).from_boto(payload) == event


def test_envelope_is_part_of_a_dump_and_not_of_the_payload():
    event = parse_event(bus(TEXT))
    assert event.model_dump()["envelope"]["kind"] == "eventbridge"
    assert event.model_dump(mode="json", by_alias=True)["smsreg:envelope"]["id"] == "bus-1"
    assert set(event.to_boto()) == set(TEXT)


def test_schemas_and_adapters():
    for name in events.__all__:
        model = getattr(events, name)
        if isinstance(model, type) and hasattr(model, "model_json_schema"):
            schema = model.model_json_schema()
            assert "properties" in schema or "properties" in schema["$defs"][name]
    adapter: TypeAdapter[Any] = TypeAdapter(list[TextMessageEvent])
    assert adapter.validate_python([TEXT]) == [parse_event(TEXT)]
    assert TypeAdapter[Any](Event).validate_python(parse_event(INBOUND)) == parse_event(INBOUND)


def test_made_by_hand():
    event = RegistrationStatusChange(
        registration_id="registration-1",
        registration_type="US_TOLL_FREE_REGISTRATION",
        version_number=2,
        status="COMPLETE",  # type: ignore[arg-type] # its string will do
    )
    assert event.status is RegistrationStatus.COMPLETE
    assert event.envelope.kind == "raw"
    with pytest.raises(InvalidRequestError):
        TextMessageEvent.from_boto(5)  # type: ignore[arg-type] # it is what is tested
