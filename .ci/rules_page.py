"""Writes docs/emulator-rules.md from the marks in the emulator's source, or compares it (--check).

A mark is ``inferred:`` in a comment or docstring, with the text up to the end of its paragraph.
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import smsreg.emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

MARK = "inferred:"
FOLDER = Path(smsreg.emulator.__file__).parent
PAGE = Path(__file__).resolve().parent.parent / "docs" / "emulator-rules.md"
TITLES = {
    "collection": "Requests",
    "validation": "Requests",
    "dispatch": "Requests",
    "service_model": "Requests",
    "number_plan": "Phone numbers",
    "paging": "Requests",
    "settings": "Quotas",
    "sigv4": "Requests",
    "state": "Requests",
    "world": "Requests",
}
"""The names of modules that are not named after a resource."""
TOP = """\
<!-- Written by `python .ci/rules_page.py` from the marks in the emulator's source. -->

# Inferred rules

Most of what the [emulator](emulator.md) does is stated by the services' models and documentation,
or was seen by several users. What nobody states is marked in its source and listed here, so that
you know where the real service may differ. A rule that names an operation is about that operation.
"""


class Rule(NamedTuple):
    """One inferred rule, and its location."""

    line: int
    text: str


def page() -> str:
    """Return the page's text."""
    sections: dict[str, str] = {}
    for path in sorted(FOLDER.rglob("*.py")):
        for rule in rules(path):
            name = title(path)
            sections[name] = sections.get(name, "") + f"- {rule.text}\n"
    return TOP + "".join(f"\n## {name}\n\n{sections[name]}" for name in sorted(sections))


def title(path: Path) -> str:
    """Return the name of the emulator's part that a module implements."""
    words = TITLES.get(path.stem, path.stem.replace("_", " "))
    if path.parent.name == "social_messaging":
        return f"WhatsApp {words}"
    if path.parent.name == "end_user_messaging":
        return f"End user messaging {words}"
    if words.startswith("rcs "):
        return f"RCS {words[4:]}"
    return words[0].upper() + words[1:]


def rules(path: Path) -> list[Rule]:
    """Yield a module's marks in order."""
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    return sorted(
        Rule(line, sentence(text, operations(tree, line)))
        for line, block in blocks(source)
        for text in marked(block)
    )


def blocks(source: str) -> Iterator[tuple[int, str]]:
    """Yield each block of comment lines and each docstring, with its first line."""
    comment: list[str] = []
    begin = last = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            alone = not token.line[: token.start[1]].strip()
            if comment and not (alone and token.start[0] == last + 1):
                yield begin, "\n".join(comment)
                comment = []
            begin = begin if comment else token.start[0]
            last = token.start[0]
            comment.append(token.string.lstrip("# "))
        elif token.type == tokenize.STRING and token.string.startswith('"""'):
            yield token.start[0], token.string[3:-3]
    if comment:
        yield begin, "\n".join(comment)


def marked(block: str) -> Iterator[str]:
    """Yield the text after each mark, up to the end of its paragraph."""
    for part in block.split(MARK)[1:]:
        yield " ".join(part.split("\n\n")[0].split())


def operations(tree: ast.Module, line: int) -> list[str]:
    """Return the operations that the function enclosing a line handles."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.lineno <= line <= (node.end_lineno or 0):
            return [
                call.args[0].value
                for call in node.decorator_list
                if isinstance(call, ast.Call) and isinstance(call.args[0], ast.Constant)
            ]
    return []


def sentence(text: str, names: list[str]) -> str:
    """Format a rule as a line of the page."""
    if names:
        return f"{', '.join(f'`{name}`' for name in names)}: {text}"
    return text[0].upper() + text[1:]


def main() -> int:
    """Write or check the page; return the exit status."""
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    if PAGE.read_text(encoding="utf-8") == page():
        return 0
    print(f"{PAGE.name} is out of date: run python .ci/rules_page.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
