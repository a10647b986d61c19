"""The benchmarks run and fill their table; the measured values are not checked here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.benchmarks.measure import ratios
from tests.benchmarks.sides import present
from tests.benchmarks.table import in_page, joined
from tests.benchmarks.targets import TARGETS, Target
from tests.support.sampling import ALL_CASES

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).resolve().parents[2]
OPEN = "open() on a shared session"
UNJUDGED = {
    OPEN,
    "process start to first response over TLS, CPU",
    "process start to first response over TLS, wall",
}
"""The rows without a target."""
PAGE = (
    "<!-- results: a -->\n1\n<!-- end of results -->\n<!-- scaling: b -->\n<!-- end of scaling -->"
)
FEW = {"errors": {"modelled errors"}, "open": {OPEN}}
"""The rows that are quick to measure; CI measures all of them."""


def measured(file: Path, only: Iterable[str]) -> tuple[dict[str, Any], str]:
    """The results and the output of a quick run."""
    command = [sys.executable, "-m", "tests.benchmarks", "--quick", "--json", str(file)]
    for name in only:
        command += ["--only", name]
    done = subprocess.run(  # noqa: S603 -- ourselves
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content, done.stdout


def test_quick_run_fills_the_tables(tmp_path: Path):
    only = () if ALL_CASES else (*FEW, "scaling")
    content, printed = measured(tmp_path / "values.json", only)
    rows = {row["name"]: row for row in content["rows"]}
    assert set(rows) == ({*TARGETS, *UNJUDGED} if ALL_CASES else set.union(*FEW.values()))
    assert set(rows["modelled errors"]["values"]) == {*present()} - {"naive"}
    assert all(value > 0 for row in rows.values() for value in row["ratios"].values())
    assert all(f"| {name} |" in printed for name in rows)
    page = in_page(PAGE, joined([content] * 3))
    assert page.count("smsreg, run") == 3
    assert "\n1\n" not in page
    if ALL_CASES:  # without the parts that are only measured on request
        content, _ = measured(tmp_path / "scaling.json", ["scaling"])
        assert content["rows"] == []
    assert [len(lines) for lines in content["growth"]] == [1, 1, 1]


def test_page_takes_what_was_measured_and_keeps_the_rest():
    text = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    page = in_page(text, {"results": "new figures", "scaling": ""})
    assert "| calls, 1 at a time |" in text
    assert "| calls, 1 at a time |" not in page
    assert "-->\n\nnew figures\n\n<!-- end of results -->" in page
    assert page.partition("## What stands")[2] == text.partition("## What stands")[2]


def test_ratios_are_medians_of_pairs():
    values = {"raw": [1.0, 2.0, 4.0], "smsreg": [3.0, 4.0, 4.0]}
    assert ratios(values) == {"raw": 1.0, "smsreg": 2.0}
    assert ratios(values, inverted=True) == {"raw": 1.0, "smsreg": 0.5}


@pytest.mark.parametrize(
    ("most", "value", "verdict"),
    [
        (False, 2.9, "MISSED"),
        (False, 3.0, "reached"),
        (False, 4.0, "beyond"),
        (True, 2.0, "beyond"),
        (True, 3.0, "reached"),
        (True, 3.1, "MISSED"),
    ],
)
def test_verdicts(*, most: bool, value: float, verdict: str):
    target = Target(3.0, 2.0 if most else 4.0, most=most)
    assert target.verdict(value) == verdict
