"""botocore's table of endpoints, read only as far as it is needed.

It lists those of all services, in 16,000 objects. A client looks up one service, and creating the
others, traversing them at each garbage collection and freeing them at the end takes longer than
reading the service's own model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from pydantic_core import SchemaValidator, ValidationError, core_schema, from_json

from smsreg._gc import no_garbage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Table = dict[str, Any]


def endpoint_table(content: bytes, expected: Iterable[str] = ()) -> Any:
    """Read a table of endpoints, but each service only when it is looked up.

    Args:
        content: The file.
        expected: The services that will be looked up; they are read at once.

    Raises:
        ValueError: It is not JSON.
    """
    names = frozenset(expected)
    try:
        table = _read(content, names)
    except ValidationError:  # another kind of file, or none that can be read
        return from_json(content)
    for index, partition in enumerate(table.get("partitions", ())):
        partition["services"] = Services(content, index, names, partition.get("services", {}))
    return table


class Services(Mapping[str, Any]):
    """The services of one partition.

    Args:
        content: The file.
        index: The position of the partition in the file.
        known: The services that have been looked for.
        found: Those of them that the partition has.
    """

    def __init__(self, content: bytes, index: int, known: frozenset[str], found: Table) -> None:
        self._content = content
        self._index = index
        self._known: set[str] | None = set(known)  # None for all
        self._found = found

    def __getitem__(self, name: str) -> Any:
        if self._known is not None and name not in self._known:
            self._found.update(self._read({name}))
            self._known.add(name)
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def _all(self) -> Table:
        if self._known is not None:
            self._found, self._known = self._read(None), None
        return self._found

    def _read(self, names: Iterable[str] | None) -> Table:
        partition = _read(self._content, names)["partitions"][self._index]
        return cast("Table", partition.get("services", {}))


def _read(content: bytes, names: Iterable[str] | None) -> Table:
    """Read the table with the services of these names; with all of them for None."""
    with no_garbage():
        read: Table = _reader(names).validate_json(content)
        return read


def _reader(names: Iterable[str] | None) -> SchemaValidator:
    services = core_schema.typed_dict_schema(
        {name: _optional(core_schema.any_schema()) for name in names or ()},
        extra_behavior="allow" if names is None else "ignore",
    )
    partition = core_schema.typed_dict_schema(
        {"services": _optional(services)}, extra_behavior="allow"
    )
    return SchemaValidator(
        core_schema.typed_dict_schema(
            {"partitions": _optional(core_schema.list_schema(partition))}, extra_behavior="allow"
        )
    )


def _optional(schema: core_schema.CoreSchema) -> core_schema.TypedDictField:
    return core_schema.typed_dict_field(schema, required=False)
