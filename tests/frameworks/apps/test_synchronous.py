"""Synchronous tests of synchronous code."""

import asyncio

from smsreg import SMSVoiceClient
from smsreg.emulator import Emulator


def lists(client: SMSVoiceClient) -> list[str]:
    """The code under test."""
    found = asyncio.run(client.describe_opt_out_lists().collect())
    return [each.opt_out_list_name for each in found]


def test_the_default_list(smsreg_emulator_thread: Emulator) -> None:
    client = SMSVoiceClient(**smsreg_emulator_thread.client_options)
    assert lists(client) == ["Default"]
    assert lists(client) == ["Default"]
    assert smsreg_emulator_thread.calls.operations == ["DescribeOptOutLists"] * 2
