"""What a command shows: rich on a terminal, plain lines in a pipe, or one JSON document.

No output is parsed as markup: texts of the service and of files are escaped, and passed to rich as
``Text``.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from smsreg._text import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from contextlib import AbstractContextManager

    from smsreg.cli.documents import Document

STYLES = {"error": "red", "warning": "yellow", "unchecked": "dim"}
"""How the severities of problems are shown."""


class Output:
    """Two streams and how to write to them.

    Args:
        out: What was asked for.
        err: Failures and progress.
        as_json: Whether ``out`` gets documents and nothing else.
    """

    def __init__(self, out: TextIO, err: TextIO, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self._out = _console(out)
        self._err = _console(err)

    @property
    def is_terminal(self) -> bool:
        """Whether a person reads it."""
        return self._out.is_terminal

    def line(self, text: str = "", style: str = "") -> None:
        """Show a line."""
        if not self.as_json:
            _print(self._out, Text(escape(text), style))

    def item(self, label: str, text: str, style: str = "") -> None:
        """Show a line whose continuation lines begin below its text."""
        if not self.as_json:
            _item(self._out, label, text, style)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Show a table: aligned on a terminal, separated by tabs and without a head in a pipe."""
        if self.as_json:
            return
        if not self._out.is_terminal:
            for row in rows:
                _print(self._out, Text("\t".join(map(escape, row))))
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(Text(column), overflow="fold")
        for row in rows:
            table.add_row(*(Text(escape(cell)) for cell in row))
        self._out.print(table)

    def raw(self, text: str) -> None:
        """Write a text of many lines that was made safe where it was made."""
        self._out.file.write(text)
        self._out.file.flush()

    def document(self, document: Document) -> None:
        """Write a document, in ASCII."""
        if self.as_json:
            self.raw(json.dumps(document.model_dump(mode="json"), indent=2) + "\n")

    def record(self, document: Document) -> None:
        """Write a document as one line, where there are many."""
        if self.as_json:
            self.raw(json.dumps(document.model_dump(mode="json")) + "\n")

    def failure(self, text: str, details: Iterable[tuple[str, str, str]] = ()) -> None:
        """Show why the command failed; the details are labels, texts and styles."""
        _print(self._err, Text(f"smsreg: {escape(text)}", "red"))
        for label, detail, style in details:
            _item(self._err, label, detail, style)

    def note(self, text: str) -> None:
        """Show a message that is no result."""
        _print(self._err, Text(escape(text)))

    def progress(self, text: str) -> AbstractContextManager[object]:
        """Show progress on a terminal."""
        # Lines appear above it only if they are written to the same console.
        console = self._out if self._out.is_terminal else self._err
        if self.as_json or not console.is_terminal or console.is_dumb_terminal:
            return contextlib.nullcontext()
        return console.status(Text(escape(text)))


def _console(stream: TextIO) -> Console:
    return Console(file=stream, markup=False, emoji=False, highlight=False)


def _print(console: Console, text: Text) -> None:
    if console.is_terminal:
        console.print(text)
    else:  # rich would wrap it, and take its tabs for spaces
        console.file.write(f"{text.plain}\n")
        console.file.flush()


def _item(console: Console, label: str, text: str, style: str) -> None:
    if not console.is_terminal:
        _print(console, Text(f"  {escape(label)} {escape(text)}"))
        return
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(Text(f"  {escape(label)}", style), Text(escape(text)))
    console.print(grid)
