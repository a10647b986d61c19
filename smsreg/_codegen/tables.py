"""What botocore's model does not define: one table and one phrase book for each service."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from smsreg._codegen.problem import GeneratorError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SERVICES = Path(__file__).parent / "services"
IDEMPOTENCY = ("read", "token", "repeatable", "guarded", "unsafe")
OPERATION_KEYS = ("resource", "idempotency", "reason")
_VALUES = ("service", "package", "client", "title", "api_reference")
_SECTIONS = (
    "resources",
    "operations",
    "guards",
    "sensitive",
    "open_enums",
    "known_values",
    "patterns",
    "waiters",
)


@dataclass(kw_only=True)
class Section:
    """Entries of a table, which record whether they are used."""

    title: str
    entries: dict[str, Any]
    used: set[str] = field(default_factory=set[str])

    def get(self, *keys: str) -> Any:  # noqa: ANN401 -- TOML
        """Return the entry of the first existing key, or None."""
        for key in keys:
            if key in self.entries:
                self.used.add(key)
                return self.entries[key]
        return None

    def unused(self) -> list[str]:
        """List the unused entries."""
        return [f"[{self.title}] {key}: unused entry" for key in self.entries.keys() - self.used]


@dataclass(frozen=True, kw_only=True)
class OperationEntry:
    """The entry of an operation in the table."""

    resource: str
    idempotency: str
    reason: str


class Tables:
    """The table and the phrase book of one service, read from its folder."""

    def __init__(self, folder: Path) -> None:
        table = _read(folder / "table.toml")
        try:
            self.service: str = table["service"]
            self.package: str = table["package"]
            self.client: str = table["client"]
            self.title: str = table["title"]
            self.api_reference: str = table["api_reference"]
            self.resources: dict[str, str] = table["resources"]
            operations: dict[str, Any] = table["operations"]
        except KeyError as error:
            raise GeneratorError(str(folder), [f"table.toml: {error} is missing"]) from None
        self.operations = Section(title="operations", entries=operations)
        self.sensitive = Section(title="sensitive", entries=table.get("sensitive", {}))
        self.open_enums: dict[str, dict[str, Any]] = table.get("open_enums", {})
        self.known_values: dict[str, dict[str, Any]] = table.get("known_values", {})
        self.patterns = Section(title="patterns", entries=table.get("patterns", {}))
        self.waiters: dict[str, dict[str, Any]] = table.get("waiters", {})
        self.guards: dict[str, dict[str, Any]] = table.get("guards", {})
        self._unknown = table.keys() - {*_VALUES, *_SECTIONS}
        phrases = _merge(sorted((folder / "phrases").glob("*.toml")))
        self.operation_phrases = Section(
            title="phrases.operations", entries=phrases.pop("operations", {})
        )
        self.member_phrases = Section(title="phrases.members", entries=phrases.pop("members", {}))
        self.structure_phrases = Section(
            title="phrases.structures", entries=phrases.pop("structures", {})
        )
        self.enum_phrases = Section(title="phrases.enums", entries=phrases.pop("enums", {}))
        self.value_phrases = {
            name: Section(title=f"phrases.values.{name}", entries=values)
            for name, values in phrases.pop("values", {}).items()
        }
        if phrases:
            raise GeneratorError(str(folder), [f"phrases: unknown table [{k}]" for k in phrases])

    def operation(self, name: str) -> OperationEntry | None:
        """Return the entry of an operation, or None."""
        entry = self.operations.get(name)
        if entry is None:
            return None
        return OperationEntry(**{key: str(entry.get(key, "")) for key in OPERATION_KEYS})

    def value_phrase(self, enum: str, value: str) -> str | None:
        """Return the phrase for an enum's value, or None where its name is sufficient."""
        section = self.value_phrases.get(enum)
        return None if section is None else cast("str | None", section.get(value))

    def unused(self) -> list[str]:
        """List the unused entries."""
        sections = [
            self.operations,
            self.sensitive,
            self.patterns,
            self.operation_phrases,
            self.member_phrases,
            self.structure_phrases,
            self.enum_phrases,
            *self.value_phrases.values(),
        ]
        lines = [line for section in sections for line in section.unused()]
        lines += [
            f"[operations] {name}: unused entry {key!r}"
            for name, entry in self.operations.entries.items()
            for key in entry.keys() - set(OPERATION_KEYS)
        ]
        return sorted([*lines, *(f"[{title}]: unused entry" for title in self._unknown)])


def _read(path: Path) -> dict[str, Any]:
    try:
        table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise GeneratorError(str(path), [str(error)]) from None
    return table


def _merge(paths: list[Path]) -> dict[str, Any]:
    """Join the files of a phrase book; the same key twice is an error."""
    merged: dict[str, dict[str, Any]] = {}
    problems: list[str] = []
    for path in paths:
        for title, entries in _read(path).items():
            known = merged.setdefault(title, {})
            problems += [
                f"{path.name}: [{title}] {key} stands in another file already"
                for key in known.keys() & entries.keys()
            ]
            known.update(entries)
    if problems:
        raise GeneratorError("phrases", problems)
    return merged
