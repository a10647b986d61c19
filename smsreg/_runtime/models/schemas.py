"""Descriptions of members in the JSON schema of a model: docstrings, and which are sensitive.

The docstrings are read from the source when a schema is generated, so that importing the models
does not pay for them.
"""

from __future__ import annotations

import ast
import inspect
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from smsreg._public import defined_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel
    from pydantic.json_schema import JsonSchemaValue


def describe(
    schema: JsonSchemaValue, cls: type[BaseModel], *, sensitive: frozenset[str], in_request: bool
) -> None:
    """Describe the members of an object in its schema.

    Args:
        schema: The schema of the object, modified in place.
        cls: The model.
        sensitive: Attributes with personal or secret data, marked by ``x-sensitive``.
        in_request: Whether sensitive members are also ``writeOnly``.
    """
    properties: dict[str, Any] = schema.get("properties", {})
    docstrings = member_docstrings(cls)
    for name, info in cls.model_fields.items():
        member = properties.get(info.alias or name, properties.get(name))
        if member is None:
            continue
        if name in docstrings:
            member.setdefault("description", docstrings[name])
        if name in sensitive:
            member["x-sensitive"] = True
            if in_request:
                member["writeOnly"] = True


def member_docstrings(cls: type[BaseModel]) -> dict[str, str]:
    """Return the docstring of each attribute of a model, those of its bases included."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if "model_fields" in dir(base):
            found.update(_of_module(defined_in(base)).get(base.__qualname__, {}))
    return found


@lru_cache(maxsize=128)
def _of_module(name: str) -> Mapping[str, Mapping[str, str]]:
    """Read the attribute docstrings of all classes of a module; none where it has no source."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[name]))
    except (KeyError, OSError, SyntaxError, TypeError):
        return {}
    return {
        node.name: dict(_of_class(node)) for node in tree.body if isinstance(node, ast.ClassDef)
    }


def _of_class(node: ast.ClassDef) -> list[tuple[str, str]]:
    return [
        (member.target.id, inspect.cleandoc(text.value.value))
        for member, text in zip(node.body, node.body[1:], strict=False)
        if isinstance(member, ast.AnnAssign)
        and isinstance(member.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    ]
