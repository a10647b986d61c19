"""A file's texts, lists and mappings, each with its position.

Scalars are not converted: ``NO`` and ``+12065550100`` are texts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smsreg._text import escape
from smsreg.errors import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_DEPTH = 20
"""Deepest nesting that is read; a draft needs four levels."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line and a column, both from 1; JSON is read without them."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}"


@dataclass(frozen=True, slots=True)
class Node:
    """A text, a list of nodes or a mapping from texts to nodes, and where it is."""

    value: str | list[Node] | dict[str, Node]
    place: Place

    def text(self, what: str) -> str:
        """Return the text that this must be."""
        if not isinstance(self.value, str):
            raise refusal(self.place, f"{what} must be a text")
        return self.value

    def items(self, what: str) -> list[Node]:
        """Return the nodes of the list that this must be."""
        if not isinstance(self.value, list):
            raise refusal(self.place, f"{what} must be a list")
        return self.value

    def members(self, what: str) -> dict[str, Node]:
        """Return the nodes of the mapping that this must be."""
        if not isinstance(self.value, dict):
            raise refusal(self.place, f"{what} must be a mapping")
        return self.value


def refusal(place: Place, message: str) -> InvalidRequestError:
    """Create the error that names a position in the file."""
    return InvalidRequestError(None, [(str(place), message)])


def mapping(pairs: Iterable[tuple[Node, Node]], place: Place) -> Node:
    """Create a mapping, whose keys are unique."""
    found: dict[str, Node] = {}
    for key, value in pairs:
        name = key.text("a key")
        if name in found:
            raise refusal(key.place, f"the key {escape(name[:100])} is there twice")
        found[name] = value
    return Node(found, place)


def quoted(value: object) -> str:
    """Write texts, lists and mappings in a form that YAML and JSON parse identically."""
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else "".join(map(_spelt, text))


def _spelt(char: str) -> str:
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\u{code:04x}" if code <= MAX_SHORT else f"\\U{code:08x}"


MAX_SHORT = 0xFFFF
"""Highest character that JSON's four digits spell; YAML has eight for the others."""
