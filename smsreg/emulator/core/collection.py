"""A kind of resource as its listing sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from smsreg.emulator.core.filters import Fields
from smsreg.emulator.core.paging import Listing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from smsreg.emulator.core.indexes import Schedule
    from smsreg.emulator.core.service_model import Doc
    from smsreg.emulator.core.world import World


@dataclass(frozen=True, eq=False, slots=True)
class Lifecycle:
    """How the clock changes a record.

    Attributes:
        settle: Advances a record to its current state, and returns it.
        due: When that changes it next; a schedule for the settings of a world.
    """

    settle: Callable[[World, Doc], Doc]
    due: Callable[[World], Schedule]


@dataclass(frozen=True, eq=False, slots=True)
class Collection:
    """The resources of one kind.

    Attributes:
        table: Their table.
        kind: The kind in ARNs and errors.
        fields: Where filters find their values.
        lifecycle: How the clock changes them, if it does.
    """

    table: str
    kind: str
    fields: Fields = field(default_factory=Fields)
    lifecycle: Lifecycle | None = None

    def listing(
        self, world: World, params: Doc, references: Sequence[str] | None = None
    ) -> Listing:
        """The resources that a request names by its filters, and by ids or ARNs if it does.

        Args:
            world: The account.
            params: The request, with its `Filters`.
            references: Ids or ARNs; all resources by default.
        """
        if references:
            # inferred: one unknown id among several fails the whole call.
            found = [world.find(self.table, self.kind, reference) for reference in references]
            return self.few(world, params, found)
        table = world.state.table(self.table)
        filters = self.fields.wanted(params)
        if filters:
            self.settle_due(world)
            return Listing.records(partial(table.passing, filters))
        return self._settled(world, Listing.records(table.after))

    def few(self, world: World, params: Doc, records: Sequence[Doc]) -> Listing:
        """Those of a few records that pass the filters of a request, in the table's order."""
        by_sequence = {record["_seq"]: record for record in records}
        ordered = [by_sequence[sequence] for sequence in sorted(by_sequence)]
        return self.fields.matching(self._settled(world, Listing.of(ordered)), params)

    def _settled(self, world: World, listing: Listing) -> Listing:
        if self.lifecycle is None:
            return listing
        settle = self.lifecycle.settle
        return listing.map(lambda record: settle(world, record))

    def due(self, world: World) -> list[str]:
        """The keys of the records that the clock has changed since they were last settled."""
        if self.lifecycle is None:
            return []
        schedule = self.lifecycle.due(world)
        return world.state.table(self.table).due(schedule, world.now())

    def settle_due(self, world: World) -> None:
        """Advance every record to its current state."""
        if self.lifecycle is not None:
            table = world.state.table(self.table)
            for key in self.due(world):
                self.lifecycle.settle(world, table[key])
