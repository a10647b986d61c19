"""The tables, in Markdown."""

from __future__ import annotations

import statistics
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.benchmarks.measure import Row
from tests.benchmarks.scaling import Growth
from tests.benchmarks.targets import TARGETS, TIMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


OTHERS = ("naive", "peer", "bare")
"""The sides besides raw and smsreg."""
GROWING = (
    ("concurrent calls, one connection each", "calls"),
    ("connections in the pool, responses after 50 ms", "calls"),
    ("pages of 10", "pages"),
)
METHODS = {
    "gather": "`asyncio.gather` of aiobotocore's calls",
    "adaptive": "the same with its adaptive retry mode",
    "smsreg": "smsreg with a `LocalRateLimiter`",
}


def head() -> str:
    """Return the first two lines of the table of one run, whose rows are printed as measured."""
    return _lines(_head(["smsreg"]), ())


def line(row: Row) -> str:
    """Format a row: ratios to raw, raw's own value, and the target."""
    return _line(_cells([row]))


def joined(runs: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Combine several runs into the parts of the page on performance, by their names.

    The ratios of the other sides are medians; smsreg's are shown for each run. A part that was not
    measured is empty.
    """
    columns = [[Row(**row) for row in run["rows"]] for run in runs]
    numbers = [f"smsreg, run {number}" for number in range(1, len(runs) + 1)]
    results = []
    if any(columns):
        machines = "\n".join(f"- {run['machine']}" for run in runs)
        results += [machines, _table(list(zip(*columns, strict=True)), numbers)]
    if all(run["bulk"] for run in runs):
        results.append(bulk_table(runs[0]["bulk"]))
    grown = [
        [_middle([Growth(**line) for line in same]) for same in zip(*parts, strict=True)]
        for parts in zip(*(run["growth"] for run in runs), strict=True)
    ]
    return {"results": "\n\n".join(results), "scaling": growth_tables(grown)}


def in_page(text: str, parts: Mapping[str, str]) -> str:
    """Insert the parts between their marks in the text of the page; empty ones change nothing."""
    for name, part in parts.items():
        begin, end = text.index(f"<!-- {name}:"), text.index(f"<!-- end of {name} -->")
        if part:
            begin = text.index("-->", begin) + len("-->")
            text = f"{text[:begin]}\n\n{part}\n\n{text[end:]}"
    return text


def _table(lines: Sequence[Sequence[Row]], own: Sequence[str]) -> str:
    return _lines(_head(own), (_cells(rows) for rows in lines))


def _head(own: Sequence[str]) -> list[str]:
    return ["", "raw", *OTHERS, *own, "reach", "beyond", ""]


def _cells(rows: Sequence[Row]) -> list[str]:
    """Format one row of each run as a line."""
    first = rows[0]
    values = _medians([row.values for row in rows])
    ratios = _medians([row.ratios for row in rows])
    raw = f"{_number(values['raw'])} {first.unit}" if "raw" in values else ""
    others = [f"{ratios[name]:.2f}{TIMES}" if name in ratios else "" for name in OTHERS]
    own = [
        f"{row.judged:.2f}{TIMES}" if row.ratios else f"{_number(row.judged)}{_space(row.unit)}"
        for row in rows
    ]
    target = TARGETS.get(first.name)
    if target is None:
        return [first.name, raw, *others, *own, "", "", ""]
    verdicts = {target.verdict(row.judged) for row in rows}
    verdict = next(v for v in ("MISSED", "reached", "beyond") if v in verdicts)
    limits = (target.shown(target.reach), target.shown(target.beyond))
    return [first.name, raw, *others, *own, *limits, verdict]


def bulk_table(found: Mapping[str, Mapping[str, float]]) -> str:
    """Format the results of each method of writing many values under a quota."""
    head = ["200 forms of 25 values, 1 request a second", "written", "of the bound", "throttled"]
    return _lines(
        head,
        (
            [
                METHODS[method],
                *(f"{100 * own[part]:.1f} %" for part in ("written", "of_bound", "throttled")),
            ]
            for method, own in found.items()
        ),
    )


def growth_tables(parts: Sequence[Sequence[Growth]]) -> str:
    """Format the three tables on growing work, if they were measured."""
    shown = [
        _growth_table(rows, what, unit)
        for (what, unit), rows in zip(GROWING, parts, strict=True)
        if rows
    ]
    return "\n\n".join(shown)


def _middle(lines: Sequence[Growth]) -> Growth:
    kinds = ("wall", "cpu", "kib")
    medians = {kind: _medians([getattr(line, kind) for line in lines]) for kind in kinds}
    return replace(lines[0], **medians)


def _medians(values: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: statistics.median(own[name] for own in values) for name in values[0]}


def _growth_table(rows: Iterable[Growth], what: str, unit: str) -> str:
    """Format throughput and memory of raw and smsreg as something grows."""
    head = [
        what,
        f"raw, {unit}/s",
        f"smsreg, {unit}/s",
        "by wall time",
        "by CPU time",
        "raw, MiB",
        "smsreg, MiB",
    ]
    return _lines(
        head,
        (
            [
                row.name,
                _number(row.wall["raw"]),
                _number(row.wall["smsreg"]),
                f"{row.wall['smsreg'] / row.wall['raw']:.2f}{TIMES}",
                f"{row.cpu['smsreg'] / row.cpu['raw']:.2f}{TIMES}",
                f"{row.kib['raw'] / 1024:.1f}",
                f"{row.kib['smsreg'] / 1024:.1f}",
            ]
            for row in rows
        ),
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def _space(unit: str) -> str:
    return unit if unit.startswith(TIMES) else f" {unit}"


def _lines(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(map(_line, (head, rule, *rows)))


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
