"""Reads that lag behind writes, when a test enables them.

The real service is eventually consistent: for a second or two a Describe may not return what was
just written. With `Settings.read_delay` a second state follows the present one by that delay,
change by change, and reads use it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from smsreg.emulator.core.journal import topmost
from smsreg.emulator.core.records import Removed, plain
from smsreg.emulator.core.state import State
from smsreg.emulator.core.world import nobody

if TYPE_CHECKING:
    from smsreg.emulator.core.records import Path
    from smsreg.emulator.core.service_model import Json
    from smsreg.emulator.core.world import World

Changes = list[tuple["Path", "Json"]]
"""Paths with their current values, or `NOTHING`."""


class History:
    """The account's recent past, kept only while `read_delay` is set."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._past: State | None = None
        self._to_come: deque[tuple[float, Changes]] = deque()
        """Changes not yet applied to the past state, with the times of the writes."""
        self._changed: dict[Path, None] = {}
        """What has changed since the last write began."""
        self._last_write = 0.0
        self._read: Changes = []
        """What a read has changed, with the earlier values."""

    @property
    def lags(self) -> bool:
        """Whether reads see an earlier state."""
        return self._world.settings.read_delay > 0

    def before_write(self) -> None:
        """Keep the state that was valid up to now."""
        if self._world.settings.read_delay <= 0:
            if self._past is not None:
                self.forget()
            return
        if self._past is None:
            self._past = State(self._world.state.dump())
            self._world.state.root.follow = self._changed.setdefault
        else:
            self._collect()
        self._last_write = self._world.now()

    def forget(self) -> None:
        """Drop what was kept, as when the state is replaced as a whole."""
        self._world.state.root.follow = None
        self._past = None
        self._to_come.clear()
        self._changed.clear()

    def view(self) -> World:
        """The world as a read sees it, until `after_read`."""
        world = self._world
        delay = world.settings.read_delay
        if delay <= 0:
            return world
        if self._past is None:
            return replace(world, lag=delay)
        self._collect()
        moment = world.now() - delay
        while self._to_come and self._to_come[0][0] <= moment:
            for path, value in self._to_come.popleft()[1]:
                self._past.assign(path, value)
        self._past.root.note = self._note_read
        return replace(world, state=self._past, lag=delay, publish=nobody)

    def after_read(self) -> None:
        """Undo what the read has changed; the present state makes these changes by itself."""
        if self._past is None:
            return
        self._past.root.note = None
        for path, value in reversed(self._read):
            self._past.assign(path, value.value if isinstance(value, Removed) else value)
        self._read.clear()

    def _note_read(self, path: Path, before: Json) -> None:
        self._read.append((path, plain(before)))

    def _collect(self) -> None:
        """Attribute what has changed since the last write began to that write."""
        if self._changed:
            state = self._world.state
            changes = [(path, plain(state.value_at(path))) for path in topmost(self._changed)]
            self._to_come.append((self._last_write, changes))
            self._changed.clear()
