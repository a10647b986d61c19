"""An emulator with an origination number, which applications find through the environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from smsreg import SMSVoiceClient
from smsreg.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

collect_ignore = ["apps"]
"""Tests of applications run in their own pytest, which a test here starts."""

APPS = Path(__file__).parent / "apps"


@pytest.fixture
def apps() -> Path:
    """The applications that docs/frameworks.md shows."""
    return APPS


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An emulator in a thread, to which the environment variables refer."""
    with Emulator.in_thread() as emulator:
        for name in os.environ:
            if name.startswith("AWS_") or name.lower().endswith("_proxy"):
                monkeypatch.delenv(name)
        for name, value in environment_of(emulator).items():
            monkeypatch.setenv(name, value)
        yield emulator
        assert emulator.unexpected == []


def environment_of(emulator: Emulator) -> dict[str, str]:
    options = emulator.boto_options
    return {
        "AWS_ENDPOINT_URL": options["endpoint_url"],
        "AWS_DEFAULT_REGION": options["region_name"],
        "AWS_ACCESS_KEY_ID": options["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": options["aws_secret_access_key"],
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


async def lease_number(emulator: Emulator) -> None:
    """Lease an origination number for the account."""
    async with SMSVoiceClient(**emulator.client_options) as client:
        await client.request_phone_number(
            iso_country_code="GB",
            message_type="TRANSACTIONAL",
            number_capabilities=["SMS"],
            number_type="LONG_CODE",
        )
