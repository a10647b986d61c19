"""Consistency rules across the form, derived from the denials of reviewers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.registration.consistency import consent, links, samples, wording
from smsreg.registration.consistency.rule import Facts, Rule
from smsreg.registration.problems import FormProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from smsreg.registration.form_parts import Form
    from smsreg.registration.values import Value

RULES: tuple[Rule, ...] = (*samples.RULES, *links.RULES, *consent.RULES, *wording.RULES)
"""Every rule; the name of each can be given to ``ignore=``."""


def check_consistency(form: Form, values: Mapping[str, Value]) -> Iterator[FormProblem]:
    """Find violations of the rules; each problem says what to do."""
    facts = Facts(form.registration_type, values)
    for rule in RULES:
        for path, found in rule.find(facts):
            yield FormProblem(path, rule.name, f"{found}. {rule.remedy}", rule.severity)


def remedies(denial: str) -> list[str]:
    """Return what to do about a denial of this title, by the rules that know it."""
    title = denial.strip().lower()
    return [rule.remedy for rule in RULES if title in {name.lower() for name in rule.denials}]


__all__ = ["RULES", "Facts", "Rule", "check_consistency", "remedies"]
