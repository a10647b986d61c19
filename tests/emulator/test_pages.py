"""The pages agree with the sources."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

import smsreg.emulator

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(smsreg.emulator.__file__).parent


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / ".ci" / "rules_page.py"))


def test_the_page_lists_every_inferred_rule(script: dict[str, Any]) -> None:
    assert script["PAGE"].read_text("utf-8") == script["page"]()


def test_no_mark_is_overlooked(script: dict[str, Any]) -> None:
    count = 0
    for path in FOLDER.rglob("*.py"):
        found = path.read_text("utf-8").lower().count("inferred")
        assert len(script["rules"](path)) == found, path
        count += found
    assert count > 75


def test_rules_are_sentences(script: dict[str, Any]) -> None:
    for path in FOLDER.rglob("*.py"):
        for rule in script["rules"](path):
            assert rule.text.endswith("."), (path, rule)
            assert rule.text[0].isupper() or rule.text[0] == "`", (path, rule)


@pytest.mark.parametrize("name", ["reminders.py", "test_reminders.py"])
def test_the_page_shows_the_application_that_is_run(name: str) -> None:
    code = (Path(__file__).parent / "example_app" / name).read_text("utf-8")
    page = (ROOT / "docs" / "testing.md").read_text("utf-8")
    assert f"\n```python\n{code}```\n" in page
