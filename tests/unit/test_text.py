"""External text, escaped where it is not printable."""

from __future__ import annotations

import pytest

from smsreg._text import escape


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("", ""),
        ("plain ä 漢 🙂 \\n", "plain ä 漢 🙂 \\n"),
        ("ä\nb\x1b[0m", "ä\\nb\\x1b[0m"),
        ("\u202eab\u2028", "\\u202eab\\u2028"),
        ("\ud800 \U000e0001", "\\ud800 \\U000e0001"),
        ("\x00\x7f\x85", "\\x00\\x7f\\x85"),
    ],
)
def test_only_what_does_not_print_is_spelt_out(text: str, escaped: str) -> None:
    assert escape(text) == escaped
    assert escaped.isprintable()
