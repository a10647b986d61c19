"""Each consistency rule finds its bad example, passes its good one, and can be switched off."""

from __future__ import annotations

import runpy
import time
from typing import TYPE_CHECKING

import pytest

from smsreg.registration.consistency import RULES, Rule, remedies
from smsreg.registration.consistency.links import registered_name

from .forms import emulated
from .test_check import example_values

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from smsreg.registration import FormProblem, RegistrationForm

CAMPAIGN = emulated("US_TEN_DLC_CAMPAIGN_REGISTRATION")
TOLL_FREE = emulated("US_TOLL_FREE_REGISTRATION")
FORMS = [CAMPAIGN, TOLL_FREE]


def form_for(values: Mapping[str, str]) -> RegistrationForm:
    return next(form for form in FORMS if set(values) <= set(form.fields))


def found(values: Mapping[str, str], **options: object) -> list[FormProblem]:
    problems = form_for(values).check(values, consistency=True, **options)  # type: ignore[arg-type]  # a dictionary of options
    return [problem for problem in problems if problem.rule in {rule.name for rule in RULES}]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_examples(rule: Rule) -> None:
    bad = [problem for problem in found(rule.bad) if problem.rule == rule.name]
    assert bad
    for problem in bad:
        assert problem.severity == "warning"
        assert problem.message.endswith(rule.remedy)
        assert problem.field in rule.bad
        assert not any(value in problem.message for value in rule.bad.values() if len(value) > 20)
    assert rule.name not in {problem.rule for problem in found(rule.good)}
    assert rule.name not in {problem.rule for problem in found(rule.bad, ignore=[rule.name])}
    assert found(rule.bad, ignore=[rule.name for rule in RULES]) == []


def test_rules_are_off_unless_they_are_asked_for() -> None:
    for rule in RULES:
        names = {problem.rule for problem in form_for(rule.bad).check(rule.bad)}
        assert rule.name not in names


def test_names_are_unique() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)


GOOD = {
    **example_values(TOLL_FREE),
    "companyInfo.companyName": "Example Dental, Inc.",
    "companyInfo.website": "https://www.dental.example/welcome",
    "contactInfo.supportEmail": "help@mail.dental.example",
    "companyInfo.taxId": "12-3456789",
    "companyInfo.taxIdAuthority": "EIN",
    "companyInfo.taxIdCountry": "US",
    "messagingUseCase.useCaseCategory": "ACCOUNT_NOTIFICATIONS",
    "messagingUseCase.optInType": "DIGITAL_FORM",
    "messagingUseCase.optInDescription": (
        "Patients tick an empty box on our web form that says: I agree to get texts from "
        "Example Dental about my visits, about 2 messages a month. The box is not pre-checked."
    ),
    "messageSamples.messageSample1": (
        "Example Dental: your visit is on May 3 at 9:30. Reply STOP to opt out."
    ),
}


def test_a_good_form_breaks_no_rule() -> None:
    assert TOLL_FREE.check(GOOD, consistency=True) == []


def test_a_campaign_is_named_by_its_messages() -> None:
    values = {
        "messageSamples.messageSample1": "Example Dental: your visit is at 9:30.",
        "messageSamples.messageSample2": "Reply STOP to opt out of visit reminders.",
    }
    assert [(p.field, p.rule) for p in found(values)] == [
        ("messageSamples.messageSample2", "sample-brand")
    ]


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("The box for texts is not pre-checked: people tick it.", True),
        ("The box for texts is never ticked by default: people tick it.", True),
        ("The box for texts is ticked by default; people agree.", False),
        ("Customers are automatically enrolled in texts, and agree.", False),
    ],
)
def test_consent_that_is_denied_is_no_consent(text: str, fine: bool) -> None:  # noqa: FBT001 -- pytest passes it by name
    problems = found({"messagingUseCase.optInDescription": text})
    assert ("preselected-consent" not in {problem.rule for problem in problems}) is fine


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("www.example.com", "example.com"),
        ("Mail.Example.co.uk", "example.co.uk"),
        ("example.de", "example.de"),
        ("localhost", "localhost"),
        ("", ""),
    ],
)
def test_registered_names(host: str, name: str) -> None:
    assert registered_name(host) == name


@pytest.mark.parametrize("piece", ["a", "a.", "1", "-", "http://", "[", "{", " not", "pre-"])
def test_no_text_makes_a_rule_slow(piece: str) -> None:
    values = {path: piece * 200_000 for path, entry in CAMPAIGN.fields.items() if entry.max_length}
    started = time.process_time()
    CAMPAIGN.check(values, consistency=True)
    assert time.process_time() - started < 5


def test_remedies_are_found_by_a_denials_title() -> None:
    assert "Give an address of the company's own domain." in remedies("unofficial business email ")
    assert remedies("Something else") == []


def test_page_is_written_from_the_rules(root: Path) -> None:
    script = runpy.run_path(str(root / ".ci" / "consistency_page.py"))
    assert script["PAGE"].read_text(encoding="utf-8") == script["page"]()
