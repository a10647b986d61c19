"""A file's texts, lists and mappings, each with its place, from YAML or JSON.

Nothing is guessed: ``NO`` is the text NO, and ``+12065550100`` is no number.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from smsreg._text import escape
from smsreg.errors import ConfigurationError, InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from os import PathLike

MAX_BYTES = 2 * 1024 * 1024
"""Largest file that is read; a form has some 50,000 characters."""
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
    """Make the error that names a place of the file."""
    return InvalidRequestError(None, [(str(place), message)])


def mapping(pairs: Iterable[tuple[Node, Node]], place: Place) -> Node:
    """Make a mapping, in which a key stands once."""
    found: dict[str, Node] = {}
    for key, value in pairs:
        name = key.text("a key")
        if name in found:
            raise refusal(key.place, f"the key {escape(name[:100])} is there twice")
        found[name] = value
    return Node(found, place)


def quoted(value: object) -> str:
    """Write texts, lists and mappings so that YAML and JSON read the same from it."""
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else "".join(map(_spelt, text))


def _spelt(char: str) -> str:
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\u{code:04x}" if code <= MAX_SHORT else f"\\U{code:08x}"


MAX_SHORT = 0xFFFF
"""Highest character that JSON's four digits spell; YAML has eight for the others."""


def read_file(path: str | PathLike[str]) -> list[Node]:
    """Read the documents of a YAML file, or the one of a JSON file (by its name).

    Raises:
        InvalidRequestError: The file is not of this kind.
        ConfigurationError: PyYAML is not installed, and the file is no JSON file.
        OSError: The file cannot be read.
    """
    with Path(path).open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    start = Place(1, 1)
    if len(data) > MAX_BYTES:
        raise refusal(start, f"the file is larger than {MAX_BYTES:,} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refusal(start, "the file is not UTF-8 text") from None
    if Path(path).suffix.lower() == ".json":
        return [_read_json(text)]
    try:
        from smsreg.registration import yaml_loader  # noqa: PLC0415 -- an extra
    except ImportError:
        message = "reading YAML needs PyYAML: pip install 'smsreg[cli]', or use a .json file"
        raise ConfigurationError(message) from None
    return list(yaml_loader.load(text))


def _read_json(text: str) -> Node:
    start = Place(1, 1)
    try:
        found: object = json.loads(text, object_pairs_hook=_Pairs)
        return _of_json(found, 0)
    except json.JSONDecodeError as error:
        raise refusal(Place(error.lineno, error.colno), f"this is not JSON: {error.msg}") from None
    except RecursionError:
        raise refusal(start, "the file is nested too deeply") from None


class _Pairs(list[tuple[str, object]]):
    """The members of an object, with those that stand there twice."""


def _of_json(value: object, depth: int) -> Node:
    place = Place(1, 1)
    if depth > MAX_DEPTH:
        raise refusal(place, "the file is nested too deeply")
    if isinstance(value, _Pairs):
        pairs = [(Node(key, place), _of_json(item, depth + 1)) for key, item in value]
        return mapping(pairs, place)
    if isinstance(value, list):
        return Node([_of_json(item, depth + 1) for item in cast("list[object]", value)], place)
    if isinstance(value, str):
        return Node(value, place)
    raise refusal(place, "every value must be a text in quotes, a list or an object")
