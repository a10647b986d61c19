"""Measurements in a separate process: ``python -m tests.benchmarks.child KIND {…}``.

It prints one line of JSON.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
import tracemalloc
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.benchmarks import bulk
from tests.benchmarks.data import LISTINGS
from tests.benchmarks.sides import Link, opened

PAGE = 100


async def memory(side: str, port: int, listing: str) -> dict[str, float]:
    """Bytes per item of a long listing that is kept in memory."""
    async with opened(side, Link(port)) as client:
        async for _ in client.pages(PAGE, LISTINGS[listing]):
            break  # everything that is created once exists now
        tracemalloc.start()
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        items = [item async for page in client.pages(PAGE, LISTINGS[listing]) for item in page]
        gc.collect()
        size = tracemalloc.get_traced_memory()[0] - before - sys.getsizeof(items)
        tracemalloc.stop()
        return {"items": len(items), "bytes": size / len(items)}


async def calls(side: str, port: int, width: int, pool: int, count: int) -> dict[str, float]:
    """Throughput of concurrent calls, and their peak memory."""
    async with opened(side, Link(port, pool)) as client:
        await client.send()
        left = iter(range(count))

        async def worker() -> None:
            for _ in left:
                await client.send()

        base, cpu, wall = peak(), time.process_time(), time.perf_counter()
        await asyncio.gather(*(worker() for _ in range(width)))
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        return {"cpu": count / cpu, "wall": count / wall, "kib": peak() - base}


async def pages(side: str, port: int, size: int) -> dict[str, float]:
    """Throughput of a listing whose items are not kept, and its peak memory."""
    async with opened(side, Link(port)) as client:
        await client.send()
        count = 0
        base, cpu, wall = peak(), time.process_time(), time.perf_counter()
        async for _ in client.pages(size):
            count += 1
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        return {"pages": count, "cpu": count / cpu, "wall": count / wall, "kib": peak() - base}


def peak() -> float:
    """Return the process's peak resident memory in KiB; 0 where it is unknown.

    The peak of ``getrusage`` is not usable: it includes the parent's.
    """
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((float(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


KINDS: dict[str, Any] = {"memory": memory, "calls": calls, "pages": pages}

if __name__ == "__main__":
    kind, options = sys.argv[1], json.loads(sys.argv[2])
    found = asdict(bulk.run(**options)) if kind == "bulk" else asyncio.run(KINDS[kind](**options))
    print(json.dumps(found))
