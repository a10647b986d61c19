"""An emulator with a fixed clock, and clients for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smsreg import RetryPolicy, SMSVoiceClient, SocialMessagingClient
from smsreg.emulator import Clock, Emulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.support.clients import Delays


class ClockAdvancingDelays:
    """Delays that take no time and advance the emulator's clock instead."""

    def __init__(self, emulator: Emulator, waits: Delays) -> None:
        self.emulator = emulator
        self.waits = waits

    async def sleep(self, seconds: float) -> None:
        await self.waits.sleep(seconds)
        await self.emulator.advance(seconds=seconds)


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    quotas = {"REGISTRATIONS": 2_000, "PHONE_NUMBERS": 2_000}
    async with Emulator(clock=Clock.fixed(), seed=1, quotas=quotas) as running:
        yield running
        assert running.unexpected == []


@pytest.fixture
def policy(
    emulator: Emulator, waits: Delays, retry_policy: Callable[..., RetryPolicy]
) -> RetryPolicy:
    """A policy whose delays, and those of waiters, advance the emulator's clock."""
    return retry_policy(sleep=ClockAdvancingDelays(emulator, waits).sleep)


@pytest.fixture
async def client(emulator: Emulator, policy: RetryPolicy) -> AsyncIterator[SMSVoiceClient]:
    async with SMSVoiceClient(**emulator.client_options, retry=policy) as sms:  # type: ignore[arg-type]  # a dictionary of options
        yield sms


@pytest.fixture
async def social(emulator: Emulator, policy: RetryPolicy) -> AsyncIterator[SocialMessagingClient]:
    async with SocialMessagingClient(**emulator.client_options, retry=policy) as whatsapp:  # type: ignore[arg-type]  # a dictionary of options
        yield whatsapp
