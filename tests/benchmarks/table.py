"""The tables, in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.benchmarks.measure import Row
    from tests.benchmarks.processes import Growth

TIMES = "\N{MULTIPLICATION SIGN}"
VERDICTS = {True: "held", False: "MISSED", None: ""}


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


def growth_table(rows: Iterable[Growth], what: str, unit: str) -> str:
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
