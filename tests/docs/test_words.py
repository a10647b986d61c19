"""Pages, and the docstrings and comments of tests, use the field's terms instead of metaphors."""

import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

TERMS = {
    r"tried again|each try|(first|second) try": "retried, attempt",
    r"short way": "fast path",
    r"under way|come about|came about|be had": "in flight, be established, be obtained",
    r"gives? back|given back": "return",
    r"put(ting)? (it|them) right|put right|mend(ed|s)?|repaired": "recover, correct, refresh",
    r"what came back": "response",
    r"(is|are|was|were) told": "is called with, is notified",
    r"tied? to": "associated with",
    r"\bours\b": "name the owner",
}
ROOT = Path(__file__).resolve().parents[2]
"""The folder that these tests are in has the pages beside it."""
PAGES = sorted((ROOT / "docs").glob("*.md"))
FOLDERS = [*sorted(path for path in (ROOT / "tests").iterdir() if path.is_dir()), ROOT / ".ci"]
LAYOUT = {tokenize.ENCODING, tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT}


def misused(text: str) -> str | None:
    """Return the first phrase for which there is a term, with the term."""
    text = " ".join(text.split())
    for phrase, term in TERMS.items():
        found = re.search(rf"\b({phrase})\b", text, re.IGNORECASE)
        if found is not None:
            return f"{found[0]!r}, where the term is: {term}"
    return None


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the docstrings and comments of a module with their lines.

    Consecutive lines of comments are one text.
    """
    comment: list[str] = []
    before = tokenize.ENCODING
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type == tokenize.COMMENT:
                comment.append(token.string.lstrip("# "))
            elif token.type not in LAYOUT:
                yield token.start[0], " ".join(comment)
                comment = []
                if token.type == tokenize.STRING and before in LAYOUT:
                    yield token.start[0], token.string
            if token.type != tokenize.COMMENT:
                before = token.type


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_uses_terms(page: Path):
    assert misused(page.read_text(encoding="utf-8")) is None


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_code_of_tests_uses_terms(folder: Path):
    found = [
        f"{path.relative_to(ROOT)}:{line}: {problem}"
        for path in sorted(folder.rglob("*.py"))
        if path != Path(__file__).resolve()
        for line, text in prose(path)
        if (problem := misused(text)) is not None
    ]
    assert found == []


def test_prose_is_docstrings_and_comments(tmp_path: Path):
    path = tmp_path / "module.py"
    path.write_text(
        '"""A."""\nX = "B"  # C,\n# D\n\n\ndef f():\n    """E."""\n    # F\n    g("G")\n'
    )
    texts = [text for _, text in prose(path) if text]
    assert texts == ['"""A."""', "C, D", '"""E."""', "F"]
