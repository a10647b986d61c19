"""Finds the messages of the errors that the package raises, in its source."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from smsreg import errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ELSEWHERE = {"_codegen", "cli", "emulator"}
"""The emulator and the generator raise other errors; the command line prints those of the rest."""
NAMES = set(errors.__all__)


class Message(NamedTuple):
    """A message as written in the code, with an ellipsis for each part inserted at run time."""

    error: str
    text: str
    place: str

    @property
    def core(self) -> str:
        """Its longest constant part."""
        return max(self.text.split("…"), key=len).strip(" :,;()'\"")


@lru_cache
def messages(package: Path) -> list[Message]:
    """All messages written where an error is created, or in the enclosing function."""
    found = []
    for path in sorted(package.rglob("*.py")):
        if ELSEWHERE.isdisjoint(path.relative_to(package).parts):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            place = path.relative_to(package).as_posix()
            found += [Message(name, text, place) for name, text in sorted(set(_made(tree)))]
    return found


def _made(tree: ast.Module) -> Iterator[tuple[str, str]]:
    functions = {n.name: n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    for around in [tree, *functions.values(), *_async(tree)]:
        for node in _own(around):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func).rpartition(".")[2]
                if name in NAMES:
                    for argument in node.args:
                        for text in _texts(argument, around, functions):
                            yield name, text


def _async(tree: ast.Module) -> list[ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)]


def _own(around: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function without those of its nested functions."""
    for node in ast.iter_child_nodes(around):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
            yield from _own(node)


def _texts(node: ast.expr, around: ast.AST, functions: dict[str, ast.FunctionDef]) -> Iterator[str]:
    if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp):
        text = _literal(node)
        if " " in text:
            yield text
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body, around, functions)
        yield from _texts(node.orelse, around, functions)
    elif isinstance(node, ast.Name):
        for value in _assigned(around, node.id):
            yield from _texts(value, ast.Module([], []), functions)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        maker = functions.get(node.func.id)
        for inner in _own(maker) if maker else ():
            if isinstance(inner, ast.Return) and inner.value is not None:
                yield from _texts(inner.value, maker or around, {})


def _assigned(around: ast.AST, name: str) -> Iterator[ast.expr]:
    for node in _own(around):
        if isinstance(node, ast.Assign) and [ast.unparse(t) for t in node.targets] == [name]:
            yield node.value


def _literal(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else "…"
    if isinstance(node, ast.JoinedStr):
        return "".join(_literal(part) for part in node.values)
    if isinstance(node, ast.BinOp):
        return _literal(node.left) + _literal(node.right)
    return "…"
