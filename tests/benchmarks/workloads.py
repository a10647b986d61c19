"""Measurements inside one process: calls, listings, and work between the pages of a listing."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.benchmarks.data import LISTINGS
from tests.benchmarks.measure import Batch, Row, few_connections, rounds, same
from tests.benchmarks.sides import DEFAULT_POOL, FLAT, Link, Side, opened

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from tests.benchmarks.data import Listing
    from tests.benchmarks.server import Service

MANY = 50
"""Concurrent calls, and connections in the pool for them."""
UPLOAD = bytes(range(256)) * 2_000
"""The content of a file of 500 KB."""
SERVICE = "pinpoint-sms-voice-v2"
FEWER = ("raw", "peer", "bare", "smsreg")
"""The sides of most rows: what naive adds to raw is shown by the other rows."""
HOOKS = (("a", "before-call"), ("a", "before-sign"), ("a", "before-send"), ("an", "after-call"))


@dataclass(frozen=True)
class Amounts:
    """The amounts of work: rounds, and the calls, items and pages of a turn."""

    rounds: int
    calls: int
    items: int
    overlapped: int
    delay: float


@dataclass(frozen=True)
class Bench:
    """The server, the sides and the amounts, shared by all measurements."""

    service: Service
    names: Sequence[str]
    amounts: Amounts

    @property
    def turns(self) -> int:
        """The number of a side's turns: idle in between, each may need a new connection."""
        return self.amounts.rounds + 2  # the comparison of the sides' results, and the warm-up

    def only(self, *names: str) -> list[str]:
        """Return those of the sides that are available."""
        return [name for name in self.names if name in names]

    @asynccontextmanager
    async def clients(self, names: Sequence[str], **link: Any) -> AsyncIterator[dict[str, Side]]:
        """Open a client of each side, and reset the server's counts."""
        ports = self.service.tls_ports if link.get("tls") else self.service.ports
        async with AsyncExitStack() as stack:
            sides = {
                name: await stack.enter_async_context(opened(name, Link(ports[name], **link)))
                for name in names
            }
            self.service.set(delay=0)
            yield sides

    async def row(
        self, name: str, unit: str, batches: Mapping[str, Batch], connections: int = 1
    ) -> Row:
        """Measure work by CPU time; ``connections`` is how many a side needs concurrently."""
        rates = await rounds(batches, self.amounts.rounds)
        few_connections(self.service.set(), connections * self.turns)
        return Row.of(name, f"{unit} per CPU second", rates["CPU"])


async def calls(bench: Bench) -> list[Row]:
    """Measure single calls, sequential and concurrent."""
    return await _calls(bench, "calls", bench.names)


async def tls(bench: Bench) -> list[Row]:
    """Measure the same over TLS."""
    return await _calls(bench, "calls over TLS", bench.only(*FEWER), tls=True)


async def _calls(bench: Bench, label: str, names: Sequence[str], *, tls: bool = False) -> list[Row]:
    rows = []
    for width in (1, MANY):
        pool = DEFAULT_POOL if width == 1 else width
        async with bench.clients(names, pool=pool, tls=tls) as sides:
            same("responses", {name: await side.send() for name, side in sides.items()})
            batches = {
                name: repeated(side.send, bench.amounts.calls, width)
                for name, side in sides.items()
            }
            rows.append(await bench.row(f"{label}, {width} at a time", "calls", batches, width))
    return rows


async def items(bench: Bench) -> list[Row]:
    """Measure listings of flat items, on large and on small pages."""
    async with bench.clients(bench.names) as sides:
        return [
            await _listing(bench, sides, "registrations", size, f"items, pages of {size}")
            for size in (100, 10)
        ]


async def nested(bench: Bench) -> list[Row]:
    """Measure listings of nested items."""
    async with bench.clients(bench.only(*FEWER)) as sides:
        return [
            await _listing(bench, sides, what, 100, f"{what}, pages of 100")
            for what in ("definitions", "versions")
        ]


async def errors(bench: Bench) -> list[Row]:
    """Measure calls that the service refuses with an error of its model."""
    names = bench.only(*FEWER)
    async with bench.clients(names) as sides:
        same("errors", {name: await side.fail() for name, side in sides.items()})
        batches = {name: repeated(side.fail, bench.amounts.calls) for name, side in sides.items()}
        return [await bench.row("modelled errors", "errors", batches)]


async def attachment(bench: Bench) -> list[Row]:
    """Measure uploads."""

    def upload(side: Side) -> Callable[[], Awaitable[str]]:
        return lambda: side.attach(UPLOAD)

    names = bench.only(*FEWER)
    count = max(bench.amounts.calls // 15, 1)
    async with bench.clients(names) as sides:
        same("uploads", {name: await side.attach(UPLOAD) for name, side in sides.items()})
        batches = {name: repeated(upload(side), count) for name, side in sides.items()}
        return [await bench.row("attachments of 500 KB", "uploads", batches)]


async def hooks(bench: Bench) -> list[Row]:
    """Measure clients with an event handler, as tools that watch calls register one."""
    rows = []
    for article, event in HOOKS:
        seen = 0

        def handler(**_: Any) -> None:
            nonlocal seen
            seen += 1

        hook = (f"{event}.{SERVICE}", handler)
        async with bench.clients(("raw", "smsreg"), hook=hook) as sides:
            fired = {}
            for name, side in sides.items():
                before = seen
                await side.send()
                fired[name] = seen - before
            same(f"{event} events", fired)
            rows += await watched(bench, sides, f"{article} {event} hook")
    return rows


async def watched(bench: Bench, sides: Mapping[str, Side], by: str) -> list[Row]:
    """Measure calls and listings of instrumented clients."""
    batches = {name: repeated(side.send, bench.amounts.calls) for name, side in sides.items()}
    row = await bench.row(f"calls, {by}", "calls", batches)
    return [row, await _listing(bench, sides, "registrations", 100, f"items, {by}")]


async def overlap(bench: Bench) -> list[Row]:
    """Measure listings whose consumer works on a page for as long as the next one takes."""
    amounts, rows = bench.amounts, []

    async def awaits() -> None:
        await asyncio.sleep(amounts.delay)

    async def computes() -> None:
        time.sleep(amounts.delay)  # noqa: ASYNC251 -- a consumer that keeps the loop to itself

    async with bench.clients(bench.only("raw", "peer", "smsreg")) as sides:
        bench.service.set(pages=amounts.overlapped, delay=amounts.delay)
        for verb, work in (("awaits", awaits), ("computes", computes)):
            batches = {name: _working(side, work) for name, side in sides.items()}
            rates = await rounds(batches, max(amounts.rounds // 2, 1))
            name = f"pages, consumer {verb} as long, wall"
            rows.append(Row.of(name, "pages per second", rates["wall"]))
        few_connections(bench.service.set(delay=0), 2 * bench.turns)
    return rows


def repeated(act: Callable[[], Awaitable[Any]], count: int, width: int = 1) -> Batch:
    """Return a batch that repeats something ``count`` times, ``width`` at a time."""

    async def some(number: int) -> int:
        for _ in range(number):
            await act()
        return number

    async def batch() -> int:
        if width == 1:
            return await some(count)
        each = max(count // width, 1)
        return sum(await asyncio.gather(*(some(each) for _ in range(width))))

    return batch


async def _listing(bench: Bench, sides: Mapping[str, Side], what: str, size: int, name: str) -> Row:
    listing = LISTINGS[what]
    bench.service.set(pages=max(bench.amounts.items // size, 1))
    same(name, await _contents(sides, size, listing))
    batches = {side: _read(opened, size, listing) for side, opened in sides.items()}
    return await bench.row(name, "items", batches)


def _read(side: Side, size: int, listing: Listing) -> Batch:
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
        async for _ in side.pages(100, FLAT):
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
