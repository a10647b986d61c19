"""The filters of a request: which items they name, and where in an item each finds its values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from smsreg.emulator.core.errors import invalid
from smsreg.emulator.core.facets import Facet, Filter
from smsreg.emulator.core.paging import Listing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from smsreg.emulator.core.service_model import Doc, Json

_BOOLEAN_FILTERS = ("-enabled", "account-default", "registered", "opted-out")


@dataclass(frozen=True, slots=True)
class Part:
    """Values that are inside of a member."""

    member: str
    read: Callable[[Json], Json]


@dataclass(frozen=True, slots=True)
class Condition:
    """A test of a member that is more than equality.

    Attributes:
        member: The member.
        test: Makes the test of a filter's values; it may refuse them.
    """

    member: str
    test: Callable[[Sequence[str]], Callable[[Json], bool]]


class Fields:
    """Where the filters of one kind of item find their values.

    By default in the member of the same name: `iso-country-code` is IsoCountryCode.

    Args:
        found: What is found elsewhere, by filter: a member's name, or a part or a condition.
    """

    def __init__(self, found: Mapping[str, str | Part | Condition] | None = None) -> None:
        self._found = dict(found or {})

    def wanted(self, params: Doc) -> list[Filter]:
        """The filters of a request: all of them have to pass, by any of their values."""
        entries: Sequence[Doc] = params.get("Filters") or ()
        return [self.filter(entry["Name"], entry["Values"]) for entry in entries]

    def filter(self, name: str, values: Sequence[str]) -> Filter:
        """One filter by its name and values."""
        if name.endswith(_BOOLEAN_FILTERS) and not set(values) <= {"true", "false"}:
            raise invalid("INVALID_FILTER_VALUES", f"The values of {name} are true and false")
        found = self._found.get(name) or _member(name)
        if isinstance(found, Condition):
            facet = Facet(name, found.member, found.test(values), tuple(sorted(set(values))))
            return Filter(facet, frozenset({"true"}))
        facet = (
            Facet(name, found) if isinstance(found, str) else Facet(name, found.member, found.read)
        )
        return Filter(facet, frozenset(values))

    def matching(self, items: Sequence[Doc] | Listing, params: Doc) -> Listing:
        """Those of a few items that pass the filters of a request, one after the other."""
        listing = items if isinstance(items, Listing) else Listing.of(items)
        for wanted in self.wanted(params):
            listing = listing.where(wanted.passes)
        return listing


def _member(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))
