"""The preflight and the emulator agree on random values of every form.

The emulator interprets the same definitions with its own code. Each set of values is passed to its
operations in this process: the fields that PutRegistrationFieldValue refuses or that the review
denies must be exactly those for which the preflight reports problems.
"""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Any

import pytest

from smsreg.emulator import Clock, Emulator
from smsreg.emulator.core.errors import ServiceFault
from smsreg.emulator.core.service_model import SMS, service_model
from smsreg.registration import Attachment
from tests.support.sampling import RANDOM_CASES

from .forms import all_types, form_of

if TYPE_CHECKING:
    from smsreg.emulator.catalogue import RegistrationType

SETS = RANDOM_CASES * 250

TEXTS = [
    "a",
    "b",
    "ab",
    "ba",
    "abc",
    "x",
    "",
    " ",
    "\n",
    "a b",
    "#00AAFF",
    "US",
    "Yes",
    "123456789",
]
MANY = [40, 100, 101, 255, 256, 306, 500, 1500, 2048, 2049, 4096]


class Service:
    """The emulator's operations, called in this process."""

    def __init__(self, emulator: Emulator) -> None:
        self._engine = emulator._engine

    def call(self, name: str, **params: Any) -> dict[str, Any]:
        return self._engine.perform(service_model(SMS).operation(name), params)


def random_value(chance: random.Random, rule: Any, attachment: str, wild: float) -> Any:
    """Draw a value for a field: none, a valid one, or, with the given probability, any text."""
    is_wild = chance.random() < wild
    if chance.random() < chance.choice([0.0, 0.1, 0.5]):
        return None
    if rule.kind == "ATTACHMENT":
        return "a text" if is_wild else Attachment.existing(attachment)
    if rule.kind == "SELECT":
        return random_choices(chance, rule.definition["SelectValidation"], is_wild=is_wild)
    if is_wild:
        return chance.choice([*TEXTS, "a" * chance.choice(MANY), ["a list"]])
    example = rule.definition["DisplayHints"].get("ExampleTextValue")
    return example or random_text(chance, rule.definition["TextValidation"])


def random_choices(chance: random.Random, limits: dict[str, Any], *, is_wild: bool) -> Any:
    options = limits["Options"]
    if is_wild:
        return [chance.choice([*options, "nonsense"]) for _ in range(chance.randint(0, 3))]
    count = chance.randint(limits["MinChoices"], min(limits["MaxChoices"], len(options)))
    return chance.sample(options, count) if count != 1 else chance.choice(options)


def random_text(chance: random.Random, limits: dict[str, Any]) -> str:
    if limits["MaxLength"] >= MANY[0]:
        length = chance.randint(limits["MinLength"], min(limits["MaxLength"], 300))
        return "a" * max(length, 1)
    return chance.choice([text for text in TEXTS if fits(text, limits)] or TEXTS)


def fits(text: str, limits: dict[str, Any]) -> bool:
    long_enough = limits["MinLength"] <= len(text) <= limits["MaxLength"]
    return bool(text) and long_enough and re.fullmatch(limits["Pattern"], text) is not None


def verdict(service: Service, kind: RegistrationType, values: dict[str, Any]) -> tuple[set, set]:
    """Return the fields that are refused when put, and those that the review denies."""
    made = service.call("CreateRegistration", RegistrationType=kind.name)
    identifier = made["RegistrationId"]
    refused = set()
    for path, value in values.items():
        if isinstance(value, Attachment):
            member: dict[str, Any] = {"RegistrationAttachmentId": value.reference}
        elif kind.fields[path].kind == "SELECT":
            member = {"SelectChoices": [value] if isinstance(value, str) else value}
        elif isinstance(value, str):
            member = {"TextValue": value}
        else:
            member = {"SelectChoices": value}
        try:
            service.call(
                "PutRegistrationFieldValue", RegistrationId=identifier, FieldPath=path, **member
            )
        except ServiceFault:
            refused.add(path)
    service.call("SubmitRegistrationVersion", RegistrationId=identifier)
    service._engine.world.clock.advance(days=1)
    service.call("DescribeRegistrations", RegistrationIds=[identifier])
    found = service.call("DescribeRegistrationFieldValues", RegistrationId=identifier)
    denied = {
        item["FieldPath"] for item in found["RegistrationFieldValues"] if "DeniedReason" in item
    }
    service._engine.world.state.remove("registrations", identifier, made["RegistrationArn"])
    return refused, denied


@pytest.mark.parametrize("part", range(4))
def test_same_verdict(part: int) -> None:
    emulator = Emulator(clock=Clock.fixed(), incomplete_submit="deny", seed=1)
    service = Service(emulator)
    attachment = service.call("CreateRegistrationAttachment", AttachmentBody="JVBERi0xLjc=")
    kinds = all_types()
    for kind in kinds:
        emulator.catalogue._own[kind.name] = kind
    forms = {kind.name: form_of(kind) for kind in kinds}
    chance = random.Random(part)  # noqa: S311 -- the same on every run
    faulty = denials = 0
    for number in range(SETS // 4):
        kind = kinds[number % len(kinds)]
        wild = chance.choice([0.0, 0.0, 0.02, 0.2])
        identifier = attachment["RegistrationAttachmentId"]
        drawn = {p: random_value(chance, r, identifier, wild) for p, r in kind.fields.items()}
        values = {path: value for path, value in drawn.items() if value is not None}
        refused, denied = verdict(service, kind, values)
        problems = forms[kind.name].check(values)
        found = {problem.field for problem in problems if problem.severity == "error"}
        summary = f"{kind.name}: refused {refused}, denied {denied}, {problems}"
        assert bool(found) == bool(refused | denied), summary
        assert refused <= found, summary
        if not refused:
            assert found == denied, summary
        faulty += bool(found)
        denials += bool(denied)
    # Some are valid and some are not, and both the rules of a put and those of a review occur.
    assert denials > SETS // 20
    assert SETS // 20 < faulty < SETS // 4 - SETS // 100
