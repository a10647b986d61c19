"""Keys sorted by position: the order is exact after any insertions and removals, at low cost."""

from __future__ import annotations

import random
from bisect import insort

import pytest

from smsreg.emulator.core.order import Order


@pytest.mark.parametrize("seed", range(5))
def test_an_order_is_what_a_sorted_list_is(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # a walk that repeats
    order, expected = Order(), list[int]()
    for step in range(6_000):
        grows = chance.random() < (0.8 if step < 3_000 else 0.3)
        if grows or not expected:
            position = step * 10 if chance.random() < 0.5 else chance.randrange(60_000)
            if position in expected:
                continue
            order.add(position, f"k{position}")
            insort(expected, position)
        else:
            gone = expected.pop(chance.randrange(len(expected)))
            order.discard(gone)
        if step % 97 == 0:
            start = chance.randrange(-1, 60_000)
            rest = [(place, f"k{place}") for place in expected if place > start]
            assert list(order.after(start)) == rest
    assert len(order) == len(expected)
    assert list(order.after(-1)) == [(place, f"k{place}") for place in expected]


def test_an_iteration_sees_what_there_is_when_it_gets_there() -> None:
    order = Order()
    for position in range(0, 3_000, 2):
        order.add(position, str(position))
    seen: list[int] = []
    for position, _ in order.after(-1):
        seen.append(position)
        if position == 100:
            order.discard(100)
            order.discard(102)
            order.add(103, "103")
            for gone in range(1_000, 2_000, 2):
                order.discard(gone)
            order.add(3_001, "3001")
    kept = [at for at in range(0, 3_000, 2) if at != 102 and not 1_000 <= at < 2_000]
    assert seen == sorted([*kept, 103, 3_001])


def test_what_has_left_an_order_costs_nothing_afterwards() -> None:
    order = Order()
    for position in range(20_000):
        order.add(position, str(position))
    for position in range(19_990):
        order.discard(position)
    assert [position for position, _ in order.after(-1)] == [*range(19_990, 20_000)]
    assert sum(len(block) for block in order._positions) == 10
    assert len(order._firsts) == 1


def test_no_change_moves_more_than_a_block() -> None:
    order = Order()
    for position in range(0, 40_000, 2):
        order.add(position, str(position))
    for position in range(1, 40_000, 2):
        order.add(position, str(position))
    assert max(len(block) for block in order._positions) <= 1_024
    assert len(order._firsts) < 200
    assert [position for position, _ in order.after(-1)] == list(range(40_000))
