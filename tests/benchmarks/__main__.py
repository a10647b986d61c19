"""Measure smsreg against raw aiobotocore and others, and print the tables."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks import processes, workloads
from tests.benchmarks.measure import MismatchError
from tests.benchmarks.processes import Repeats
from tests.benchmarks.server import running
from tests.benchmarks.sides import Peer, present
from tests.benchmarks.table import growth_tables, joined, table
from tests.benchmarks.workloads import Amounts

FULL = (
    Amounts(rounds=9, calls=1_000, items=10_000, overlapped=30, delay=0.02),
    Repeats(
        starts=21,
        kept_pages=1_000,
        rounds=1,
        widths=(1, 10, 100, 1_000),
        pools=(10, 50, 100, 200, 1_000),
        calls=2_000,
        lengths=(1, 10, 100, 1_000, 10_000),
    ),
)
QUICK = (
    Amounts(rounds=1, calls=10, items=40, overlapped=2, delay=0.01),
    Repeats(starts=1, kept_pages=2, rounds=1, widths=(2,), pools=(2,), calls=4, lengths=(2,)),
)
PARTS = ("calls", "listings", "prefetch", "start", "memory", "growth")


def main(arguments: list[str]) -> int:
    """Run the benchmarks; 1 if the sides did not do the same."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only to see that it works: seconds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all values there")
    parser.add_argument(
        "--only", choices=PARTS, action="append", default=[], help="this part (may be repeated)"
    )
    parser.add_argument(
        "--join", type=Path, nargs="+", metavar="FILE", help="only show what --json wrote, as one"
    )
    options = parser.parse_args(arguments)
    if options.join:
        print(joined([json.loads(file.read_text(encoding="utf-8")) for file in options.join]))
        return 0
    _no_settings()
    with TemporaryDirectory() as folder:
        if sys.dont_write_bytecode and not options.quick:  # nobody starts a program so slowly
            os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
            os.environ["PYTHONPYCACHEPREFIX"] = folder
        return _measure(options)


def _measure(options: argparse.Namespace) -> int:
    amounts, repeats = QUICK if options.quick else FULL
    parts = options.only or PARTS
    names = present()
    print(_machine(names))
    if "peer" not in names:
        print(f"{Peer.package} is not installed and left out: pip install -e . --group benchmark")
    try:
        with running(names) as service:
            rows = asyncio.run(_rows(service, names, amounts, parts))
            if "start" in parts:
                rows += processes.start(service, names, repeats.starts)
            if "memory" in parts:
                rows += processes.memory(service, names, repeats.kept_pages)
            if rows:
                print("", table(rows, names), sep="\n", flush=True)
            grown = processes.growth(service, repeats) if "growth" in parts else ([], [], [])
    except MismatchError as error:
        print(f"the sides are not comparable: {error}", file=sys.stderr)
        return 1
    print(growth_tables(grown))
    if options.json:
        content = {
            "machine": _machine(names),
            "rows": [{**asdict(row), "held": row.held} for row in rows],
            "growth": [[asdict(line) for line in lines] for lines in grown],
        }
        options.json.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return 0


async def _rows(service, names, amounts, parts):
    rows = []
    if "calls" in parts:
        rows += await workloads.calls(service, names, amounts)
    if "listings" in parts:
        rows += await workloads.listings(service, names, amounts)
    if "prefetch" in parts:
        rows += await workloads.overlap(service, names, amounts)
    return rows


def _no_settings() -> None:
    """The machine's own AWS settings have no say, here and in the processes started."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            del os.environ[name]
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull


def _machine(names: list[str]) -> str:
    packages = ["aiobotocore", "botocore", "aiohttp", "pydantic"]
    packages += [Peer.package] if "peer" in names else []
    parts = [f"Python {platform.python_version()}", f"{os.cpu_count()} cores"]
    if hasattr(os, "getloadavg"):
        parts.append(f"load {os.getloadavg()[0]:.1f}")
    return ", ".join(parts + [f"{name} {version(name)}" for name in packages])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
