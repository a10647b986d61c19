"""Every recorded payload, in every envelope, as a mapping, text and bytes."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import datetime, timezone
from typing import Any

import pytest

from smsreg.events import (
    EventEnvelope,
    InboundMessage,
    RegistrationStatusChange,
    TextMessageEvent,
    UnknownEvent,
    WhatsAppEvent,
    parse_event,
    parse_events,
)

from .payloads import (
    ACCOUNT,
    ENVELOPES,
    EVENTS_IN,
    FORMS,
    INBOUND,
    KINDS,
    MANY,
    RECORDED,
    REGION,
    REGISTRATION,
    TEXT,
    WHATSAPP,
    WHATSAPP_ON_THE_BUS,
    bus,
    cloudwatch_logs,
    firehose,
    lambda_sns,
    lambda_sqs,
    log_batch,
    sns,
    sqs_record,
)

TYPES = {
    "eb_delivered": TextMessageEvent,
    "eb_registration": RegistrationStatusChange,
    "firehose_records": TextMessageEvent,
    "inbound_sms": InboundMessage,
    "sms_config_set": TextMessageEvent,
    "wa_text": WhatsAppEvent,
}
OWN_KINDS = {
    "eb_delivered": "eventbridge",
    "eb_registration": "eventbridge",
    "firehose_records": "sns",
}
NO_ENVELOPE = {"raw", "list", "raw records"}


def without_envelope(event: Any) -> dict[str, Any]:
    return event.model_dump(exclude={"envelope"})


@pytest.mark.sampled
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("envelope", ENVELOPES)
@pytest.mark.parametrize("name", RECORDED)
def test_every_payload_in_every_envelope(name: str, envelope: str, form: str):
    events = parse_events(FORMS[form](ENVELOPES[envelope](RECORDED[name])))
    assert [type(event) for event in events] == [TYPES[name]] * EVENTS_IN[name]
    assert [without_envelope(event) for event in events] == [
        without_envelope(event) for event in parse_events(RECORDED[name])
    ]
    kind = KINDS[envelope]
    if envelope in NO_ENVELOPE:
        kind = OWN_KINDS.get(name, kind)
    assert {event.envelope.kind for event in events} == {kind}
    for event in events:
        assert type(event).model_validate(event.model_dump()) == event
        assert type(event).model_validate_json(event.model_dump_json()) == event


@pytest.mark.parametrize("envelope", MANY)
def test_many_in_one_payload_in_their_order(envelope: str):
    names = [name for name in RECORDED for _ in range(3)]
    events = parse_events(json.dumps(MANY[envelope](*(RECORDED[name] for name in names))))
    expected = [TYPES[name] for name in names for _ in range(EVENTS_IN[name])]
    assert [type(event) for event in events] == expected


@pytest.mark.parametrize("separator", ["", "\n", "\r\n", "\n\n", " "])
@pytest.mark.parametrize("compress", [False, True])
def test_documents_one_after_the_other(separator: str, compress: bool):  # noqa: FBT001 -- pytest passes it by name
    data = separator.join([json.dumps(TEXT), json.dumps(INBOUND, indent=1), ""]).encode()
    data = gzip.compress(data) if compress else data
    first, second = parse_events(data)
    assert isinstance(first, TextMessageEvent)
    assert isinstance(second, InboundMessage)
    assert parse_events(base64.b64encode(data)) == [first, second]
    assert parse_events(base64.urlsafe_b64encode(data).decode()) == [first, second]


def test_gzip_in_several_members():
    data = b"".join(gzip.compress(json.dumps(TEXT).encode()) for _ in range(3))
    assert len(parse_events(data)) == 3


def test_a_byte_order_mark_and_a_document_in_a_text():
    assert isinstance(parse_event(b"\xef\xbb\xbf" + json.dumps(TEXT).encode()), TextMessageEvent)
    assert isinstance(parse_event(json.dumps(json.dumps(TEXT))), TextMessageEvent)


def utc(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (TEXT, {"kind": "raw"}),
        (
            bus(TEXT),
            {
                "kind": "eventbridge",
                "account": ACCOUNT,
                "region": REGION,
                "time": utc(2025, 10, 1, 18, 20, 41),
                "id": "bus-1",
            },
        ),
        (
            sns(TEXT),
            {
                "kind": "sns",
                "account": ACCOUNT,
                "region": REGION,
                "time": utc(2025, 10, 1, 18, 20, 42, 123000),
                "id": "sns-1",
            },
        ),
        (
            lambda_sqs(TEXT),
            {
                "kind": "sqs",
                "account": ACCOUNT,
                "region": REGION,
                "time": utc(2025, 10, 1, 18, 20, 42),
                "id": "sqs-1",
            },
        ),
        (
            firehose(TEXT),
            {
                "kind": "firehose",
                "account": ACCOUNT,
                "region": REGION,
                "time": utc(2025, 10, 1, 18, 20, 42),
                "id": "record-1",
            },
        ),
        (
            cloudwatch_logs(TEXT),
            {
                "kind": "cloudwatch-logs",
                "account": ACCOUNT,
                "region": None,
                "time": utc(2025, 10, 1, 18, 20, 42),
                "id": "log-1",
            },
        ),
    ],
    ids=lambda value: value.get("kind", ""),
)
def test_what_the_envelope_says(payload: Any, expected: dict[str, Any]):
    envelope = parse_event(payload).envelope
    facts = envelope.model_dump(include={"kind", "account", "region", "time", "id"})
    assert facts == {"account": None, "region": None, "time": None, "id": None, **expected}
    assert envelope.inner is None


def test_envelopes_inside_of_one_another():
    event = parse_event(lambda_sqs(sns(WHATSAPP_ON_THE_BUS)))
    outer = event.envelope
    assert (outer.kind, outer.id) == ("sqs", "sqs-1")
    assert outer.inner
    assert (outer.inner.kind, outer.inner.id) == ("sns", "sns-1")
    assert outer.inner.inner
    assert outer.inner.inner.kind == "eventbridge"
    # The Region of the event, not of a queue in another Region.
    for envelope in (outer, outer.inner, outer.inner.inner):
        assert envelope.region == "ca-central-1"
        assert envelope.time == utc(2025, 10, 3, 4, 34, 24)


def test_the_rest_of_the_envelope_is_kept():
    sqs = parse_event(sqs_record(bus(TEXT))).envelope
    assert sqs.model_extra
    assert sqs.model_extra["receiptHandle"] == "AQEB-secret-handle"
    assert "AQEB-secret-handle" not in repr(sqs)
    assert sqs.inner
    assert sqs.inner.model_extra
    assert sqs.inner.model_extra["detail-type"] == "Text Message Delivery Status Updated"
    logs = parse_event(cloudwatch_logs(TEXT)).envelope
    assert logs.model_extra
    assert logs.model_extra["logGroup"] == "receipts"
    lambda_event = parse_event(lambda_sns(TEXT)).envelope
    assert lambda_event.model_extra
    assert lambda_event.model_extra["EventSource"] == "aws:sns"


def test_a_payload_cannot_pretend_an_envelope():
    forged = EventEnvelope(kind="eventbridge", account="999999999999").model_dump(mode="json")
    for member in ("envelope", "smsreg:envelope"):
        event = parse_event({**TEXT, member: forged})
        assert isinstance(event, TextMessageEvent)
        assert event.envelope == EventEnvelope()


@pytest.mark.parametrize("kind", ["SubscriptionConfirmation", "UnsubscribeConfirmation"])
@pytest.mark.parametrize("wrap", [dict, sqs_record], ids=["http", "sqs"])
def test_a_subscription_is_for_the_consumer_to_confirm(kind: str, wrap: Any):
    asked = {
        **sns("You have chosen to subscribe to the topic."),
        "Type": kind,
        "Token": "token-1",
        "SubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription",
    }
    event = parse_event(json.dumps(wrap(asked)))
    assert isinstance(event, UnknownEvent)
    assert event.content == asked
    assert "token-1" not in repr(event)
    envelope = event.envelope.inner or event.envelope
    assert (envelope.kind, envelope.account, envelope.id) == ("sns", ACCOUNT, "sns-1")


def test_a_control_message_of_cloudwatch_logs_is_unknown():
    batch = {**log_batch(), "messageType": "CONTROL_MESSAGE"}
    batch["logEvents"] = [{"id": "", "timestamp": 1, "message": "CWL CONTROL MESSAGE: healthy?"}]
    event = parse_event(batch)
    assert isinstance(event, UnknownEvent)
    assert event.content == "CWL CONTROL MESSAGE: healthy?"
    assert event.envelope.kind == "cloudwatch-logs"


def test_records_of_other_services_are_unknown_and_whole():
    record = {"eventSource": "aws:s3", "awsRegion": REGION, "s3": {"object": {"key": "a"}}}
    event = parse_event({"Records": [record]})
    assert isinstance(event, UnknownEvent)
    assert event.content == record
    assert event.envelope.kind == "raw"


@pytest.mark.parametrize(
    "payload", [[], {"Records": []}, {"records": []}, log_batch()], ids=["list", "R", "r", "logs"]
)
def test_an_envelope_may_be_empty(payload: Any):
    assert parse_events(payload) == []


def test_what_eventbridge_selects_by_a_path():
    change = parse_event(REGISTRATION["detail"])
    assert isinstance(change, RegistrationStatusChange)
    status = parse_event(WHATSAPP_ON_THE_BUS["detail"])
    assert isinstance(status, WhatsAppEvent)
    as_text = parse_event({**bus(TEXT), "detail": json.dumps(TEXT)})
    assert isinstance(as_text, TextMessageEvent)
    assert as_text.envelope.kind == "eventbridge"
    assert isinstance(parse_event(sns(json.dumps(WHATSAPP))), WhatsAppEvent)
