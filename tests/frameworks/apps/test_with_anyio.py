"""Tests that anyio's plugin runs."""

import pytest

from smsreg import SMSVoiceClient
from smsreg.emulator import Emulator

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_the_default_list(
    smsreg_emulator: Emulator, sms_voice_client: SMSVoiceClient
) -> None:
    found = await sms_voice_client.describe_opt_out_lists().collect()
    assert [each.opt_out_list_name for each in found] == ["Default"]
    assert len(smsreg_emulator.calls) == 1
