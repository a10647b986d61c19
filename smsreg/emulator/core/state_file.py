"""The state file: whole at any moment, whatever happens to the process."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from smsreg.emulator.core.service_model import Doc


class StateFile:
    """One JSON file, replaced as a whole.

    A write goes to a temporary file in the same folder, is forced to the disk and takes the old
    one's place by a rename, so that a reader finds the old state or the new one and never a part.
    An answer is given after its write is on the disk; writes of many requests at once share one.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing: asyncio.Task[None] | None = None
        self._waiting: asyncio.Task[None] | None = None

    def load(self) -> Doc | None:
        """What was saved, or None where there is no file yet; ValueError where it is not ours."""
        try:
            text = self._path.read_text("utf-8")
        except FileNotFoundError:
            return None
        try:
            return cast("Doc", json.loads(text))
        except ValueError:
            msg = f"{self._path} is not a state file"
            raise ValueError(msg) from None

    async def save(self, dump: Callable[[], str]) -> None:
        """Return when a state at least as new as now's is on the disk."""
        if self._waiting is None:
            self._waiting = asyncio.create_task(self._next(self._writing, dump))
        # A caller that goes away must not stop the write that others wait for.
        await asyncio.shield(self._waiting)

    async def _next(self, before: asyncio.Task[None] | None, dump: Callable[[], str]) -> None:
        if before is not None:
            await asyncio.wait([before])
        self._writing, self._waiting = self._waiting, None
        text = dump()
        await asyncio.get_running_loop().run_in_executor(None, self._write, text)

    def _write(self, text: str) -> None:
        temporary = self._path.with_name(f".{self._path.name}.tmp")
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
