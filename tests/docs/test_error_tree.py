"""The drawing of the error tree matches the classes."""

import re
from pathlib import Path

import pytest

from smsreg import errors

LINE = re.compile(r"^(?P<indent>[│├└─ ]*)(?P<name>[A-Z]\w+Error)\b", re.MULTILINE)
STEP = 4
"""Columns for each level of a drawing."""


def drawn(text: str) -> list[tuple[str, str | None]]:
    """Read a drawing as (class, base) pairs."""
    start = text.index("SmsregError\n")
    left = start - (text.rindex("\n", 0, start) + 1)
    found: list[tuple[str, str | None]] = []
    path: list[str] = []
    for match in LINE.finditer(text, start - left):
        depth = (len(match["indent"]) - left) // STEP
        del path[depth:]
        found.append((match["name"], path[-1] if path else None))
        path.append(match["name"])
        if text.startswith(("\n\n", "\n```"), text.find("\n", match.end())):
            break
    return found


def real() -> list[tuple[str, str | None]]:
    classes = [value for value in vars(errors).values() if isinstance(value, type)]
    return [
        (cls.__name__, None if cls is errors.SmsregError else cls.__bases__[0].__name__)
        for cls in classes
        if issubclass(cls, errors.SmsregError)
    ]


def test_drawing_in_the_docstring_is_the_tree():
    assert errors.__doc__
    assert sorted(drawn(errors.__doc__), key=str) == sorted(real(), key=str)


def test_drawing_on_the_page_is_the_tree(root: Path):
    page = (root / "docs" / "errors.md").read_text(encoding="utf-8")
    assert sorted(drawn(page), key=str) == sorted(real(), key=str)


@pytest.mark.parametrize("name", errors.__all__)
def test_page_says_what_to_do(root: Path, name: str):
    if name == "SmsregError":
        return
    page = (root / "docs" / "errors.md").read_text(encoding="utf-8")
    waiters = (root / "docs" / "waiters.md").read_text(encoding="utf-8")
    assert f"| `{name}` |" in page + waiters
