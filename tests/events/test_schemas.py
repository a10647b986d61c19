"""Events in web frameworks: random instances and their dumps match the schemas."""

from __future__ import annotations

import random
import warnings
from functools import cache
from typing import Any

import pytest
from fastapi import FastAPI
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from smsreg import events
from smsreg.events import Event, InboundMessage, TextMessageEvent, parse_events

from .payloads import RECORDED, WHATSAPP_ON_THE_BUS

MODELS = [
    found
    for name in events.__all__
    if isinstance(found := getattr(events, name), type) and issubclass(found, BaseModel)
]
INSTANCES = 10
DEEPEST = 6


class Draw:
    """Draws values that a schema allows, reproducibly for a seed."""

    def __init__(self, schema: dict[str, Any], seed: int) -> None:
        self._schemas: dict[str, Any] = schema.get("$defs", {})
        self._random = random.Random(seed)  # noqa: S311 -- it has to be the same each time

    def value(self, schema: dict[str, Any], depth: int = 0) -> Any:
        if "$ref" in schema:
            return self.value(self._schemas[schema["$ref"].rpartition("/")[2]], depth)
        if "anyOf" in schema:
            return self.value(self._random.choice(schema["anyOf"]), depth)
        if "enum" in schema:
            return self._random.choice(schema["enum"])
        kind = schema.get("type")
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            count = 0 if depth > DEEPEST else self._random.randrange(3)
            return [self.value(schema.get("items", {}), depth + 1) for _ in range(count)]
        return self._scalar(kind, schema)

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        found = {}
        for name, member in schema.get("properties", {}).items():
            if self._random.random() < (0.7 if depth < DEEPEST else 0.1):
                found[name] = self.value(member, depth + 1)
        more = schema.get("additionalProperties")
        if more:
            found["ofTomorrow"] = [1, None] if more is True else self.value(more, depth + 1)
        return found

    def _scalar(self, kind: str | None, schema: dict[str, Any]) -> Any:
        if schema.get("format") == "date-time":
            return f"2026-0{self._random.randrange(1, 10)}-11T10:00:00Z"
        texts = ["", "é", "+12065550142", *schema.get("examples", [])]
        return {
            "string": self._random.choice(texts),
            "integer": self._random.randrange(-3, 99),
            "number": self._random.choice([0, 0.25, 7]),
            "boolean": self._random.random() < 0.5,
            "null": None,
            None: self._random.choice([None, True, 3, "x", {"a": [1.5]}]),
        }[kind]


@cache
def validators(model: type[BaseModel]) -> list[tuple[bool, Draft202012Validator]]:
    found = []
    for by_alias in (True, False):
        schemas = [
            model.model_json_schema(by_alias=by_alias, mode="validation"),
            model.model_json_schema(by_alias=by_alias, mode="serialization"),
        ]
        for schema in schemas[: 1 if schemas[0] == schemas[1] else 2]:
            Draft202012Validator.check_schema(schema)
            found.append((by_alias, Draft202012Validator(schema)))
    return found


def check_dumps(event: BaseModel) -> None:
    for by_alias, validator in validators(type(event)):
        for fewer in ({}, {"exclude_none": True, "exclude_unset": True}):
            validator.validate(event.model_dump(mode="json", by_alias=by_alias, **fewer))
    for by_alias in (True, False):
        assert type(event).model_validate(event.model_dump(by_alias=by_alias)) == event


def test_every_event_model_is_here():
    assert len(MODELS) > 15
    assert InboundMessage in MODELS


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_dumps_of_random_events(model: type[BaseModel]):
    schema = model.model_json_schema()
    for seed in range(INSTANCES):
        drawn = Draw(schema, seed).value(schema)
        check_dumps(model.model_validate(drawn))
    check_dumps(model.model_validate({}))


def test_dumps_of_events_that_were_seen():
    for payload in (*RECORDED.values(), WHATSAPP_ON_THE_BUS):
        for event in parse_events(payload):
            check_dumps(event)


@pytest.mark.parametrize(
    "kind", [*MODELS, Event], ids=lambda kind: getattr(kind, "__name__", "Event")
)
def test_a_framework_warns_of_no_event(kind: Any):
    app = FastAPI()

    def receive(event: kind) -> list[kind]:
        return [event]

    receive.__annotations__ = {"event": kind, "return": list[kind]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        app.post("/events")(receive)
        document = app.openapi()
    assert document["paths"]["/events"]["post"]["requestBody"]


def test_a_member_that_may_be_missing_is_optional_in_the_schema():
    for name in ("messageId", "eventType", "isFinal"):
        schema = TextMessageEvent.model_json_schema()["properties"][name]
        assert {"type": "null"} in schema["anyOf"]
