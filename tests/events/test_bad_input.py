"""Invalid input: a clear error without the content, and bounded time and memory."""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import pickle
import time
import traceback
from types import MappingProxyType
from typing import Any

import pytest

from smsreg import SmsregError, errors
from smsreg.events import (
    InvalidEventError,
    TextMessageEvent,
    UnknownEvent,
    parse_event,
    parse_events,
)

from .payloads import INBOUND, TEXT, firehose, firehose_lines, lambda_sqs, log_batch, sns

SECRET = "+14255550156"


@pytest.mark.parametrize(
    "payload",
    [
        "",
        b"",
        "   \n",
        "no json",
        b"\xff\xfe\x00",
        "{",
        "[1, 2",
        "NaN",
        "7",
        "null",
        "true",
        '"STOP"',
        '"' + SECRET + '"',
        "[1, 2, 3]",
        '["a", null]',
        "1 2 3",
        b"\x1f\x8b broken",
        gzip.compress(json.dumps(TEXT).encode(), mtime=0)[
            :-20
        ],  # an id that contains the time would vary
        base64.b64encode(b"\x00\x01\x02"),
        "\ud800",
        '{"a":' * 500 + "1" + "}" * 500,
        "[" * 100_000,
        None,
        7,
        object(),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_payload_that_cannot_be_read(payload: Any):
    for parse in (parse_event, parse_events):
        with pytest.raises(InvalidEventError) as caught:
            parse(payload)
        assert str(caught.value).startswith("expected an event as JSON")


def test_the_error_is_in_the_tree_and_pickles():
    assert issubclass(InvalidEventError, SmsregError)
    assert issubclass(InvalidEventError, ValueError)
    assert errors.InvalidEventError is InvalidEventError
    with pytest.raises(InvalidEventError) as caught:
        parse_event("no json")
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 -- our own
    assert str(again) == str(caught.value)


@pytest.mark.parametrize(
    "payload", [f"tax id of {SECRET}", json.dumps([TEXT, INBOUND]), json.dumps([SECRET])]
)
def test_the_error_has_none_of_the_content(payload: str):
    try:
        parse_event(payload)
    except InvalidEventError as error:
        caught = error
    assert caught.__cause__ is None
    assert caught.__context__ is None
    lines = traceback.TracebackException.from_exception(caught, capture_locals=True)
    frames = [frame for frame in lines.stack if "smsreg" in frame.filename.split("/")]
    assert frames
    assert SECRET not in "".join(str(frame.locals) for frame in frames)
    assert SECRET not in str(caught)


@pytest.mark.parametrize(
    ("payload", "found"),
    [([TEXT, INBOUND], 2), ([], 0), ({"Records": []}, 0), (lambda_sqs(TEXT, "broken"), 2)],
)
def test_exactly_one_is_one(payload: Any, found: int):
    assert len(parse_events(payload)) == found
    with pytest.raises(InvalidEventError, match=f"expected exactly one event, found {found}"):
        parse_event(payload)


def test_a_mapping_that_is_no_event_is_unknown_and_whole():
    for payload in ({}, {"orderId": 7}, {"eventType": 5}, {"detail": {}}, {"Records": "x"}):
        event = parse_event(payload)
        assert isinstance(event, UnknownEvent)
        assert event.content == payload
        assert event.reason == "no event that this version knows"
    event = parse_event(MappingProxyType(TEXT))
    assert isinstance(event, TextMessageEvent)


def contents(payload: Any) -> list[Any]:
    return [e.content if isinstance(e, UnknownEvent) else type(e) for e in parse_events(payload)]


def test_a_broken_record_among_others_is_unknown_with_its_content():
    assert contents(lambda_sqs(TEXT, "broken {", INBOUND))[1] == "broken {"
    assert contents(lambda_sqs(sns("hello"), TEXT)) == ["hello", TextMessageEvent]
    assert contents([TEXT, 7, None, "x"]) == [TextMessageEvent, 7, None, "x"]
    assert contents('{"broken\n' + json.dumps(TEXT) + "\n}") == ['{"broken', TextMessageEvent, "}"]
    batch = firehose(TEXT, INBOUND)
    batch["records"][0]["data"] = "%%%"
    batch["records"].append("no record")
    batch["records"].append({"recordId": "3"})
    found = contents(batch)
    assert (found[0], found[2:]) == ("%%%", ["no record", {"recordId": "3"}])
    logs = log_batch(TEXT)
    logs["logEvents"] += [7, {"id": "1"}, {"message": None}]
    assert contents(logs) == [TextMessageEvent, 7, {"id": "1"}, None]
    assert contents({"awslogs": {"data": "AAAA"}}) == ["AAAA"]
    assert contents(sns(TEXT) | {"Message": 7}) == [7]


def test_a_broken_record_says_why_and_where():
    _, broken = parse_events(lambda_sqs(TEXT, "broken {"))
    assert isinstance(broken, UnknownEvent)
    assert broken.reason == "text that is not JSON"
    assert (broken.envelope.kind, broken.envelope.id) == ("sqs", "sqs-2")


def test_keys_and_values_that_json_has_not():
    odd: dict[Any, Any] = {1: "a", "\ud800": "b", ("c",): object(), "bytes": b"\xff", None: 1}
    for payload in (
        TEXT | odd,
        {"Records": [odd]},
        sns(TEXT) | odd,
        INBOUND | {"messageBody": odd},
    ):
        (event,) = parse_events(payload)
        assert repr(event)
    event = parse_event(TEXT | odd)
    assert isinstance(event, TextMessageEvent)
    assert event.model_extra
    assert set(event.model_extra.values()) >= {"a", "b", b"\xff", 1}
    assert isinstance(parse_event({"Message": b"\xff"}), UnknownEvent)
    assert isinstance(parse_event({"Message": json.dumps(TEXT).encode()}), TextMessageEvent)


def test_a_bomb_is_not_unpacked():
    bomb = base64.b64encode(gzip.compress(b" " * 100_000_000)).decode()
    started = time.process_time()
    with pytest.raises(InvalidEventError, match="more than 32 MiB of JSON"):
        parse_events(bomb)
    records = [{"recordId": str(number), "data": bomb} for number in range(5)]
    records.append(firehose(TEXT)["records"][0])
    *broken, last = parse_events({"records": records})
    assert {event.reason for event in broken if isinstance(event, UnknownEvent)} == {
        "more than 32 MiB of JSON"
    }
    assert len(broken) == 5
    assert isinstance(last, TextMessageEvent)
    assert time.process_time() - started < 10


def test_many_small_bombs_have_one_budget_together():
    data = base64.b64encode(gzip.compress(b"[" + b" " * 10_000_000 + b"]")).decode()
    records = [{"recordId": str(number), "data": data} for number in range(10)]
    events = parse_events({"records": records})
    assert [event.reason for event in events if isinstance(event, UnknownEvent)] == [
        "more than 32 MiB of JSON"
    ] * 7


def test_too_many_records():
    with pytest.raises(InvalidEventError, match=r"more than 100,000 records"):
        parse_events(b"[" + b"{}," * 100_000 + b"{}]")


def test_gzip_of_too_many_members():
    with pytest.raises(InvalidEventError):
        parse_events(gzip.compress(b"{") * 65)


def nested(depth: int, wrap: Any) -> Any:
    payload: Any = TEXT
    for _ in range(depth):
        payload = wrap(payload)
    return payload


@pytest.mark.parametrize(
    "wrap",
    [
        lambda payload: {"Message": payload},
        lambda payload: {"Records": [{"messageId": "1", "body": payload}]},
        lambda payload: {"detail-type": "x", "detail": payload},
    ],
)
def test_envelopes_nested_too_deeply(wrap: Any):
    assert isinstance(parse_event(nested(5, wrap)), TextMessageEvent)
    event = parse_event(nested(50, wrap))
    assert isinstance(event, UnknownEvent)
    assert event.reason == "nested too deeply"


def test_lists_nested_too_deeply():
    assert isinstance(parse_event(nested(5, lambda payload: [payload])), TextMessageEvent)
    with pytest.raises(InvalidEventError, match="nested too deeply"):
        parse_event(nested(50, lambda payload: [payload]))


def test_a_list_that_is_in_itself():
    endless: list[Any] = []
    endless += [endless] * 10
    with pytest.raises(InvalidEventError):
        parse_events(endless)


def seconds(payload: Any, *, enough: float = 0.0) -> float:
    """Return the least CPU time of up to three runs; stop early once it is below ``enough``."""
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        with contextlib.suppress(InvalidEventError):
            parse_events(payload)
        best = min(best, time.process_time() - started)
        if best < enough:
            break
    return best


@pytest.mark.parametrize(
    "make",
    [
        lambda number: "\n".join([json.dumps({"a": 1})] * number),
        lambda number: json.dumps({"a": 1}) * number,
        lambda number: "[1,\n" * number,
        lambda number: '{"a":1}\n"x\n' * number,
        lambda number: firehose_lines(*[{"a": 1}] * number),
        lambda number: "A" * 40 * number,
        lambda number: " " * 40 * number,
        lambda number: gzip.compress(b"x" * 40 * number) * 20,
    ],
    ids=["lines", "no-breaks", "open", "mixed", "firehose", "base64", "blank", "gzip"],
)
def test_time_grows_with_size_and_no_faster(make: Any):
    most = max(seconds(make(1_000)), 0.002) * 8 * 4
    assert seconds(make(8_000), enough=most) < most


def test_the_time_that_an_event_takes():
    payload = json.dumps([TEXT] * 1_000)
    assert seconds(payload, enough=0.5) < 0.5
