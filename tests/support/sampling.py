"""Which cases run: a spread sample of them, or all.

A test that is marked ``sampled`` runs with many combinations of its parameters. By default it runs
with as few as it takes to have every value of each parameter in one of them, or of those that the
marker names: ``sampled("transport")``. Which combinations these are differs from test to test, so
that together they are spread over all of them.
"""

from __future__ import annotations

import os
import random
from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    import pytest

ALL_CASES = "SMSREG_CASES" in os.environ
"""Whether each test runs with all of its parameters, as one of CI's runs has it."""

RANDOM_CASES = int(os.environ.get("SMSREG_CASES", "3"))
"""Random cases for each operation and direction. CI asks for 20 in the run that has all cases; a
higher number searches for longer."""


def sample(items: list[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Split tests into those of the sample and those that it does not need."""
    tests: defaultdict[tuple[str, tuple[str, ...]], list[pytest.Item]] = defaultdict(list)
    for item in items:
        marker = item.get_closest_marker("sampled")
        if marker is not None and hasattr(item, "callspec"):
            tests[item.nodeid.partition("[")[0], marker.args].append(item)
    left_out: set[pytest.Item] = set()
    for (test, names), cases in tests.items():
        left_out.update(_left_out(cases, names, seed=test))
    kept = [item for item in items if item not in left_out]
    return kept, [item for item in items if item in left_out]


def _left_out(cases: Sequence[Any], names: Sequence[str], seed: str) -> Iterator[Any]:
    """Go through cases in some order, and find those that show nothing new."""
    seen: set[Hashable] = set()
    for case in random.Random(seed).sample(cases, len(cases)):  # noqa: S311 -- the same each time
        shown = set(_facets(case.callspec, names))
        if seen >= shown:
            yield case
        seen |= shown


def _facets(case: Any, names: Sequence[str]) -> Iterator[Hashable]:
    """What a case shows: the value of each parameter, or the ``facets`` that a value has."""
    for name in names or case.params:
        value = case.params[name]
        # Not by equality: True would be 1. The cases of a test share the values.
        for facet in getattr(value, "facets", (id(value),)):
            yield name, facet
