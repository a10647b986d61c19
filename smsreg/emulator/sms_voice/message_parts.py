"""The number of parts of a text; each is billed."""

from __future__ import annotations

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")
"""Characters that take two septets in the GSM alphabet."""
_LIMITS = {"GSM": (160, 153), "UNICODE": (70, 67)}
"""Characters of a text in one part, and of each part of a longer one."""


def encoding_of(text: str) -> str:
    """GSM where its alphabet contains every character, else UNICODE (UCS-2)."""
    return "GSM" if _BASIC.union(_EXTENDED).issuperset(text) else "UNICODE"


def count_parts(text: str) -> int:
    """The number of parts of a text; a character of two septets is never split."""
    encoding = encoding_of(text)
    single, each = _LIMITS[encoding]
    sizes = [_size(character, encoding) for character in text]
    if sum(sizes) <= single:
        return 1
    parts, used = 1, 0
    for size in sizes:
        if used + size > each:
            parts, used = parts + 1, 0
        used += size
    return parts


def _size(character: str, encoding: str) -> int:
    if encoding == "GSM":
        return 2 if character in _EXTENDED else 1
    return len(character.encode("utf-16-be", "surrogatepass")) // 2
