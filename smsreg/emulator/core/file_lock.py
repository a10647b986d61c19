"""A lock that one process holds on a file, and that the system releases when the process ends."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class FileLock:
    """An exclusive lock on a file next to the one that it guards.

    The guarded file is replaced with every write, which would leave a lock on it behind. The lock
    file is removed at release; whoever locked a file that no longer has that name retries with the
    new one.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Lock at once or fail.

        Raises:
            BlockingIOError: Another holder has it.
            OSError: The lock file cannot be made.
        """
        while True:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                _lock(descriptor)
                current = self._is_current(descriptor)
            except BaseException:
                os.close(descriptor)
                raise
            if current:
                self._descriptor = descriptor
                return
            os.close(descriptor)

    def release(self) -> None:
        """Release the lock; no effect where it is not held."""
        if self._descriptor is None:
            return
        try:
            if self._is_current(self._descriptor):
                self._path.unlink()
        except OSError:
            pass  # the folder is gone, or the system does not remove open files
        os.close(self._descriptor)
        self._descriptor = None

    def _is_current(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), self._path.stat())
        except FileNotFoundError:
            return False


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            raise BlockingIOError("it is locked") from None
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
