"""What a run has created, so that nothing is left behind unnoticed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smsreg.cli.console import careful, dim

if TYPE_CHECKING:
    from smsreg.cli.console import Console


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A resource that exists now, and how to get rid of it."""

    what: str
    identifier: str
    removal: str
    """The call of ours that removes it."""


def quoted(text: str) -> str:
    """Give a text as it stands in Python code, in double quotes."""
    return json.dumps(text)


def report(console: Console, made: list[Made], *, indent: str = "") -> None:
    """Show what exists, in the order in which it can be removed."""
    console.write(indent, careful("These exist now, until somebody removes them:"))
    for thing in reversed(made):
        console.write(indent, "  ", thing.what.ljust(13), thing.identifier)
        console.write(indent, "  ", " " * 13, dim(thing.removal))
