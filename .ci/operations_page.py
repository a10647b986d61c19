"""Writes docs/operations.md from the clients' operations, or with --check compares it."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "operations.md"
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))

from reference.pages import Reference  # noqa: E402 -- beside this script


def main() -> int:
    """Write or check the page; return the exit status."""
    text = Reference().operations_page()
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if PAGE.read_text(encoding="utf-8") == text:
        return 0
    print(f"{PAGE.name} is out of date: run python .ci/operations_page.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
