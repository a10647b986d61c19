"""What completion, ``dir`` and ``help`` show for models."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from pydantic import BaseModel, PydanticDeprecatedSince20

from smsreg._runtime.models.shown import DEPRECATED
from smsreg.sms_voice import (
    CreateRegistrationAttachmentRequest,
    CreateRegistrationRequest,
    CreateRegistrationResult,
    DescribeRegistrationsResult,
    Tag,
)
from smsreg.types import Model

RESULT = CreateRegistrationResult.from_boto({"RegistrationType": "T", "Tags": []})


def public(names: list[str]) -> set[str]:
    return {name for name in names if not name.startswith("_")}


def test_an_instance_shows_its_members_and_methods() -> None:
    shown = public(dir(RESULT))

    members = set(CreateRegistrationResult.model_fields)
    own = {"from_boto", "missing_members", "response_metadata", "to_boto"}
    assert members | own <= shown
    assert {name for name in shown - members - own if not name.startswith("model_")} == set()


@pytest.mark.parametrize("model", [Model, Tag, CreateRegistrationRequest, CreateRegistrationResult])
def test_a_class_shows_no_deprecated_name(model: type[Model]) -> None:
    assert {"construct", "copy", "dict", "from_orm", "json", "parse_obj", "schema"} <= DEPRECATED
    assert not DEPRECATED & set(dir(model))
    assert {"from_boto", "model_validate", "model_json_schema"} <= set(dir(model))
    assert set(dir(BaseModel)) >= DEPRECATED - {"__fields__"}


def test_deprecated_names_still_work() -> None:
    with pytest.warns(PydanticDeprecatedSince20):
        assert RESULT.dict() == RESULT.model_dump()


def test_a_signature_has_attributes_and_types_without_rules() -> None:
    signature = inspect.signature(CreateRegistrationRequest)

    assert [str(parameter) for parameter in signature.parameters.values()] == [
        "registration_type: str",
        "tags: list[smsreg.sms_voice.Tag] | None = None",
        "client_token: str | None = None",
    ]
    blob = inspect.signature(CreateRegistrationAttachmentRequest).parameters["attachment_body"]
    assert str(blob) == "attachment_body: bytes | None = None"


def test_a_results_signature_accepts_unknown_members() -> None:
    parameters = inspect.signature(DescribeRegistrationsResult).parameters

    assert list(parameters) == ["registrations", "next_token", "extra_data"]


def test_a_signature_of_a_class_derived_from_a_model() -> None:
    class Owned(Tag):
        owner: str = "nobody"

    class Made(Tag):
        def __init__(self, key: str, **members: Any) -> None:
            super().__init__(key=key, **members)

    assert list(inspect.signature(Owned).parameters) == ["key", "value", "owner"]
    assert list(inspect.signature(Made).parameters) == ["key", "value"]
    assert Made("a", value="b") == Made(key="a", value="b")
