"""The output shown in the README and on the quickstart's page is what the quickstart prints."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

STATUS = re.compile(r"(status )?[A-Z]+( TIME)?")
PAGES = ["README.md", "docs/quickstart.md"]


def same(line: str) -> str:
    """Return a line without the times and ids, which differ from run to run."""
    line = re.sub(r"registration-[0-9a-f]{32}", "registration-ID", line)
    return re.sub(r"[\d.]+ m?s\b", "TIME", " ".join(line.split()))


@pytest.fixture(scope="module")
def printed() -> list[str]:
    command = [sys.executable, "-X", "utf8", "-m", "smsreg", "quickstart"]
    done = subprocess.run(command, capture_output=True, check=True, encoding="utf-8")  # noqa: S603 -- our own command
    return [same(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("page", PAGES)
def test_glimpse_is_of_what_the_quickstart_prints(root: Path, printed: list[str], page: str):
    text = (root / page).read_text(encoding="utf-8")
    [glimpse] = re.findall(r"^```text\n([^`]*COMPLETE: [^`]*)^```$", text, re.MULTILINE)
    rest = iter(printed)
    for line in glimpse.splitlines():
        # The statuses seen during a wait depend on when it polls.
        if line != "…" and not STATUS.fullmatch(same(line)):
            assert same(line) in rest, line
