"""Rounds in which every side has a turn, so that what the machine does meanwhile hits all alike."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Batch = Callable[[], Awaitable[int]]
"""Does some work and gives how much it was: calls, items or pages."""


class MismatchError(Exception):
    """The sides did not do the same, so that comparing them means nothing."""


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Attributes:
        name: What was measured; the row's target is under this name.
        unit: The unit of ``values``.
        values: Each side's median.
        ratios: For each side, the median of its ratios to raw; none if raw has no value.
    """

    name: str
    unit: str
    values: Mapping[str, float]
    ratios: Mapping[str, float]

    @classmethod
    def of(
        cls, name: str, unit: str, values: Mapping[str, Sequence[float]], *, turned: bool = False
    ) -> Row:
        """Make a line of each side's values, in the order of the rounds.

        Args:
            name: What was measured.
            unit: The unit of the values.
            values: Each side's values.
            turned: The values are times: a ratio tells how often a side's goes into raw's.
        """
        medians = {side: statistics.median(own) for side, own in values.items()}
        return cls(name, unit, medians, ratios(values, turned=turned))

    @classmethod
    def alone(cls, name: str, unit: str, value: float) -> Row:
        """Make a line of a value of smsreg's that has nothing to be compared with."""
        return cls(name, unit, {"smsreg": value}, {})

    @property
    def judged(self) -> float:
        """What the row's target is about: smsreg's ratio, or its value where there is none."""
        return (self.ratios or self.values)["smsreg"]


def ratios(values: Mapping[str, Sequence[float]], *, turned: bool = False) -> dict[str, float]:
    """Give the median of each side's ratios to raw, round by round.

    Args:
        values: Each side's values, in the order of the rounds.
        turned: Give raw's values by the side's, and not the other way round.
    """
    base = values["raw"]
    found = {}
    for side, own in values.items():
        pairs = zip(base, own, strict=True) if turned else zip(own, base, strict=True)
        found[side] = statistics.median(over / under for over, under in pairs)
    return found


async def rounds(batches: Mapping[str, Batch], count: int) -> dict[str, dict[str, list[float]]]:
    """Run each side's batch in each round, and give rates: by CPU time and by wall time.

    The order turns from round to round. The first round only warms up.
    """
    rates: dict[str, dict[str, list[float]]] = {
        "CPU": {side: [] for side in batches},
        "wall": {side: [] for side in batches},
    }
    order = list(batches)
    for number in range(count + 1):
        done = {}
        for side in order:
            gc.collect()
            wall, cpu = time.perf_counter(), time.process_time()
            done[side] = await batches[side]()
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            if number:
                rates["CPU"][side].append(done[side] / cpu)
                rates["wall"][side].append(done[side] / wall)
        same("amounts of work", done)
        order = order[1:] + order[:1]
    return rates


def same(what: str, values: Mapping[str, Any]) -> None:
    """Check that all sides got the same.

    Raises:
        MismatchError: They did not.
    """
    base = values["raw"]
    other = [side for side, value in values.items() if value != base]
    if other:
        msg = f"{what}: {', '.join(other)} and raw are not the same"
        raise MismatchError(msg)


def few_connections(counts: Mapping[str, tuple[int, int]], most: int) -> None:
    """Check that no side opened more connections than it should.

    Args:
        counts: For each side, the connections that it opened and the requests that it sent.
        most: The most connections that a side has a reason to open.

    Raises:
        MismatchError: One did.
    """
    for side, (connections, requests) in counts.items():
        if connections > most:
            msg = f"{side} opened {connections} connections for {requests} requests, not {most}"
            raise MismatchError(msg)
