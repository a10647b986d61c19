"""The state file: whole at any moment, whatever happens to the process."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import TYPE_CHECKING, cast

from smsreg.emulator.core.file_lock import FileLock
from smsreg.emulator.core.safe_json import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from smsreg.emulator.core.service_model import Doc


class StateFile:
    """One JSON file, readable by its owner only, locked by one emulator and replaced as a whole.

    A write goes to a temporary file in the same folder, is forced to the disk and takes the old
    one's place by a rename, so that a reader finds the old state or the new one and never a part.
    A response is sent after its write is on the disk; writes of many requests at once share one.
    Where a write fails, everything since the last good one is undone, and its callers are told so.

    Args:
        path: The file. Its folder has to exist.
        dump: Returns the present state as JSON text.
        undo: Goes back to a state that `dump` returned.
    """

    def __init__(self, path: Path, dump: Callable[[], str], undo: Callable[[str], None]) -> None:
        self._path = path
        self._dump = dump
        self._undo = undo
        self._lock = FileLock(path.with_name(f".{path.name}.lock"))
        self._temporary = path.with_name(f".{path.name}.tmp")
        self._last_good: str | None = None
        self._in_request = False
        self._waiting: list[asyncio.Future[None]] = []
        self._writer: asyncio.Task[None] | None = None

    def open(self) -> Doc | None:
        """Lock the file and read it; None where there is none yet.

        Raises:
            OSError: Another emulator uses it, or it cannot be read.
            ValueError: It is not a state file.
        """
        try:
            self._lock.acquire()
        except BlockingIOError:
            raise self._failure("another emulator is using it") from None
        except FileNotFoundError:
            why = f"there is no folder {self._path.parent}"
            raise self._failure(why) from None
        except OSError as problem:
            raise self._failure(_reason(problem)) from None
        try:
            return self._read()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the lock back."""
        self._lock.release()

    def refusal(self, why: object) -> ValueError:
        """The error for content that is not a state."""
        return ValueError(f"{self._path} is not a state file: {why}")

    @contextlib.contextmanager
    def changing(self) -> Generator[None]:
        """While a request changes the state, which is undone where its write fails."""
        if self._last_good is None:
            self._last_good = self._dump()
        self._in_request = True
        try:
            yield
        finally:
            self._in_request = False

    def changing_elsewhere(self) -> None:
        """The state is changed other than by a request; that is kept, whatever fails later."""
        if self._writer is None and not self._in_request:
            self._last_good = None

    async def save(self) -> None:
        """Return when a state at least as new as now's is on the disk.

        Raises:
            OSError: It could not be written, and the change was undone.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(done)
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_waiting())
        await done

    async def _write_waiting(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            group, self._waiting = self._waiting, []
            try:
                text = self._dump()
                await loop.run_in_executor(None, self._write, text)
            except OSError as problem:
                if self._last_good is not None:
                    self._undo(self._last_good)
                group += self._waiting  # their changes were made on top of those that failed
                self._waiting = []
                for done in group:
                    _settle(done, self._failure(_reason(problem)))
            else:
                self._last_good = text
                for done in group:
                    _settle(done, None)
        self._writer = None

    def _read(self) -> Doc | None:
        try:
            text = self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise self._failure(_reason(problem)) from None
        try:
            document = parse(text)
        except ValueError as problem:
            why = f"it is not JSON ({problem})"
            raise self.refusal(why) from None
        if not isinstance(document, dict):
            raise self.refusal("it is not a JSON object")
        return cast("Doc", document)

    def _write(self, text: str) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
        with os.fdopen(os.open(self._temporary, flags, 0o600), "w", encoding="utf-8") as file:
            self._temporary.chmod(0o600)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        self._temporary.replace(self._path)
        if os.name == "posix":
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def _failure(self, why: str) -> OSError:
        return OSError(f"the state file {self._path} cannot be used: {why}")


def _settle(done: asyncio.Future[None], failure: OSError | None) -> None:
    if done.done():
        return  # its caller has gone away
    if failure is None:
        done.set_result(None)
    else:
        done.set_exception(failure)


def _reason(problem: OSError) -> str:
    return problem.strerror or type(problem).__name__
