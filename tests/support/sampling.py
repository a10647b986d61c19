"""Selects the cases that run: a sample, or all.

A test marked ``sampled`` has many combinations of its parameters. By default it runs with the few
that cover every value of each parameter, or of those parameters that the marker names:
``sampled("transport")``. The selection differs from test to test, so that together the tests cover
many combinations.

A test marked ``thorough`` runs with all cases only: it takes seconds, and what it guards does not
depend on the version of Python.
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
"""Whether each test runs with all of its parameters, as in one of CI's runs."""

RANDOM_CASES = int(os.environ.get("SMSREG_CASES", "3"))
"""Random cases for each operation and direction. CI uses 20 in the run with all cases; a higher
number searches longer."""


def sample(items: list[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Split tests into those that the sample keeps and those that it leaves out."""
    tests: defaultdict[tuple[str, tuple[str, ...]], list[pytest.Item]] = defaultdict(list)
    for item in items:
        marker = item.get_closest_marker("sampled")
        if marker is not None and hasattr(item, "callspec"):
            tests[item.nodeid.partition("[")[0], marker.args].append(item)
    left_out = {item for item in items if item.get_closest_marker("thorough")}
    for (test, names), cases in tests.items():
        left_out.update(_left_out(cases, names, seed=test))
    kept = [item for item in items if item not in left_out]
    return kept, [item for item in items if item in left_out]


def _left_out(cases: Sequence[Any], names: Sequence[str], seed: str) -> Iterator[Any]:
    """Visit the cases in an order fixed by the seed; yield those that add no coverage."""
    seen: set[Hashable] = set()
    for case in random.Random(seed).sample(cases, len(cases)):  # noqa: S311 -- the same each time
        covered = set(_facets(case.callspec, names))
        if seen >= covered:
            yield case
        seen |= covered


def _facets(case: Any, names: Sequence[str]) -> Iterator[Hashable]:
    """Yield what a case covers: the value of each parameter, or that value's ``facets``."""
    for name in names or case.params:
        value = case.params[name]
        # By identity, since True equals 1; the cases of a test share the values.
        for facet in getattr(value, "facets", (id(value),)):
            yield name, facet
