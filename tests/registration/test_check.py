"""The preflight reports every problem at once, with the form's hint, for any values."""

from __future__ import annotations

import time
from collections.abc import Mapping
from enum import Enum
from typing import Any

import pytest

from smsreg.registration import Attachment, FormProblem, RegistrationForm

from .forms import ANY_TEXT, FOLDER, emulated, form_of, read, type_of
from .test_forms import field

TOLL_FREE = emulated("US_TOLL_FREE_REGISTRATION")
CAMPAIGN = emulated("US_TEN_DLC_CAMPAIGN_REGISTRATION")
SECRET = "Zq-secret-Zq"


def example_values(form: RegistrationForm) -> dict[str, Any]:
    """Return values without a problem, from the form's own examples."""
    values: dict[str, Any] = {}
    for path, entry in form.fields.items():
        if entry.requirement != "REQUIRED":
            continue
        if entry.type == "SELECT":
            values[path] = entry.choices[0]
        elif entry.type == "ATTACHMENT":
            values[path] = Attachment.from_bytes(b"%PDF-1.7")
        else:
            values[path] = entry.example or "a" * (entry.min_length or 1)
    return values


def rules(problems: list[FormProblem], path: str) -> list[str]:
    return [problem.rule for problem in problems if problem.field == path]


def test_good_values_have_no_problem() -> None:
    values = {
        **example_values(TOLL_FREE),
        "companyInfo.taxId": "12-3456789",
        "companyInfo.taxIdAuthority": "EIN",
        "companyInfo.taxIdCountry": "US",
    }
    assert TOLL_FREE.check(values) == []


def test_every_problem_at_once_in_the_order_of_the_form_with_its_hint() -> None:
    values = {
        **example_values(TOLL_FREE),
        "companyInfo.companyNam": SECRET,
        "companyInfo.isoCountryCode": SECRET,
        "companyInfo.businessType": [SECRET],
        "messageSamples.messageSample1": "a" * 2000,
        "messagingUseCase.optInImage": SECRET,
    }
    del values["companyInfo.city"]
    problems = TOLL_FREE.check(values)
    assert [(problem.field, problem.rule) for problem in problems] == [
        ("companyInfo.companyNam", "unknown-field"),
        ("companyInfo.city", "required"),
        ("companyInfo.isoCountryCode", "max-length"),
        ("companyInfo.isoCountryCode", "pattern"),
        ("companyInfo.businessType", "choice"),
        ("companyInfo.taxId", "required"),
        ("companyInfo.taxIdAuthority", "required"),
        ("companyInfo.taxIdCountry", "required"),
        ("messagingUseCase.optInImage", "type"),
        ("messageSamples.messageSample1", "max-length"),
    ]
    assert {problem.severity for problem in problems} == {"error"}
    text = "\n".join(map(str, problems))
    assert "did you mean companyInfo.companyName?" in text
    assert "Two capital letters" in text
    assert SECRET not in text
    assert SECRET not in repr(problems)


def test_rules_can_be_switched_off() -> None:
    problems = TOLL_FREE.check({}, ignore={"required"})
    assert problems == []


@pytest.mark.parametrize(
    "path", ["companyName", "CompanyInfo.companyname", "companyInfo.companyNme"]
)
def test_the_nearest_field_is_named(path: str) -> None:
    (problem,) = TOLL_FREE.check({path: "x"}, ignore=["required"])
    assert "did you mean companyInfo.companyName?" in problem.message


class Raising:
    """Raises from every special method."""

    def _fail(self, *_: object) -> Any:
        raise RuntimeError(SECRET)

    __class__ = property(_fail)  # type: ignore[assignment]  # raising on purpose
    __eq__ = __hash__ = __str__ = __repr__ = __len__ = __iter__ = __bool__ = _fail  # type: ignore[assignment]  # raising on purpose
    __getattr__ = __getitem__ = __format__ = __contains__ = _fail


class RaisingText(str):
    __slots__ = ()
    __eq__ = __hash__ = __str__ = __repr__ = __len__ = __iter__ = Raising._fail  # type: ignore[assignment]  # raising on purpose


class RaisingList(list[Any]):
    __eq__ = __hash__ = __str__ = __repr__ = __len__ = __iter__ = Raising._fail  # type: ignore[assignment]  # raising on purpose


class RaisingMapping(Mapping[str, Any]):
    __getitem__ = __iter__ = __len__ = items = Raising._fail  # type: ignore[assignment]  # raising on purpose


class RaisingAttachment(Attachment):
    def load(self, **_: Any) -> Any:
        raise RuntimeError(SECRET)


class Choice(str, Enum):
    PRIVATE = "PRIVATE_PROFIT"


VALUES = [
    *(
        0,
        1.5,
        True,
        b"bytes",
        bytearray(b"x"),
        {},
        {"a": 1},
        {1, 2},
        object(),
        Raising(),
        type,
        len,
    ),
    *([], [1], [None], [Raising()], ["a"] * 10_000, RaisingList(["a"]), ("a", 1), [["a"]]),
    *("", " ", "\x00", "\ud800", "a" * 1_000_000, "é" * 3000, RaisingText("text"), Choice.PRIVATE),
    *(Attachment.from_file("\x00"), Attachment.from_file("/dev/null"), Attachment.from_file("")),
    *(Attachment.from_bytes(b""), Attachment.from_bytes(b"%PD"), Attachment.from_s3("s3://")),
    *(Attachment.existing(""), Attachment.existing(Raising()), RaisingAttachment("bytes")),  # type: ignore[arg-type]  # nasty values
    *(Attachment("file", Raising()), Attachment("nowhere"), range(3), iter([]), lambda: None),  # type: ignore[arg-type]  # nasty values
]


@pytest.mark.sampled
@pytest.mark.parametrize("index", range(len(VALUES)))
@pytest.mark.parametrize("form", [TOLL_FREE, CAMPAIGN], ids=["toll-free", "campaign"])
def test_no_value_makes_it_raise(form: RegistrationForm, index: int) -> None:
    value = VALUES[index]
    for path, entry in form.fields.items():
        problems = form.check({path: value}, consistency=True)
        if entry.type in {"SELECT", "ATTACHMENT"} and value is not Choice.PRIVATE:
            assert [p for p in problems if p.field == path], (path, index)
        assert SECRET not in str(problems)


MAPPINGS = [None, 1, "text", [], Raising(), RaisingMapping(), {1: "a"}, {None: 1}]


@pytest.mark.parametrize("index", range(len(MAPPINGS)))
def test_no_mapping_makes_it_raise(index: int) -> None:
    problems = TOLL_FREE.check(MAPPINGS[index], ignore=["required"])  # type: ignore[arg-type]  # nasty values
    assert [(problem.field, problem.severity) for problem in problems] == [("", "error")]


def test_none_is_no_value() -> None:
    assert TOLL_FREE.check({"companyInfo.address2": None}, ignore=["required"]) == []


def test_enum_members_are_their_texts() -> None:
    path = "companyInfo.businessType"
    assert rules(TOLL_FREE.check({path: Choice.PRIVATE}), path) == []


def test_a_field_the_other_values_rule_out() -> None:
    problems = emulated("US_TEN_DLC_BRAND_REGISTRATION").check(
        {"companyInfo.legalType": "PRIVATE_PROFIT", "companyInfo.stockSymbol": "EXMP"}
    )
    assert rules(problems, "companyInfo.stockSymbol") == ["disallowed"]


def test_override_replaces_the_fields_own_limits() -> None:
    rule = {
        "RuleBehavior": "REQUIRED",
        "Conditions": [{"DependsOnFieldPath": "a.other", "Operator": "HAS_VALUE"}],
        "ConditionalValidation": {"MaxLength": 12, "AllowedValues": ["a" * 12]},
    }
    conditional = {"DefaultBehavior": "OPTIONAL", "Rules": [rule]}
    form = form_of(
        type_of(
            "T",
            [
                field("a.other", FieldRequirement="OPTIONAL"),
                field("a.it", FieldRequirement="CONDITIONAL", ConditionalBehavior=conditional),
            ],
        )
    )
    assert form.check({"a.it": "a" * 12})[0].rule == "max-length"
    assert form.check({"a.it": "a" * 12, "a.other": "a"}) == []
    assert form.check({"a.it": "a", "a.other": "a"})[0].rule == "allowed-values"
    assert form.check({"a.other": "a"})[0].rule == "required"


def test_a_pattern_that_cannot_be_run_is_reported() -> None:
    limits = {"MinLength": 1, "MaxLength": 9, "Pattern": r"^(a)\1$"}
    form = form_of(type_of("T", [field("a.b", TextValidation=limits)]))
    (problem,) = form.check({"a.b": "xy"})
    assert (problem.rule, problem.severity) == ("pattern", "unchecked")


def test_bad_pattern_on_a_long_text_takes_milliseconds() -> None:
    limits = {"MinLength": 1, "MaxLength": 90_000, "Pattern": "(a+)+$"}
    form = form_of(type_of("T", [field("a.b", TextValidation=limits)]))
    started = time.process_time()
    problems = form.check({"a.b": "a" * 50_000 + "!"}, consistency=True)
    assert time.process_time() - started < 0.5
    assert rules(problems, "a.b") == ["max-length", "pattern"]


def test_the_services_own_limit_holds_where_a_form_allows_more() -> None:
    limits = {"MinLength": 40, "MaxLength": 4096, "Pattern": ANY_TEXT}
    form = form_of(type_of("T", [field("a.b", TextValidation=limits)]))
    assert form.check({"a.b": "a" * 2048}) == []
    assert rules(form.check({"a.b": "a" * 2049}), "a.b") == ["max-length"]


def test_unknown_field_type_is_left_to_the_service() -> None:
    form = form_of(type_of("T", [field("a.b", FieldType="HOLOGRAM")]))
    (problem,) = form.check({"a.b": "x"})
    assert problem.severity == "unchecked"


@pytest.mark.parametrize("region", ["us-east-1", "ap-south-1", None])
def test_india_registers_in_india(region: str | None) -> None:
    form = emulated("IN_SENDER_ID_REGISTRATION")
    problems = form.check({}, region=region, ignore=["required"])
    found = [(problem.rule, problem.severity) for problem in problems]
    assert found == ([("region", "warning")] if region == "us-east-1" else [])


def test_conditions_missing_from_the_definitions() -> None:
    definitions = read(FOLDER / "fields_10dlc_brand.json")["RegistrationFieldDefinitions"]
    form = form_of(type_of("US_TEN_DLC_BRAND_REGISTRATION", definitions))
    listed = form.check({"companyInfo.legalType": "PUBLIC_PROFIT"}, ignore=["required"])
    assert [problem.field for problem in listed] == [
        "companyInfo.stockSymbol",
        "companyInfo.stockExchange",
        "companyInfo.businessContactEmail",
    ]
    private = {"companyInfo.legalType": "PRIVATE_PROFIT", "companyInfo.stockSymbol": "X"}
    (problem,) = form.check(private, ignore=["required"])
    assert (problem.field, problem.severity) == ("companyInfo.stockSymbol", "warning")


@pytest.mark.parametrize(
    ("tags", "count"),
    [
        ({"team": "mess aging_1.:/=+@-é"}, 0),
        ({"team": "a — b"}, 1),
        ({"": "x"}, 1),
        ({"aws:x": "x"}, 1),
        ({"k" * 129: "x"}, 1),
        ({"k": "x" * 257}, 1),
        ({"k": 1}, 1),
        ({1: "x"}, 1),
        ([], 1),
        ({f"k{n}": "v" for n in range(51)}, 1),
    ],
)
def test_tags(tags: Any, count: int) -> None:
    problems = TOLL_FREE.check({}, tags=tags, ignore=["required"])
    assert [problem.rule for problem in problems] == ["tags"] * count
