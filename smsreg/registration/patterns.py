r"""Patterns of form fields, run in linear time.

A pattern comes from the service and a value from anybody, so no engine that backtracks may see
them. pydantic-core's engine (Rust's regex) runs in linear time, and lacks look-around; the forms'
leading look-aheads, as in ``^(?=\s*\S)[\s\S]+$``, become patterns of their own here. What cannot
be rewritten is not run.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from pydantic_core import SchemaError, SchemaValidator, core_schema

MAX_PATTERN = 10_000
"""Longest pattern that is compiled, in characters; a longer one counts as not runnable."""


@dataclass(frozen=True, slots=True)
class _Branch:
    """One alternative: what must match, and what must not."""

    needed: tuple[SchemaValidator, ...]
    excluded: tuple[SchemaValidator, ...]

    def matches(self, text: str) -> bool:
        return all(part.isinstance_python(text) for part in self.needed) and not any(
            part.isinstance_python(text) for part in self.excluded
        )


def whole_match(pattern: str, text: str) -> bool | None:
    """Return whether the whole text matches; None if that takes more than linear time."""
    branches = _compile(pattern)
    return None if branches is None else any(branch.matches(text) for branch in branches)


@lru_cache(maxsize=1024)
def _compile(pattern: str) -> tuple[_Branch, ...] | None:
    if len(pattern) > MAX_PATTERN:
        return None
    try:
        return tuple(_branch(part) for part in _alternatives(pattern))
    except (SchemaError, ValueError):
        return None


def _branch(pattern: str) -> _Branch:
    needed: list[SchemaValidator] = []
    excluded: list[SchemaValidator] = []
    rest = pattern
    while True:
        if rest.startswith(("^", r"\A")):
            rest = rest[1 if rest[0] == "^" else 2 :]
        elif rest.startswith(("(?=", "(?!")):
            end = _end_of_group(rest)
            part = _engine(rf"\A(?:{_translated(rest[3:end])})")
            (needed if rest[2] == "=" else excluded).append(part)
            rest = rest[end + 1 :]
        else:
            break
    needed.append(_engine(rf"\A(?:{_translated(rest)})\z"))
    return _Branch(tuple(needed), tuple(excluded))


def _engine(pattern: str) -> SchemaValidator:
    return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))


def _alternatives(pattern: str) -> list[str]:
    """Split at the bars that are in no group and in no class."""
    parts, start, depth, index = list[str](), 0, 0, 0
    while index < len(pattern):
        char = pattern[index]
        if char == "\\":
            index += 1
        elif char == "[":
            index = _end_of_class(pattern, index)
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
        elif char == "|" and depth == 0:
            parts.append(pattern[start:index])
            start = index + 1
        index += 1
    return [*parts, pattern[start:]]


def _end_of_group(pattern: str) -> int:
    """Find the parenthesis that closes the one at the start."""
    depth = index = 0
    while index < len(pattern):
        char = pattern[index]
        if char == "\\":
            index += 1
        elif char == "[":
            index = _end_of_class(pattern, index)
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                return index
        index += 1
    raise ValueError("a group is not closed")


def _end_of_class(pattern: str, start: int) -> int:
    index = start + 1
    if pattern[index : index + 1] == "^":
        index += 1
    if pattern[index : index + 1] == "]":
        index += 1
    while index < len(pattern) and pattern[index] != "]":
        index += 2 if pattern[index] == "\\" else 1
    return index


_SET_OPERATORS = "[&~"
"""Characters that are literal in other dialects' classes, and set syntax in Rust's."""


def _translated(pattern: str) -> str:
    r"""Write ``\Z`` as ``\z``, and escape what only Rust's classes take for syntax."""
    out: list[str] = []
    index = 0
    while index < len(pattern):
        char = pattern[index]
        if char == "\\":
            pair = pattern[index : index + 2]
            out.append(r"\z" if pair == r"\Z" else pair)
            index += 2
        elif char == "[":
            end = _end_of_class(pattern, index)
            out.append(_translated_class(pattern[index : end + 1]))
            index = end + 1
        else:
            out.append(char)
            index += 1
    return "".join(out)


def _translated_class(text: str) -> str:
    out, index = ["["], 1
    while index < len(text):
        char = text[index]
        if char == "\\":
            out.append(text[index : index + 2])
            index += 2
            continue
        doubled_dash = text.startswith("--", index)
        out.append(f"\\{char}" if char in _SET_OPERATORS or doubled_dash else char)
        index += 1
    return "".join(out)
