"""Client options that connect to the emulator, whatever the machine's settings are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from smsreg import SMSVoiceClient, SocialMessagingClient
from smsreg.emulator import Emulator

if TYPE_CHECKING:
    from pathlib import Path

NOWHERE = "http://127.0.0.1:1"


@pytest.mark.parametrize(
    "environment",
    [
        {"HTTP_PROXY": NOWHERE, "http_proxy": NOWHERE, "ALL_PROXY": NOWHERE},
        {"AWS_PROFILE": "nobody", "AWS_DEFAULT_PROFILE": "nobody"},
        {"AWS_CA_BUNDLE": "/nonexistent/ca.pem"},
        {"AWS_ENDPOINT_URL": NOWHERE, "AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2": NOWHERE},
        {"AWS_USE_FIPS_ENDPOINT": "true"},
        {"AWS_USE_DUALSTACK_ENDPOINT": "true"},
        {"AWS_DATA_PATH": "/nonexistent"},
        {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1"},
        {"AWS_SESSION_TOKEN": "token", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "s"},
        {"AWS_DEFAULTS_MODE": "nonsense"},
        {"AWS_CONFIG_FILE": "broken", "AWS_SHARED_CREDENTIALS_FILE": "broken"},
        {"AWS_ACCOUNT_ID_ENDPOINT_MODE": "required"},
    ],
    ids=lambda environment: next(iter(environment)),
)
async def test_the_environment_has_no_say(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    broken.write_text("[default\nproxy")
    for name, value in environment.items():
        monkeypatch.setenv(name, str(broken) if value == "broken" else value)
    async with (
        Emulator() as emulator,
        SMSVoiceClient(**emulator.client_options, timeout=20) as sms,
        SocialMessagingClient(**emulator.client_options, timeout=20) as social,
    ):
        await sms.describe_pools()
        await social.list_linked_whatsapp_business_accounts()
        assert [call.scope.region for call in emulator.calls] == ["us-east-1"] * 2


async def test_the_environment_sets_the_number_of_attempts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    async with Emulator() as emulator, SMSVoiceClient(**emulator.client_options) as client:
        emulator.faults.server_error("describe_pools")
        with pytest.raises(Exception, match="internal error"):
            await client.describe_pools()


async def test_each_client_has_a_session_of_its_own() -> None:
    async with Emulator() as emulator:
        first: Any = emulator.client_options
        second: Any = emulator.client_options
        assert first["session"] is not second["session"]
