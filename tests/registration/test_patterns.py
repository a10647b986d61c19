"""Patterns run in linear time and match as Python's engine does."""

from __future__ import annotations

import re
import time

import pytest

from smsreg.registration.patterns import whole_match

from .forms import ANY_TEXT, all_types

TEXTS = [
    *("", " ", "\n", "a", "A", "ab", "a b", " a ", "0", "12", "é", "US", "us", "USA", "#00AAFF"),
    *("a@b.c", "a@b", "https://a.b", "https://", "+1 206", "x-y_z", "[", "]", "&", "--", "a\n"),
    "https://example.com/a?b=c",
]
PATTERNS = [
    ANY_TEXT,
    r"^(?=.*[A-Za-z])[A-Za-z0-9_-]{1,11}$",
    r"^(?=.*\d)(?=.*[a-z])(?!.* ).{2,}$",
    r"^(?!US)[A-Z]{2}$|^a$",
    r"^[a[]+$",
    r"^[&&-]+$",
    r"^[\w.+-]+@[\w-]+\.[\w.]+$",
    r"^[]a]+$",
    r"^[^]a]+$",
    r"\Aa\Z",
    r"(a|b)+",
    r"^(?:https?://)?[^\s/]+(?:/\S*)?$",
    r"[a\]]+",
    r"(?i)us",
    r"\\|a",
]


def known_patterns() -> set[str]:
    found = {
        rule.definition["TextValidation"]["Pattern"]
        for kind in all_types()
        for rule in kind.fields.values()
        if rule.kind == "TEXT"
    }
    return found | set(PATTERNS)


@pytest.mark.parametrize("pattern", sorted(known_patterns()))
def test_agrees_with_python(pattern: str) -> None:
    for text in TEXTS:
        assert whole_match(pattern, text) is bool(re.fullmatch(pattern, text)), repr(text)


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a)\1",  # a back reference
        r"^a(?=b)b$",  # a look-ahead inside
        r"^(?:(?=a)a)$",
        r"^a(?<!b)$",
        r"^(?=a",
        r"[",
        r"(",
        r"a{9999999999}",
        r"(?P<",
        "a" * 20_000,
    ],
)
def test_what_cannot_run_in_linear_time_is_not_run(pattern: str) -> None:
    assert whole_match(pattern, "a") is None


@pytest.mark.parametrize(
    "pattern", [r"(a+)+$", r"^(a|a)*$", r"^(?=(a+)+$)a*$", r"^(\w+\s?)*$", r"(.*)*b"]
)
def test_fifty_thousand_characters_take_milliseconds(pattern: str) -> None:
    text = "a" * 50_000 + "!"
    whole_match(pattern, "a")  # compiled
    started = time.process_time()
    assert whole_match(pattern, text) is False
    assert time.process_time() - started < 0.5


def test_lone_surrogates_match_nothing() -> None:
    assert whole_match(ANY_TEXT, "\ud800") is False
