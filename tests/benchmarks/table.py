"""The tables, in Markdown."""

from __future__ import annotations

import statistics
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.benchmarks.measure import Row
from tests.benchmarks.processes import Growth

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


GROWING = (
    ("concurrent calls, one connection each", "calls"),
    ("connections in the pool, responses after 50 ms", "calls"),
    ("pages of 10", "pages"),
)
TIMES = "\N{MULTIPLICATION SIGN}"
VERDICTS = {True: "met", False: "MISSED", None: ""}


def table(rows: Sequence[Row], names: Sequence[str]) -> str:
    """Show ratios to raw, with raw's own value and what is aimed at."""
    head = ["", "raw", *(f"{name} ÷ raw" for name in names if name != "raw"), "target", ""]
    return _lines(head, (_cells(row, names) for row in rows))


def _cells(row: Row, names: Sequence[str]) -> list[str]:
    if "raw" not in row.values:  # smsreg's own value
        raw, ratios = "", [""] * (len(names) - 2) + [f"{_number(row.values['smsreg'])} {row.unit}"]
        target = "" if row.most is None else f"≤ {row.most:g} {row.unit}"
    else:
        raw = f"{_number(row.values['raw'])} {row.unit}"
        ratios = [f"{row.ratios[n]:.2f}{TIMES}" if n in row.ratios else "" for n in names[1:]]
        target = "" if row.reach is None else f"≥ {row.reach:g}{TIMES}"
        target = target if row.most is None else f"≤ {row.most:g}{TIMES}"
    return [row.name, raw, *ratios, target, VERDICTS[row.held]]


def growth_tables(parts: Sequence[Sequence[Growth]]) -> str:
    """Show the three tables of the growth part, where they were measured."""
    shown = [
        "\n" + _growth_table(rows, what, unit)
        for (what, unit), rows in zip(GROWING, parts, strict=True)
        if rows
    ]
    return "\n".join(shown)


def joined(runs: Sequence[Mapping[str, Any]]) -> str:
    """Show several runs as one table: medians of the others' ratios, and each of smsreg's."""
    columns = [
        [Row(**{k: v for k, v in row.items() if k != "held"}) for row in run["rows"]]
        for run in runs
    ]
    others = [name for name in columns[0][0].values if name not in {"raw", "smsreg"}]
    numbers = [f"run {number}" for number in range(1, len(runs) + 1)]
    head = ["", "raw", *others, *(f"smsreg, {number}" for number in numbers), "target", ""]
    lines = [_joined(same, others) for same in zip(*columns, strict=True)]
    grown = [
        [_middle([Growth(**line) for line in same]) for same in zip(*parts, strict=True)]
        for parts in zip(*(run["growth"] for run in runs), strict=True)
    ]
    machines = [run["machine"] for run in runs]
    return "\n".join([*machines, "", _lines(head, lines), growth_tables(grown)])


def _joined(rows: Sequence[Row], others: Sequence[str]) -> list[str]:
    cells = [_cells(row, ["raw", *others, "smsreg"]) for row in rows]
    middle = replace(
        rows[0],
        values=_medians([row.values for row in rows]),
        ratios=_medians([row.ratios for row in rows]),
    )
    name, raw, *ratios = _cells(middle, ["raw", *others, "smsreg"])
    verdicts = [row.held for row in rows]
    verdict = None if None in verdicts else all(verdicts)
    return [name, raw, *ratios[:-3], *(own[-3] for own in cells), ratios[-2], VERDICTS[verdict]]


def _middle(lines: Sequence[Growth]) -> Growth:
    kinds = ("wall", "cpu", "kib")
    return Growth(lines[0].name, *(_medians([getattr(line, k) for line in lines]) for k in kinds))


def _medians(values: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: statistics.median(own[name] for own in values) for name in values[0]}


def _growth_table(rows: Iterable[Growth], what: str, unit: str) -> str:
    """Show throughput and memory of raw and smsreg as something grows."""
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
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _lines(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, rule, *rows))
