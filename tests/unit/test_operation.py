"""The description of an operation, and what it loads."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import pytest
from pydantic import ValidationError

from smsreg import SMSVoiceClient
from smsreg.sms_voice import DescribePoolsRequest

OPERATION = SMSVoiceClient.operations["describe_pools"]


def test_a_request_is_read_from_its_attributes() -> None:
    assert OPERATION.__read_request__({"max_results": 5}) == DescribePoolsRequest(max_results=5)
    assert OPERATION.__read_request__ is OPERATION.__read_request__


def test_a_request_that_breaks_a_rule_is_refused() -> None:
    with pytest.raises(ValidationError):
        OPERATION.__read_request__({"max_results": 0})


@pytest.mark.parametrize(
    "again",
    [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))],  # noqa: S301 -- its own
)
def test_a_copy_loads_for_itself(again: object) -> None:
    assert callable(again)
    assert OPERATION.result_type
    assert OPERATION.__read_request__
    same = again(OPERATION)
    assert repr(same) == repr(OPERATION)
    assert "__read_request__" not in vars(same)
    assert same.__read_request__({}) == DescribePoolsRequest()


def test_a_client_loads_the_operations_that_are_used() -> None:
    program = (
        "import sys; from smsreg import SMSVoiceClient as Client\n"
        "def loaded(): return sorted(n.rpartition('.')[2] for n in sys.modules"
        " if n.startswith('smsreg.sms_voice._operations.'))\n"
        "print(len(Client.operations), loaded())\n"
        "print(Client.operations['describe_pools'].name, loaded())\n"
        "Client(region_name='us-east-1').describe_keywords(origination_identity='x')\n"
        "print(loaded())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)  # noqa: S603 -- our own
    assert done.stdout.decode().splitlines() == [
        "110 []",
        "DescribePools ['pools']",
        "['keywords', 'pools']",
    ]
