"""Markers of generated annotations, and their pydantic schemas."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

from pydantic_core import PydanticCustomError, PydanticKnownError, core_schema

from smsreg._runtime.models.blobs import BlobMarker
from smsreg._runtime.models.lenient import InResult

if TYPE_CHECKING:
    from enum import Enum

    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

__all__ = ["IN_RESULT", "KNOWN_ONLY", "BlobBytes", "OrNone", "UtcDatetime"]


class _KnownOnly:
    """Accepts only known values as strings, but also explicitly created unknown members.

    A misspelt string in a request is rejected; ``MessageType("FROM_TOMORROW")`` is accepted.
    """

    def __get_pydantic_core_schema__(
        self,
        source: type[Enum],
        handler: GetCoreSchemaHandler,
    ) -> core_schema.CoreSchema:
        known = source._value2member_map_
        expected = ", ".join(repr(value) for value in known)

        def check(value: object) -> object:
            # pydantic's core creates members for unknown values by itself, as for results.
            if isinstance(value, str) and not isinstance(value, source) and str(value) not in known:
                raise PydanticKnownError("enum", {"expected": expected})
            return value

        return core_schema.no_info_before_validator_function(check, handler(source))


class _Utc:
    """A point in time, converted to UTC; one without a zone is taken as UTC."""

    def __get_pydantic_core_schema__(
        self,
        source: Any,
        handler: GetCoreSchemaHandler,
    ) -> core_schema.CoreSchema:
        converted = core_schema.no_info_after_validator_function(
            _to_utc, core_schema.datetime_schema()
        )
        # Services send seconds since 1970, which pydantic's core reads as UTC by itself.
        in_utc = core_schema.datetime_schema(tz_constraint=0)
        return core_schema.json_or_python_schema(
            json_schema=core_schema.union_schema(
                [in_utc, converted],
                mode="left_to_right",
                custom_error_type="datetime_type",
            ),
            python_schema=converted,
            serialization=core_schema.simple_ser_schema("datetime"),
        )

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "format": "date-time"}


def _to_utc(value: dt.datetime) -> dt.datetime:
    if value.tzinfo is None:
        return value.replace(tzinfo=dt.timezone.utc)
    try:
        return value.astimezone(dt.timezone.utc)
    except OverflowError:
        raise PydanticCustomError(
            "datetime_range", "Input should be a datetime within the years 1 to 9999 in UTC"
        ) from None


KNOWN_ONLY = _KnownOnly()
IN_RESULT = InResult()

if TYPE_CHECKING:
    from typing import Annotated as OrNone

    BlobBytes = bytes
    UtcDatetime = dt.datetime
else:

    class OrNone:
        """A member of results that the service's model requires but that may still be missing.

        Type checkers and editors take ``OrNone[int, ABSENT]`` for ``int``.
        """

        def __class_getitem__(cls, of: tuple[type, None]) -> object:
            return of[0] | None

    BlobBytes = Annotated[bytes, BlobMarker()]
    """A blob in a result."""
    UtcDatetime = Annotated[dt.datetime, _Utc()]
    """A point in time, in UTC."""
