"""Conditional fields: which rule applies, and its effect on the field.

The rules are the service's: the first rule whose conditions all hold decides, and its validation
overrides the field's own, member by member.
https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_ConditionalBehavior.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from smsreg.sms_voice import FieldRequirement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smsreg.registration.form_parts import FormField
    from smsreg.sms_voice import ConditionalValidation, FieldCondition

Contents = frozenset[str]
"""A field's value as the texts that conditions compare; empty without a value."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What a form asks of a field, given the other fields.

    Attributes:
        behavior: ``REQUIRED``, ``OPTIONAL`` or ``DISALLOWED``.
        field: The field with the validation that is in force.
        allowed: The only choices that are allowed; None for all of the field's.
    """

    behavior: str
    field: FormField
    allowed: frozenset[str] | None = None


def demand(field: FormField, contents: Mapping[str, Contents]) -> Demand:
    """Decide what the form asks of a field.

    Args:
        field: The field.
        contents: What the fields of the form hold, by path.
    """
    rules = field.conditional
    if rules is None:
        conditional = field.requirement == FieldRequirement.CONDITIONAL
        # Without rules only the service knows the condition.
        return Demand("OPTIONAL" if conditional else str(field.requirement), field)
    for rule in rules.rules or []:
        if all(_holds(condition, contents) for condition in rule.conditions or []):
            return _overridden(str(rule.rule_behavior), field, rule.conditional_validation)
    return Demand(str(rules.default_behavior), field)


def _overridden(behavior: str, field: FormField, override: ConditionalValidation | None) -> Demand:
    if override is None:
        return Demand(behavior, field)
    changed = replace(
        field,
        min_length=field.min_length if override.min_length is None else override.min_length,
        max_length=field.max_length if override.max_length is None else override.max_length,
        pattern=override.pattern or field.pattern,
    )
    allowed = frozenset(override.allowed_values) if override.allowed_values else None
    return Demand(behavior, changed, allowed)


def _holds(condition: FieldCondition, contents: Mapping[str, Contents]) -> bool:
    actual = contents.get(condition.depends_on_field_path, frozenset())
    wanted = frozenset(condition.values or ())
    outcomes = {
        "EQUALS": actual == wanted,
        "NOT_EQUALS": actual != wanted,
        "IN": bool(actual) and actual <= wanted,
        "NOT_IN": not actual & wanted,
        "HAS_VALUE": bool(actual),
        "NO_VALUE": not actual,
    }
    return outcomes.get(condition.operator, False)
