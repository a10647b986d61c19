"""Events as lines of JSON, from a file or from standard input while they come."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from typing import TYPE_CHECKING

from smsreg.cli.files import FileError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

STANDARD_INPUT = "-"
MAX_LINE = 1024 * 1024
"""Longest line that is kept, in bytes; an event has some thousand."""
_WAITING = 100
"""Lines that are read ahead."""
_CHUNK = 64 * 1024


def open_lines(path: str) -> AsyncGenerator[bytes, None]:
    """Open a file of events, and return its lines as they come.

    Raises:
        FileError: The file cannot be opened.
    """
    if path == STANDARD_INPUT:
        return _lines(os.dup(sys.stdin.fileno()))
    try:
        return _lines(os.open(path, os.O_RDONLY))
    except OSError as error:
        msg = f"{path}: {error.strerror or 'it cannot be read'}"
        raise FileError(msg) from None


async def _lines(descriptor: int) -> AsyncGenerator[bytes, None]:
    queue: asyncio.Queue[bytes | None] = asyncio.Queue(_WAITING)
    loop = asyncio.get_running_loop()

    def put(line: bytes | None) -> None:
        asyncio.run_coroutine_threadsafe(queue.put(line), loop).result()

    def read() -> None:
        # The loop may have ended meanwhile: the lines are discarded.
        with contextlib.suppress(RuntimeError, asyncio.CancelledError, OSError):
            try:
                _split(descriptor, put)
            finally:
                os.close(descriptor)
                put(None)

    # A thread that no executor joins at exit: reading from a terminal cannot be interrupted.
    threading.Thread(target=read, daemon=True).start()
    while (line := await queue.get()) is not None:
        yield line


def _split(descriptor: int, put: Callable[[bytes], None]) -> None:
    """Pass on each line that is not empty; one that is too long is left out."""
    rest = b""
    while chunk := os.read(descriptor, _CHUNK):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line.strip() and len(line) <= MAX_LINE:
                put(line)
        rest = rest[: MAX_LINE + 1]
    if rest.strip():
        put(rest)
