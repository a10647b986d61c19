"""The consumers of docs/events.md handle events that are lost, duplicated or out of order."""

from __future__ import annotations

import ast
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

from smsreg import SMSVoiceClient
from smsreg.emulator import Emulator
from smsreg.events import MessageEvent, parse_events
from smsreg.sms_voice import FieldRequirement

from .payloads import TEXT, bus, lambda_sqs, sns

PAGE = Path(__file__).resolve().parents[2] / "docs" / "events.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FORM = "US_TEN_DLC_BRAND_REGISTRATION"
REGISTRATIONS = 100
LOST, DOUBLED = 0.3, 0.1


def recipe(name: str) -> dict[str, Any]:
    """Return the definitions in the page's block that defines a class, without its usage."""
    (code,) = [code for code in BLOCK.findall(PAGE.read_text("utf-8")) if f"class {name}:" in code]
    kinds = (ast.Import, ast.ImportFrom, ast.ClassDef, ast.FunctionDef)
    body = [node for node in ast.parse(code).body if isinstance(node, kinds) or is_constant(node)]
    names: dict[str, Any] = {}
    exec(compile(ast.Module(body, []), str(PAGE), "exec"), names)  # noqa: S102 -- our own page
    return names


def is_constant(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).isupper()


def spoil(events: list[Any], chance: random.Random) -> list[Any]:
    """Lose some events, duplicate some, and shuffle them."""
    kept = [event for event in events if chance.random() >= LOST]
    kept += [event for event in kept if chance.random() < DOUBLED]
    chance.shuffle(kept)
    return kept


def change(registration_id: str, status: str) -> dict[str, Any]:
    details = {
        "registrationId": registration_id,
        "registrationVersionNumber": 1,
        "registrationType": FORM,
        "registrationStatusChangeTimestamp": 1758908543000,
        "currentStatus": status,
    }
    event = bus({"registrationDetails": details})
    return {**event, "detail-type": "Registration Status Change"}


async def submit(client: SMSVoiceClient, fields: list[Any]) -> str:
    registration_id = (await client.create_registration(registration_type=FORM)).registration_id
    for field in fields:
        choices = field.select_validation and field.select_validation.options[:1]
        await client.put_registration_field_value(
            registration_id=registration_id,
            field_path=field.field_path,
            select_choices=choices,
            text_value=None if choices else field.display_hints.example_text_value,
        )
    await client.submit_registration_version(registration_id=registration_id)
    return registration_id


@pytest.mark.parametrize("seed", [1, 2])
async def test_every_final_status_of_registrations_is_reported_once(seed: int):
    chance = random.Random(seed)  # noqa: S311 -- it has to be the same each time
    async with (
        Emulator(review_seconds=None, quotas={"REGISTRATIONS": REGISTRATIONS}) as emulator,
        SMSVoiceClient(**emulator.client_options) as client,
    ):
        definitions = client.describe_registration_field_definitions(registration_type=FORM)
        required = FieldRequirement.REQUIRED
        fields = [f for f in await definitions.collect() if f.field_requirement is required]
        ids = [await submit(client, fields) for _ in range(REGISTRATIONS)]
        consumer = recipe("Registrations")["Registrations"](client, set(ids))
        await consumer.reconcile()
        early = [change(name, status) for name in ids for status in ("CREATED", "SUBMITTED")]
        for event in spoil(early, chance):
            await consumer.receive(json.dumps(event).encode())
        assert consumer.ended == []

        final = {name: chance.choice(["COMPLETE", "REQUIRES_UPDATES", "REVIEWING"]) for name in ids}
        for name, status in final.items():
            if status == "COMPLETE":
                emulator.approve(name)
            elif status == "REQUIRES_UPDATES":
                emulator.deny(name, "Unclear")
        late = [change(name, status) for name in ids for status in ("REVIEWING", final[name])]
        for event in spoil([*early, *late], chance):
            await consumer.receive(json.dumps(lambda_sqs(sns(event))).encode())
        rest = {name: status for name, status in final.items() if status != "REVIEWING"}
        assert 0 < len(consumer.ended) < len(rest)  # some of the events were lost
        await consumer.reconcile()
        await consumer.reconcile()
        learnt = [(one.registration_id, str(one.registration_status)) for one in consumer.ended]
        assert len(learnt) == len(rest)
        assert dict(learnt) == rest


@pytest.mark.parametrize("seed", range(5))
def test_every_message_has_one_outcome(seed: int):
    chance = random.Random(seed)  # noqa: S311 -- it has to be the same each time
    steps = [("TEXT_PENDING", False), ("TEXT_SUCCESSFUL", True), ("TEXT_DELIVERED", True)]
    sent = [
        {**TEXT, "messageId": str(n), "eventType": name, "isFinal": final, "eventTimestamp": at}
        for n in range(200)
        for at, (name, final) in enumerate(steps, 1_686_975_103)
    ]
    outcomes = recipe("Outcomes")["Outcomes"]()
    arrived = spoil(sent, chance)
    first = [
        event.message_id
        for event in parse_events(lambda_sqs(*arrived))
        if isinstance(event, MessageEvent) and outcomes.record(event)
    ]
    final = [event for event in arrived if event["isFinal"]]
    assert sorted(first) == sorted({event["messageId"] for event in final})
    best = {event["messageId"]: event["eventType"] for event in sorted(final, key=at_time)}
    assert {name: row.event_type for name, row in outcomes.rows.items()} == best


def at_time(event: dict[str, Any]) -> int:
    return event["eventTimestamp"]
