"""The code lengths stated on the page for the same job; test_examples.py runs the code."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def lines_of(function: ast.AST) -> int:
    """Count a function's lines after its first; the page's code has no comments or blank lines."""
    assert isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno


def test_lengths_of_the_same_job(root: Path) -> None:
    page = (root / "docs" / "registration.md").read_text("utf-8")
    section = page.partition("## Compared with boto3")[2]
    code = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert code is not None
    functions = {
        item.name: lines_of(item)
        for item in ast.parse(code[1]).body
        if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    stated = re.search(r"(\d+) lines of code with smsreg and (\d+) with boto3", section)
    assert stated is not None
    assert functions == {"with_smsreg": int(stated[1]), "with_boto3": int(stated[2])}
    assert functions["with_boto3"] > 4 * functions["with_smsreg"]
