"""The numbered steps: how each is shown, and which one is in progress."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from smsreg.cli.console import bad, bold, dim, duration, good

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence

    from smsreg.cli.console import Console, Piece

INDENT = " " * 7
LABEL = 15
TITLE = 33


class StepError(Exception):
    """A step cannot continue with the service's response."""


class Step:
    """The output of a step."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.summary: str = "done"

    def text(self, *pieces: str | Piece) -> None:
        """Show a line."""
        self._console.write(INDENT, *pieces)

    def row(self, label: str, *pieces: str | Piece) -> None:
        """Show a value with its name before it."""
        self._console.write(INDENT, dim(label.ljust(LABEL)), *pieces)

    def table(self, rows: Iterable[Sequence[str]], *, highlight: str | None = None) -> None:
        """Show rows in columns.

        Args:
            rows: The texts of each row, as many in each.
            highlight: The first text of the row to make stand out.
        """
        every = list(rows)
        widths = [max(map(len, column)) for column in zip(*every, strict=True)]
        for row in every:
            cells = [text.ljust(width) for text, width in zip(row, widths, strict=True)]
            line = "  ".join(cells)
            self.text(bold(line) if row[0] == highlight else line)


class Steps:
    """The steps of one run.

    Attributes:
        number: The number of the step that is in progress or failed; 0 before the first.
        title: Its title.
        total: How many steps there are.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.perf_counter) -> None:
        self.console = console
        self.number: int = 0
        self.title: str = ""
        self.total: int = 0
        self._clock = clock
        self._begun = clock()

    @property
    def elapsed(self) -> float:
        """Seconds since the run began."""
        return self._clock() - self._begun

    @contextmanager
    def step(self, title: str, call: str) -> Generator[Step, None, None]:
        """Announce a step, and show how it went.

        Args:
            title: What is done.
            call: The client's method that does it.
        """
        self.number += 1
        self.title = title
        console = self.console
        count = f"{self.number:>2}/{self.total}".ljust(7)
        console.write(dim(count), bold(title.ljust(TITLE)), dim(call))
        begun = self._clock()
        step = Step(console)
        try:
            yield step
        except (asyncio.CancelledError, KeyboardInterrupt):
            self._end(bad, console.glyphs.failed, "interrupted", begun)
            raise
        except Exception:
            self._end(bad, console.glyphs.failed, "failed", begun)
            raise
        self._end(good, console.glyphs.done, step.summary, begun)

    def _end(self, style: Callable[[str], Piece], sign: str, summary: str, begun: float) -> None:
        took = duration(self._clock() - begun)
        dot = self.console.glyphs.dot
        self.console.write(INDENT, style(f"{sign} {summary}"), dim(f" {dot} {took}"))
        self.console.write()
