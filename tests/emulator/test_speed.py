"""The benchmark runs; a start takes little CPU time, at its minimum: other work only adds to it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.emulator import starts

ROOT = Path(__file__).resolve().parents[2]
MOST_MILLISECONDS = 50
MOST_TRIES = 10


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_the_benchmark_fills_its_table() -> None:
    command = [sys.executable, "-W", "error", "-m", "tests.benchmarks", "emulator", "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603  # our own command
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 19


def test_start_to_first_response_takes_at_most_50_ms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    best = float("inf")
    for _ in range(MOST_TRIES):
        best = min(best, starts(1)[0])
        if best <= MOST_MILLISECONDS:
            return
    assert best <= MOST_MILLISECONDS
