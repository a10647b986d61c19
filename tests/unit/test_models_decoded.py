"""Decoded models behave like those that pydantic builds from the same JSON."""

from __future__ import annotations

import copy
import gc
import json
import pickle
import sys
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel, PrivateAttr, TypeAdapter, ValidationError
from pydantic_core import to_json, to_jsonable_python

from smsreg._runtime.models import bookkeeping, readers
from smsreg._runtime.models.base import ResultStructure
from smsreg._runtime.models.decode import decode
from smsreg.sms_voice import (
    DescribeRegistrationFieldDefinitionsResult,
    DescribeRegistrationsResult,
    DescribeRegistrationVersionsResult,
    ListTagsForResourceResult,
    PutKeywordResult,
    RegistrationFieldDefinition,
    RegistrationFieldDisplayHints,
    TagResourceRequest,
    TextValidation,
)
from smsreg.types import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Members = dict[str, Any]
Pair = tuple[Any, Any]
"""The same model decoded, and built by pydantic."""

ARN = "arn:aws:sms-voice:us-east-1:123456789012:pool/pool-1"
HINTS: Members = {"Title": "Name", "ShortDescription": "The name."}
OPTIONS = [{"Option": "A", "Title": "First"}, {"Option": "B"}]
DEFINITIONS: list[Members] = [
    {
        "SectionPath": "company",
        "FieldPath": "company.kind",
        "FieldType": "SELECT",
        "FieldRequirement": "OF_TOMORROW",
        "DisplayHints": {**HINTS, "SelectOptionDescriptions": OPTIONS},
        "SelectValidation": {"MinChoices": 0, "MaxChoices": 1, "Options": []},
    },
    {
        "FieldPath": "company.name",
        "DisplayHints": HINTS,
        "TextValidation": {"MinLength": 1},
        "ConditionalBehavior": {
            "Rules": [{"Conditions": [{"Operator": "EQUALS", "Values": ["A"]}]}],
        },
    },
    {"FieldPath": "company.name", "DisplayHints": HINTS, "TextValidation": {"MinLength": 1}},
]
NEW: Members = {"OfTomorrow": {"Deep": [1, None]}, "title": "no attribute"}

CASES: dict[str, tuple[type[Result], Members]] = {
    "flat": (
        DescribeRegistrationsResult,
        {
            "Registrations": [
                {
                    "RegistrationId": "r-1",
                    "RegistrationStatus": "COMPLETE",
                    "CurrentVersionNumber": 0,
                    "AdditionalAttributes": {"a": ""},
                    "CreatedTimestamp": 1767225600.5,
                },
                {},
            ],
            "NextToken": "t",
        },
    ),
    "nested": (
        DescribeRegistrationFieldDefinitionsResult,
        {"RegistrationType": "T", "RegistrationFieldDefinitions": DEFINITIONS},
    ),
    "history": (
        DescribeRegistrationVersionsResult,
        {
            "RegistrationVersions": [
                {
                    "VersionNumber": 1,
                    "RegistrationVersionStatusHistory": {"DraftTimestamp": 1767225600},
                    "DeniedReasons": [{"Reason": "WHY"}],
                }
            ]
        },
    ),
    "shared with requests": (
        ListTagsForResourceResult,
        {"Tags": [{"Key": "a", "Value": "b"}, {"Key": "a"}]},
    ),
    "empty": (PutKeywordResult, {}),
    "unknown members": (
        DescribeRegistrationFieldDefinitionsResult,
        {
            "RegistrationFieldDefinitions": [
                *DEFINITIONS,
                {"DisplayHints": {**HINTS, **NEW}, "TextValidation": {**NEW}},
            ],
            **NEW,
        },
    ),
    "unknown member of a structure shared with requests": (
        ListTagsForResourceResult,
        {"Tags": [{"Key": "a", "Value": "b", **NEW}]},
    ),
}


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start each test without unknown members seen in earlier responses."""
    monkeypatch.setattr(readers, "_growing", set())
    readers.fast_reader_of.cache_clear()


def both(case: str, *, times: int = 1) -> Pair:
    """Decode a case's body several times and return the last model, and the one of pydantic."""
    cls, members = CASES[case]
    body = json.dumps(members).encode()
    for _ in range(times):
        decoded = decode(cls, body)
    return decoded, cls.model_validate_json(body, by_alias=True, by_name=False)


def parts(model: Any) -> Iterator[Any]:
    """Yield a model and all models in it."""
    yield model
    for value in model.__dict__.values():
        getters = value if isinstance(value, list) else [value]
        for item in getters:
            if isinstance(item, BaseModel):
                yield from parts(item)


every_case = pytest.mark.parametrize("case", CASES)
reads = pytest.mark.parametrize("times", [1, 2], ids=["first response", "second response"])


@every_case
@reads
def test_equal_at_every_depth(case: str, times: int) -> None:
    decoded, own = both(case, times=times)
    pairs = list(zip(parts(decoded), parts(own), strict=True))
    for actual, expected in pairs:
        assert type(actual) is type(expected)
        assert actual == expected
        assert expected == actual
        assert hash(actual) == hash(expected)
        assert (repr(actual), str(actual)) == (repr(expected), str(expected))
        assert actual.model_fields_set == expected.model_fields_set
        assert actual.model_extra == expected.model_extra
        assert actual.missing_members == expected.missing_members
        assert actual.to_boto() == expected.to_boto()
        assert list(actual.__dict__) == list(expected.__dict__)
        assert list(BaseModel.__iter__(actual)) == list(BaseModel.__iter__(expected))


@every_case
@reads
def test_unequal_to_another(case: str, times: int) -> None:
    decoded, own = both(case, times=times)
    other = own.model_copy(update={next(iter(type(own).model_fields), "new"): "other"})
    assert decoded != other
    assert other != decoded


DUMPS: dict[str, Callable[[Any], object]] = {
    "python": lambda m: m.model_dump(),
    "json": lambda m: m.model_dump(mode="json", by_alias=True),
    "text": lambda m: m.model_dump_json(),
    "exclude_unset": lambda m: m.model_dump(exclude_unset=True),
    "exclude_unset text": lambda m: m.model_dump_json(exclude_unset=True, by_alias=True),
    "exclude_defaults": lambda m: m.model_dump(exclude_defaults=True),
    "exclude_none": lambda m: m.model_dump(exclude_none=True),
    "include": lambda m: m.model_dump(include={"next_token"}),
    "round_trip": lambda m: m.model_dump(round_trip=True),
    "to_json": to_json,
    "inside of others": lambda m: to_jsonable_python({"models": list(parts(m))}),
    "adapter": lambda m: TypeAdapter(list[type(m)]).dump_json([m], exclude_unset=True),
    "adapter of anything": lambda m: TypeAdapter(Any).dump_python(m, exclude_unset=True),
}


@pytest.mark.sampled
@every_case
@reads
@pytest.mark.parametrize("dump", DUMPS)
def test_dumps(case: str, times: int, dump: str) -> None:
    decoded, own = both(case, times=times)
    assert DUMPS[dump](decoded) == DUMPS[dump](own)


COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "model_copy": lambda m: m.model_copy(),
    "model_copy deep": lambda m: m.model_copy(deep=True),
    "update": lambda m: m.model_copy(update={"next_token": "other"}),
    "update of an unknown member": lambda m: m.model_copy(update={"New": 1}),
    "update deep": lambda m: m.model_copy(update={"next_token": "other"}, deep=True),
    "pickle": lambda m: pickle.loads(pickle.dumps(m)),  # noqa: S301 -- our own
    "validated": lambda m: type(m).model_validate(m),
    "from a dump": lambda m: type(m).model_validate(m.model_dump(exclude_unset=True)),
}


@pytest.mark.sampled
@every_case
@reads
@pytest.mark.parametrize("how", COPIES)
def test_copies(case: str, times: int, how: str) -> None:
    decoded, own = both(case, times=times)
    copied, expected = COPIES[how](decoded), COPIES[how](own)
    assert copied == expected
    assert copied.model_fields_set == expected.model_fields_set
    assert copied.model_extra == expected.model_extra
    assert copied.model_dump(exclude_unset=True) == expected.model_dump(exclude_unset=True)
    assert decoded == own  # the copy has not changed it
    assert decoded.model_fields_set == own.model_fields_set


@every_case
def test_a_copy_is_apart(case: str) -> None:
    decoded, own = both(case)
    copied = copy.copy(decoded)
    copied.__pydantic_fields_set__.add("new")
    if copied.__pydantic_extra__ is not None:
        copied.__pydantic_extra__["New"] = 1
    assert decoded.model_fields_set == own.model_fields_set
    assert decoded.model_extra == own.model_extra


@every_case
def test_mutation_is_refused(case: str) -> None:
    decoded, own = both(case)
    for actual, by_pydantic in zip(parts(decoded), parts(own), strict=True):
        for name in [*type(actual).model_fields, "new"]:
            with pytest.raises(ValidationError) as refused:
                setattr(actual, name, "other")
            with pytest.raises(ValidationError) as expected:
                setattr(by_pydantic, name, "other")
            assert refused.value.errors() == expected.value.errors()
            with pytest.raises((ValidationError, AttributeError)):
                delattr(actual, name)
    assert decoded == own


def test_unknown_attributes_are_refused_as_pydantic_does() -> None:
    for model in both("nested"):
        with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
            _ = model.nothing


def test_an_unknown_member_is_an_attribute_at_every_depth() -> None:
    for times in (1, 2):
        page, _ = both("unknown members", times=times)
        hints = page.registration_field_definitions[-1].display_hints
        assert page.OfTomorrow == hints.OfTomorrow == {"Deep": [1, None]}
        assert hints.title == "Name"
        assert hints.model_extra["title"] == "no attribute"


def test_the_unknown_member_of_one_model_is_not_on_another() -> None:
    page, _ = both("nested")
    first, second, third = page.registration_field_definitions
    first.model_extra["New"] = 1
    assert (second.model_extra, third.model_extra) == ({}, {})
    second.model_fields_set.add("new")
    assert "new" not in third.model_fields_set


def test_a_structure_with_unknown_members_is_read_fast_from_the_second_response_on() -> None:
    cls, members = CASES["unknown members"]
    body = json.dumps(members).encode()
    with pytest.raises(ValidationError):
        readers.fast_reader_of(cls).validate_json(body, by_alias=True, by_name=False)
    decode(cls, body)
    assert readers._growing == {cls, RegistrationFieldDisplayHints, TextValidation}
    again = readers.fast_reader_of(cls).validate_json(body, by_alias=True, by_name=False)
    assert again == cls.model_validate_json(body, by_alias=True, by_name=False)
    reader = readers.fast_reader_of(cls)
    decode(cls, body)
    assert readers.fast_reader_of(cls) is reader


def test_an_explicit_null_is_a_member_left_out() -> None:
    cls, members = CASES["nested"]
    nulls = json.loads(json.dumps(members))
    for definition in nulls["RegistrationFieldDefinitions"]:
        definition["DisplayHints"]["LongDescription"] = None
    assert decode(cls, json.dumps(nulls).encode()) == both("nested")[0]
    dumped = decode(cls, json.dumps(nulls).encode()).model_dump(exclude_unset=True, by_alias=True)
    assert dumped["RegistrationFieldDefinitions"][1]["DisplayHints"] == HINTS


def test_a_structure_of_a_response_is_checked_in_a_request() -> None:
    page, _ = both("shared with requests")
    assert TagResourceRequest(resource_arn=ARN, tags=page.tags[:1]).tags == page.tags[:1]
    with pytest.raises(ValidationError):
        TagResourceRequest(resource_arn=ARN, tags=page.tags)


class Own(RegistrationFieldDefinition):
    """A user's model with a default that is not None, and a result that has it."""

    field_path: str = "none"


class Counting(ResultStructure):
    """A user's model with a hook that runs when it is created."""

    text: str | None = None
    _length: int = PrivateAttr(default=0)

    def model_post_init(self, _: Any, /) -> None:
        self._length = len(self.text or "")


class OwnResult(Result):
    own: Own | None = None
    number: int = 7


class CountingResult(Result):
    counting: Counting | None = None
    own: Own | None = None


def test_other_attributes_of_a_users_model_are_pydantics() -> None:
    for cls, body in (
        (OwnResult, b'{"own": {}}'),
        (OwnResult, b'{"own": {"FieldPath": "f"}, "number": 7}'),
        (OwnResult, b"{}"),
        (CountingResult, b'{"counting": {"text": "abc"}, "own": {}}'),
    ):
        decoded = decode(cls, body)
        own = cls.model_validate_json(body)
        assert decoded == own
        assert [part.model_fields_set for part in parts(decoded)] == [
            part.model_fields_set for part in parts(own)
        ]


@pytest.mark.parametrize("case", ["nested", "unknown members"])
def test_no_model_has_empty_bookkeeping(case: str) -> None:
    decoded, _ = both(case, times=2)
    getters = {slot: vars(BaseModel)[slot].__get__ for slot in bookkeeping.SLOTS}
    count = 0
    for part in parts(decoded):
        with pytest.raises(AttributeError):
            getters[bookkeeping.FIELDS_SET](part)
        try:
            assert getters[bookkeeping.EXTRA](part)
        except AttributeError:
            count += 1
    assert count >= 15


def test_an_item_is_few_objects() -> None:
    """One or two objects for each model, and its lists; no sets, and no dictionary of extras."""
    cls, _ = CASES["nested"]
    items = [DEFINITIONS[number % 3] for number in range(300)]
    body = json.dumps({"RegistrationFieldDefinitions": items}).encode()
    decode(cls, body)
    gc.collect()
    before = len(gc.get_objects())
    page = decode(cls, body)
    gc.collect()
    made = len(gc.get_objects()) - before
    models, lists = 5 + 6 + 3, 2 + 3  # in three items
    assert len(list(parts(page))) == 100 * models + 1
    each = 1 if (3, 11) <= sys.version_info < (3, 13) else 2  # other versions add a dictionary
    assert made <= 100 * (each * models + lists) + 10
