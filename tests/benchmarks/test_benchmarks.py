"""The benchmarks run; what they measure is not looked at here."""

import json
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.measure import ratios
from tests.benchmarks.sides import present
from tests.support.sampling import ALL_CASES

PARTS = () if ALL_CASES else ("--only", "calls", "--only", "growth")
ROOT = Path(__file__).resolve().parents[2]


def test_quick_run_fills_the_tables(tmp_path: Path):
    file = tmp_path / "values.json"
    command = [sys.executable, "-m", "tests.benchmarks", "--quick", "--json", str(file), *PARTS]
    done = subprocess.run(  # noqa: S603 -- ourselves
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    content = json.loads(file.read_text(encoding="utf-8"))
    rows = {row["name"]: row for row in content["rows"]}
    assert len(rows) == (4 if PARTS else 20)
    assert set(rows["calls, 1 at a time, CPU"]["values"]) == set(present())
    assert all(value > 0 for row in rows.values() for value in row["ratios"].values())
    assert [len(lines) for lines in content["growth"]] == [1, 1, 1]
    assert "| calls, 50 at a time, CPU |" in done.stdout


def test_ratios_are_medians_of_pairs():
    values = {"raw": [1.0, 2.0, 4.0], "smsreg": [3.0, 4.0, 4.0]}
    assert ratios(values) == {"raw": 1.0, "smsreg": 2.0}
    assert ratios(values, turned=True) == {"raw": 1.0, "smsreg": 0.5}
