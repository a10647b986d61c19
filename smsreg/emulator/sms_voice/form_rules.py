"""The rules of a form: field validation at put, conditional rules at submission.

The rules are the model's own (`ConditionalBehavior`): the first rule whose conditions all hold
decides whether the field is REQUIRED, OPTIONAL or DISALLOWED, and its validation overrides the
field's own, member by member.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smsreg.emulator.core.safe_regex import whole_match
from smsreg.emulator.core.service_model import Doc

if TYPE_CHECKING:
    from smsreg.emulator.catalogue import FieldRule, RegistrationType

MISSING_FIELD = "Missing required field"
_NOT_ALLOWED = "Conditional field not allowed"
Values = Mapping[str, Doc]
"""The values of one version by field path."""


@dataclass(frozen=True, slots=True)
class FormProblem:
    """Why a form does not pass: missing values can be refused at submission.

    `title` is the version's reason, `reason` the field's.
    """

    path: str
    title: str
    reason: str
    missing: bool


def find_problems(kind: RegistrationType, values: Values) -> list[FormProblem]:
    """Every problem that a review of the form would find."""
    problems: list[FormProblem] = []
    for rule in kind.fields.values():
        behavior, validation = decide(rule, values)
        value = values.get(rule.path)
        if value is None:
            if behavior == "REQUIRED":
                code = "MISSING_REQUIRED_FIELD"
                problems.append(FormProblem(rule.path, MISSING_FIELD, code, missing=True))
        elif behavior == "DISALLOWED":
            # inferred: a field that other values rule out is denied with a sentence of its own.
            why = "The other values rule this field out"
            problems.append(FormProblem(rule.path, _NOT_ALLOWED, why, missing=False))
        elif complaint := _check_conditional(rule, validation, value):
            # inferred: a value that its condition refuses is denied as an Invalid field value.
            problems.append(FormProblem(rule.path, "Invalid field value", complaint, missing=False))
    return problems


def decide(rule: FieldRule, values: Values) -> tuple[str, Doc | None]:
    """The behavior of a field for these values, and its effective validation."""
    behavior: Doc | None = rule.definition.get("ConditionalBehavior")
    if behavior is None:
        requirement: str = rule.definition["FieldRequirement"]
        return ("OPTIONAL" if requirement == "CONDITIONAL" else requirement), None
    for entry in behavior["Rules"]:
        if all(_holds(condition, values) for condition in entry["Conditions"]):
            return entry["RuleBehavior"], entry.get("ConditionalValidation")
    return behavior["DefaultBehavior"], None


def _holds(condition: Doc, values: Values) -> bool:
    actual = _contents(values.get(condition["DependsOnFieldPath"]))
    wanted = set(condition.get("Values") or ())
    outcomes = {
        "EQUALS": actual == wanted,
        "NOT_EQUALS": actual != wanted,
        "IN": bool(actual) and actual <= wanted,
        "NOT_IN": not actual & wanted,
        "HAS_VALUE": bool(actual),
        "NO_VALUE": not actual,
    }
    return outcomes.get(condition["Operator"], False)


def _contents(value: Doc | None) -> set[str]:
    if value is None:
        return set()
    if value.get("SelectChoices") is not None:
        return set(value["SelectChoices"])
    text = value.get("TextValue") or value.get("RegistrationAttachmentId")
    return {text} if text else set()


def _check_conditional(rule: FieldRule, validation: Doc | None, value: Doc) -> str | None:
    allowed = (validation or {}).get("AllowedValues")
    if allowed and not _contents(value) <= set(allowed):
        return "The value is not one of those allowed here"
    text = value.get("TextValue")
    if text is None:
        return None
    given = {name: member for name, member in (validation or {}).items() if member is not None}
    limits = {**rule.definition["TextValidation"], **given}
    return check_text(text, limits["MinLength"], limits["MaxLength"], limits["Pattern"])


def check_at_put(rule: FieldRule, text: str) -> str | None:
    """What is wrong with a text, whatever the other fields contain, or None.

    inferred: as the other fields can still change, a text is refused at put only where the
    field's own validation refuses it and so does every rule that overrides it.
    """
    complaint = check_text(text, *_own_limits(rule))
    behavior: Doc = rule.definition.get("ConditionalBehavior") or {"Rules": []}
    for entry in behavior["Rules"]:
        override: Doc = {**(entry.get("ConditionalValidation") or {}), "AllowedValues": None}
        if complaint and not _check_conditional(rule, override, {"TextValue": text}):
            return None
    return complaint


def _own_limits(rule: FieldRule) -> tuple[int, int, str]:
    limits: Doc = rule.definition["TextValidation"]
    return limits["MinLength"], limits["MaxLength"], limits["Pattern"]


def check_text(
    text: str, shortest: int | None, longest: int | None, pattern: str | None
) -> str | None:
    """What is wrong with a text, or None."""
    if shortest is not None and len(text) < shortest:
        return f"The value must have at least {shortest} characters"
    if longest is not None and len(text) > longest:
        return f"The value must have at most {longest} characters"
    if pattern is not None and not whole_match(pattern, text):
        return "does not match the pattern"
    return None


def check_choices(definition: Doc, choices: list[str]) -> str | None:
    """What is wrong with the choices of a select field, or None."""
    rules = definition["SelectValidation"]
    if not rules["MinChoices"] <= len(choices) <= rules["MaxChoices"]:
        return f"Between {rules['MinChoices']} and {rules['MaxChoices']} choices are needed"
    if len(set(choices)) < len(choices) or not set(choices) <= set(rules["Options"]):
        return "A choice is not one of the options, or there twice"
    return None
