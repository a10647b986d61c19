"""Texts that were cut inside of a character: the half that is left is spelled out."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from smsreg.events import InboundMessage, UnknownEvent, parse_event, parse_events

from .payloads import ENVELOPES, INBOUND, SEEN

if TYPE_CHECKING:
    from collections.abc import Iterator

CUT = "\ud83d"
"""The first half of an emoji."""
SPELLED = r"\ud83d"
FORMS = {
    "mapping": lambda payload: payload,
    "str": json.dumps,
    "str with the half itself": lambda payload: json.dumps(payload, ensure_ascii=False),
    "bytes": lambda payload: json.dumps(payload).encode(),
}


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Give every container of a text in parsed JSON, and the text's place in it."""
    for place, item in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(item, str):
            yield value, place
        elif isinstance(item, (dict, list)):
            yield from places(item)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", SEEN)
def test_every_member_of_an_event_can_be_dumped(name: str, form: str) -> None:
    payload = copy.deepcopy(SEEN[name])
    for container, place in list(places(payload)):
        whole = container[place]
        container[place] = whole + CUT
        events = parse_events(FORMS[form](payload))
        container[place] = whole
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
    assert event.message_body == f"See you {SPELLED}"


@pytest.mark.parametrize("form", FORMS)
def test_in_an_envelope_itself_and_in_names(form: str) -> None:
    odd = {"Message": f"no event {CUT}", "Sub ject" + CUT: {CUT: [CUT]}, "Type": "Notification"}
    event = parse_event(FORMS[form](odd))
    assert isinstance(event, UnknownEvent)
    assert event.content == f"no event {SPELLED}"
    assert event.envelope.model_extra is not None
    assert event.envelope.model_extra[f"Sub ject{SPELLED}"] == {SPELLED: [SPELLED]}
    assert SPELLED in json.loads(event.model_dump_json())["content"]


def test_made_by_hand() -> None:
    event = InboundMessage.from_boto(INBOUND | {"messageBody": CUT, "unheard": [CUT]})
    assert event.message_body == SPELLED
    assert event.model_extra == {"unheard": [SPELLED]}
    assert UnknownEvent(content={CUT: CUT}).content == {SPELLED: SPELLED}
