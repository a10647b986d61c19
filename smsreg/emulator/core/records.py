"""The state's JSON values, which track every change.

Handlers change records in place, however deep. Each object and list references its parent, so that
a change reaches the table, which updates its indexes, and the journal, if there is one. A value is
copied when it is added: none has two parents.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, SupportsIndex, cast

from smsreg.emulator.core.facets import Grouping
from smsreg.emulator.core.indexes import EVERYTHING, Agenda, Index, Lookup, Schedule, Sum, Total

if TYPE_CHECKING:
    from smsreg.emulator.core.facets import Filter, Groups
    from smsreg.emulator.core.indexes import Derived, View
    from smsreg.emulator.core.service_model import Doc, Json

Path = tuple[str, ...]
Note = Callable[[Path, Any], None]
"""Called before a change with its path and the current value, or `NOTHING`."""


class _Nothing:
    def __repr__(self) -> str:
        return "NOTHING"


NOTHING: Final = _Nothing()
"""Stands for the value of a missing member."""


class Removed(NamedTuple):
    """A member that is about to be removed, with the names of all members in their order."""

    value: Json
    names: tuple[str, ...]


_FEW: Final = 200
"""Up to this many members, undoing a removal restores their order; larger objects are tables, with
a `_seq` in their records, or their order is not observable."""

_GROUPINGS: Final = 16
"""Combinations of filters that a table keeps indexes for; a request can make any number."""

NESTED_TABLES: Final = ("_numbers", "_overrides")
"""Members that can have as many entries as a table, and are paginated like one."""


class Root:
    """The root of one state."""

    __slots__ = ("follow", "note")

    def __init__(self) -> None:
        self.note: Note | None = None
        """The listener for changes."""
        self.follow: Callable[[Path], Any] | None = None
        """Called before a change with its path alone."""


class Object(dict[str, Any]):
    """A JSON object that is part of a state."""

    __slots__ = ("name", "part_of")

    def __init__(
        self, part_of: Parent = None, name: str = "", members: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__()
        self.part_of: Parent = part_of
        self.name: str = name
        for key, value in (members or {}).items():
            super().__setitem__(key, self._adopt(key, value))

    def _adopt(self, name: str, value: Json) -> Json:
        return adopt(self, name, value)

    def __setitem__(self, name: str, value: Json) -> None:
        tables = changing(self, name)
        super().__setitem__(name, self._adopt(name, value))
        changed(tables)

    def __delitem__(self, name: str) -> None:
        if name not in self:
            raise KeyError(name)
        tables = changing(self, name, removing=True)
        super().__delitem__(name)
        changed(tables)

    def pop(self, name: str, *default: Any) -> Any:
        """As a dictionary's."""
        if name not in self and default:
            return default[0]
        value = self[name]
        del self[name]
        return value

    def setdefault(self, name: str, default: Any = None) -> Any:
        """As a dictionary's."""
        if name not in self:
            self[name] = default
        return self[name]

    def update(self, *others: Any, **members: Any) -> None:
        """As a dictionary's."""
        whole: dict[str, Any] = dict(*others, **members)
        for name, value in whole.items():
            self[name] = value

    def clear(self) -> None:
        """As a dictionary's."""
        for name in list(self):
            del self[name]

    def popitem(self) -> tuple[str, Any]:
        """As a dictionary's."""
        name = next(reversed(self))
        return name, self.pop(name)

    def __ior__(self, other: Any) -> Object:  # type: ignore[override,misc]  # noqa: PYI034  # dict's own
        self.update(other)
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (plain(self),)

    def first(self) -> str:
        """The name of the member that was added first."""
        return next(iter(self))

    def restore(self, name: str, value: Json) -> None:
        """Restore an earlier value, or remove the member for `NOTHING`, without notification."""
        if value is NOTHING:
            super().pop(name, None)
        elif isinstance(value, Removed):
            self.restore(name, value.value)
            places = {known: place for place, known in enumerate(value.names)}
            self.reorder(lambda entry: places.get(entry[0], len(places)))
        else:
            mine = isinstance(value, Object) and value.part_of is self
            super().__setitem__(name, value if mine else self._adopt(name, value))

    def reorder(self, key: Callable[[tuple[str, Any]], Any]) -> None:
        """Sort the members, without notification."""
        entries = sorted(self.items(), key=key)
        super().clear()
        for name, value in entries:
            super().__setitem__(name, value)


class List(list[Any]):
    """A JSON list that is part of a state; the journal records it as a whole."""

    __slots__ = ("name", "part_of")

    def __init__(self, part_of: Parent, name: str, items: Iterable[Any]) -> None:
        super().__init__()
        self.part_of: Parent = part_of
        self.name: str = name
        super().extend([adopt(self, "", item) for item in items])

    def __setitem__(self, index: Any, value: Json) -> None:
        slices = isinstance(index, slice)
        new: Any = [adopt(self, "", item) for item in value] if slices else adopt(self, "", value)
        tables = changing(self, "")
        super().__setitem__(index, new)
        changed(tables)

    def __delitem__(self, index: Any) -> None:
        tables = changing(self, "")
        super().__delitem__(index)
        changed(tables)

    def append(self, item: Json) -> None:
        """As a list's."""
        tables = changing(self, "")
        super().append(adopt(self, "", item))
        changed(tables)

    def extend(self, items: Iterable[Json]) -> None:
        """As a list's."""
        self[len(self) :] = items

    def insert(self, index: SupportsIndex, item: Json) -> None:
        """As a list's."""
        self[index:index] = [item]

    def remove(self, item: Json) -> None:
        """As a list's."""
        del self[self.index(item)]

    def pop(self, index: SupportsIndex = -1) -> Any:
        """As a list's."""
        item = self[index]
        del self[index]
        return item

    def clear(self) -> None:
        """As a list's."""
        self[:] = []

    def reverse(self) -> None:
        """As a list's."""
        self[:] = self[::-1]

    def sort(self, **how: Any) -> None:
        """As a list's."""
        self[:] = sorted(self, **how)

    def __iadd__(self, items: Iterable[Json]) -> List:  # type: ignore[misc]  # noqa: PYI034  # list's own
        self.extend(items)
        return self

    def __imul__(self, times: SupportsIndex) -> List:  # noqa: PYI034  # list's own
        self[:] = list(self) * times
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (plain(self),)


class Table(Object):
    """Records by key, with the views derived from them."""

    __slots__ = ("_views",)

    def __init__(
        self, part_of: Parent = None, name: str = "", members: Mapping[str, Any] | None = None
    ) -> None:
        self._views: dict[Derived, View] = {}
        super().__init__(part_of, name, members)

    def refresh(self, key: str, member: str | None) -> None:
        """Update the views: a record has changed in a member, or as a whole (None)."""
        for derived, view in self._views.items():
            if member is None or member in derived.members:
                view.refresh(key, self.get(key))

    def forget_views(self) -> None:
        """Drop all views; each is rebuilt on its next query."""
        self._views.clear()

    def _view(self, derived: Derived) -> View:
        view = self._views.get(derived)
        if view is None:
            view = derived.build()
            for key, record in self.items():
                view.refresh(key, record)
            self._views[derived] = view
        return view

    def having(self, index: Index, key: Hashable, after: int = -1) -> Iterator[Doc]:
        """The records under a key of an index, by `_seq`, after that position."""
        view = cast("Lookup", self._view(index))
        return (self[name] for _, name in view.after(key, after) if name in self)

    def first_having(self, index: Index, key: Hashable) -> Doc | None:
        """The first record under a key of an index, or None."""
        return next(self.having(index, key), None)

    def count_having(self, index: Index, key: Hashable) -> int:
        """The number of records under a key of an index."""
        return cast("Lookup", self._view(index)).count(key)

    def after(self, position: int) -> Iterator[Doc]:
        """The records by `_seq`, after a position."""
        return self.having(EVERYTHING, (), position)

    def passing(self, filters: Sequence[Filter], after: int = -1) -> Iterator[Doc]:
        """The records that pass all filters, by `_seq`, after that position."""
        if not filters:
            return self.after(after)
        grouping = Grouping.of(filters)
        view = cast("Groups", self._view(grouping))
        self._use(grouping)
        return (self[name] for _, name in view.passing(filters, after) if name in self)

    def _use(self, grouping: Grouping) -> None:
        """Drop the grouping that has not been used for longest, beyond a number of them."""
        self._views[grouping] = self._views.pop(grouping)
        groupings = [derived for derived in self._views if isinstance(derived, Grouping)]
        if len(groupings) > _GROUPINGS:
            del self._views[groupings[0]]

    def due(self, schedule: Schedule, now: float) -> list[str]:
        """The keys of the records that are due by a time, the earliest first."""
        return cast("Agenda", self._view(schedule)).due(now)

    def total(self, total: Total) -> int:
        """A sum over all records."""
        return cast("Sum", self._view(total)).value

    def keep_newest(self, count: int) -> None:
        """Drop the oldest records beyond a count."""
        while len(self) > count:
            del self[self.first()]


class Tables(Object):
    """The tables of a state by name."""

    __slots__ = ()

    def _adopt(self, name: str, value: Json) -> Json:
        return Table(self, name, value)

    def open(self, name: str) -> Table:
        """The table of a name; creating one does not count as a change of the state."""
        table = self.get(name)
        if table is None:
            self.restore(name, {})
            table = self[name]
        return cast("Table", table)


Parent = Root | Object | List | None


def adopt(part_of: Parent, name: str, value: Json) -> Json:
    """A value as part of a parent: objects and lists are copied."""
    if isinstance(value, dict):
        kind = Table if name in NESTED_TABLES else Object
        return kind(part_of, name, cast("dict[str, Any]", value))
    if isinstance(value, list):
        return List(part_of, name, cast("Iterable[Any]", value))
    return value


def plain(value: Json) -> Json:
    """A copy without a parent."""
    if isinstance(value, dict):
        return {name: plain(member) for name, member in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [plain(item) for item in cast("Iterable[Any]", value)]
    return value


_Affected = list[tuple[Table, str, str | None]]


def changing(node: Object | List, name: str, *, removing: bool = False) -> _Affected:
    """Record that a member is about to change; returns the tables to notify afterwards."""
    tables: _Affected = []
    path = [name]
    outermost: List | None = None
    at = 0
    here: Parent = node
    while isinstance(here, (Object, List)):
        if isinstance(here, Table):
            tables.append((here, path[-1], path[-2] if len(path) > 1 else None))
        elif isinstance(here, List):
            outermost, at = here, len(path)
        path.append(here.name)
        here = here.part_of
    if here is None:
        return tables
    if here.follow is not None:
        here.follow(tuple(reversed(path[at:])))
    if here.note is not None:
        if outermost is not None:
            here.note(tuple(reversed(path[at:])), plain(outermost))
        elif isinstance(node, Object):
            before: Json = node.get(name, NOTHING)
            if removing and len(node) <= _FEW:
                before = Removed(before, tuple(node))
            here.note(tuple(reversed(path)), before)
    return tables


def changed(tables: _Affected) -> None:
    """Notify the tables."""
    for table, key, member in tables:
        table.refresh(key, member)
