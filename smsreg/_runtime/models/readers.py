"""Validators that read results without running Python code for each model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic_core import SchemaValidator

from smsreg._runtime.models.redaction import without_withholding

if TYPE_CHECKING:
    from pydantic import BaseModel

_readers: dict[type[BaseModel], SchemaValidator] = {}


def reader_of(cls: type[BaseModel]) -> SchemaValidator:
    """Return the validator for what a service sent, made when it is first asked for.

    It does what the model's own validator does, but its errors have the refused values in them:
    whoever uses it must not let one out.
    """
    reader = _readers.get(cls)
    if reader is None:
        cls.model_rebuild()
        schema = without_withholding(cls.__pydantic_core_schema__)
        reader = _readers[cls] = SchemaValidator(schema)
    return reader
