"""Records grouped by the values that filters compare, so that a filtered listing scans none.

All records with the same values of some facets are one group. A listing chooses among the groups,
of which there are as many as combinations of values, and merges the chosen ones by position.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from smsreg.emulator.core.indexes import Lookup

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

    from smsreg.emulator.core.indexes import Members
    from smsreg.emulator.core.service_model import Doc, Json

Group = tuple[tuple[str, ...], ...]
"""The texts of each facet."""


def _itself(value: Json) -> Json:
    return value


@dataclass(frozen=True, slots=True)
class Facet:
    """What a filter compares: texts of one member.

    Attributes:
        name: The filter.
        member: The member of a record that the texts are of.
        read: Reads them from the member's value; the value itself by default.
        argument: What else they depend on.
    """

    name: str
    member: str
    read: Callable[[Json], Json] = field(default=_itself, compare=False)
    argument: tuple[str, ...] = ()

    def texts(self, record: Doc) -> tuple[str, ...]:
        """A record's texts."""
        value = self.read(record.get(self.member))
        if value is None:
            return ()
        if isinstance(value, bool):
            return ("true" if value else "false",)
        if isinstance(value, (list, tuple)):
            return tuple(sorted({str(part) for part in cast("Iterable[object]", value)}))
        return (str(value),)


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on a record: a facet has at least one of some texts."""

    facet: Facet
    accepted: frozenset[str]

    def passes(self, record: Doc) -> bool:
        """Whether a record meets it."""
        return not self.accepted.isdisjoint(self.facet.texts(record))


@dataclass(frozen=True, slots=True)
class Grouping:
    """The declaration of `Groups`; those of the same facets are equal."""

    facets: tuple[Facet, ...]
    members: Members = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "members", frozenset(facet.member for facet in self.facets))

    @classmethod
    def of(cls, filters: Sequence[Filter]) -> Grouping:
        """The grouping that some filters need, in whichever order they are."""
        facets = {f.facet: None for f in filters}
        return cls(tuple(sorted(facets, key=lambda facet: (facet.name, facet.argument))))

    def build(self) -> Groups:
        """Without any record."""
        return Groups(self.facets)


class Groups(Lookup):
    """The built form of a grouping: an index by group, and the groups by each text."""

    def __init__(self, facets: tuple[Facet, ...]) -> None:
        super().__init__(self._keys_of)
        self._facets = facets
        self._places = {facet: place for place, facet in enumerate(facets)}
        self._groups: dict[tuple[Facet, str], set[Group]] = {}
        self._alone: dict[Group, tuple[Group]] = {}
        """Each group as the only key of its records, which share it."""

    def _keys_of(self, record: Doc) -> tuple[Group]:
        group = tuple(facet.texts(record) for facet in self._facets)
        return self._alone.get(group) or (group,)

    def _join(self, bucket: Hashable, position: int, key: str) -> None:
        if bucket not in self._buckets:
            group = cast("Group", bucket)
            self._alone[group] = (group,)
            for facet, text in self._texts(group):
                self._groups.setdefault((facet, text), set()).add(group)
        super()._join(bucket, position, key)

    def _leave(self, bucket: Hashable, position: int) -> None:
        super()._leave(bucket, position)
        if bucket not in self._buckets:
            group = cast("Group", bucket)
            del self._alone[group]
            for facet, text in self._texts(group):
                there = self._groups[facet, text]
                there.discard(group)
                if not there:
                    del self._groups[facet, text]

    def _texts(self, group: Group) -> Iterator[tuple[Facet, str]]:
        for facet, texts in zip(self._facets, group, strict=True):
            for text in texts:
                yield facet, text

    def passing(self, filters: Sequence[Filter], position: int) -> Iterator[tuple[int, str]]:
        """Positions and keys of the records that pass all filters, after a position."""
        chosen = [self.after(group, position) for group in self._chosen(filters)]
        return chosen[0] if len(chosen) == 1 else heapq.merge(*chosen)

    def _chosen(self, filters: Sequence[Filter]) -> list[Group]:
        """The groups that pass, from those that pass the filter that fewest groups pass."""
        sets = [
            [self._groups.get((f.facet, text), frozenset[Group]()) for text in f.accepted]
            for f in filters
        ]
        fewest = min(sets, key=lambda groups: sum(map(len, groups)))
        return [
            group
            for group in frozenset[Group]().union(*fewest)
            if all(not f.accepted.isdisjoint(group[self._places[f.facet]]) for f in filters)
        ]
