"""Rounds in which every side has a turn, so that other work on the machine affects all equally."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Batch = Callable[[], Awaitable[int]]
"""Does some work and returns its amount: calls, items or pages."""


class MismatchError(Exception):
    """The sides did not do the same work, so they cannot be compared."""


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
        name: What was measured; the key of the row's target.
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
        cls, name: str, unit: str, values: Mapping[str, Sequence[float]], *, inverted: bool = False
    ) -> Row:
        """Make a row from each side's values, in the order of the rounds.

        Args:
            name: What was measured.
            unit: The unit of the values.
            values: Each side's values.
            inverted: Whether lower values are better, as for times: ratios are raw's by the side's.
        """
        medians = {side: statistics.median(own) for side, own in values.items()}
        return cls(name, unit, medians, ratios(values, inverted=inverted))

    @classmethod
    def alone(cls, name: str, unit: str, value: float) -> Row:
        """Make a row from a value of smsreg alone."""
        return cls(name, unit, {"smsreg": value}, {})

    @property
    def judged(self) -> float:
        """The value that is compared with the target: smsreg's ratio, or its value without one."""
        return (self.ratios or self.values)["smsreg"]


def ratios(values: Mapping[str, Sequence[float]], *, inverted: bool = False) -> dict[str, float]:
    """Return the median of each side's ratios to raw, computed per round.

    Args:
        values: Each side's values, in the order of the rounds.
        inverted: Divide raw's values by the side's, instead of the side's by raw's.
    """
    base = values["raw"]
    found = {}
    for side, own in values.items():
        pairs = zip(base, own, strict=True) if inverted else zip(own, base, strict=True)
        found[side] = statistics.median(over / under for over, under in pairs)
    return found


async def rounds(batches: Mapping[str, Batch], count: int) -> dict[str, dict[str, list[float]]]:
    """Run each side's batch in each round; return the rates by CPU time and by wall time.

    The order rotates from round to round. The first round is a warm-up.
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
    """Check that all sides have the same result.

    Raises:
        MismatchError: They differ.
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
        most: The most connections that a side needs.

    Raises:
        MismatchError: A side opened more.
    """
    for side, (connections, requests) in counts.items():
        if connections > most:
            msg = f"{side} opened {connections} connections for {requests} requests, not {most}"
            raise MismatchError(msg)
