"""Open enums: known values, and members for values that the service adds later."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from typing_extensions import Self

from smsreg._public import publish

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import core_schema

UNKNOWN_CACHE_SIZE = 256
"""Most unknown values cached for each enum; one more clears the cache."""

_unknown: dict[type[OpenEnum], dict[str, OpenEnum]] = {}


class OpenEnum(str, Enum):
    """A string enum that makes a member of any value it does not know.

    A known member is a singleton. An unknown value, from a newer service, becomes a member of the
    enum as well: it equals its string, its ``is_unknown`` is true, and it is not listed when the
    enum is iterated.
    """

    @property
    def is_unknown(self) -> bool:
        """Whether the value was not known when this package was generated."""
        return self._value_ not in type(self)._value2member_map_

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        known: dict[str, Any] = _unknown.setdefault(cls, {})
        member: Self | None = known.get(value)
        if member is None:
            member = str.__new__(cls, value)
            member._value_ = value
            member._name_ = value
            if len(known) >= UNKNOWN_CACHE_SIZE:
                known.clear()
            known[value] = member
        return member

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        # Not pydantic's list of allowed values: the service may add others.
        return {"type": "string", "title": cls.__name__, "examples": list(cls._value2member_map_)}

    def __reduce_ex__(self, protocol: Any) -> tuple[Callable[[str], Self], tuple[str]]:
        return type(self), (self._value_,)

    def __str__(self) -> str:
        return str.__str__(self)

    def __format__(self, format_spec: str) -> str:
        return str.__format__(self, format_spec)

    def __repr__(self) -> str:
        if self.is_unknown:
            return f"<{type(self).__name__}: {self._value_!r} (unknown)>"
        return f"<{type(self).__name__}.{self._name_}: {self._value_!r}>"


publish("smsreg.types", OpenEnum)
