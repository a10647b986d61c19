"""Dumps of random requests and results match their schemas and load as equal models."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from smsreg._runtime.models.decode import decode
from tests.support.sampling import ALL_CASES, RANDOM_CASES

from . import shapes
from .cases import CASES, Case, budget

if TYPE_CHECKING:
    from smsreg._runtime.models.model import Model

pytestmark = pytest.mark.sampled

FEW = budget(min(RANDOM_CASES, 6))


@cache
def validators(model: type[Model]) -> list[tuple[bool, Draft202012Validator]]:
    found = []
    for by_alias in (True, False):
        for mode in ("validation", "serialization"):
            schema = model.model_json_schema(by_alias=by_alias, mode=mode)
            if ALL_CASES:  # it takes longer than the other checks
                Draft202012Validator.check_schema(schema)
            found.append((by_alias, Draft202012Validator(schema)))
    return found


def check_dumps(model: Model) -> None:
    cls = type(model)
    for by_alias, validator in validators(cls):
        validator.validate(model.model_dump(mode="json", by_alias=by_alias))
        validator.validate(
            model.model_dump(mode="json", by_alias=by_alias, exclude_none=True, exclude_unset=True)
        )
    for by_alias in (True, False):
        assert cls.model_validate(model.model_dump(by_alias=by_alias)) == model
        in_json = model.model_dump(mode="json", by_alias=by_alias)
        assert json.loads(json.dumps(in_json)) == in_json
        assert cls.model_validate(in_json) == model
        text = model.model_dump_json(by_alias=by_alias)
        again = cls.model_validate_json(text)
        assert again == model
        assert hash(again) == hash(model)
        assert again.missing_members == model.missing_members
        assert cls.from_boto(again.to_boto()).to_boto() == model.to_boto()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_dumps_of_requests(case: Case) -> None:
    request_type = case.operation.request_type

    @FEW
    @given(st.data())
    def check(data: st.DataObject) -> None:
        parameters = data.draw(shapes.request(case.input_shape), label="parameters")
        check_dumps(request_type.from_boto(parameters))

    check()


@pytest.mark.parametrize("lenient", [False, True], ids=["valid", "nulls-and-gaps"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_dumps_of_results(case: Case, *, lenient: bool) -> None:
    result_type = case.operation.result_type

    @FEW
    @given(st.data())
    def check(data: st.DataObject) -> None:
        content: dict[str, Any] = data.draw(
            shapes.body(case.output_shape, lenient=lenient), label="content"
        )
        if lenient:
            content["OfTomorrow"] = {"Deep": [1, None]}
        check_dumps(decode(result_type, json.dumps(content).encode()))

    check()
