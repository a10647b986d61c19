"""An append-only file of lines; see `state_log` for their content."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

COMPACTED_FROM = 4 * 1024 * 1024
"""The file is compacted once its changes exceed this many bytes and its snapshot."""


class Mark(NamedTuple):
    """The position of a file when a compaction began."""

    generation: int
    size: int


class LogFile:
    """A snapshot and the changes after it. Not thread-safe."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._generation = 0
        self._size = 0
        self._whole = 0

    @property
    def is_long(self) -> bool:
        """Whether a compaction is due."""
        return self._size - self._whole > max(COMPACTED_FROM, self._whole)

    def close(self) -> None:
        """Close the file; the next write is a whole snapshot."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def append(self, line: bytes) -> bool:
        """Add a line and force it to the disk.

        Returns:
            False, without a write, where the file is missing or has been replaced.

        Raises:
            OSError: It could not be written; the file is restored as far as possible.
        """
        descriptor = self._descriptor
        if descriptor is None or not self._is_there(descriptor):
            return False
        if line:
            try:
                write(descriptor, line)
                _sync(descriptor)
            except OSError:
                with contextlib.suppress(OSError):
                    os.ftruncate(descriptor, self._size)
                raise
            self._size += len(line)
        return True

    def _is_there(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), self._path.stat())
        except OSError:
            return False

    def replace(self, temporary: Path, lines: Iterable[bytes]) -> None:
        """Replace the content with these lines, through a temporary file.

        Raises:
            OSError: They could not be written; the file is as before.
        """
        descriptor = create(temporary)
        try:
            size = sum(write(descriptor, line) for line in lines)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._take(temporary, size, size)

    def mark(self) -> Mark:
        """The current position."""
        return Mark(self._generation, self._size)

    def install(self, compacted: Path, mark: Mark) -> None:
        """Replace the content with another file's, followed by what was appended since a mark.

        No effect where the file has been replaced since the mark.

        Raises:
            OSError: It could not be written; the file is as before.
        """
        if mark.generation != self._generation or self._descriptor is None:
            compacted.unlink(missing_ok=True)
            return
        with self._path.open("rb") as file:
            file.seek(mark.size)
            rest = file.read(self._size - mark.size)
        descriptor = os.open(compacted, os.O_WRONLY | os.O_APPEND)
        try:
            whole = os.fstat(descriptor).st_size
            write(descriptor, rest)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._take(compacted, whole, whole + len(rest))

    def _take(self, source: Path, whole: int, size: int) -> None:
        self.close()  # not every system replaces an open file
        source.replace(self._path)
        if os.name == "posix":
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        self._descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND)
        self._generation += 1
        self._whole, self._size = whole, size


def create(path: Path) -> int:
    """Open a new, empty file for its owner only."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, flags, 0o600)
    path.chmod(0o600)
    return descriptor


def write(descriptor: int, content: bytes) -> int:
    """Write all of the content; returns its size in bytes."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    return len(content)


_sync: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)
