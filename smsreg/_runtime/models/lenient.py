"""Structures that requests share with results, read without the rules for requests."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, cast

from pydantic_core import core_schema

from smsreg._runtime.models.blobs import READS
from smsreg._runtime.models.redaction import without_withholding
from smsreg._runtime.models.schemas import describe

if TYPE_CHECKING:
    from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

Schema = dict[str, Any]

_RULES = ("min_length", "max_length", "pattern", "ge", "le", "strict")
_FUNCTIONS = frozenset({"function-before", "function-after", "function-wrap"})
_STRUCTURE = "smsreg_structure"
"""Marks such a structure in a schema's metadata, with its class and its configuration."""
_SLOTS = ("__dict__", "__pydantic_extra__", "__pydantic_fields_set__", "__pydantic_private__")


class InResult:
    """Marker of a request structure in results, where its rules do not apply."""

    def __get_pydantic_core_schema__(
        self,
        source: Any,
        handler: GetCoreSchemaHandler,
    ) -> core_schema.CoreSchema:
        schema = without_withholding(handler(source))
        return cast("core_schema.CoreSchema", _loosen(schema, handler))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        cls, _ = cast("Schema", schema)["metadata"][_STRUCTURE]
        described = {"title": cls.__name__, "description": inspect.getdoc(cls), **handler(schema)}
        describe(described, cls, sensitive=cls.__sensitive__, in_request=False)
        return described


def structure_in(schema: Schema) -> tuple[type[BaseModel], Schema, Schema | None] | None:
    """Return class, schema of the fields and configuration of such a structure's schema, if any."""
    marked = schema.get("metadata", {}).get(_STRUCTURE)
    if marked is None:
        return None
    cls, config = marked
    return cls, schema["json_schema"]["schema"], config


def _loosen(schema: Schema, handler: GetCoreSchemaHandler) -> Schema:
    """Copy a schema without its rules: no constraints, nothing required, unknown members kept."""
    kind = schema["type"]
    if kind == "definition-ref":
        resolved = handler.resolve_ref_schema(cast("core_schema.CoreSchema", schema))
        return _loosen(without_withholding(resolved), handler)
    if kind == "json-or-python":  # a timestamp
        return schema
    if kind in _FUNCTIONS and not schema.get("metadata", {}).get(READS):  # a rule
        return _loosen(schema["schema"], handler)
    loose = {key: value for key, value in schema.items() if key not in _RULES and key != "ref"}
    if kind == "model":
        return _loose_model(schema, handler)
    for inner in ("schema", "items_schema", "keys_schema", "values_schema"):
        if inner in schema:
            loose[inner] = _loosen(schema[inner], handler)
    return loose


def _loose_model(schema: Schema, handler: GetCoreSchemaHandler) -> Schema:
    """Read a model's members without its rules, and build the model from them.

    A second schema of type ``model`` would be ignored where pydantic's core prefers the validator
    that the class already has.
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
        members, extra, names = content
        # As in a strict structure, which compares equal when the members do.
        for slot, value in zip(_SLOTS, (members, extra or None, names, None), strict=True):
            object.__setattr__(model, slot, value)
        return model

    def dump(
        model: Any,
        inner: core_schema.SerializerFunctionWrapHandler,
        info: core_schema.SerializationInfo,
    ) -> Any:
        if not isinstance(model, cls):
            return model
        names = model.__pydantic_fields_set__ if info.exclude_unset else model.__dict__
        members = {name: value for name, value in model.__dict__.items() if name in names}
        return inner((members, model.__pydantic_extra__ or {}))

    made = core_schema.no_info_after_validator_function(make, fields)
    return cast(
        "Schema",
        core_schema.json_or_python_schema(
            json_schema=made,
            python_schema=core_schema.no_info_wrap_validator_function(
                lambda value, inner: value if isinstance(value, cls) else inner(value), made
            ),
            metadata={_STRUCTURE: (cls, schema.get("config"))},
            serialization=core_schema.wrap_serializer_function_ser_schema(
                dump, info_arg=True, schema=fields
            ),
        ),
    )


def _optional(schema: Schema) -> Schema:
    if schema["type"] == "default":
        return schema
    inner = schema if schema["type"] == "nullable" else {"type": "nullable", "schema": schema}
    return {"type": "default", "schema": inner, "default": None}
