"""An operation costs the same in a large state as in a small one: counted, not timed."""

from __future__ import annotations

import sys
import tracemalloc
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest

from smsreg.emulator.core.records import Table
from smsreg.emulator.core.service_model import SMS, service_model

from . import growth

if TYPE_CHECKING:
    from collections.abc import Callable

    from smsreg.emulator import Emulator

SMALL, LARGE = 120, 1_000
"""Records in each table: more than one page, and several times as many."""
ROUNDS = 6


class Steps:
    """Counts the interpreter's steps and the peak memory of a call.

    A scan in Python takes steps for each record; one in C, such as copying a list, takes memory.
    """

    def __init__(self) -> None:
        self.steps = 0
        self.memory = 0

    def count(self, act: Callable[[], Any]) -> Any:
        self.steps = 0
        tracemalloc.start()
        before = sys.gettrace()  # that of a measurement of coverage
        sys.settrace(self._enter)
        try:
            return act()
        finally:
            sys.settrace(before)
            self.memory = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()

    def _enter(self, frame: Any, event: str, argument: object) -> Any:  # noqa: ARG002  # its signature
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return self._step

    def _step(self, frame: Any, event: str, argument: object) -> Any:  # noqa: ARG002  # its signature
        self.steps += 1
        return self._step


def walked(size: int) -> tuple[dict[str, list[tuple[int, int]]], list[tuple[str, bool]], Emulator]:
    subject = growth.emulator(seed=11)
    costs: dict[str, list[tuple[int, int]]] = defaultdict(list)

    def measured(name: str, act: Callable[[], Any]) -> Any:
        counter = Steps()
        response = counter.count(act)
        if response is not None:
            costs[name].append((counter.steps, counter.memory))
        return response

    return costs, growth.walk(subject, 11, ROUNDS, size, measured), subject


def costs_more(small: tuple[int, int], large: tuple[int, int]) -> bool:
    return large[0] > 1.15 * small[0] or large[1] > 1.3 * small[1] + 6_000


@pytest.mark.thorough
def test_the_cost_of_an_operation_does_not_grow_with_the_state() -> None:
    dear, subject = operations_costing_more_in_a_large_state()
    if dear:  # memory counts what other threads take, too: a scan is dear in each walk
        again, _ = operations_costing_more_in_a_large_state()
        dear &= again
    assert dear == set()
    assert_true_views(subject)


def operations_costing_more_in_a_large_state() -> tuple[set[str], Emulator]:
    small, done, _ = walked(SMALL)
    large, same, subject = walked(LARGE)
    assert done == same  # the sequences differ only in the size of the state
    judged = {name for name, calls in small.items() if len(calls) > 1}
    assert len(judged) > 60
    # The first query of an index builds it: one call of an operation may be expensive.
    dear = {
        name: sum(costs_more(*pair) for pair in zip(small[name], large[name], strict=True))
        for name in judged
    }
    return {name for name, calls in dear.items() if calls > 1}, subject


def assert_true_views(subject: Emulator, fewest: int = 20) -> None:
    """What was kept up to date is what would be built anew."""
    state = subject._world.state
    checked = 0
    for table in [*state.tables.values(), state.messages]:
        for derived, view in table._views.items():
            fresh = derived.build()
            for key, record in table.items():
                fresh.refresh(key, record)
            assert contents(view) == contents(fresh), (table.name, derived)
            checked += 1
    assert checked > fewest


def contents(view: Any) -> Any:
    """Return the content of an index, a schedule or a total, independent of its history."""
    if hasattr(view, "value"):
        return view.value
    if hasattr(view, "due"):
        return view.due(float("inf"))
    kept = {bucket: list(view.after(bucket, -1)) for bucket in view._buckets}
    return kept, getattr(view, "_groups", None)


def test_a_listing_of_everything_costs_no_more_for_each_page() -> None:
    subject = growth.emulator(seed=1)
    engine = subject._engine

    def perform(name: str, **params: Any) -> Any:
        operation = service_model(SMS).operation(name)
        assert operation is not None
        return engine.perform(operation, params)

    perform("CreateRegistration", RegistrationType="US_TOLL_FREE_REGISTRATION")
    perform("PutOptedOutNumber", OptOutListName="Default", OptedOutNumber="+12065550100")
    growth.grow(subject, 1_000)
    cases: list[tuple[str, str, dict[str, Any]]] = [
        ("DescribeRegistrations", "Registrations", {}),
        ("DescribeOptedOutNumbers", "OptedOutNumbers", {"OptOutListName": "Default"}),
    ]
    for name, member, params in cases:
        steps: list[int] = []
        found: list[Any] = []
        token: dict[str, str] = {}
        perform(name, **params)
        while True:
            counter = Steps()
            page = counter.count(lambda: perform(name, MaxResults=50, **params, **token))  # noqa: B023  # called at once
            steps.append(counter.steps)
            found += page[member]
            if "NextToken" not in page:
                break
            token = {"NextToken": page["NextToken"]}
        assert len(found) == len({str(one) for one in found}) == 1_001
        assert max(steps[1:-1]) < 1.05 * min(steps[1:-1])


def test_a_page_continues_after_the_last_one_whatever_was_added_or_removed() -> None:
    table = Table(None, "things")
    for number in range(1_000):
        table[f"k{number}"] = {"_seq": number}
    first = [record["_seq"] for _, record in zip(range(10), table.after(-1), strict=False)]
    for number in range(0, 1_000, 2):
        del table[f"k{number}"]
    table["late"] = {"_seq": 1_000}
    rest = [record["_seq"] for record in table.after(first[-1])]
    assert rest == [*range(11, 1_000, 2), 1_000]
    table["k500"] = {"_seq": 500}  # as when a removal is rolled back
    assert [record["_seq"] for record in table.after(498)][:2] == [499, 500]
