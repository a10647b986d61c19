"""What is measured inside one process: calls, listings, and work between the pages of a listing."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.benchmarks.data import LISTINGS
from tests.benchmarks.measure import Batch, Row, few_connections, rounds, same
from tests.benchmarks.sides import DEFAULT_POOL, FLAT, Side, opened

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from tests.benchmarks.data import Listing
    from tests.benchmarks.server import Service

MANY = 50
"""Calls at a time, and connections in the pool then."""
LISTED = (
    ("registrations", 100, 5.0),
    ("registrations", 10, 3.6),
    ("definitions", 100, 3.5),
    ("versions", 100, 3.5),
)
"""What is listed: which items, how many on a page, and the ratio that smsreg should have."""
SECONDS = {"CPU": "per CPU second", "wall": "per second"}


@dataclass(frozen=True)
class Amounts:
    """How much is done: rounds, and the calls, items and pages of a turn."""

    rounds: int
    calls: int
    items: int
    overlapped: int
    delay: float


def turns(amounts: Amounts) -> int:
    """Return how often a side has its turn: idle in between, it may need a new connection."""
    return amounts.rounds + 2  # the comparison of what the sides got, and the warm-up


@asynccontextmanager
async def clients(
    service: Service, names: list[str], pool: int = DEFAULT_POOL
) -> AsyncIterator[dict[str, Side]]:
    """Open a client of each side, with nothing counted yet."""
    async with AsyncExitStack() as stack:
        sides = {
            name: await stack.enter_async_context(opened(name, service.ports[name], pool))
            for name in names
        }
        service.set(delay=0)
        yield sides


async def calls(service: Service, names: list[str], amounts: Amounts) -> list[Row]:
    """Measure single calls, one at a time and many at a time."""
    rows = []
    for width, reach in ((1, 2.0), (MANY, 2.5)):
        pool = DEFAULT_POOL if width == 1 else width
        async with clients(service, names, pool) as sides:
            same("answers", {name: await side.send() for name, side in sides.items()})
            batches = {name: _calls(side, amounts.calls, width) for name, side in sides.items()}
            rates = await rounds(batches, amounts.rounds)
            few_connections(service.set(), width * turns(amounts))
        rows += _rows(f"calls, {width} at a time", "calls", rates, {"CPU": reach})
    return rows


async def listings(service: Service, names: list[str], amounts: Amounts) -> list[Row]:
    """Measure listing items: flat ones on large and on small pages, and nested ones."""
    rows = []
    async with clients(service, names) as sides:
        for what, size, reach in LISTED:
            listing = LISTINGS[what]
            service.set(pages=max(amounts.items // size, 1))
            label = f"{'items' if listing is FLAT else what}, pages of {size}"
            same(label, await _contents(sides, size, listing))
            batches = {name: _listing(side, size, listing) for name, side in sides.items()}
            rates = await rounds(batches, amounts.rounds)
            few_connections(service.set(), turns(amounts))
            rows += _rows(label, "items", rates, {"CPU": reach})
    return rows


async def overlap(service: Service, names: list[str], amounts: Amounts) -> list[Row]:
    """Measure listings whose consumer works on a page for as long as the next one takes to come."""
    rows = []

    async def awaits() -> None:
        await asyncio.sleep(amounts.delay)

    async def computes() -> None:
        time.sleep(amounts.delay)  # noqa: ASYNC251 -- a consumer that keeps the loop to itself

    async with clients(service, names) as sides:
        service.set(pages=amounts.overlapped, delay=amounts.delay)
        for verb, work in (("awaits", awaits), ("computes", computes)):
            batches = {name: _working(side, work) for name, side in sides.items()}
            rates = await rounds(batches, max(amounts.rounds // 2, 1))
            del rates["CPU"]
            rows += _rows(f"pages, consumer {verb} as long", "pages", rates, {"wall": 1.8})
        few_connections(service.set(delay=0), 2 * turns(amounts))
    return rows


def _rows(
    name: str, unit: str, rates: Mapping[str, Any], targets: Mapping[str, float]
) -> list[Row]:
    return [
        Row.of(f"{name}, {kind}", f"{unit} {SECONDS[kind]}", values, reach=targets.get(kind))
        for kind, values in rates.items()
    ]


def _calls(side: Side, count: int, width: int) -> Batch:
    async def some(number: int) -> int:
        for _ in range(number):
            await side.send()
        return number

    async def batch() -> int:
        if width == 1:
            return await some(count)
        each = max(count // width, 1)
        return sum(await asyncio.gather(*(some(each) for _ in range(width))))

    return batch


def _listing(side: Side, size: int, listing: Listing) -> Batch:
    async def batch() -> int:
        count = 0
        async for page in side.pages(size, listing):
            for _ in page:
                count += 1
        return count

    return batch


def _working(side: Side, work: Any) -> Batch:
    async def batch() -> int:
        count = 0
        async for _ in side.pages(100):
            count += 1
            await work()
        return count

    return batch


async def _contents(sides: Mapping[str, Side], size: int, listing: Listing) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for name, side in sides.items():
        contents = found[name] = []
        async for page in side.pages(size, listing):
            contents += map(side.content, page)
    return found
