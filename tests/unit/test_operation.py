"""The description of an operation, and what it loads."""

from __future__ import annotations

import copy
import pickle

import pytest
from pydantic import ValidationError

from smsreg import SMSVoiceClient
from smsreg.sms_voice import DescribePoolsRequest

OPERATION = SMSVoiceClient.operations["describe_pools"]


def test_a_request_is_read_from_its_attributes() -> None:
    assert OPERATION.read_request({"max_results": 5}) == DescribePoolsRequest(max_results=5)
    assert OPERATION.read_request is OPERATION.read_request


def test_a_request_that_breaks_a_rule_is_refused() -> None:
    with pytest.raises(ValidationError):
        OPERATION.read_request({"max_results": 0})


@pytest.mark.parametrize(
    "again",
    [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))],  # noqa: S301 -- its own
)
def test_a_copy_loads_for_itself(again: object) -> None:
    assert callable(again)
    assert OPERATION.result_type
    assert OPERATION.read_request
    same = again(OPERATION)
    assert repr(same) == repr(OPERATION)
    assert "read_request" not in vars(same)
    assert same.read_request({}) == DescribePoolsRequest()
