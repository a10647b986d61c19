"""pydantic's bookkeeping of a model, made when it is asked for.

pydantic keeps three things for each model besides its members: the names of the members that were
set, the unknown members, and private attributes. In a listing of nested items they take more
memory than the members, and more time of the garbage collector. Models read from a response are
made without them: which members were set follows from the members, of which none is None where
the service has sent it, and the rest is empty.
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
    """Return the value that a slot without one stands for.

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
    """Take the set of names off a model that was just read, where it follows from the members."""
    object.__delattr__(model, FIELDS_SET)
    if not model.__pydantic_extra__:
        object.__delattr__(model, EXTRA)
    return model


SHARES_NAMES = sys.version_info < (3, 13)
"""Whether CPython keeps members that are set one by one in less memory than in a dictionary.

From 3.13 on it does so only for classes without slots, and pydantic's have slots.
"""


def share_names(cls: type[BaseModel]) -> None:
    """Let the instances of a class share the names of their members, as far as CPython does.

    It takes the names from the first instances that it sees.
    """
    if SHARES_NAMES:
        first = cls.__new__(cls)
        for name in cls.model_fields:
            object.__setattr__(first, name, None)
