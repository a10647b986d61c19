"""The state file: every change of an acknowledged request is durable."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import TYPE_CHECKING, Protocol

from smsreg.emulator.core.file_lock import FileLock
from smsreg.emulator.core.journal import Journal, Watched
from smsreg.emulator.core.log_file import LogFile, create, write
from smsreg.emulator.core.state_log import line_of, lines_of, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import Any

    from smsreg.emulator.core.log_file import Mark
    from smsreg.emulator.core.records import Note
    from smsreg.emulator.core.service_model import Doc


class Kept(Watched, Protocol):
    """What a state file keeps."""

    def watch(self, note: Note) -> None:
        """Call a function before every change from now on."""
        ...

    def parts(self) -> Mapping[str, Mapping[str, Any]]:
        """Every state by its name, split into its parts."""
        ...


class StateFile:
    """An append-only file, readable by its owner only and locked by one emulator.

    A response is sent after its changes are on disk; concurrent requests share a write. Where a
    write fails, every change since the last successful one is undone, and its callers get an error.
    A whole snapshot (of a new or a compacted file) is written to a temporary file in the same
    folder and replaces the old file by a rename. A compaction runs piece by piece between requests.

    Args:
        path: The file. Its folder has to exist.
        kept: The states.
    """

    def __init__(self, path: Path, kept: Kept) -> None:
        self._path = path
        self._kept = kept
        self._journal = Journal(kept)
        self._lock = FileLock(path.with_name(f".{path.name}.lock"))
        self._temporary = path.with_name(f".{path.name}.tmp")
        self._compacted = path.with_name(f".{path.name}.compact")
        self._log = LogFile(path)
        self._waiting: list[asyncio.Future[None]] = []
        self._writer: asyncio.Task[None] | None = None
        self._compaction: asyncio.Task[None] | None = None
        self._compacted_to: Mark | None = None

    def open(self) -> Doc | None:
        """Lock the file and read it; None where it does not exist yet.

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

    def _read(self) -> Doc | None:
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise self._failure(_reason(problem)) from None
        try:
            return read(content).document
        except ValueError as problem:
            raise self.refusal(problem) from None

    def begin(self, *, exists: bool) -> None:
        """Follow changes of the states that `open` returned; an existing file is rewritten.

        Raises:
            OSError: It cannot be written.
        """
        self._kept.watch(self._journal.note)
        if exists:
            try:
                self._log.replace(self._temporary, self._whole())
            except OSError as problem:
                self.close()
                raise self._failure(_reason(problem)) from None

    def close(self) -> None:
        """Close the file and release the lock."""
        self._log.close()
        self._lock.release()

    def refusal(self, why: object) -> ValueError:
        """The error for content that is not a state."""
        return ValueError(f"{self._path} is not a state file: {why}")

    def changing(self) -> AbstractContextManager[None]:
        """Record the changes of a request, which are undone where their write fails."""
        return self._journal.request()

    async def save(self) -> None:
        """Return when all changes up to now are on the disk.

        Raises:
            OSError: They could not be written, and those of requests were undone.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(done)
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_waiting())
        await done

    async def finish(self) -> None:
        """Wait for background work: a compaction and its write."""
        if self._compaction is not None:
            await self._compaction
        if self._writer is not None:
            await self._writer

    async def _write_waiting(self) -> None:
        while self._waiting or self._compacted_to is not None:
            mark, self._compacted_to = self._compacted_to, None
            group, self._waiting = self._waiting, []
            try:
                await self._write()
            except OSError as problem:
                self._log.close()
                self._journal.undo()
                group += self._waiting  # their changes were made on top of those that failed
                self._waiting = []
                for done in group:
                    _settle(done, self._failure(_reason(problem)))
            else:
                self._journal.written()
                for done in group:
                    _settle(done, None)
                if mark is not None:  # all changes that its pieces contain are in the file by now
                    await self._install(mark)
            idle = self._compaction is None and self._compacted_to is None
            if idle and self._log.is_long:
                self._compaction = asyncio.create_task(self._compact())
        self._writer = None

    async def _write(self) -> None:
        run = asyncio.get_running_loop().run_in_executor
        changes, clock_offset = self._journal.take()
        if changes is not None:
            line = line_of(changes, clock_offset)
            if await run(None, self._log.append, line):
                return
        await run(None, self._log.replace, self._temporary, list(self._whole()))

    def _whole(self) -> Iterable[bytes]:
        return lines_of(self._kept.parts(), self._kept.clock_offset)

    async def _compact(self) -> None:
        """Write the states to another file, piece by piece, which the writer installs.

        Changes continue meanwhile, so the pieces are of different moments. The changes made since
        the start are appended after the pieces, which makes the snapshot consistent.
        """
        run = asyncio.get_running_loop().run_in_executor
        mark, pieces = self._log.mark(), self._whole()
        with contextlib.suppress(OSError):  # the next write meets the same error
            descriptor = await run(None, create, self._compacted)
            try:
                for piece in pieces:
                    await run(None, write, descriptor, piece)
                self._compacted_to = mark
            finally:
                os.close(descriptor)
        self._compaction = None
        if self._compacted_to is not None and self._writer is None:
            self._writer = asyncio.create_task(self._write_waiting())

    async def _install(self, mark: Mark) -> None:
        run = asyncio.get_running_loop().run_in_executor
        with contextlib.suppress(OSError):  # the next write meets the same error
            await run(None, self._log.install, self._compacted, mark)

    def _failure(self, why: str) -> OSError:
        return OSError(f"the state file {self._path} cannot be used: {why}")


def _settle(done: asyncio.Future[None], failure: OSError | None) -> None:
    if done.done():
        return  # its caller was cancelled
    if failure is None:
        done.set_result(None)
    else:
        done.set_exception(failure)


def _reason(problem: OSError) -> str:
    return problem.strerror or type(problem).__name__
