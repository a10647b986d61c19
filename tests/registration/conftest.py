from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from smsreg import SMSVoiceClient
from smsreg.emulator import Clock, Emulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """One whose time stands still unless it is moved."""
    async with Emulator(clock=Clock.fixed(), seed=1) as running:
        yield running
        assert running.unexpected == []


@pytest.fixture
async def client(emulator: Emulator) -> AsyncIterator[SMSVoiceClient]:
    async with SMSVoiceClient(**emulator.client_options) as client:
        yield client


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout, or CI's copy of it without the package."""
    return Path(__file__).resolve().parents[2]
