"""Patterns of registration fields, which are untrusted: anyone can add a type.

Everything runs on one event loop: a pattern that backtracks without end would stop the emulator
and, inside a test, the test. So patterns run on Rust's engine, whose time is linear in the text,
and which is installed with pydantic-core. It has no assertions; the ones that a pattern begins
with are run by themselves, as `(?=x)y` matches what begins with `x` and is `y`. A pattern that the
engine still does not support is not run, and the value passes, as only the service could decide.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pydantic_core import SchemaValidator

_ASSERTION = re.compile(r"\(\?([=!])")


class _Rule(NamedTuple):
    """One linear pattern, and whether the text has to match it or must not."""

    engine: SchemaValidator
    wanted: bool

    def holds(self, text: str) -> bool:
        return self.engine.isinstance_python(text) == self.wanted


def whole_match(pattern: str, text: str) -> bool:
    """Whether the whole text matches; True where the pattern is not fit to be run."""
    return all(rule.holds(text) for rule in _compile(pattern))


@lru_cache(maxsize=1024)
def _compile(pattern: str) -> tuple[_Rule, ...]:
    """The rules that together form the pattern; none where the engine does not support it."""
    rules: list[_Rule] = []
    rest = pattern.removeprefix("^")
    try:
        while start := _ASSERTION.match(rest):
            end = _end_of_group(rest)
            rules.append(_Rule(_engine(rf"\A(?:{rest[start.end() : end]})"), start[1] == "="))
            rest = rest[end + 1 :]
        if rules and _has_alternatives(rest):
            return ()  # the assertions belong to the first alternative only
        rules.append(_Rule(_engine(rf"\A(?:{rest if rules else pattern})\z"), wanted=True))
    except ValueError:
        return ()
    return tuple(rules)


def _engine(pattern: str) -> SchemaValidator:
    """The pattern, compiled; ValueError where the engine does not support it."""
    from pydantic_core import SchemaError, SchemaValidator, core_schema

    schema = core_schema.str_schema(pattern=pattern, regex_engine="rust-regex")
    try:
        return SchemaValidator(schema)
    except SchemaError as problem:
        raise ValueError("not a pattern of this engine") from problem


def _end_of_group(pattern: str) -> int:
    """Where the group that a pattern begins with is closed; ValueError where it is not."""
    depth = 0
    for index, char in _outside_classes(pattern):
        depth += (char == "(") - (char == ")")
        if depth == 0:
            return index
    raise ValueError("a group is not closed")


def _has_alternatives(pattern: str) -> bool:
    depth = 0
    for _, char in _outside_classes(pattern):
        depth += (char == "(") - (char == ")")
        if char == "|" and depth == 0:
            return True
    return False


def _outside_classes(pattern: str) -> list[tuple[int, str]]:
    """The characters that are neither escaped nor part of a character class, with their index."""
    found: list[tuple[int, str]] = []
    index = 0
    while index < len(pattern):
        if pattern[index] == "\\":
            index += 1
        elif pattern[index] == "[":
            index = _end_of_class(pattern, index)
        else:
            found.append((index, pattern[index]))
        index += 1
    return found


def _end_of_class(pattern: str, start: int) -> int:
    index = start + 1
    if pattern[index : index + 1] == "^":
        index += 1
    if pattern[index : index + 1] == "]":
        index += 1
    while index < len(pattern) and pattern[index] != "]":
        index += 2 if pattern[index] == "\\" else 1
    return index
