"""Views derived from a table's records, so that no query has to scan all of them.

An index, a schedule or a total is declared next to the code that queries it. A table builds a view
on its first query and keeps it up to date from then on, as it is notified of every change.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from smsreg.emulator.core.order import Order

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

    from smsreg.emulator.core.service_model import Doc

Members = frozenset[str]


class View(Protocol):
    """Something derived from the records of one table."""

    def refresh(self, key: str, record: Doc | None) -> None:
        """Update the view: a record is new, has changed, or was removed (None)."""
        ...


class Derived(Protocol):
    """The declaration of a view."""

    @property
    def members(self) -> Members:
        """The members of a record that it depends on."""
        ...

    def build(self) -> View:
        """A view without any record."""
        ...


@dataclass(frozen=True, eq=False, slots=True)
class Index:
    """Records by keys derived from them; a record may have any number of keys."""

    members: Members
    keys: Callable[[Doc], Iterable[Hashable]]

    def build(self) -> Lookup:
        """An empty view."""
        return Lookup(self.keys)


def by_member(name: str) -> Index:
    """An index by the value of one member, for the records that have it."""

    def keys(record: Doc) -> Iterable[Hashable]:
        value = record.get(name)
        return () if value is None else (value,)

    return Index(frozenset({name}), keys)


EVERYTHING = Index(frozenset(), lambda _: ((),))
"""All records of a table, under the key `()`."""


class Lookup:
    """The built form of an index: under each key, records in the order of their creation."""

    def __init__(self, keys: Callable[[Doc], Iterable[Hashable]]) -> None:
        self._keys = keys
        self._known: dict[str, tuple[int, tuple[Hashable, ...]]] = {}
        self._buckets: dict[Hashable, tuple[int, str] | Order] = {}
        self._arrivals = 0

    def refresh(self, key: str, record: Doc | None) -> None:
        """Move a record to its current keys."""
        position, before = self._known.pop(key, (0, ()))
        if record is None:
            now: tuple[Hashable, ...] = ()
            new_position = position
        else:
            now = self._keys_of(record)
            self._arrivals += 1
            new_position = record.get("_seq", position or self._arrivals)
            self._known[key] = (new_position, now)
            if now == before and new_position == position:
                return
        for bucket in before:
            self._leave(bucket, position)
        for bucket in now:
            self._join(bucket, new_position, key)

    def _keys_of(self, record: Doc) -> tuple[Hashable, ...]:
        return tuple(dict.fromkeys(self._keys(record)))

    def _join(self, bucket: Hashable, position: int, key: str) -> None:
        there = self._buckets.get(bucket)
        if there is None:
            self._buckets[bucket] = (position, key)  # most have one: an Order would cost memory
        elif isinstance(there, Order):
            there.add(position, key)
        else:
            order = self._buckets[bucket] = Order()
            order.add(*there)
            order.add(position, key)

    def _leave(self, bucket: Hashable, position: int) -> None:
        there = self._buckets[bucket]
        if isinstance(there, Order):
            there.discard(position)
        if not isinstance(there, Order) or not there:
            del self._buckets[bucket]

    def after(self, bucket: Hashable, position: int) -> Iterator[tuple[int, str]]:
        """Positions and keys of the records under an index key, after a position."""
        there = self._buckets.get(bucket)
        if isinstance(there, Order):
            return there.after(position)
        return iter(() if there is None or there[0] <= position else (there,))

    def count(self, bucket: Hashable) -> int:
        """How many records are under a key."""
        there = self._buckets.get(bucket)
        return len(there) if isinstance(there, Order) else int(there is not None)


@dataclass(frozen=True, eq=False, slots=True)
class Schedule:
    """Records by the time at which they are due; None for never."""

    members: Members
    when: Callable[[Doc], float | None]

    def build(self) -> Agenda:
        """An empty view."""
        return Agenda(self.when)


class Agenda:
    """The built form of a schedule."""

    def __init__(self, when: Callable[[Doc], float | None]) -> None:
        self._when = when
        self._due: dict[str, float] = {}
        self._heap: list[tuple[float, int, str]] = []
        self._entries = 0
        self._ready: dict[str, float] = {}
        """What is due, until its record changes."""

    def refresh(self, key: str, record: Doc | None) -> None:
        """Update when a record is due."""
        moment = None if record is None else self._when(record)
        if moment == self._due.get(key):
            return
        self._ready.pop(key, None)
        if moment is None:
            del self._due[key]  # its entry in the heap is skipped
        else:
            self._due[key] = moment
            self._entries += 1
            heapq.heappush(self._heap, (moment, self._entries, key))

    def due(self, now: float) -> list[str]:
        """The keys of the records that are due, the earliest first."""
        while self._heap and self._heap[0][0] <= now:
            moment, _, key = heapq.heappop(self._heap)
            if self._due.get(key) == moment:
                self._ready[key] = moment
        return sorted(
            (key for key, moment in self._ready.items() if moment <= now), key=self._due.__getitem__
        )


@dataclass(frozen=True, eq=False, slots=True)
class Total:
    """A sum over all records."""

    members: Members
    amount: Callable[[Doc], int]

    def build(self) -> Sum:
        """An empty total."""
        return Sum(self.amount)


class Sum:
    """The built form of a total."""

    def __init__(self, amount: Callable[[Doc], int]) -> None:
        self._amount = amount
        self._amounts: dict[str, int] = {}
        self.value: int = 0

    def refresh(self, key: str, record: Doc | None) -> None:
        """Update a record's share of the total."""
        amount = 0 if record is None else self._amount(record)
        self.value += amount - self._amounts.pop(key, 0)
        if amount:
            self._amounts[key] = amount
