"""What has changed since the state file was last written, and how to take it back."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from smsreg.emulator.core.records import NOTHING

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from smsreg.emulator.core.records import Path
    from smsreg.emulator.core.service_model import Json

Undo = Callable[[], None]
Change = tuple[list[str], Any] | tuple[list[str]]
"""A path with what is there by now, or alone where nothing is."""


class Watched(Protocol):
    """The states whose changes are noted; a path begins with the name of one."""

    def value_at(self, path: Path) -> Json:
        """What is at a path now, or `NOTHING`."""
        ...

    def put_back(self, path: Path, value: Json) -> None:
        """Have at a path what was there before."""
        ...

    @property
    def clock_offset(self) -> float:
        """Seconds by which time was moved."""
        ...

    @clock_offset.setter
    def clock_offset(self, offset: float) -> None: ...


@dataclass(slots=True)
class Batch:
    """The changes of one request, or those made between two."""

    is_request: bool
    clock_offset: float
    """Before them."""
    before: dict[Path, Json | Undo] = field(default_factory=dict[tuple[str, ...], Any])
    """What was at each path, in the order of the first changes; at `()` how to undo a change of
    everything at once."""


class Journal:
    """Notes changes in batches, until they are written.

    A batch that cannot be written is undone together with all later ones, which were made on top
    of it. Changes that no request made are kept, unless they came after one that is undone.
    """

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._written: list[Batch] = []
        self._waiting: list[Batch] = [Batch(is_request=False, clock_offset=0.0)]
        self._clock_offset: float | None = None

    def note(self, path: Path, before: Json) -> None:
        """Called before each change; for `()` with how to undo it."""
        known = self._waiting[-1].before
        if path and any(path[:length] in known for length in range(1, len(path) + 1)):
            return  # its earlier value stands there already
        known.setdefault(path, before)

    @contextlib.contextmanager
    def request(self) -> Generator[None]:
        """Note the changes of one request; a request that is refused claims none of them."""
        self._begin(is_request=True)
        batch = self._waiting[-1]
        try:
            yield
        except BaseException:
            batch.is_request = False
            raise
        finally:
            self._begin(is_request=False)

    def _begin(self, *, is_request: bool) -> None:
        self._waiting.append(Batch(is_request, self._watched.clock_offset))

    def take(self) -> tuple[list[Change] | None, float | None]:
        """The changes to write, None for all there is; and the clock's offset, where it moved."""
        self._written, self._waiting = self._waiting, []
        self._begin(is_request=False)
        offset = self._watched.clock_offset
        moved = None if offset == self._clock_offset else offset
        self._clock_offset = offset
        paths = dict.fromkeys(path for batch in self._written for path in batch.before)
        if () in paths:
            return None, offset
        return [self._change(path) for path in topmost(paths)], moved

    def _change(self, path: Path) -> Change:
        value = self._watched.value_at(path)
        return (list(path),) if value is NOTHING else (list(path), value)

    def written(self) -> None:
        """What was taken is on the disk."""
        self._written = []

    def undo(self) -> None:
        """What was taken could not be written."""
        batches = self._written + self._waiting
        first = next((i for i, b in enumerate(batches) if b.is_request), len(batches))
        for batch in reversed(batches[first:]):
            for path, before in reversed(batch.before.items()):
                if path:
                    self._watched.put_back(path, before)
                else:
                    before()
        if first < len(batches):
            self._watched.clock_offset = batches[first].clock_offset
        self._written, self._waiting = [], batches[:first]
        self._begin(is_request=False)
        self._clock_offset = None


def topmost(paths: dict[Path, None]) -> Iterable[Path]:
    """Those that are not below another of them."""
    return (
        path for path in paths if not any(path[:length] in paths for length in range(1, len(path)))
    )
