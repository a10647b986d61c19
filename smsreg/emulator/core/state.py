"""The state behind one emulator: plain JSON values in named tables."""

from __future__ import annotations

import copy
import json
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc

FORMAT = 2
"""Of snapshots: 1 had one account in one Region."""
_TOKENS_KEPT = 10_000
MESSAGES_KEPT = 10_000
MESSAGE_BYTES_KEPT = 32 * 1024 * 1024


class State:
    """Tables of records, insertion-ordered, and what goes with them.

    Everything in here is JSON, so that a snapshot is a copy and a state file a dump. Old client
    tokens and old sent messages are dropped past a bound: an emulator can run for weeks.
    """

    def __init__(self) -> None:
        self.tables: dict[str, dict[str, Doc]] = {}
        self.arns: dict[str, tuple[str, str]] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.tokens: OrderedDict[str, Doc] = OrderedDict()
        self.messages: OrderedDict[str, Doc] = OrderedDict()
        self.singles: Doc = {}
        self.sequence: int = 0
        self._message_sizes: dict[str, int] = {}
        self._message_bytes: int = 0

    def table(self, name: str) -> dict[str, Doc]:
        """The records of one kind by key, made when first asked for."""
        return self.tables.setdefault(name, {})

    def add(self, table: str, key: str, record: Doc, arn: str | None = None) -> Doc:
        """Put a new record into its table and make it known by its ARN."""
        self.sequence += 1
        record["_seq"] = self.sequence
        self.table(table)[key] = record
        if arn is not None:
            self.arns[arn] = (table, key)
        return record

    def remove(self, table: str, key: str, arn: str | None = None) -> Doc:
        """Take a record out, with its ARN, its tags and its resource policy."""
        record = self.table(table).pop(key)
        if arn is not None:
            self.arns.pop(arn, None)
            self.tags.pop(arn, None)
            self.table("policies").pop(arn, None)
        return record

    def remember_token(self, key: str, entry: Doc) -> None:
        """Keep what a client token was answered with."""
        # inferred: no more than 10,000 client tokens are known at a time.
        self.tokens[key] = entry
        while len(self.tokens) > _TOKENS_KEPT:
            self.tokens.popitem(last=False)

    def record_message(self, message_id: str, message: Doc) -> None:
        """Keep a sent message, for tests to read; the oldest go past 10,000 or 32 MiB."""
        self.messages[message_id] = message
        self._measure(message_id, message)
        while len(self.messages) > MESSAGES_KEPT or self._message_bytes > MESSAGE_BYTES_KEPT:
            oldest, _ = self.messages.popitem(last=False)
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
        return json.dumps(
            {
                "tables": self.tables,
                "arns": self.arns,
                "tags": self.tags,
                "tokens": self.tokens,
                "messages": self.messages,
                "singles": self.singles,
                "sequence": self.sequence,
            }
        )

    def load(self, document: Doc) -> None:
        """Take over a dumped state, forgetting the present one."""
        source: Any = copy.deepcopy(document)
        self.tables = source["tables"]
        self.arns = {arn: (table, key) for arn, (table, key) in source["arns"].items()}
        self.tags = source["tags"]
        self.tokens = OrderedDict(source["tokens"])
        self.messages = OrderedDict(source["messages"])
        self._message_sizes, self._message_bytes = {}, 0
        for message_id, message in self.messages.items():
            self._measure(message_id, message)
        self.singles = source["singles"]
        self.sequence = source["sequence"]
