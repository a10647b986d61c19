"""Files of YAML or JSON, read as nodes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, cast

from smsreg.errors import ConfigurationError
from smsreg.registration.nodes import MAX_DEPTH, Node, Place, mapping, refusal

if TYPE_CHECKING:
    from os import PathLike

MAX_BYTES = 2 * 1024 * 1024
"""Largest file that is read; a form has some 50,000 characters."""


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
    """The members of an object, duplicates included."""


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
