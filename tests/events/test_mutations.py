"""Damaged payloads raise nothing but InvalidEventError, and no undamaged member is lost."""

from __future__ import annotations

import base64
import copy
import json
import random
from typing import Any

from smsreg.events import InvalidEventError, UnknownEvent, parse_event, parse_events
from tests.support.sampling import RANDOM_CASES

from .payloads import ENVELOPES, RECORDED, WHATSAPP_ON_THE_BUS

MUTATIONS = 10_000
"""The number of payloads in a long search; a shorter one uses a share of them."""
LONG_SEARCH = 20
"""Cases for each operation in CI's long search."""

CUT = "\ud83d"
"""Half of a surrogate pair, which events escape."""

PAYLOADS = [*RECORDED.values(), WHATSAPP_ON_THE_BUS]
ODD: list[Any] = [
    *(None, True, False, 0, -1, 1.5, 10**30, float("inf"), float("nan"), "", " ", "x", "{", "[]"),
    *('{"a": 1}', "\x00\u202e", CUT, "null", "NaN", "9" * 400, "arn:aws", "1759342841"),
    *([], [None], [[]], [{}], {}, {"a": []}, {"": ""}, b"\xff", "2025-13-45T99:99:99Z"),
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", -(10**18), "TEXT_", "VOICE_X"),
]


class Damager:
    """Damages payloads, reproducibly for a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 -- it has to be the same each time

    def payload(self) -> Any:
        """Take a recorded payload, damage it, put it in an envelope, damage that and dump it."""
        value = json.loads(json.dumps(self.random.choice(PAYLOADS)))
        for _ in range(self.random.randrange(3)):
            value = self.in_structure(value)
        wrap = ENVELOPES[self.random.choice(list(ENVELOPES))]
        try:
            value = wrap(value)
        except TypeError:  # the damaged value is not JSON
            return value
        for _ in range(self.random.randrange(3)):
            value = self.in_structure(value)
        return value if self.random.random() < 0.4 else self.in_text(value)

    def in_structure(self, value: Any) -> Any:
        """Damage parsed JSON, at any depth."""
        if not isinstance(value, (dict, list)) or not value or self.random.random() < 0.1:
            return self.leaf(value)
        key = self.random.choice([*value] if isinstance(value, dict) else range(len(value)))
        if self.random.random() < 0.6:
            value[key] = self.in_structure(value[key])
        elif isinstance(value, dict):
            self.in_mapping(value, key)
        else:
            value.insert(key, copy.deepcopy(self.random.choice([value[key], *ODD])))
        return value

    def in_mapping(self, value: dict[Any, Any], key: Any) -> None:
        member = value.pop(key)
        if self.random.random() < 0.5:
            other = self.random.choice([str(key).upper(), f"{key} ", "", 7, "eventType", "detail"])
            value[other] = member

    def leaf(self, value: Any) -> Any:
        if isinstance(value, str) and value and self.random.random() < 0.5:
            start = self.random.randrange(len(value))
            return (
                value[:start] + self.random.choice(["", "\x00", "é", "{", "="]) + value[start + 1 :]
            )
        if self.random.random() < 0.2:
            return [copy.deepcopy(value) for _ in range(self.random.randrange(4))]
        return copy.deepcopy(self.random.choice(ODD))

    def in_text(self, value: Any) -> Any:
        """Dump the payload as text or bytes, and possibly damage those."""
        text = json.dumps(value, default=repr)
        data = text.encode("utf-8", "surrogatepass")
        if self.random.random() < 0.2:
            data = base64.b64encode(data)
        for _ in range(self.random.randrange(3)):
            start = self.random.randrange(len(data) + 1)
            end = start + self.random.choice([0, 1, 1, 7, len(data)])
            data = data[:start] + self.random.randbytes(self.random.randrange(3)) + data[end:]
        return data.decode("utf-8", "replace") if self.random.random() < 0.5 else data


def test_damaged_payloads_raise_nothing_else():
    counts = {"events": 0, "unknown": 0, "refused": 0}
    for seed in range(MUTATIONS * min(RANDOM_CASES, LONG_SEARCH) // LONG_SEARCH):
        payload = Damager(seed).payload()
        try:
            events = parse_events(payload)
        except InvalidEventError:
            counts["refused"] += 1
            continue
        for event in events:
            assert repr(event)
            unknown = isinstance(event, UnknownEvent)
            counts["unknown" if unknown else "events"] += 1
            assert event.envelope.kind
        try:
            assert parse_event(payload)
        except InvalidEventError:
            assert len(events) != 1
    # There is enough damage to be refused, and little enough to be parsed.
    assert min(counts.values()) > sum(counts.values()) // 50, counts


def test_a_damaged_member_and_all_others_are_still_there():
    for payload in PAYLOADS:
        if len(parse_events(payload)) == 1:
            for key in payload.get("detail", payload).keys() - {"registrationDetails"}:
                for odd in ODD:
                    check_kept(payload, key, odd)


def check_kept(payload: dict[str, Any], key: str, odd: Any) -> None:
    damaged = json.loads(json.dumps(payload))
    members = damaged.get("detail", damaged)
    members[key] = odd
    event = parse_event(damaged)
    if isinstance(event, UnknownEvent):
        assert event.content is members or event.content == {**members, key: r"\ud83d"}
        return
    original = parse_event(payload)
    if type(event) is not type(original):
        return  # the damaged member determines the type
    names = {name for name, field in type(event).model_fields.items() if field.alias == key}
    for name in type(event).model_fields.keys() - names:
        assert getattr(event, name) == getattr(original, name)
    if odd not in (None, "null") and not any(getattr(event, name) is not None for name in names):
        assert event.model_extra
        assert event.model_extra[key] is odd or (event.model_extra[key], odd) == (r"\ud83d", CUT)
