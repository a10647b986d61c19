"""What completion, ``dir`` and ``help`` show of a model: its members, by attribute name.

pydantic's own would list deprecated names among the members, and use the aliases in signatures.
"""

from __future__ import annotations

from functools import reduce
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterable
    from inspect import Signature


def _is_deprecated(found: object) -> bool:
    function = getattr(found, "__func__", None) or getattr(found, "fget", None) or found
    return hasattr(function, "__deprecated__")


DEPRECATED = frozenset(name for name, found in vars(BaseModel).items() if _is_deprecated(found))
"""Names that pydantic keeps for users of version 1; they still work."""


def by_attribute(signature: Signature, cls: type[BaseModel]) -> Signature:
    """Return a model's signature with the names of its attributes, and types without rules."""
    fields = {info.alias or name: (name, info) for name, info in cls.model_fields.items()}
    parameters = [
        parameter.replace(name=fields[key][0], annotation=_plain(fields[key][1].annotation))
        if key in fields
        else parameter
        for key, parameter in signature.parameters.items()
    ]
    return signature.replace(parameters=parameters)


def _either(one: Any, other: Any) -> Any:
    return one | other


_UNIONS: frozenset[Any] = frozenset({Union, UnionType})
_CONTAINERS: frozenset[Any] = frozenset({dict, list})


def _plain(annotation: Any) -> Any:
    """Return a member's type without its rules and markers."""
    origin: Any = get_origin(annotation)
    parts = get_args(annotation)
    if origin is Annotated:
        return _plain(parts[0])
    plain = tuple(_plain(part) for part in parts)
    if origin in _UNIONS:
        return reduce(_either, plain)
    return origin[plain] if origin in _CONTAINERS else annotation


if TYPE_CHECKING:
    ShownModel = BaseModel
else:

    class _ModelType(type(BaseModel)):
        def __dir__(cls) -> Iterable[str]:
            return [name for name in super().__dir__() if name not in DEPRECATED]

        @property
        def __signature__(cls) -> Signature:
            cls.model_rebuild(raise_errors=False)  # creates the signature where that was deferred
            if "__pydantic_signature__" not in vars(cls):
                raise AttributeError(cls.__name__)
            return by_attribute(cls.__pydantic_signature__, cls)

        @__signature__.setter
        def __signature__(cls, signature: object) -> None:
            cls.__pydantic_signature__ = signature

    class ShownModel(BaseModel, metaclass=_ModelType, defer_build=True):
        """A pydantic model whose ``dir`` and signature show its members."""

        def __dir__(self) -> Iterable[str]:
            return [name for name in super().__dir__() if name not in DEPRECATED]
