r"""JSON from outside, where a string may contain a lone surrogate, such as half of a cut emoji.

Such a string cannot be encoded: neither logged, nor stored, nor written as JSON again. A lone
surrogate is spelled out instead, as the six characters ``\ud83d``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from pydantic_core import from_json

if TYPE_CHECKING:
    from collections.abc import Iterable

_ESCAPE = re.compile(
    rb"\\(?:"
    rb"u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a pair
    rb"|(u[dD][89a-fA-F][0-9a-fA-F]{2})"  # half of one
    rb"|.)",
    re.DOTALL,
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTAINERS: tuple[type, ...] = (dict, list, Mapping)  # the usual types first: they are faster
_DEEPEST = 200
"""Levels of nesting that are read, as of JSON."""


def read_json(text: bytes, *, allow_inf_nan: bool = False) -> object:
    """Read one JSON document.

    Raises:
        ValueError: It is not JSON, or is nested more deeply than 200 levels.
    """
    try:
        return from_json(text, allow_inf_nan=allow_inf_nan)
    except ValueError:
        encodable = spell_surrogates(text)
        if encodable == text:
            raise
    return from_json(encodable, allow_inf_nan=allow_inf_nan)


def has_escaped_surrogates(text: bytes) -> bool:
    """Whether JSON may have escaped surrogates in its strings: pairs, or lone ones."""
    return b"\\ud" in text or b"\\uD" in text


def spell_surrogates(text: bytes) -> bytes:
    """Spell out the lone surrogates that are escaped in the strings of JSON."""
    if not has_escaped_surrogates(text):
        return text
    return _ESCAPE.sub(lambda escape: b"\\\\" + escape[1] if escape[1] else escape[0], text)


def encodable(value: object) -> object:
    """Return parsed JSON with lone surrogates spelled out, in keys as well.

    Without any, the value itself is returned. Nothing deeper than 200 levels is read.
    """
    return _spelled_out(value, {}, 0) if _has_surrogates(value) else value


def _has_surrogates(value: object) -> bool:
    seen: set[int] = set()  # a value may be inside itself
    level, depth = [value], 0
    while level and depth <= _DEEPEST:
        inner: list[object] = []
        for item in level:
            if isinstance(item, str):
                if not item.isascii() and _SURROGATE.search(item):
                    return True
            elif isinstance(item, _CONTAINERS) and id(item) not in seen:
                seen.add(id(item))
                inner += cast("Iterable[object]", item)
                if not isinstance(item, list):
                    inner += cast("Mapping[object, object]", item).values()
        level, depth = inner, depth + 1
    return False


def _spelled_out(value: object, copies: dict[int, object], depth: int) -> object:
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()
    if depth > _DEEPEST or not isinstance(value, _CONTAINERS):
        return value
    known = id(value)
    if known in copies:
        return copies[known]
    if isinstance(value, list):
        items = copies[known] = list[object]()
        for item in cast("list[object]", value):
            items.append(_spelled_out(item, copies, depth + 1))
        return items
    members = copies[known] = dict[object, object]()
    for name, member in cast("Mapping[object, object]", value).items():
        members[_spelled_out(name, copies, depth + 1)] = _spelled_out(member, copies, depth + 1)
    return members
