"""The events that the emulator pushes, in the form of each destination."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web

from smsreg.emulator import Clock, Emulator
from smsreg.emulator.http.sink import WAITING, EventSink
from smsreg.events import (
    InboundMessage,
    RegistrationStatusChange,
    TextMessageEvent,
    WhatsAppEvent,
    parse_events,
)

if TYPE_CHECKING:
    from pathlib import Path

TOPIC = "arn:aws:sns:us-east-1:123456789012:topic"
STREAM = "arn:aws:firehose:us-east-1:123456789012:deliverystream/stream"
LOGS = "arn:aws:logs:us-east-1:123456789012:log-group:group:*"
BUS = "arn:aws:events:us-east-1:123456789012:event-bus/default"
ROLE = "arn:aws:iam::123456789012:role/role"
ANA = "+447700900123"
MEMBERS = [
    "eventType", "eventVersion", "eventTimestamp", "isFinal", "originationPhoneNumber",
    "destinationPhoneNumber", "isoCountryCode", "isInternationalSend", "messageId",
    "messageRequestTimestamp", "messageType", "messageStatus", "messageStatusDescription",
    "totalMessageParts", "totalMessagePrice", "totalCarrierFee", "messageEncoding",
]  # fmt: skip


async def lease(sms: Any, **changes: Any) -> dict[str, Any]:
    wanted = {
        "IsoCountryCode": "US" if changes.get("NumberType") == "TOLL_FREE" else "GB",
        "MessageType": "TRANSACTIONAL",
        "NumberCapabilities": ["SMS"],
        "NumberType": "LONG_CODE",
        **changes,
    }
    made: dict[str, Any] = await sms.request_phone_number(**wanted)
    return made


async def two_way(sms: Any, **changes: Any) -> dict[str, Any]:
    number = await lease(sms, **changes)
    await sms.update_phone_number(
        PhoneNumberId=number["PhoneNumberId"], TwoWayEnabled=True, TwoWayChannelArn=TOPIC
    )
    return number


async def send(sms: Any, to: str = ANA, **more: Any) -> str:
    number = await lease(sms, IsoCountryCode="GB" if to == ANA else "US")
    sent = await sms.send_text_message(
        DestinationPhoneNumber=to,
        MessageBody="Hello",
        OriginationIdentity=number["PhoneNumberId"],
        **more,
    )
    return str(sent["MessageId"])


async def destinations(sms: Any, types: list[str]) -> str:
    await sms.create_configuration_set(ConfigurationSetName="set")
    for name, kind in (
        ("sns", {"SnsDestination": {"TopicArn": TOPIC}}),
        ("hose", {"KinesisFirehoseDestination": {"IamRoleArn": ROLE, "DeliveryStreamArn": STREAM}}),
        ("logs", {"CloudWatchLogsDestination": {"IamRoleArn": ROLE, "LogGroupArn": LOGS}}),
    ):
        await sms.create_event_destination(
            ConfigurationSetName="set", EventDestinationName=name, MatchingEventTypes=types, **kind
        )
    return "set"


def parsed(emulator: Emulator) -> list[Any]:
    return [event for body in emulator.events for event in parse_events(json.dumps(body))]


async def test_a_message_s_receipts_in_every_envelope(emulator: Emulator, sms: Any) -> None:
    name = await destinations(sms, ["TEXT_ALL"])
    message_id = await send(sms, ConfigurationSetName=name, Context={"tenant": "7"})
    assert emulator.events == []
    await emulator.advance(minutes=1)
    events = parsed(emulator)
    assert all(isinstance(event, TextMessageEvent) for event in events)
    assert [event.envelope.kind for event in events] == [
        "sns", "firehose", "cloudwatch-logs", "eventbridge",
    ] * 3  # fmt: skip
    assert [str(event.event_type) for event in events[::4]] == [
        "TEXT_PENDING",
        "TEXT_SUCCESSFUL",
        "TEXT_DELIVERED",
    ]
    assert [event.is_final for event in events] == [False] * 8 + [True] * 4
    assert {event.message_id for event in events} == {message_id}
    assert events[0].context == {"tenant": "7"}
    assert events[0].destination_phone_number == ANA
    assert events[3].destination_phone_number is None  # not on the bus
    assert {event.envelope.account for event in events} == {"123456789012"}
    assert emulator.messages[0]["EventType"] == "TEXT_DELIVERED"
    await emulator.advance(days=4)
    assert len(emulator.events) == 12


async def test_envelopes_are_those_that_aws_describes(emulator: Emulator, sms: Any) -> None:
    await send(sms, ConfigurationSetName=await destinations(sms, ["ALL"]))
    await emulator.advance(minutes=1)
    sns, hose, logs, bus = emulator.events[:4]
    message = json.loads(sns["Message"])
    assert list(message) == MEMBERS
    assert message["eventVersion"] == "1.0"
    assert (sns["Type"], sns["TopicArn"]) == ("Notification", TOPIC)
    assert json.loads(base64.b64decode(hose["records"][0]["data"])) == message
    data = json.loads(gzip.decompress(base64.b64decode(logs["awslogs"]["data"])))
    assert (data["messageType"], data["logGroup"]) == ("DATA_MESSAGE", "group")
    assert json.loads(data["logEvents"][0]["message"]) == message
    assert bus["detail-type"] == "Text Message Delivery Status Updated"
    assert bus["source"] == "aws.sms-voice"


async def test_only_what_a_destination_asks_for(emulator: Emulator, sms: Any) -> None:
    name = await destinations(sms, ["TEXT_DELIVERED"])
    await sms.update_event_destination(
        ConfigurationSetName="set", EventDestinationName="hose", Enabled=False
    )
    await send(sms, ConfigurationSetName=name)
    await emulator.advance(minutes=1)
    kinds = [event.envelope.kind for event in parsed(emulator)]
    assert kinds == ["eventbridge", "eventbridge", "sns", "cloudwatch-logs", "eventbridge"]


@pytest.mark.parametrize(
    ("number", "receipts", "seconds", "last"),
    [
        (ANA, True, 60, "TEXT_DELIVERED"),
        ("+12065550123", True, 60, "TEXT_SUCCESSFUL"),
        ("+14254147755", True, 60, "TEXT_SUCCESSFUL"),
        ("+14254147167", True, 60, "TEXT_UNREACHABLE"),
        (ANA, False, 72 * 3600, "TEXT_UNKNOWN"),
    ],
)
async def test_the_last_word(  # pytest gives them by name
    emulator: Emulator, sms: Any, number: str, seconds: float, last: str, *, receipts: bool
) -> None:
    emulator.settings.receipts = receipts
    await send(sms, number)
    await emulator.advance(seconds=2)
    finals = [event for event in parsed(emulator) if event.is_final]
    assert finals == []
    await emulator.advance(seconds=seconds)
    [final] = [event for event in parsed(emulator) if event.is_final]
    assert str(final.event_type) == last


async def test_a_receipt_that_a_test_delivers(emulator: Emulator, sms: Any) -> None:
    message_id = await send(sms)
    emulator.deliver(message_id, "TEXT_SPAM")
    await emulator.advance(days=5)
    [event] = parsed(emulator)
    assert (str(event.event_type), event.is_final) == ("TEXT_SPAM", True)
    for wrong in ("TEXT_ALL", "VOICE_FAILED", "NONSENSE", "ALL"):
        with pytest.raises(ValueError, match="event_type"):
            emulator.deliver(message_id, wrong)
    with pytest.raises(KeyError, match="no message"):
        emulator.deliver("nothing", "TEXT_SPAM")


async def test_dry_runs_have_none(emulator: Emulator, sms: Any) -> None:
    await send(sms, DryRun=True)
    await emulator.advance(days=5)
    assert emulator.events == []


async def test_the_states_of_a_registration(connect: Any) -> None:
    async with Emulator(clock=Clock.fixed(), incomplete_submit="deny") as emulator:
        async with connect(emulator) as (sms, _):
            heard: list[Any] = []
            emulator.on_event(heard.append)
            made = await sms.create_registration(RegistrationType="US_TEN_DLC_BRAND_VETTING")
            identifier = made["RegistrationId"]
            await sms.submit_registration_version(RegistrationId=identifier, AwsReview=True)
            emulator.require_authentication(identifier)
            emulator.approve(identifier)
            emulator.revoke(identifier)
            await sms.delete_registration(RegistrationId=identifier)
        events = parsed(emulator)
        assert heard == emulator.events
    assert all(isinstance(event, RegistrationStatusChange) for event in events)
    assert [str(event.status) for event in events] == [
        "SUBMITTED", "REQUIRES_AUTHENTICATION", "COMPLETE", "REQUIRES_UPDATES", "DELETED",
    ]  # fmt: skip
    assert {event.registration_id for event in events} == {identifier}
    assert {event.version_number for event in events} == {1}


async def test_what_becomes_due_is_pushed_without_a_call(connect: Any) -> None:
    async with Emulator(review_seconds=0.2, incomplete_submit="deny") as emulator:
        done = asyncio.Event()

        def listen(body: Any) -> None:
            if body["detail"]["registrationDetails"]["currentStatus"] in (
                "COMPLETE",
                "REQUIRES_UPDATES",
            ):
                done.set()
            raise ZeroDivisionError("a listener's own mistake")

        emulator.on_event(listen)
        async with connect(emulator) as (sms, _):
            made = await sms.create_registration(RegistrationType="US_TEN_DLC_BRAND_VETTING")
            await sms.submit_registration_version(RegistrationId=made["RegistrationId"])
            await asyncio.wait_for(done.wait(), 30)
        assert emulator.unexpected == []


async def test_an_inbound_text(emulator: Emulator, sms: Any) -> None:
    number = await two_way(sms)
    for reference in (number["PhoneNumberId"], number["PhoneNumberArn"], number["PhoneNumber"]):
        received = emulator.receive_text(ANA, reference, "See you!")
        assert received["keyword"] is None
    events = parsed(emulator)
    assert all(isinstance(event, InboundMessage) for event in events)
    assert events[0].origination_number == ANA
    assert events[0].destination_number == number["PhoneNumber"]
    assert events[0].message_body == "See you!"
    assert len({event.inbound_message_id for event in events}) == 3


async def test_stop_opts_out_and_keywords_are_replied_to(
    emulator: Emulator, sms: Any, refused: Any
) -> None:
    number = (await two_way(sms))["PhoneNumberId"]
    await sms.put_keyword(
        OriginationIdentity=number,
        Keyword="MENU",
        KeywordMessage="Soup",
        KeywordAction="AUTOMATIC_RESPONSE",
    )
    await sms.put_keyword(
        OriginationIdentity=number, Keyword="BACK", KeywordMessage="Hi", KeywordAction="OPT_IN"
    )
    assert emulator.receive_text(ANA, number, " menu ")["reply"] == "Soup"
    assert emulator.messages[-1]["MessageBody"] == "Soup"
    stopped = emulator.receive_text(ANA, number, "stop")
    assert (stopped["keyword"], stopped["action"]) == ("STOP", "OPT_OUT")

    def hello() -> Any:
        return sms.send_text_message(
            DestinationPhoneNumber=ANA, MessageBody="Hello", OriginationIdentity=number
        )

    await refused(hello(), "ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT")
    assert emulator.receive_text(ANA, number, "Back")["action"] == "OPT_IN"
    await hello()
    events = parsed(emulator)
    assert [event.message_keyword for event in events] == ["MENU", "STOP", "BACK"]


async def test_who_manages_opt_outs_hears_of_them_only(emulator: Emulator, sms: Any) -> None:
    number = (await two_way(sms))["PhoneNumberId"]
    await sms.update_phone_number(PhoneNumberId=number, SelfManagedOptOutsEnabled=True)
    received = emulator.receive_text(ANA, number, "STOP")
    assert received["reply"] is None
    await sms.send_text_message(
        DestinationPhoneNumber=ANA, MessageBody="Hello", OriginationIdentity=number
    )
    assert len(emulator.events) == 1


async def test_the_network_replies_for_toll_free_numbers(
    emulator: Emulator, sms: Any, refused: Any
) -> None:
    number = await two_way(sms, NumberType="TOLL_FREE")
    await emulator.advance(days=1)
    identifier = number["PhoneNumberId"]
    assert emulator.receive_text("+12065550123", identifier, "STOP")["reply"].startswith("NETWORK")
    call = sms.send_text_message(
        DestinationPhoneNumber="+12065550123", MessageBody="x", OriginationIdentity=identifier
    )
    await refused(call, "ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT")
    assert emulator.receive_text("+12065550123", identifier, "UNSTOP")["action"] == "OPT_IN"


async def test_invalid_inbound_messages(emulator: Emulator, sms: Any) -> None:
    await sms.request_sender_id(SenderId="HELLO", IsoCountryCode="DE")
    number = (await lease(sms))["PhoneNumberId"]
    with pytest.raises(KeyError, match="nothing that receives"):
        emulator.receive_text(ANA, "+12065550000", "x")
    for arguments, word in (
        ((ANA, "HELLO", "x"), "to"),
        (("ana", number, "x"), "from"),
        ((ANA, number, ""), "body"),
        ((ANA, number, "x" * 1601), "body"),
    ):
        with pytest.raises(ValueError, match=f"^{word}"):
            emulator.receive_text(*arguments)
    emulator.receive_text(ANA, number, "nobody listens")
    assert emulator.events == []


async def whatsapp(social: Any, emulator: Emulator, *arns: str) -> None:
    await social.put_whatsapp_business_account_event_destinations(
        id=emulator.whatsapp_account_id,
        eventDestinations=[{"eventDestinationArn": arn, "roleArn": ROLE} for arn in arns],
    )


async def test_inbound_whatsapp_messages(emulator: Emulator, social: Any) -> None:
    await whatsapp(social, emulator, TOPIC)
    identifier = emulator.receive_whatsapp(ANA, "Hi")
    image = {"type": "image", "image": {"id": "1", "mime_type": "image/png"}}
    emulator.receive_whatsapp(ANA, message=image)
    first, second = parsed(emulator)
    assert isinstance(first, WhatsAppEvent)
    assert first.messages[0].id == identifier
    assert first.messages[0].text.body == "Hi"
    assert second.messages[0].image.id == "1"
    body = json.loads(emulator.events[0]["Message"])
    assert isinstance(body["whatsAppWebhookEntry"], str)
    assert body["message_timestamp"].endswith("000000Z")
    with pytest.raises(ValueError, match="message"):
        emulator.receive_whatsapp(ANA)
    with pytest.raises(ValueError, match="from"):
        emulator.receive_whatsapp("ana", "Hi")
    with pytest.raises(KeyError):
        emulator.receive_whatsapp(ANA, "Hi", phone_number="phone-number-id-0")


async def test_whatsapp_statuses_on_the_bus(emulator: Emulator, social: Any) -> None:
    await whatsapp(social, emulator, BUS)
    message = {"messaging_product": "whatsapp", "to": ANA, "text": {"body": "x"}}
    sent = await social.send_whatsapp_message(
        originationPhoneNumberId=emulator.whatsapp_phone_number_id,
        message=json.dumps(message).encode(),
        metaApiVersion="v20.0",
    )
    await emulator.advance(seconds=10)
    emulator.deliver(sent["messageId"], "read")
    events = parsed(emulator)
    assert {event.envelope.kind for event in events} == {"eventbridge"}
    assert [str(event.statuses[0].status) for event in events] == ["sent", "delivered", "read"]
    assert {event.statuses[0].id for event in events} == {sent["messageId"]}
    with pytest.raises(ValueError, match="event_type"):
        emulator.deliver(sent["messageId"], "TEXT_DELIVERED")


async def test_by_the_control_api(emulator: Emulator, sms: Any, social: Any) -> None:
    await whatsapp(social, emulator, TOPIC)
    number = (await two_way(sms))["PhoneNumberId"]
    message_id = await send(sms)
    async with aiohttp.ClientSession(f"{emulator.url}/_emulator/") as http:

        async def post(path: str, **document: Any) -> tuple[int, Any]:
            async with http.post(path, json=document) as response:
                return response.status, await response.json()

        status, received = await post("inbound/text", **{"from": ANA, "to": number, "body": "STOP"})
        assert (status, received["action"]) == (200, "OPT_OUT")
        status, received = await post("inbound/whatsapp", **{"from": ANA, "body": "Hi"})
        assert (status, received["message_id"].startswith("wamid.")) == (200, True)
        status, _ = await post(f"messages/{message_id}/deliver", event_type="TEXT_DELIVERED")
        assert status == 200
        for path, document, expected, word in (
            ("inbound/text", {"from": ANA, "to": number}, 400, "body"),
            ("inbound/text", {"from": ANA, "to": "phone-0", "body": "x"}, 404, "phone-0"),
            ("inbound/text", {"from": 7, "to": number, "body": "x"}, 400, "from"),
            ("inbound/whatsapp", {"from": ANA}, 400, "message"),
            ("inbound/whatsapp", {"from": ANA, "message": "x"}, 400, "message"),
            ("messages/nothing/deliver", {"event_type": "TEXT_SENT"}, 404, "nothing"),
            (f"messages/{message_id}/deliver", {}, 400, "event_type"),
            (f"messages/{message_id}/deliver", {"event_type": "X"}, 400, "event_type"),
        ):
            status, refused = await post(path, **document)
            assert (status, word in refused["error"]) == (expected, True), path
        async with http.get("events") as response:
            listed = await response.json()
    assert listed == emulator.events
    assert len(listed) == 3


async def test_pending_receipts_outlive_the_process(tmp_path: Path, connect: Any) -> None:
    path = tmp_path / "state.json"
    first = Emulator(state_file=path, clock=Clock.fixed())
    async with first as emulator, connect(emulator) as (sms, _):
        await send(sms)
    async with Emulator(state_file=path, clock=Clock.fixed()) as emulator:
        await emulator.advance(minutes=1)
        assert [str(event.event_type) for event in parsed(emulator)][-1] == "TEXT_DELIVERED"


async def test_a_sink_that_is_away_gets_everything_in_order(connect: Any) -> None:
    got: list[Any] = []
    statuses = [500, 302, 200]

    async def take(request: web.Request) -> web.Response:
        status = statuses.pop(0) if statuses else 200
        if status == 200:
            got.append(await request.json())
        return web.Response(status=status, headers={"Location": "/"})

    app = web.Application()
    app.router.add_post("/events", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        async with Emulator(
            clock=Clock.fixed(), events_to=f"http://127.0.0.1:{port}/events"
        ) as emulator:
            async with connect(emulator) as (sms, _):
                for _ in range(3):
                    await send(sms)
            await emulator.advance(minutes=1)
            for _ in range(1000):
                if len(got) == 9:
                    break
                await asyncio.sleep(0.01)
            assert got == emulator.events
    finally:
        await runner.cleanup()


def test_a_sink_that_stays_away_keeps_the_newest(caplog: pytest.LogCaptureFixture) -> None:
    sink = EventSink("http://127.0.0.1:1/events")  # never started
    for number in range(WAITING + 5):
        sink.put({"number": number})
    assert sink.dropped == 5
    assert [event["number"] for event in sink._waiting] == list(range(5, WAITING + 5))
    assert [record.getMessage() for record in caplog.records] == [
        "10000 events wait for the sink: the oldest are given up"
    ]


async def test_events_that_are_lost_doubled_and_shuffled(emulator: Emulator, sms: Any) -> None:
    number = (await two_way(sms))["PhoneNumberId"]
    emulator.faults.disturb_events(lose=0.3, double=0.1, shuffle=True, seed=5)
    for index in range(300):
        emulator.receive_text(ANA, number, f"{index}")
    order = [int(event.message_body) for event in parsed(emulator)]
    assert 180 < len(set(order)) < 240
    assert 10 < len(order) - len(set(order)) < 40
    assert order != sorted(order)
    doubled = [event.inbound_message_id for event in parsed(emulator)]
    assert len(set(doubled)) == len(set(order))
    emulator.faults.clear()
    emulator.receive_text(ANA, number, "last")
    assert parsed(emulator)[-1].message_body == "last"
    assert len(emulator.events) == len(order) + 1
