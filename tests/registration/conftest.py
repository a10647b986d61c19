from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from smsreg import RetryPolicy, SMSVoiceClient
from smsreg.emulator import Clock, Emulator
from smsreg.registration import Registrar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
def settings() -> dict[str, Any]:
    """The emulator's settings, which a module may override."""
    return {}


@pytest.fixture
async def emulator(settings: dict[str, Any]) -> AsyncIterator[Emulator]:
    """An emulator whose clock is fixed unless it is advanced."""
    async with Emulator(clock=Clock.fixed(), seed=1, **settings) as running:
        yield running
        assert running.unexpected == []


@pytest.fixture
def retry() -> RetryPolicy:
    """The client's policy, which a module may override."""
    return RetryPolicy()


@pytest.fixture
async def client(emulator: Emulator, retry: RetryPolicy) -> AsyncIterator[SMSVoiceClient]:
    async with SMSVoiceClient(**emulator.client_options, retry=retry) as client:
        yield client


@pytest.fixture
def registrar(client: SMSVoiceClient, emulator: Emulator) -> Registrar:
    """A registrar whose sleeps advance the emulator's clock."""

    async def sleep(seconds: float) -> None:
        await emulator.advance(seconds=seconds)

    return Registrar(client, sleep=sleep)


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout, or CI's copy of it without the package."""
    return Path(__file__).resolve().parents[2]
