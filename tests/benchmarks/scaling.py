"""Throughput and memory of raw and smsreg as the work grows, in separate processes."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.benchmarks.measure import few_connections
from tests.benchmarks.processes import child, inverted

if TYPE_CHECKING:
    from tests.benchmarks.server import Service


@dataclass(frozen=True)
class Lengths:
    """The sizes that are measured.

    Attributes:
        rounds: How often each is measured.
        widths: Concurrent calls.
        pools: Connections in the pool, each with the largest number of concurrent calls.
        calls: The least total of calls; ten for each concurrent one if that is more.
        lengths: Pages of a listing.
    """

    rounds: int
    widths: tuple[int, ...]
    pools: tuple[int, ...]
    calls: int
    lengths: tuple[int, ...]


@dataclass(frozen=True)
class Growth:
    """A row about growth: medians of each side.

    Attributes:
        name: What grew, and to what size.
        wall: Units of work per second.
        cpu: Units of work per CPU second.
        kib: KiB of peak memory, above what the first call needs.
    """

    name: str
    wall: dict[str, float]
    cpu: dict[str, float]
    kib: dict[str, float]


def growth(service: Service, far: Lengths) -> tuple[list[Growth], list[Growth], list[Growth]]:
    """Measure how calls, pools and listings grow."""
    names = ["raw", "smsreg"]
    service.set(delay=0)

    def measured(name: str, kind: str, most: int, **options: Any) -> Growth:
        results: dict[str, list[Any]] = {side: [] for side in names}
        for number in range(far.rounds):
            for side in inverted(names, number):
                service.set(delay=options.get("delay", 0))
                passed = {key: value for key, value in options.items() if key != "delay"}
                found = child(kind, side=side, port=service.ports[side], **passed)
                results[side].append(found)
                few_connections(service.set(delay=0), most)
        medians = [
            {side: statistics.median(one[key] for one in own) for side, own in results.items()}
            for key in ("wall", "cpu", "kib")
        ]
        return Growth(name, *medians)

    calls = [
        measured(
            f"{width:,}",
            "calls",
            most=width,
            width=width,
            pool=max(width, 10),
            count=max(far.calls, width * 10),
        )
        for width in far.widths
    ]
    largest = far.widths[-1]
    pools = [
        measured(
            f"{pool:,}",
            "calls",
            most=pool,
            width=largest,
            pool=pool,
            count=min(max(far.calls, largest * 5), pool * 50),
            delay=0.05,
        )
        for pool in far.pools
    ]
    listings = []
    for length in far.lengths:
        service.set(pages=length)
        listings.append(measured(f"{length:,}", "pages", most=1, size=10))
    return calls, pools, listings
