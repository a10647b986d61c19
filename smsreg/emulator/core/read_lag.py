"""Reads that lag behind writes, when a test asks for them.

The real service is eventually consistent: for a second or two a Describe may not know what was
just written. With `Settings.read_delay` the state after each write is kept for as long, and a
read sees the account as it was that many seconds ago.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from smsreg.emulator.core.state import State
from smsreg.emulator.core.world import nobody

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc
    from smsreg.emulator.core.world import World


class History:
    """The account's recent pasts, kept only while `read_delay` is set."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._pasts: deque[tuple[float, Doc]] = deque()

    def before_write(self) -> None:
        """Keep the state that was valid up to now."""
        delay = self._world.settings.read_delay
        now = self._world.now()
        while self._pasts and self._pasts[0][0] <= now - delay:
            self._pasts.popleft()
        if delay > 0:
            self._pasts.append((now, self._world.state.dump()))

    def forget(self) -> None:
        """Drop what was kept, when the state is replaced as a whole."""
        self._pasts.clear()

    def view(self) -> World:
        """The world as a read sees it."""
        world = self._world
        delay = world.settings.read_delay
        if delay <= 0:
            return world
        moment = world.now() - delay
        for until, document in self._pasts:
            if until > moment:
                return replace(world, state=State(document), lag=delay, publish=nobody)
        return replace(world, lag=delay)
