"""Docstrings and other pieces of Python source, from phrases and constraints."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg._codegen.plan import Plan
    from smsreg._codegen.service import Shape

WIDTH = 100

PUBLISHER = "from smsreg._public import publish_all"
PUBLISH = "\n\npublish_all(globals())\n"
"""The end of a module whose classes say that they are of the package."""


def docstring(text: str, indent: int = 0) -> str:
    """Write ``text`` as a docstring; its first line is the summary."""
    pad = " " * indent
    prefix = "r" if "\\" in text else ""
    lines = text.split("\n")
    if len(lines) == 1 and len(text) + indent + 7 <= WIDTH:
        return f'{pad}{prefix}"""{text}"""\n'
    body = "\n".join(f"{pad}{line}" if line else "" for line in lines[1:])
    middle = f"\n{body}" if body else ""
    return f'{pad}{prefix}"""{lines[0]}{middle}\n{pad}"""\n'


def paragraph(text: str, indent: int = 0, *, first: int = 0) -> str:
    """Break a text into lines, as seen at ``indent``; ``first`` is what precedes it."""
    return "\n".join(
        textwrap.wrap(
            text,
            WIDTH - indent,
            initial_indent=" " * first,
            break_long_words=False,
            break_on_hyphens=False,
        )
    ).lstrip()


def summary(text: str, indent: int) -> str:
    """Make a docstring's text of a sentence: a summary line, and the rest as a paragraph."""
    wrapped = paragraph(text, indent, first=4)
    first, _, rest = wrapped.partition("\n")
    return f"{first}\n{rest}" if rest else first


def lower_first(sentence: str) -> str:
    """Turn a sentence into the continuation of another."""
    return f"{sentence[0].lower()}{sentence[1:]}"


def _count(minimum: float | None, maximum: float | None, unit: str) -> str:
    if unit and maximum is None and minimum == 1:
        unit = unit.removesuffix("s") if unit != "entries" else "entry"
    low = None if minimum is None else f"{minimum:,.10g}"
    high = None if maximum is None else f"{maximum:,.10g}"
    if high is None or (maximum is not None and maximum >= 2**31 - 1):
        return "" if low is None or (low == "0" and unit) else f"at least {low} {unit}".strip()
    if low is None or (low == "0" and unit):
        return f"at most {high} {unit}".strip()
    if low == high:
        return f"exactly {high} {unit}".strip()
    return f"{low} to {high} {unit}".strip()


def constraints(plan: Plan, name: str) -> str:
    """Describe a shape's constraints in a sentence, or nothing where it has none."""
    shape = plan.shape(name)
    units = {"string": "characters", "list": "items", "map": "entries", "blob": "bytes"}
    parts: list[str] = []
    if not shape.enum and (size := _count(shape.minimum, shape.maximum, units.get(shape.kind, ""))):
        parts.append(size)
    if shape.kind in {"list", "map"} and (inner := _inner(plan, shape)):
        parts.append(f"each {inner}")
    if shape.pattern is not None:
        parts.append(f"pattern ``{shape.pattern}``")
    text = ", ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _inner(plan: Plan, shape: Shape) -> str:
    """Describe the constraints of the items of a list, in the list's sentence."""
    item = plan.shape(shape.item)
    if item.kind != "string" or item.enum:
        return ""
    size = _count(item.minimum, item.maximum, "characters")
    return f"{size}" if size else ""
