"""One call stays easy to follow: it has few frames, and few changes of file."""

import re
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.steps import Step, changes

ROOT = Path(__file__).resolve().parents[2]

FRAMES, FILES, CHANGES = 56, 11, 15
"""What a warm call has at most; before the runtime had its folders, it changed file 31 times."""


def test_a_warm_call_is_easy_to_follow():
    command = [sys.executable, "-m", "tests.benchmarks.steps"]
    done = subprocess.run(  # noqa: S603 -- ourselves
        command, cwd=ROOT, capture_output=True, text=True, check=True
    )
    counted = re.search(r"(\d+) frames in (\d+) files, (\d+) changes of file\n$", done.stdout)
    assert counted is not None
    frames, files, turns = map(int, counted.groups())
    assert frames <= FRAMES, done.stdout
    assert files <= FILES, done.stdout
    assert turns <= CHANGES, done.stdout
    # The counted frames are those of the call: from the facade to the decoded result.
    first, *_, last = [line for line in done.stdout.splitlines() if line.endswith(".py")]
    assert (first, last) == ("sms_voice/_clients/messages.py", "_runtime/models/decode.py")


def test_changes_of_file_are_counted():
    steps = [Step("a", "f"), Step("a", "g"), Step("b", "h"), Step("a", "f"), Step("a", "f")]
    assert changes(steps) == 2
    assert changes([]) == 0
