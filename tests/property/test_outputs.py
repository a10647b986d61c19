"""For random valid responses smsreg's decoder returns what botocore's parser returns."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.parsers import create_parser
from hypothesis import given
from hypothesis import strategies as st

from smsreg._runtime.models.decode import decode
from tests.support.sampling import RANDOM_CASES

from . import shapes
from .cases import CASES, Case, budget

pytestmark = pytest.mark.sampled


def parsed_by_botocore(case: Case, body: bytes) -> dict[str, Any]:
    response = {"status_code": 200, "headers": {}, "body": body}
    parsed: dict[str, Any] = create_parser(case.protocol).parse(response, case.output_shape)
    del parsed["ResponseMetadata"]
    return parsed


@pytest.mark.parametrize("lenient", [False, True], ids=["valid", "nulls-and-gaps"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_decoding_agrees_with_botocores_parser(case: Case, *, lenient: bool) -> None:
    result_type = case.operation.result_type
    seen = 0

    @budget()
    @given(st.data())
    def check(data: st.DataObject) -> None:
        nonlocal seen
        seen += 1
        content = data.draw(shapes.body(case.output_shape, lenient=lenient), label="content")
        ascii_only = data.draw(st.booleans(), label="ascii only")
        indent = data.draw(st.none() | st.integers(0, 9), label="indent")
        body = json.dumps(content, ensure_ascii=ascii_only, indent=indent).encode()
        expected = parsed_by_botocore(case, body)
        decoded = decode(result_type, body)
        assert decoded.to_boto() == expected
        assert type(decoded) is result_type
        assert result_type.from_boto(expected) == decoded

    check()
    has_members = case.output_shape is not None and case.output_shape.members
    assert seen >= RANDOM_CASES or not has_members
