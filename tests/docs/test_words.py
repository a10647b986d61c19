"""The pages use the field's words: no figure of speech stands where there is a term."""

import re
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
PAGES = sorted((Path(__file__).resolve().parents[2] / "docs").glob("*.md"))
"""The folder that these tests are in has the pages beside it."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_uses_terms(page: Path):
    text = " ".join(page.read_text(encoding="utf-8").split())
    for phrase, term in TERMS.items():
        found = re.search(rf"\b({phrase})\b", text, re.IGNORECASE)
        assert found is None, f"{found[0]!r}, where the term is: {term}"
