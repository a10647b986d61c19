"""Untrusted patterns are matched in time that is linear in the text."""

from __future__ import annotations

import time

import pytest

from smsreg.emulator.catalogue import Catalogue
from smsreg.emulator.core.safe_regex import _compile, whole_match


@pytest.mark.parametrize("pattern", [
    "(a+)+$", "a*a*a*a*a*a*a*a*b", "(a|aa)+$", "(a|a)*b", "([a-z]+)*1", "(?=(a+)+b)a*",
    "a{1,50}{1,50}b",
    "(?:a?){40}a{40}b",
])  # fmt: skip
def test_no_pattern_runs_away(pattern: str) -> None:
    start = time.process_time()
    assert not whole_match(pattern, "a" * 3000 + "!") or not _compile(pattern)
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        (r"^(?=\s*\S)[\s\S]+$", "a\nb", True),
        (r"^(?=\s*\S)[\s\S]+$", "  \n", False),
        (r"^(?=.*[A-Za-z])[A-Za-z0-9_-]{1,11}$", "12345A", True),
        (r"^(?=.*[A-Za-z])[A-Za-z0-9_-]{1,11}$", "12345", False),
        (r"(?!.*secret)(?=a)[a-z ]+", "a word", True),
        (r"(?!.*secret)(?=a)[a-z ]+", "a secret", False),
        (r"(?=[)(]a)[()a]+", "(a)", True),
        (r"a|b", "b", True),
        (r"a|b", "ab", False),
        (r"^[A-Z]{2}$", "US\n", False),
        (r"\d+", "12", True),
        (r"[]a]+", "]a", True),
    ],
)
def test_it_matches_what_the_pattern_says(pattern: str, text: str, *, matches: bool) -> None:
    assert _compile(pattern)
    assert whole_match(pattern, text) is matches


@pytest.mark.parametrize("pattern", ["(", "(?=a", r"(a)\1", "a(?=b)b", "(?=a)a|b", "["])
def test_what_cannot_be_run_is_left_to_the_service(pattern: str) -> None:
    assert whole_match(pattern, "anything")


def test_every_pattern_of_the_catalogue_is_run() -> None:
    rules = [rule.definition for kind in Catalogue().all() for rule in kind.fields.values()]
    patterns = {rule["TextValidation"]["Pattern"] for rule in rules if "TextValidation" in rule}
    assert len(patterns) > 5
    assert all(_compile(pattern) for pattern in patterns)
