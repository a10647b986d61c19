"""What the quickstart puts into a form."""

from __future__ import annotations

import pytest

from smsreg.cli.quickstart.demo_data import TEXTS
from smsreg.cli.quickstart.form import answers
from smsreg.cli.quickstart.steps import StepError
from smsreg.sms_voice import RegistrationFieldDefinition


def field(path, kind="TEXT", need="REQUIRED", **members):
    return RegistrationFieldDefinition.from_boto(
        {
            "SectionPath": path.partition(".")[0],
            "FieldPath": path,
            "FieldType": kind,
            "FieldRequirement": need,
            **members,
        }
    )


def text_rules(shortest=1, longest=100, pattern=".+"):
    return {"MinLength": shortest, "MaxLength": longest, "Pattern": pattern}


def select(path, options, fewest=1, **members):
    rules = {"MinChoices": fewest, "MaxChoices": 9, "Options": options}
    return field(path, "SELECT", SelectValidation=rules, **members)


def conditional(path, operator, values, behaviour="REQUIRED", default="OPTIONAL"):
    condition = {"DependsOnFieldPath": "a.kind", "Operator": operator}
    if values is not None:
        condition["Values"] = values
    return field(
        path,
        need="CONDITIONAL",
        DisplayHints={"Title": "t", "ShortDescription": "s", "ExampleTextValue": "example"},
        ConditionalBehavior={
            "Rules": [{"Conditions": [condition], "RuleBehavior": behaviour}],
            "DefaultBehavior": default,
        },
    )


def test_each_kind_of_field():
    text, choice, file = answers(
        [
            field("companyInfo.companyName", TextValidation=text_rules()),
            select("companyInfo.businessType", ["GOVERNMENT", "PRIVATE_PROFIT"]),
            field("messagingUseCase.optInImage", "ATTACHMENT"),
        ],
        "attachment-1",
    )
    assert text.text == TEXTS["companyInfo.companyName"]
    assert choice.choices == ("PRIVATE_PROFIT",)
    assert file.attachment_id == "attachment-1"
    assert file.section == "messagingUseCase"


def test_optional_fields_stay_empty():
    (answer,) = answers([field("companyInfo.companyName", need="OPTIONAL")], "attachment-1")
    assert answer.empty
    assert not answer.required


def test_options_of_the_service_win():
    options = ["NEW", "NEWER", "NEWEST"]
    (answer,) = answers([select("companyInfo.businessType", options, fewest=2)], "a")
    assert answer.choices == ("NEW", "NEWER")
    assert options == ["NEW", "NEWER", "NEWEST"]


def test_the_example_stands_in_for_a_demo_value_that_does_not_fit():
    hints = {"Title": "t", "ShortDescription": "s", "ExampleTextValue": "ACME"}
    for rules in (text_rules(longest=5), text_rules(pattern="^[A-Z]+$")):
        field_ = field("companyInfo.companyName", TextValidation=rules, DisplayHints=hints)
        (answer,) = answers([field_], "a")
        assert answer.text == "ACME"


def test_a_pattern_in_another_dialect_is_left_to_the_service():
    rules = text_rules(pattern=r"\p{Alpha}(?<x>")
    (answer,) = answers([field("companyInfo.companyName", TextValidation=rules)], "a")
    assert answer.text == TEXTS["companyInfo.companyName"]


@pytest.mark.parametrize(
    "definition",
    [
        field("a.unknown"),
        field("a.unknown", "SELECT"),
        select("a.unknown", []),
        field("a.unknown", "SIGNATURE"),
    ],
)
def test_nothing_at_hand(definition):
    with pytest.raises(StepError, match=r"a\.unknown"):
        answers([definition], "a")


@pytest.mark.parametrize(
    ("operator", "values", "holds"),
    [
        ("EQUALS", ["X"], True),
        ("EQUALS", ["Y"], False),
        ("NOT_EQUALS", ["Y"], True),
        ("NOT_EQUALS", ["X"], False),
        ("IN", ["X", "Y"], True),
        ("IN", ["Y"], False),
        ("NOT_IN", ["Y"], True),
        ("NOT_IN", ["X", "Y"], False),
        ("HAS_VALUE", None, True),
        ("NO_VALUE", None, False),
        ("STARTS_WITH", ["X"], False),
    ],
)
def test_conditions(operator, values, holds):
    # The field comes before the one that it depends on.
    dependent, _ = answers(
        [conditional("a.text", operator, values), select("a.kind", ["X", "Y"])], "a"
    )
    assert dependent.required is holds
    assert dependent.empty is not holds


def test_a_disallowed_field_stays_empty():
    rule = conditional("a.text", "HAS_VALUE", None, behaviour="DISALLOWED", default="REQUIRED")
    answer, _ = answers([rule, select("a.kind", ["X"])], "a")
    assert answer.empty


def test_a_condition_on_a_field_that_is_not_there():
    (answer,) = answers([conditional("a.text", "NO_VALUE", None)], "a")
    assert answer.text == "example"


def test_conditional_without_rules_gets_what_is_at_hand():
    known, unknown = answers(
        [
            field("companyInfo.taxId", need="CONDITIONAL"),
            field("companyInfo.other", need="CONDITIONAL"),
        ],
        "a",
    )
    assert known.text == TEXTS["companyInfo.taxId"]
    assert unknown.empty
