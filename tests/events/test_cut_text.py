"""Texts cut in the middle of a character: the remaining half is escaped."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from smsreg.events import InboundMessage, UnknownEvent, parse_event, parse_events

from .payloads import ENVELOPES, INBOUND, RECORDED

if TYPE_CHECKING:
    from collections.abc import Iterator

CUT = "\ud83d"
"""The first half of an emoji."""
ESCAPED = r"\ud83d"
FORMS = {
    "mapping": lambda payload: payload,
    "str": json.dumps,
    "str with the half itself": lambda payload: json.dumps(payload, ensure_ascii=False),
    "bytes": lambda payload: json.dumps(payload).encode(),
}


def text_positions(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every container of a text in parsed JSON, and the text's key or index in it."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(item, str):
            yield value, key
        elif isinstance(item, (dict, list)):
            yield from text_positions(item)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", RECORDED)
def test_every_member_of_an_event_can_be_dumped(name: str, form: str) -> None:
    payload = copy.deepcopy(RECORDED[name])
    for container, key in list(text_positions(payload)):
        whole = container[key]
        container[key] = whole + CUT
        events = parse_events(FORMS[form](payload))
        container[key] = whole
        dumps = [event.model_dump_json(by_alias=True) for event in events]
        assert any("ud83d" in dump for dump in dumps)
        for event, dump in zip(events, dumps, strict=True):
            assert type(event).model_validate_json(dump) == event


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("envelope", ENVELOPES)
def test_in_every_envelope(envelope: str, form: str) -> None:
    body = INBOUND | {"messageBody": f"See you {CUT}"}
    event = parse_event(FORMS[form](ENVELOPES[envelope](body)))
    assert isinstance(event, InboundMessage)
    assert event.message_body == f"See you {ESCAPED}"


@pytest.mark.parametrize("form", FORMS)
def test_in_an_envelope_itself_and_in_names(form: str) -> None:
    odd = {"Message": f"no event {CUT}", "Sub ject" + CUT: {CUT: [CUT]}, "Type": "Notification"}
    event = parse_event(FORMS[form](odd))
    assert isinstance(event, UnknownEvent)
    assert event.content == f"no event {ESCAPED}"
    assert event.envelope.model_extra is not None
    assert event.envelope.model_extra[f"Sub ject{ESCAPED}"] == {ESCAPED: [ESCAPED]}
    assert ESCAPED in json.loads(event.model_dump_json())["content"]


def test_made_by_hand() -> None:
    event = InboundMessage.from_boto(INBOUND | {"messageBody": CUT, "unheard": [CUT]})
    assert event.message_body == ESCAPED
    assert event.model_extra == {"unheard": [ESCAPED]}
    assert UnknownEvent(content={CUT: CUT}).content == {ESCAPED: ESCAPED}
