"""Terminal text: colour where it is supported, and only printable characters."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from smsreg._text import escape

if TYPE_CHECKING:
    from collections.abc import Mapping

RESET = "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Piece:
    """Text of one style."""

    text: str
    style: str


def bold(text: str) -> Piece:
    """What stands out."""
    return Piece(text, "\x1b[1m")


def dim(text: str) -> Piece:
    """What can be passed over."""
    return Piece(text, "\x1b[2m")


def good(text: str) -> Piece:
    """What went well."""
    return Piece(text, "\x1b[32m")


def bad(text: str) -> Piece:
    """What went wrong."""
    return Piece(text, "\x1b[31m")


def careful(text: str) -> Piece:
    """What wants attention."""
    return Piece(text, "\x1b[33m")


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyphs:
    """The signs that have a plain counterpart."""

    done: str
    failed: str
    dot: str


FANCY = Glyphs(done="✓", failed="✗", dot="·")
PLAIN = Glyphs(done="ok", failed="!!", dot="-")


class Console:
    """Writes lines to a stream.

    All text is sanitized: control characters, which a server's text may contain, are escaped, and
    characters that the stream's encoding lacks become question marks.
    """

    def __init__(self, stream: TextIO, environment: Mapping[str, str] = os.environ) -> None:
        self._stream = stream
        self._encoding: str = getattr(stream, "encoding", None) or "utf-8"
        self._colour = _wants_colour(stream, environment)
        signs = f"{FANCY.done}{FANCY.failed}{FANCY.dot}"
        self.glyphs: Glyphs = FANCY if self._shown(signs) == signs else PLAIN

    def write(self, *pieces: str | Piece) -> None:
        """Write one line, at once."""
        line = "".join(self._render(piece) for piece in pieces).rstrip()
        self._stream.write(f"{line}\n")
        self._stream.flush()

    def _render(self, piece: str | Piece) -> str:
        if isinstance(piece, str):
            return self._shown(piece)
        text = self._shown(piece.text)
        return f"{piece.style}{text}{RESET}" if self._colour and text else text

    def _shown(self, text: str) -> str:
        return escape(text).encode(self._encoding, "replace").decode(self._encoding)


def _wants_colour(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """See https://no-color.org; a Windows console is trusted only where it names itself."""
    if environment.get("NO_COLOR") or environment.get("TERM") == "dumb":
        return False
    if os.name == "nt" and not environment.keys() & {"WT_SESSION", "TERM", "ANSICON"}:
        return False
    return stream.isatty()


def duration(seconds: float) -> str:
    """A time that a person can read."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"
