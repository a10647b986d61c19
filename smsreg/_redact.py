"""Redacts the caller's data in text that a server wrote.

A server's message may quote the request: verbatim, escaped or encoded, truncated, or, for a phone
number, with other separators and without its plus sign. One search in linear time covers all forms.
Phone numbers with a plus sign are withheld in any case: the service knows those of the account.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, quote_plus

from smsreg._text import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MASK = "***"
LONGEST = 8192
"""Characters of a server's text that are kept."""
LONGEST_SECRET = 4096
"""Characters of one secret that are searched for."""
GRAM = 16
"""Least characters of a part of a longer secret that is withheld."""
MISSING_DIGITS = 4
"""Digits by which a number may be truncated and still be withheld."""
FEWEST_DIGITS = 6
"""Least digits of a phone number."""
_BLOCK = GRAM // 2
"""Characters of the blocks of a longer secret. Each of its parts of ``GRAM`` contains a block."""
_SHORT = 1024
"""Characters of a text that is searched for the blocks first."""
_MARGIN = 256

_DIGITS = re.compile(r"\d(?:[\W_]{0,3}\d)*")
_SIGNING = re.compile(
    r"x-amz-security-token[\W_]{1,4}([^\s,;'\"]{1,8192})|(?:signature|credential)=([^\s,;'\"]{1,8192})",
    re.IGNORECASE,
)
_E164 = re.compile(r"(?:\+|%2B)[1-9](?:[ .()-]{0,2}[0-9]){7,14}(?![0-9])", re.IGNORECASE)
"""A phone number with its plus sign, which a service may name although no request had it."""

Span = tuple[int, int]


class Withheld:
    """The strings of a request that must not appear in a text.

    Args:
        secrets: The strings, as the caller passed them.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._texts: set[str] = set()
        self._long: dict[str, list[str]] = {}
        self._numbers: dict[int, set[str]] = {}
        self._last = ("", "")
        for secret in secrets:
            start = secret[:LONGEST_SECRET]
            for text in _spellings(start):
                if len(text) <= GRAM:
                    self._texts.add(text)
                elif text not in self._long:
                    self._long[text] = _blocks(text)
            for digits, _ in _chains(start, FEWEST_DIGITS):
                self._add_number(digits)

    def _add_number(self, digits: str) -> None:
        if len(digits) >= FEWEST_DIGITS:
            size = max(len(digits) - MISSING_DIGITS, FEWEST_DIGITS)
            self._numbers.setdefault(size, set()).update(_grams(digits, size))

    def hide(self, text: str) -> str:
        """Return a server's text without the strings, shortened and safe to print."""
        last, shown = self._last  # an error often has its message twice
        if last != text:
            shown = self._hide(text)
            self._last = text, shown
        return shown

    def _hide(self, text: str) -> str:
        seen = text[: LONGEST + _MARGIN]
        spans = sorted(self._spans(seen))
        if not spans and len(text) <= LONGEST:
            return escape(text)
        parts: list[str] = []
        end = 0
        for first, last in spans:
            if first >= LONGEST:
                break
            if first > end or not parts:
                parts += [seen[end:first], MASK]
            end = max(end, last)
        parts.append(seen[end:LONGEST])
        return escape("".join(parts)) + ("…" if len(text) > LONGEST else "")

    def hide_in(self, value: Any) -> Any:  # noqa: ANN401 -- any JSON
        """Return parsed JSON with ``hide`` applied to all strings that are values."""
        if isinstance(value, str):
            return self.hide(value)
        if isinstance(value, dict):
            members = cast("dict[str, object]", value)
            return {name: self.hide_in(member) for name, member in members.items()}
        if isinstance(value, list):
            return [self.hide_in(item) for item in cast("list[object]", value)]
        return value

    def _spans(self, text: str) -> Iterator[Span]:
        """Find the spans to withhold, which may overlap."""
        for found in _E164.finditer(text):
            yield found.span()
        if "=" in text or "-amz-" in text.lower():
            for found in _SIGNING.finditer(text):
                yield found.span(found.lastindex or 0)
        if self._numbers:
            yield from self._spans_of_numbers(text)
        if self._texts or self._long:
            yield from self._spans_of_texts(text)

    def _spans_of_numbers(self, text: str) -> Iterator[Span]:
        for digits, places in _chains(text, min(self._numbers)):
            for size, known in self._numbers.items():
                for at, gram in enumerate(_grams(digits, size)):
                    if gram in known:
                        yield places[at], places[at + size - 1] + 1

    def _spans_of_texts(self, text: str) -> Iterator[Span]:
        for secret in self._texts:
            at = text.find(secret)
            while at >= 0:
                yield at, at + len(secret)
                at = text.find(secret, at + 1)
        is_short = len(text) <= _SHORT
        found = [
            secret
            for secret, blocks in self._long.items()
            if not is_short or any(block in text for block in blocks)
        ]
        places = _places(text) if found else {}
        for secret in found:
            for gram in _grams(secret, GRAM):
                # Removed, so that each position is reported once, however often a gram recurs.
                for at in places.pop(gram, ()):
                    yield at, at + GRAM


def _places(text: str) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for at, gram in enumerate(_grams(text, GRAM)):
        places.setdefault(gram, []).append(at)
    return places


def _blocks(text: str) -> list[str]:
    return [text[at : at + _BLOCK] for at in range(0, len(text) - _BLOCK + 1, _BLOCK)]


def _grams(text: str, size: int) -> Iterator[str]:
    return (text[at : at + size] for at in range(len(text) - size + 1))


def _chains(text: str, fewest: int) -> Iterator[tuple[str, list[int]]]:
    """Find sequences of digits, however separated, with the position of each digit.

    Args:
        text: The text.
        fewest: Less digits are not searched for.
    """
    for found in _DIGITS.finditer(text):
        if found.end() - found.start() < fewest:
            continue
        places = [at for at in range(*found.span()) if text[at].isdecimal()]
        yield "".join(str(unicodedata.decimal(text[at])) for at in places), places


def _spellings(secret: str) -> Iterator[str]:
    """Yield a secret in the encodings in which servers quote requests."""
    yield secret
    if secret.isalnum() and secret.isascii():
        return
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield quote(secret, safe="", errors="replace")
    yield quote_plus(secret, errors="replace")
    yield html.escape(secret)
    yield escape(secret)
