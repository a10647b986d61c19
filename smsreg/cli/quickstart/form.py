"""From the live definitions of a form's fields to what to put into each of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smsreg.cli.quickstart.demo_data import OPTIONS, TEXTS
from smsreg.cli.quickstart.steps import StepError
from smsreg.sms_voice import FieldRequirement, FieldType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from smsreg.sms_voice import (
        ConditionalBehavior,
        FieldCondition,
        RegistrationFieldDefinition,
        TextValidation,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A field, and what to put into it: nothing, or one of the three kinds of value."""

    path: str
    section: str
    required: bool
    text: str | None = None
    choices: tuple[str, ...] | None = None
    attachment_id: str | None = None

    @property
    def contents(self) -> frozenset[str]:
        """The value as the texts that conditions compare."""
        return frozenset(self.choices or (self.text or self.attachment_id or "",)) - {""}

    @property
    def empty(self) -> bool:
        """Whether the field is left alone."""
        return not self.contents


def answers(definitions: Iterable[RegistrationFieldDefinition], attachment_id: str) -> list[Answer]:
    """Decide on every field of a form: required ones get a value, optional ones none.

    Args:
        definitions: The fields, as the service describes them now.
        attachment_id: The upload for the fields that take a file.

    Raises:
        StepError: Nothing that is at hand fits a required field.
    """
    fields = [field for field in definitions if field.field_path]
    known: dict[str, Answer] = {}
    # What a conditional field depends on may come after it, so these are decided last.
    for field in sorted(fields, key=_is_conditional):
        required = _behaviour(field, known) == FieldRequirement.REQUIRED
        known[field.field_path] = _answer(field, attachment_id, required=required)
    return [known[field.field_path] for field in fields]


def _is_conditional(field: RegistrationFieldDefinition) -> bool:
    return field.field_requirement == FieldRequirement.CONDITIONAL


def _behaviour(field: RegistrationFieldDefinition, known: Mapping[str, Answer]) -> str:
    if not _is_conditional(field):
        return field.field_requirement
    rules = field.conditional_behavior
    if rules is not None:
        return _first_match(rules, known)
    # No rules were given: answer what there is an answer for, as its condition is likely met.
    at_hand = field.field_path in TEXTS or field.field_path in OPTIONS
    return FieldRequirement.REQUIRED if at_hand else FieldRequirement.OPTIONAL


def _first_match(rules: ConditionalBehavior, known: Mapping[str, Answer]) -> str:
    for rule in rules.rules or []:
        if all(_holds(condition, known) for condition in rule.conditions or []):
            return rule.rule_behavior
    return rules.default_behavior


def _holds(condition: FieldCondition, known: Mapping[str, Answer]) -> bool:
    answer = known.get(condition.depends_on_field_path)
    actual = frozenset[str]() if answer is None else answer.contents
    wanted = frozenset(condition.values or ())
    operators = {
        "EQUALS": actual == wanted,
        "NOT_EQUALS": actual != wanted,
        "IN": bool(actual) and actual <= wanted,
        "NOT_IN": not actual & wanted,
        "HAS_VALUE": bool(actual),
        "NO_VALUE": not actual,
    }
    # An operator that is not known counts as false, as the service says.
    return operators.get(condition.operator, False)


def _answer(field: RegistrationFieldDefinition, attachment_id: str, *, required: bool) -> Answer:
    path, section = field.field_path, field.section_path or ""
    if not required:
        return Answer(path=path, section=section, required=False)
    if field.field_type == FieldType.SELECT:
        return Answer(path=path, section=section, required=True, choices=_choices(field))
    if field.field_type == FieldType.TEXT:
        return Answer(path=path, section=section, required=True, text=_text(field))
    if field.field_type == FieldType.ATTACHMENT:
        return Answer(path=path, section=section, required=True, attachment_id=attachment_id)
    msg = f"{path} is a field of type {field.field_type}, which the quickstart cannot fill in"
    raise StepError(msg)


def _choices(field: RegistrationFieldDefinition) -> tuple[str, ...]:
    rules = field.select_validation
    options = [] if rules is None else rules.options or []
    if not options:
        msg = f"the service offers no options for {field.field_path}"
        raise StepError(msg)
    preferred = OPTIONS.get(field.field_path)
    ranked = sorted(options, key=lambda option: option != preferred)
    return tuple(ranked[: max(1, (rules.min_choices if rules is not None else None) or 1)])


def _text(field: RegistrationFieldDefinition) -> str:
    # The service's own models promise hints, but a result can lack what they promise.
    example: str | None = getattr(field.display_hints, "example_text_value", None)
    for text in (TEXTS.get(field.field_path), example):
        if text and _fits(text, field.text_validation):
            return text
    msg = f"there is no demo value that fits {field.field_path}"
    raise StepError(msg)


def _fits(text: str, rules: TextValidation | None) -> bool:
    """Whether a text keeps the rules, as far as they can be told here: the service decides."""
    if rules is None:
        return True
    if not (rules.min_length or 0) <= len(text) <= (rules.max_length or len(text)):
        return False
    try:
        return not rules.pattern or re.search(rules.pattern, text) is not None
    except re.error:  # A pattern in another dialect than Python's.
        return True
