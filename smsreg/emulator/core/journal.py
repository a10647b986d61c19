"""What has changed since the state file was last written, and how to undo it."""

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
"""A path with its current value, or alone where there is none."""


class Watched(Protocol):
    """The states whose changes are recorded; a path begins with the name of one."""

    def value_at(self, path: Path) -> Json:
        """The current value at a path, or `NOTHING`."""
        ...

    def put_back(self, path: Path, value: Json) -> None:
        """Restore the earlier value at a path."""
        ...

    @property
    def clock_offset(self) -> float:
        """The clock offset in seconds."""
        ...

    @clock_offset.setter
    def clock_offset(self, offset: float) -> None: ...


@dataclass(slots=True)
class Batch:
    """The changes of one request, or those made between two."""

    is_request: bool
    clock_offset: float
    """The offset before the changes."""
    before: dict[Path, Json | Undo] = field(default_factory=dict[tuple[str, ...], Any])
    """The earlier value at each path, in the order of the first changes; at `()` how to undo a
    replacement of the whole state."""


class Journal:
    """Records changes in batches until they are written.

    A batch that cannot be written is undone together with all later ones, which were made on top
    of it. Changes made outside a request are kept, unless they follow one that is undone.
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
            return  # its earlier value is recorded already
        known.setdefault(path, before)

    @contextlib.contextmanager
    def request(self) -> Generator[None]:
        """Record the changes of one request; those of a refused request belong to none."""
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
        """The changes to write, None for the whole state; and the clock's offset, if it changed."""
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
        """Forget the changes taken, which are on disk."""
        self._written = []

    def undo(self) -> None:
        """Undo the changes taken, which could not be written, and later ones."""
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
    """The paths that are not below another of them."""
    return (
        path for path in paths if not any(path[:length] in paths for length in range(1, len(path)))
    )
