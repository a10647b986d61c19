"""Forms for the tests: the emulator's, recorded real ones, and random ones."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from smsreg.emulator.catalogue import Catalogue, FieldRule, RegistrationType
from smsreg.registration import RegistrationForm

FOLDER = Path(__file__).parent / "definitions"
ANY_TEXT = r"^(?=\s*\S)[\s\S]+$"


def emulated(name: str) -> RegistrationForm:
    """Return a form of the emulator's catalogue."""
    kind = Catalogue().get(name)
    assert kind is not None
    return form_of(kind)


def form_of(kind: RegistrationType) -> RegistrationForm:
    return RegistrationForm.of(
        kind.name,
        fields=[rule.definition for rule in kind.fields.values()],
        sections=kind.sections,
        type_definition={k: v for k, v in kind.definition.items() if not k.startswith("_")},
    )


def type_of(name: str, definitions: list[dict[str, Any]]) -> RegistrationType:
    """Build an emulator's type from definitions in boto3's form."""
    fields = {
        item["FieldPath"]: FieldRule(
            item["FieldPath"], item["SectionPath"], item["FieldType"], item, {}
        )
        for item in definitions
    }
    definition = {"RegistrationType": name, "DisplayHints": {"Title": name}, "_resources": []}
    return RegistrationType(name, "US", definition, (), fields, ())


def all_types(random_ones: int = 40) -> list[RegistrationType]:
    """Return every kind of form for comparisons."""
    seen = [
        type_of(f"SEEN_{path.stem.upper()}", read(path)["RegistrationFieldDefinitions"])
        for path in sorted(FOLDER.glob("fields_*.json"))
    ]
    made = [
        type_of(f"RANDOM_{seed}", random_definitions(random.Random(seed)))  # noqa: S311 -- repeats
        for seed in range(random_ones)
    ]
    return [*Catalogue().all(), *seen, *made]


def read(path: Path) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(path.read_text("utf-8"))["body"]
    return body


def random_definitions(chance: random.Random) -> list[dict[str, Any]]:
    """Return a form whose fields depend on each other in every way that the model allows."""
    names = [f"part.field{index}" for index in range(7)]
    return [random_field(chance, path, names) for path in names]


def random_field(chance: random.Random, path: str, others: list[str]) -> dict[str, Any]:
    kind = chance.choice(["TEXT", "TEXT", "SELECT"])
    field: dict[str, Any] = {
        "SectionPath": "part",
        "FieldPath": path,
        "FieldType": kind,
        "FieldRequirement": chance.choice(["REQUIRED", "OPTIONAL", "CONDITIONAL", "CONDITIONAL"]),
        "DisplayHints": {"Title": path, "ShortDescription": "A field."},
    }
    if kind == "TEXT":
        field["TextValidation"] = {
            "MinLength": chance.choice([0, 1, 2]),
            "MaxLength": chance.choice([3, 6]),
            "Pattern": chance.choice([ANY_TEXT, r"^[ab]+$", r"^(?=.*a)(?!b)[abc]+$"]),
        }
    else:
        most = chance.choice([1, 2])
        field["SelectValidation"] = {
            "MinChoices": chance.choice([0, 1]),
            "MaxChoices": most,
            "Options": ["a", "b", "c"],
        }
    if field["FieldRequirement"] == "CONDITIONAL":
        field["ConditionalBehavior"] = {
            "DefaultBehavior": chance.choice(["REQUIRED", "OPTIONAL", "DISALLOWED"]),
            "Rules": [random_rule(chance, others) for _ in range(chance.randint(1, 3))],
        }
    return field


def random_rule(chance: random.Random, others: list[str]) -> dict[str, Any]:
    operators = ["EQUALS", "NOT_EQUALS", "IN", "NOT_IN", "HAS_VALUE", "NO_VALUE", "SOUNDS_LIKE"]
    rule: dict[str, Any] = {
        "RuleBehavior": chance.choice(["REQUIRED", "OPTIONAL", "DISALLOWED"]),
        "Conditions": [
            {
                "DependsOnFieldPath": chance.choice(others),
                "Operator": chance.choice(operators),
                "Values": chance.sample(["a", "b", "c", "ab"], chance.randint(1, 2)),
            }
            for _ in range(chance.randint(1, 2))
        ],
    }
    if chance.random() < 0.5:
        limits = {
            "MinLength": chance.choice([1, 3]),
            "MaxLength": chance.choice([2, 9]),
            "Pattern": chance.choice([r"^a+$", r"^[abc]+$"]),
            "AllowedValues": chance.sample(["a", "b", "c"], 2),
        }
        chosen = chance.sample(sorted(limits), chance.randint(1, 3))
        rule["ConditionalValidation"] = {name: limits[name] for name in chosen}
    return rule
