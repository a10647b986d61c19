"""The state behind one account and Region: plain JSON values in named tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from smsreg.emulator.core.records import (
    NESTED_TABLES,
    NOTHING,
    Object,
    Removed,
    Root,
    Table,
    Tables,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smsreg.emulator.core.records import Path
    from smsreg.emulator.core.service_model import Doc, Json

FORMAT = 2
"""Version of snapshots; version 1 contained one account in one Region."""
PARTS = ("tables", "arns", "tags", "tokens", "messages", "singles")
SEQUENCE = "sequence"
_TOKENS_KEPT = 10_000
_PAGED = ("brand_registrations",)
"""Tables whose records have no `_seq` in older documents."""
MESSAGES_KEPT = 10_000
MESSAGE_BYTES_KEPT = 32 * 1024 * 1024


class State:
    """Tables of records, and their tags, tokens and sent messages.

    Everything in here is JSON, so that a snapshot is a copy and a state file a dump. Records with
    a `_seq` are in the order of their creation. The oldest client tokens and sent messages are
    dropped beyond a limit, as an emulator can run for weeks.
    """

    def __init__(self, document: Doc | None = None) -> None:
        self.root: Root = Root()
        source: Doc = document or {}
        self.tables: Tables = Tables(self.root, "tables", source.get("tables"))
        self.arns: Object = Object(self.root, "arns", source.get("arns"))
        self.tags: Object = Object(self.root, "tags", source.get("tags"))
        self.tokens: Object = Object(self.root, "tokens", source.get("tokens"))
        self.messages: Table = Table(self.root, "messages", source.get("messages"))
        self.singles: Object = Object(self.root, "singles", _singles(source.get("singles", {})))
        self.sequence: int = source.get(SEQUENCE, 0)
        self._message_sizes: dict[str, int] = {}
        self._message_bytes: int = 0
        for message_id, message in self.messages.items():
            self._measure(message_id, message)
        if document is not None:
            self._put_in_order()

    def table(self, name: str) -> Table:
        """The records of one kind by key, created on first use."""
        return self.tables.open(name)

    def next_sequence(self) -> int:
        """The sequence number of the next new record."""
        if self.root.note is not None:
            self.root.note((SEQUENCE,), self.sequence)
        if self.root.follow is not None:
            self.root.follow((SEQUENCE,))
        self.sequence += 1
        return self.sequence

    def add(self, table: str, key: str, record: Doc, arn: str | None = None) -> Doc:
        """Add a new record to its table and register its ARN.

        Returns:
            The record as part of the state: later changes go to this object.
        """
        records = self.table(table)
        records[key] = {**record, "_seq": self.next_sequence()}
        if arn is not None:
            self.arns[arn] = (table, key)
        return cast("Doc", records[key])

    def remove(self, table: str, key: str, arn: str | None = None) -> Doc:
        """Remove a record, with its ARN, its tags and its resource policy."""
        record: Doc = self.table(table).pop(key)
        if arn is not None:
            self.arns.pop(arn, None)
            self.tags.pop(arn, None)
            self.table("policies").pop(arn, None)
        return record

    def remember_token(self, key: str, entry: Doc) -> None:
        """Keep the response to a client token."""
        # inferred: no more than 10,000 client tokens are known at a time.
        self.tokens[key] = entry
        while len(self.tokens) > _TOKENS_KEPT:
            del self.tokens[self.tokens.first()]

    def record_message(self, message_id: str, message: Doc) -> None:
        """Keep a sent message for tests to read; the oldest are dropped beyond 10,000 or 32 MiB."""
        self.messages[message_id] = message
        self._measure(message_id, message)
        while len(self.messages) > MESSAGES_KEPT or self._message_bytes > MESSAGE_BYTES_KEPT:
            oldest = self.messages.first()
            del self.messages[oldest]
            self._message_bytes -= self._message_sizes.pop(oldest)

    def _measure(self, message_id: str, message: Doc) -> None:
        size = len(json.dumps(message))
        self._message_bytes += size - self._message_sizes.get(message_id, 0)
        self._message_sizes[message_id] = size

    def dump(self) -> Doc:
        """An independent copy as JSON values."""
        return cast("Doc", json.loads(self.dumps()))

    def dumps(self) -> str:
        """The state as JSON text."""
        return json.dumps(self.parts())

    def parts(self) -> Doc:
        """All parts of the state by name, without a copy."""
        parts: Doc = {name: getattr(self, name) for name in PARTS}
        return {**parts, SEQUENCE: self.sequence}

    def value_at(self, path: Path) -> Json:
        """The current value at a path, or `NOTHING`."""
        value: Any = getattr(self, path[0])
        for name in path[1:]:
            value = value.get(name, NOTHING) if isinstance(value, dict) else NOTHING  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # any JSON value
        return value  # pyright: ignore[reportUnknownVariableType]  # any JSON value

    def assign(self, path: Path, value: Json) -> None:
        """Set the value at a path, or remove it for `NOTHING`, as an ordinary change."""
        *parents, name = path
        if not parents:
            self.sequence = value
            return
        target: Any = getattr(self, parents[0])
        for position, step in enumerate(parents[1:]):
            target = self.table(step) if parents[0] == "tables" and not position else target[step]
        if value is NOTHING:
            target.pop(name, None)
        else:
            target[name] = value

    def put_back(self, path: Path, value: Json) -> None:
        """Restore the earlier value at a path; views are rebuilt."""
        *parents, name = path
        if not parents:
            self.sequence = value
            return
        target: Any = getattr(self, parents[0])
        tables = [target] if isinstance(target, Table) else []
        for step in parents[1:]:
            target = target[step]
            if isinstance(target, Table):
                tables.append(target)
        was_there = name in target
        target.restore(name, value)
        if name in target and not was_there and not isinstance(value, Removed):
            _reorder(target, name, from_the_front=parents[0] in ("tokens", "messages"))
        for table in tables:
            table.forget_views()
        if parents[0] == "messages":
            self._message_sizes, self._message_bytes = {}, 0
            for message_id, message in self.messages.items():
                self._measure(message_id, message)

    def _put_in_order(self) -> None:
        """Number the records of an older document, whose order is that of its table."""
        for table in self._ordered():
            entries = sorted(table.items(), key=lambda entry: entry[1].get("_seq", self.sequence))
            numbers = [record.get("_seq") for _, record in entries]
            if None in numbers or len(set(numbers)) < len(numbers):
                for _, record in entries:
                    self.sequence += 1
                    record.restore("_seq", self.sequence)
            table.reorder(lambda entry: entry[1]["_seq"])

    def _ordered(self) -> Iterator[Table]:
        for name, table in self.tables.items():
            if name in _PAGED or any("_seq" in record for record in table.values()):
                yield table
            for record in table.values():
                for member in NESTED_TABLES:
                    if member in record:
                        yield record[member]


def _reorder(target: Object, name: str, *, from_the_front: bool) -> None:
    """Move a restored member to its former position."""
    restored = target[name]
    if isinstance(restored, dict) and "_seq" in restored:
        target.reorder(lambda entry: entry[1]["_seq"])
    elif from_the_front:
        target.reorder(lambda entry: entry[0] != name)


def _singles(given: Doc) -> Doc:
    """Convert the lists in which older documents have the times of daily counters."""
    days: Doc = {
        name: {f"old-{index}": at for index, at in enumerate(cast("list[float]", times))}
        if isinstance(times, list)
        else times
        for name, times in given.get("days", {}).items()
    }
    return {**given, "days": days} if days else given
