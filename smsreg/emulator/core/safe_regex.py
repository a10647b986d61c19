"""Patterns of registration fields, which a test may write as badly as it likes.

Everything runs on one event loop: a pattern that backtracks without end would stop the emulator
and, inside a test, the test. So a pattern in which an unbounded repeat stands inside another one
is not run, and the value passes.
"""

from __future__ import annotations

import re
from functools import lru_cache


def whole_match(pattern: str, text: str) -> bool:
    """Whether the whole text matches; True where the pattern is not fit to be run."""
    compiled = _compile(pattern)
    return compiled is None or compiled.fullmatch(text) is not None


@lru_cache(maxsize=1024)
def _compile(pattern: str) -> re.Pattern[str] | None:
    if _repeats_a_repeat(pattern):
        return None
    try:
        return re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return None


def _repeats_a_repeat(pattern: str) -> bool:
    """Whether a group that holds a repeat or an alternative is itself repeated without bound."""
    holds_repeat = [False]
    index = 0
    while index < len(pattern):
        char = pattern[index]
        if char == "\\":
            index += 1
        elif char == "[":
            index = _end_of_class(pattern, index)
        elif char == "(":
            holds_repeat.append(False)
        elif char == ")" and len(holds_repeat) > 1:
            inner = holds_repeat.pop()
            if inner and re.match(r"[*+]|\{\d*,\d*\}", pattern[index + 1 :]):
                return True
            holds_repeat[-1] = holds_repeat[-1] or inner
        elif char in "*+|" or re.match(r"\{\d*,\}", pattern[index:]):
            holds_repeat[-1] = True
        index += 1
    return False


def _end_of_class(pattern: str, start: int) -> int:
    index = start + 1
    if pattern[index : index + 1] == "^":
        index += 1
    if pattern[index : index + 1] == "]":
        index += 1
    while index < len(pattern) and pattern[index] != "]":
        index += 2 if pattern[index] == "\\" else 1
    return index
