"""Structures in requests as dictionaries: the same members, and the same rules at run time."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from smsreg._codegen.tables import SERVICES, Tables
from smsreg._runtime.models.base import Model, TaggedUnion, problems
from smsreg._runtime.models.enums import OpenEnum
from smsreg.emulator.catalogue import Catalogue
from smsreg.sms_voice import (
    CreateRegistrationRequest,
    RcsCarousel,
    RcsCarouselCardContent,
    Tag,
)

PACKAGES = ("smsreg.sms_voice", "smsreg.social_messaging", "smsreg.end_user_messaging")


Pair = tuple[type[Model], Any]

NAMES = [
    (package, name)
    for package in PACKAGES
    for names in importlib.import_module(f"{package}._exports").MODULES.values()
    for name in names
    if name.endswith("Dict")
]


@pytest.fixture(params=NAMES, ids=lambda found: found[1])
def pair(request: pytest.FixtureRequest) -> Pair:
    """A structure in requests, and its typed dictionary."""
    package, name = request.param
    module = importlib.import_module(package)
    return getattr(module, name.removesuffix("Dict")), getattr(module, name)


def test_a_dictionary_has_the_members_of_its_model(pair: Pair) -> None:
    model, dictionary = pair
    fields = model.model_fields
    required = {name for name, info in fields.items() if info.is_required()}

    assert set(dictionary.__annotations__) == set(fields)
    assert dictionary.__required_keys__ == required
    assert dictionary.__optional_keys__ == set(fields) - required


def found(model: type[Model], value: object) -> list[tuple[str, str]]:
    try:
        TypeAdapter(model).validate_python(value)
    except ValidationError as error:
        return list(problems(error))
    return []


def test_a_dictionary_is_refused_as_its_model_is(pair: Pair) -> None:
    """A model created without validation is validated in a request, like a dictionary."""
    model, _ = pair
    wrong: dict[str, Any] = {name: object() for name in model.model_fields}

    assert found(model, model.model_construct(**wrong)) == found(model, wrong)
    assert len(found(model, wrong)) >= len(wrong)


def test_a_dictionary_without_members_is_checked_as_its_model_is(pair: Pair) -> None:
    model, dictionary = pair

    refused = found(model, {})

    assert refused == found(model, model.model_construct())
    assert bool(refused) is bool(dictionary.__required_keys__ or issubclass(model, TaggedUnion))


def test_dictionaries_and_models_build_the_same_request() -> None:
    tags = ({"key": "team", "value": "alerts"}, Tag(key="empty", value=""))

    request = CreateRegistrationRequest(registration_type="US_TEN_DLC_BRAND_VETTING", tags=tags)

    assert request.tags == [Tag(key="team", value="alerts"), Tag(key="empty", value="")]
    assert request.to_boto()["Tags"][0] == {"Key": "team", "Value": "alerts"}


def test_dictionaries_inside_dictionaries() -> None:
    card = {"title": "Hours", "suggestions": [{"reply": {"text": "Today", "postback_data": "1"}}]}

    carousel = RcsCarousel(
        card_width="MEDIUM", card_contents=[card, RcsCarouselCardContent(title="Way")]
    )

    assert isinstance(carousel.card_contents[0], RcsCarouselCardContent)
    assert carousel == RcsCarousel(
        card_width="MEDIUM",
        card_contents=[RcsCarouselCardContent(**card), RcsCarouselCardContent(title="Way")],
    )


def test_strings_with_known_values_take_any_string() -> None:
    for known in ("US_TOLL_FREE_REGISTRATION", "ZZ_TYPE_OF_TOMORROW"):
        assert CreateRegistrationRequest(registration_type=known).registration_type == known


@pytest.mark.parametrize("service", ["sms_voice", "end_user_messaging"])
def test_the_known_registration_types_are_those_that_the_emulator_has(service: str) -> None:
    known = Tables(SERVICES / service).known_values["RegistrationTypeInput"]["values"]

    assert known == [entry.name for entry in Catalogue().all()]


@pytest.mark.parametrize("package", PACKAGES)
def test_types_for_requests_are_enums_or_strings_at_run_time(package: str) -> None:
    module = importlib.import_module(package)
    inputs = {name: getattr(module, name) for name in module.__all__ if name.endswith("Input")}
    kinds = {True: 0, False: 0}
    for name, value in inputs.items():
        if inspect.isclass(value) and issubclass(value, Model):
            continue
        of_enum = value is not str
        kinds[of_enum] += 1
        if of_enum:
            assert issubclass(value.__origin__, OpenEnum), name
    assert kinds[True]
    assert kinds[False]
