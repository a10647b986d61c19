"""Measure smsreg against raw aiobotocore and others, and print the table of targets.

``python -m tests.benchmarks emulator`` measures the emulator by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import platform
import sys
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tests.benchmarks import emulator, instrumented, opening, processes, scaling, workloads
from tests.benchmarks.every_operation import FEWEST
from tests.benchmarks.measure import MismatchError, Row
from tests.benchmarks.processes import Repeats
from tests.benchmarks.scaling import Lengths
from tests.benchmarks.server import running
from tests.benchmarks.sides import Peer, present
from tests.benchmarks.table import bulk_table, growth_tables, head, in_page, joined, line
from tests.benchmarks.workloads import Amounts, Bench

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.benchmarks.server import Service


@dataclass(frozen=True)
class Plan:
    """The amounts of all measurements."""

    amounts: Amounts
    repeats: Repeats
    lengths: Lengths
    emulator: emulator.Sizes


FULL = Plan(
    Amounts(rounds=11, calls=500, items=4_000, overlapped=12, delay=0.02),
    Repeats(starts=9, kept_pages=100, forms=200, values=25),
    Lengths(
        rounds=1,
        widths=(1, 10, 100, 1_000),
        pools=(10, 50, 100, 200, 1_000),
        calls=2_000,
        lengths=(1, 10, 100, 1_000, 10_000),
    ),
    emulator.Sizes(calls=2_000, few=1_000, many=10_000),
)
QUICK = Plan(
    Amounts(rounds=1, calls=10, items=40, overlapped=2, delay=0.01),
    Repeats(starts=1, kept_pages=2, forms=2, values=3),
    Lengths(rounds=1, widths=(2,), pools=(2,), calls=4, lengths=(2,)),
    emulator.Sizes(calls=64, few=20, many=40, runs=FEWEST),
)
IN_PROCESS: dict[str, Callable[[Bench], Awaitable[list[Row]]]] = {
    "calls": workloads.calls,
    "tls": workloads.tls,
    "items": workloads.items,
    "nested": workloads.nested,
    "errors": workloads.errors,
    "attachment": workloads.attachment,
    "hooks": workloads.hooks,
    "opentelemetry": instrumented.opentelemetry,
    "open": opening.opening,
    "consumer": workloads.overlap,
}
"""The rows that are measured in this process, by the names that ``--only`` takes."""
APART = ("import", "start", "memory", "bulk", "emulator")
"""The rows that are measured in separate processes."""
PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
SCALING = "scaling"
"""The growth of costs: not part of the table, and only measured on request."""


@dataclass
class Found:
    """The results."""

    rows: list[Row] = field(default_factory=list[Row])
    bulk: dict[str, dict[str, float]] = field(default_factory=dict)
    growth: tuple[list[Any], ...] = ([], [], [])

    def add(self, rows: list[Row]) -> None:
        """Add rows, and print them."""
        if not self.rows:
            print("", head(), sep="\n")
        for row in rows:
            print(line(row), flush=True)
        self.rows += rows


def main(arguments: list[str]) -> int:
    """Run the benchmarks; return 1 if the sides did not do the same work."""
    if arguments[:1] == ["emulator"]:
        return emulator.main(arguments[1:])
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only to see that it works: seconds")
    parser.add_argument("--rounds", type=int, metavar="N", help="turns of each side in a row")
    parser.add_argument(
        "--only",
        choices=(*IN_PROCESS, *APART, SCALING),
        action="append",
        default=[],
        metavar="ROW",
        help=f"these rows (may be repeated): {', '.join((*IN_PROCESS, *APART, SCALING))}",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all values there")
    parser.add_argument(
        "--join", type=Path, nargs="+", metavar="FILE", help="only show what --json wrote, as one"
    )
    parser.add_argument(
        "--page", action="store_true", help=f"write what --join shows into {PAGE.name}"
    )
    options = parser.parse_args(arguments)
    if options.join:
        runs = [json.loads(file.read_text(encoding="utf-8")) for file in options.join]
        if options.page:
            text = PAGE.read_text(encoding="utf-8")
            PAGE.write_text(in_page(text, joined(runs)), encoding="utf-8")
        else:
            print("\n\n".join(part for part in joined(runs).values() if part))
        return 0
    if options.rounds is not None and options.rounds < 1:
        parser.error("--rounds must be 1 or more")
    _no_settings()
    # The rows with hooks measure calls off the fast path: its warning would only repeat that.
    logging.getLogger("smsreg").setLevel(logging.ERROR)
    with TemporaryDirectory() as folder:
        if (
            sys.dont_write_bytecode and not options.quick
        ):  # programs normally start with cached bytecode
            os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
            os.environ["PYTHONPYCACHEPREFIX"] = folder
        return _measure(options)


def _measure(options: argparse.Namespace) -> int:
    plan = QUICK if options.quick else FULL
    if options.rounds is not None:
        plan = replace(plan, amounts=replace(plan.amounts, rounds=options.rounds))
    parts = options.only or (*IN_PROCESS, *APART)
    names = present()
    print(_machine(names), flush=True)
    if "peer" not in names:
        print(f"{Peer.package} is not installed and left out: pip install -e . --group benchmark")
    try:
        with running(names) as service:
            found = _found(service, names, plan, parts)
    except MismatchError as error:
        print(f"the sides are not comparable: {error}", file=sys.stderr)
        return 1
    for part in (bulk_table(found.bulk) if found.bulk else "", growth_tables(found.growth)):
        if part:
            print("", part, sep="\n")
    if options.json:
        content = {"machine": _machine(names), **asdict(found)}
        options.json.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return 0


def _found(service: Service, names: list[str], plan: Plan, parts: tuple[str, ...]) -> Found:
    found = Found()
    bench = Bench(service, names, plan.amounts)
    for name, measured in IN_PROCESS.items():
        if name in parts:
            found.add(asyncio.run(measured(bench)))  # type: ignore[arg-type]  # a coroutine
    if "import" in parts:
        found.add(processes.imports(plan.repeats.starts))
    if "start" in parts:
        found.add(processes.start(service, names, plan.repeats.starts))
    if "memory" in parts:
        kept = bench.only("raw", "peer", "smsreg")
        found.add(processes.memory(service, kept, plan.repeats.kept_pages))
    if "bulk" in parts:
        rows, found.bulk = processes.bulk(plan.repeats.forms, plan.repeats.values)
        found.add(rows)
    if "emulator" in parts:
        found.add(emulator.rows(plan.emulator))
    if SCALING in parts:
        found.growth = scaling.growth(service, plan.lengths)
    return found


def _no_settings() -> None:
    """Hide the machine's AWS settings, here and in the processes started."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name == "REQUESTS_CA_BUNDLE":
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
