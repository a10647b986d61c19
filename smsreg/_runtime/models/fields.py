"""Markers that generated annotations carry, and what they mean to pydantic."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any, cast

from pydantic import AfterValidator, AwareDatetime
from pydantic_core import PydanticKnownError, core_schema

if TYPE_CHECKING:
    from enum import Enum

    from pydantic import BaseModel, GetCoreSchemaHandler

Schema = dict[str, Any]


class _KnownOnly:
    """Of strings, only the enum's known values; of members, also unknown ones made on purpose.

    A misspelt string in a request is refused; ``MessageType("FROM_TOMORROW")`` is let through.
    """

    def __get_pydantic_core_schema__(
        self,
        source: type[Enum],
        handler: GetCoreSchemaHandler,
    ) -> core_schema.CoreSchema:
        known = source._value2member_map_
        expected = ", ".join(repr(value) for value in known)

        def check(value: object) -> object:
            # pydantic's core makes members of unknown values by itself, as for results.
            if isinstance(value, str) and not isinstance(value, source) and str(value) not in known:
                raise PydanticKnownError("enum", {"expected": expected})
            return value

        members = core_schema.enum_schema(source, list(source), sub_type="str")
        return core_schema.no_info_before_validator_function(check, members)


class _InResult:
    """A structure that requests share with results, read without the rules for requests."""

    def __get_pydantic_core_schema__(
        self,
        source: Any,  # noqa: ANN401 -- pydantic's signature
        handler: GetCoreSchemaHandler,
    ) -> core_schema.CoreSchema:
        return cast("core_schema.CoreSchema", _loosen(cast("Schema", handler(source)), handler))


KNOWN_ONLY = _KnownOnly()
IN_RESULT = _InResult()

_RULES = ("min_length", "max_length", "pattern", "ge", "le", "strict")


def _loosen(schema: Schema, handler: GetCoreSchemaHandler) -> Schema:
    """Copy a schema without its rules: no constraint, nothing required, extras kept."""
    kind = schema["type"]
    if kind == "definition-ref":
        resolved = handler.resolve_ref_schema(cast("core_schema.CoreSchema", schema))
        return _loosen(cast("Schema", resolved), handler)
    if kind == "function-before":  # the check of KNOWN_ONLY
        return _loosen(schema["schema"], handler)
    loose = {key: value for key, value in schema.items() if key not in _RULES and key != "ref"}
    if kind == "model":
        return _loose_model(schema, handler)
    if kind == "enum":
        loose["missing"] = schema["cls"]._missing_
    for inner in ("schema", "items_schema", "keys_schema", "values_schema"):
        if inner in schema:
            loose[inner] = _loosen(schema[inner], handler)
    return loose


def _loose_model(schema: Schema, handler: GetCoreSchemaHandler) -> Schema:
    """Read a model's members without its rules, and make the model of them.

    A second schema of type ``model`` would be ignored once the class has a validator: pydantic's
    core prefers the one that the class already has.
    """
    cls: type[BaseModel] = schema["cls"]
    fields = cast(
        "core_schema.CoreSchema",
        {
            **schema["schema"],
            "extra_behavior": "allow",
            "fields": {
                name: {**field, "schema": _optional(_loosen(field["schema"], handler))}
                for name, field in schema["schema"]["fields"].items()
            },
        },
    )

    def make(content: tuple[dict[str, Any], dict[str, Any] | None, set[str]]) -> BaseModel:
        model = cls.__new__(cls)
        for slot, value in zip(_SLOTS, (*content, None), strict=True):
            object.__setattr__(model, slot, value)
        return model

    made = core_schema.no_info_after_validator_function(make, fields)
    return cast(
        "Schema",
        core_schema.json_or_python_schema(
            json_schema=made,
            python_schema=core_schema.union_schema([core_schema.is_instance_schema(cls), made]),
            serialization=core_schema.simple_ser_schema("any"),
        ),
    )


_SLOTS = ("__dict__", "__pydantic_extra__", "__pydantic_fields_set__", "__pydantic_private__")


def _optional(schema: Schema) -> Schema:
    if schema["type"] == "default":
        return schema
    return {"type": "default", "schema": schema, "default": None}


def _to_utc(value: dt.datetime) -> dt.datetime:
    return value.astimezone(dt.timezone.utc)


if TYPE_CHECKING:
    UtcDatetime = dt.datetime
else:
    UtcDatetime = Annotated[AwareDatetime, AfterValidator(_to_utc)]
    """A request's point in time: its time zone must be given; it travels as UTC."""
