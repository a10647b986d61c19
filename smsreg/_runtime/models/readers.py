"""Validators for responses: pydantic's own, and a faster one.

Neither runs Python code per model. The faster one also creates no bookkeeping per model (see
``bookkeeping``), and rejects unknown members, of which there are none as long as the service
matches its model in this package. When one arrives, the other validator reads the response, and
from then on the faster one lets pydantic keep the unknown members of that structure.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast

from pydantic import BaseModel
from pydantic_core import SchemaValidator, core_schema

from smsreg._runtime.models.bookkeeping import SHARES_NAMES, forget_fields_set
from smsreg._runtime.models.lenient import structure_in
from smsreg._runtime.models.redaction import unwrapped, without_withholding

if TYPE_CHECKING:
    from collections.abc import Iterator

Schema = dict[str, Any]

_growing: set[type[BaseModel]] = set()
"""Structures in which a service has sent unknown members."""

_OWN_MAKING = ("custom_init", "post_init", "root_model")
"""Keys of a model's schema that are set where its instances are created differently."""

_INSIDE = {
    "default": "schema",
    "nullable": "schema",
    "list": "items_schema",
    "dict": "values_schema",
}
"""The key of the inner schema, which may contain models, by type of schema."""


@cache
def reader_of(cls: type[BaseModel]) -> SchemaValidator:
    """Return the validator for data from outside, created on first use.

    It does what the model's own validator does, but its errors contain the rejected values:
    callers must not let one escape.
    """
    cls.model_rebuild()
    return SchemaValidator(without_withholding(cls.__pydantic_core_schema__))


@cache
def fast_reader_of(cls: type[BaseModel]) -> SchemaValidator:
    """Return the faster validator, whose errors contain the rejected values as well.

    It reads the same models, but may fail where ``reader_of`` does not.
    """
    cls.model_rebuild()
    # Without a configuration, pydantic's core lets models share short strings that repeat, as
    # types, statuses and options do in listings.
    schema = _fast(cast("Schema", cls.__pydantic_core_schema__))
    return SchemaValidator(cast("core_schema.CoreSchema", schema))


def learn_unknown(model: BaseModel) -> None:
    """Record the structures of a response that have unknown members."""
    found = {type(part) for part in _models_in(model) if part.__pydantic_extra__}
    if not found <= _growing:
        _growing.update(found)
        fast_reader_of.cache_clear()


def _models_in(value: object) -> Iterator[BaseModel]:
    if isinstance(value, BaseModel):
        yield value
        for member in value.__dict__.values():
            yield from _models_in(member)
    elif isinstance(value, (list, dict)):
        held = cast("dict[str, object] | list[object]", value)
        for member in held.values() if isinstance(held, dict) else held:
            yield from _models_in(member)


def _fast(schema: Schema) -> Schema:
    """Rewrite a schema to read its models faster; a schema without models is not copied."""
    kind = schema["type"]
    inside = _INSIDE.get(kind)
    if inside is not None:
        inner = _fast(schema[inside])
        return schema if inner is schema[inside] else {**schema, inside: inner}
    if kind == "function-wrap":
        schema = unwrapped(schema)
        kind = schema["type"]
    if kind == "model":
        return _fast_model(schema, schema["cls"], schema["schema"], schema.get("config"))
    if kind == "json-or-python":
        structure = structure_in(schema)
        return schema if structure is None else _fast_model(schema, *structure)
    if kind == "definitions":
        definitions = [_fast(definition) for definition in schema["definitions"]]
        return {**schema, "schema": _fast(schema["schema"]), "definitions": definitions}
    return schema


def _fast_model(
    schema: Schema, cls: type[BaseModel], fields: Schema, config: Schema | None
) -> Schema:
    """Return a faster schema of a model, unless it needs more than members that may be None.

    pydantic's core creates instances of any class by its schema for dataclasses. It sets only their
    members, one by one where they share their keys, and no bookkeeping.
    """
    plain = fields["type"] == "model-fields" and not any(schema.get(key) for key in _OWN_MAKING)
    if not plain or not all(map(_may_be_none, fields["fields"].values())):
        return schema
    if cls in _growing:
        return _with_unknown(schema)
    made: Schema = {
        "type": "dataclass",
        "cls": cls,
        "fields": list(fields["fields"]),
        "slots": SHARES_NAMES,
        "config": {**(config or {}), "extra_fields_behavior": "forbid"},
        "schema": {
            "type": "dataclass-args",
            "dataclass_name": cls.__name__,
            "extra_behavior": "forbid",
            "fields": [
                {**field, "type": "dataclass-field", "name": name, "schema": _fast(field["schema"])}
                for name, field in fields["fields"].items()
            ],
        },
    }
    if "ref" in schema:
        made["ref"] = schema["ref"]
    return made


def _may_be_none(field: Schema) -> bool:
    """Whether a missing member is None, so that None means that it is not set."""
    schema: Schema = field["schema"]
    return schema["type"] == "default" and schema.get("default", schema) is None


def _with_unknown(schema: Schema) -> Schema:
    """Let pydantic read a model with its unknown members, and drop the redundant bookkeeping."""
    if schema["type"] != "model":
        return schema
    fields: Schema = schema["schema"]
    members = {
        name: {**field, "schema": _fast(field["schema"])}
        for name, field in fields["fields"].items()
    }
    ref = schema.get("ref")
    read = {**schema, "schema": {**fields, "fields": members}}
    read.pop("ref", None)
    light = core_schema.no_info_after_validator_function(
        forget_fields_set, cast("core_schema.CoreSchema", read), ref=ref
    )
    return cast("Schema", light)
