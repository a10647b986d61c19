"""What the asynchronous fixtures do, for whichever plugin runs them."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from smsreg.emulator import Emulator


def make_running() -> Callable[[], AsyncIterator[Emulator]]:
    """A new function, as pytest takes each for one fixture only."""

    async def running() -> AsyncIterator[Emulator]:
        from smsreg.emulator import Emulator

        async with Emulator() as emulator:
            yield emulator
        raise_unexpected(emulator)

    return running


def make_closing() -> Callable[[], AsyncIterator[AsyncExitStack]]:
    """The same for what is closed after a test and before its emulator."""

    async def closing() -> AsyncIterator[AsyncExitStack]:
        async with AsyncExitStack() as stack:
            yield stack

    return closing


def raise_unexpected(emulator: Emulator) -> None:
    """Fail the test where the emulator itself failed, which clients saw as an internal error."""
    if emulator.unexpected:
        raise emulator.unexpected[0]
