"""The format of a state file: a snapshot in lines, then a line for each group of changes.

    {"format": 3}
    {"changes": [[["123456789012/us-east-1"], {"tables": {}, …}]]}
    {"changes": [[["123456789012/us-east-1", "tables", "pools", "pool-1"], {…}], …]}
    {"clock_offset": 0.0, "whole": true}
    {"changes": [[["123456789012/us-east-1", "tables", "pools", "pool-1", "Status"], "ACTIVE"]]}
    {"changes": [[["123456789012/us-east-1", "tables", "pools", "pool-1"]]], "clock_offset": 60.0}

A change is a path with its new value, or alone where the value is removed. The first changes after
a snapshot may be contained in it, or refer to a value that it no longer has: applying them again is
idempotent. An unterminated last line was being written when the process was killed: it was never
acknowledged.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from smsreg.emulator.core.records import NESTED_TABLES
from smsreg.emulator.core.safe_json import parse
from smsreg.emulator.core.state import FORMAT, SEQUENCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from smsreg.emulator.core.journal import Change
    from smsreg.emulator.core.service_model import Doc, Json

LOG_FORMAT = 3
_HEAD = b'{"format": %d}\n' % LOG_FORMAT
_MOST_CHANGES = 50
_LONG_LINE = 32 * 1024
"""Characters after which a line of a snapshot ends."""
_ENCODER = json.JSONEncoder(separators=(",", ":"))


class Content(NamedTuple):
    """The content of a state file."""

    document: Doc
    """A snapshot."""
    end: int
    """The number of valid bytes of the file."""


def line_of(changes: list[Change], clock_offset: float | None) -> bytes:
    """A group of changes."""
    entry: Doc = {"changes": changes} if changes else {}
    if clock_offset is not None:
        entry["clock_offset"] = clock_offset
    return _ENCODER.encode(entry).encode("ascii") + b"\n" if entry else b""


def lines_of(states: Mapping[str, Mapping[str, Any]], clock_offset: float) -> Iterator[bytes]:
    """A snapshot as the start of a file, in lines short enough not to block for long.

    The states may change between two lines: see `StateFile`.
    """
    yield _HEAD
    for name, state in states.items():
        texts: list[str] = []
        for change in _changes_of(name, state):
            texts.append(_ENCODER.encode(change))
            if len(texts) == _MOST_CHANGES or sum(map(len, texts)) > _LONG_LINE:
                yield _snapshot_line(texts)
                texts = []
        yield _snapshot_line(texts)
    yield _ENCODER.encode({"clock_offset": clock_offset, "whole": True}).encode("ascii") + b"\n"


def _snapshot_line(texts: list[str]) -> bytes:
    return f'{{"changes":[{",".join(texts)}]}}\n'.encode("ascii")


def _changes_of(name: str, state: Mapping[str, Any]) -> Iterator[Change]:
    parts = [part for part in state if part != SEQUENCE]
    yield [name], {**{part: {} for part in parts}, SEQUENCE: state[SEQUENCE]}
    for part in parts:
        if part != "tables":
            yield from _entries([name, part], state[part])
    for table, records in _members(state["tables"]):
        yield [name, "tables", table], {}
        for key, record in _members(records):
            path = [name, "tables", table, key]
            nested = [member for member in NESTED_TABLES if member in record]
            yield path, {**record, **{member: {} for member in nested}} if nested else record
            for member in nested:
                yield from _entries([*path, member], record[member])


def _entries(path: list[str], entries: Mapping[str, Any]) -> Iterator[Change]:
    return (([*path, key], value) for key, value in _members(entries))


def _members(entries: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The current entries, without those that are removed before they are reached."""
    return ((key, entries[key]) for key in list(entries) if key in entries)


def read(content: bytes) -> Content:
    """Parse a file in the format above, or one document of an earlier format.

    Raises:
        ValueError: It is in neither format.
    """
    if not content.startswith(_HEAD):
        return Content(_document(content), len(content))
    end = content.rfind(b"\n") + 1
    return Content(replay(content[:end].splitlines()), end)


def replay(lines: Iterable[bytes]) -> Doc:
    """The snapshot that a file's lines result in.

    Raises:
        ValueError: A line is malformed; the message says which.
    """
    document: Doc = {"format": FORMAT, "clock_offset": 0.0, "states": {}}
    is_whole = False
    for number, line in enumerate(lines, 1):
        if number == 1:
            continue
        try:
            entry = _document(line)
            for change in cast("list[Any]", entry.get("changes", [])):
                _apply(document["states"], change)
            document["clock_offset"] = entry.get("clock_offset", document["clock_offset"])
            is_whole = is_whole or entry.get("whole") is True
        except (TypeError, ValueError) as problem:
            why = problem if isinstance(problem, ValueError) else "it holds no changes"
            msg = f"line {number}: {why}"
            raise ValueError(msg) from None
    if not is_whole:
        raise ValueError("it ends within its snapshot")
    return document


def _document(text: bytes) -> Doc:
    try:
        document = parse(text)
    except ValueError as problem:
        msg = f"it is not JSON ({problem})"
        raise ValueError(msg) from None
    if not isinstance(document, dict):
        raise ValueError("it is not a JSON object")  # noqa: TRY004  # content, not a call
    return cast("Doc", document)


def _apply(states: Doc, change: Json) -> None:
    path, *rest = change
    if not path or not isinstance(path, list):
        raise TypeError
    *parents, name = cast("Iterable[Any]", path)
    target = states
    for step in parents:
        below: Json = target.setdefault(step, {})
        if not isinstance(below, dict):
            return  # a later change has set this, and the snapshot contains it
        target = cast("Doc", below)
    if rest:
        (target[name],) = rest
    else:
        target.pop(name, None)
