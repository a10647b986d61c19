"""Two processes find the same registration without a key: each draft gets its own registration."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from smsreg import EndUserMessagingClient, SMSVoiceClient
from smsreg.registration import Registrar

from .drafts import BRAND, draft_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from smsreg.emulator import Emulator
    from smsreg.types import CallEvent


class WriteBarrier:
    """Delays the writes of keys until each process has read that there is none.

    Args:
        order: The order in which the processes then write.
    """

    def __init__(self, order: tuple[int, int]) -> None:
        self._order = order
        self._arrived = [asyncio.Event() for _ in order]
        self._written = [asyncio.Event() for _ in order]

    async def wait_for_arrival(self, process: int) -> None:
        await self._arrived[process].wait()

    async def before_write(self, process: int) -> None:
        self._arrived[process].set()
        for arrived in self._arrived:
            await arrived.wait()
        for earlier in self._order[: self._order.index(process)]:
            await self._written[earlier].wait()

    def after_write(self, process: int) -> None:
        self._written[process].set()

    async def wait_after_write(self, process: int) -> None:
        """Wait until all processes have written, once this one has."""
        if self._written[process].is_set():
            for written in self._written:
                await written.wait()


class BarrierLimiter:
    """A rate limiter that makes a process wait at the barrier before it writes tags."""

    def __init__(self, barrier: WriteBarrier, process: int) -> None:
        self._meeting, self._process = barrier, process

    async def acquire(self, operation_name: str) -> None:
        if operation_name == "TagResource":
            await self._meeting.before_write(self._process)

    def throttled(self, operation_name: str, retry_after: float | None) -> None:
        """Do nothing: no request is throttled here."""


@contextlib.asynccontextmanager
async def process(
    emulator: Emulator, barrier: WriteBarrier, number: int
) -> AsyncIterator[Registrar]:
    """Open a registrar that shares nothing with the other one."""

    def on_call(event: CallEvent) -> None:
        if event.operation_name == "TagResource":
            barrier.after_write(number)

    async def sleep(seconds: float) -> None:
        await barrier.wait_after_write(number)
        await emulator.advance(seconds=seconds)

    options = emulator.client_options
    limiter = BarrierLimiter(barrier, number)
    async with (
        SMSVoiceClient(**options, rate_limiter=limiter, on_call=on_call) as client,
        EndUserMessagingClient(**options) as profiles,
    ):
        yield Registrar(client, end_user_messaging=profiles, sleep=sleep)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("begun", ["by one", "elsewhere"])
async def test_each_draft_gets_a_registration(
    emulator: Emulator, order: tuple[int, int], begun: str
) -> None:
    barrier = WriteBarrier(order)
    async with (
        EndUserMessagingClient(**emulator.client_options) as owner,
        process(emulator, barrier, 0) as first,
        process(emulator, barrier, 1) as second,
    ):
        profile = (await owner.create_brand_profile(brand_profile_name="P")).brand_profile_id
        if begun == "elsewhere":
            await owner.create_registrations_from_brand_profile(
                brand_profile_id=profile, registration_types=[BRAND]
            )
            await emulator.advance(minutes=1)
        form = await first.form(BRAND)
        drafts = [draft_for(form, f"tenant-{n}", brand_profile=profile) for n in (0, 1)]
        one = asyncio.create_task(first.apply(drafts[0], submit=False))
        await barrier.wait_for_arrival(0)
        applied = await asyncio.gather(one, second.apply(drafts[1], submit=False))
    assert len({item.registration_id for item in applied}) == len(drafts)
    assert len(emulator.controls().registrations) == len(drafts)
