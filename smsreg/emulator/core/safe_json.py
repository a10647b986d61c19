"""JSON from clients, parsed so that no value of it can cause harm later."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smsreg.emulator.core.service_model import Json

DEEPEST = 64
"""Levels of nesting: far above any message of a service, and far below Python's own limit."""


def parse(content: bytes | str) -> Json:
    """The JSON value; raises ValueError for text that is not JSON or is nested too deeply."""
    text = content.decode("utf-8") if isinstance(content, bytes) else content
    try:
        value: Json = _DECODER.decode(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if text.count("[") + text.count("{") > DEEPEST and _too_deep(value):
        raise ValueError("it is nested too deeply")
    return value


def _too_deep(value: Json) -> bool:
    level: list[Json] = [value]
    for _ in range(DEEPEST):
        below: list[Json] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(cast("dict[str, Json]", item).values())
            elif isinstance(item, list):
                below.extend(cast("Iterable[Json]", item))
        level = below
        if not level:
            return False
    return True


def _no_constant(name: str) -> float:
    msg = f"{name} is not JSON"
    raise ValueError(msg)


_DECODER = json.JSONDecoder(parse_constant=_no_constant)
