"""pydantic's bookkeeping of a model, created on demand.

pydantic keeps three objects for each model besides its members: the names of the members that were
set, the unknown members, and private attributes. In a listing of nested items they take more
memory than the members, and more time of the garbage collector. Models read from a response are
created without them: the members that were set are those that are not None, and the rest is empty.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import BaseModel

FIELDS_SET = "__pydantic_fields_set__"
EXTRA = "__pydantic_extra__"
PRIVATE = "__pydantic_private__"

SLOTS = frozenset({FIELDS_SET, EXTRA, PRIVATE})
"""The attributes that hold pydantic's bookkeeping."""


def bookkeeping(model: BaseModel, slot: str) -> object:
    """Return the value that an unset slot stands for.

    Args:
        model: A model whose slot has no value.
        slot: One of ``SLOTS``.
    """
    if slot == FIELDS_SET:
        names = {name for name, value in model.__dict__.items() if value is not None}
        return names.union(model.__pydantic_extra__ or ())
    keeps_unknown = slot == EXTRA and model.model_config.get("extra") == "allow"
    value: dict[str, object] | None = {} if keeps_unknown else None
    object.__setattr__(model, slot, value)
    return value


def forget_fields_set(model: BaseModel) -> BaseModel:
    """Remove the set of names from a model that was just read, as it follows from the members."""
    object.__delattr__(model, FIELDS_SET)
    if not model.__pydantic_extra__:
        object.__delattr__(model, EXTRA)
    return model


SHARES_NAMES = sys.version_info < (3, 13)
"""Whether CPython stores members that are set one by one in less memory than a dictionary.

From 3.13 on it does so only for classes without slots, and pydantic's have slots.
"""


def share_names(cls: type[BaseModel]) -> None:
    """Let the instances of a class share the keys of their ``__dict__``, where CPython can.

    CPython takes the keys from the first instances of the class.
    """
    if SHARES_NAMES:
        first = cls.__new__(cls)
        for name in cls.model_fields:
            object.__setattr__(first, name, None)
