"""From the bytes of a response to a result model.

pydantic's core reads the bytes with the faster of two validators. Only if that fails does the other
one read them, which keeps unknown members; only if that fails too are explicit nulls removed and
the body read once more.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json, to_json

from smsreg._json import spell_surrogates
from smsreg._runtime.models.boto import without_nulls
from smsreg._runtime.models.readers import fast_reader_of, learn_unknown, reader_of
from smsreg.errors import InvalidResponseError

ModelT = TypeVar("ModelT", bound=BaseModel)


def decode(result_type: type[ModelT], body: bytes) -> ModelT:
    """Read ``body``, a JSON object, as ``result_type``.

    Raises:
        InvalidResponseError: The body is not a JSON object, or a member has a type that the
            service's model does not allow.
    """
    if not body and not result_type.model_fields:
        return result_type()
    with suppress(ValidationError):
        result: ModelT = fast_reader_of(result_type).validate_json(
            body, by_alias=True, by_name=False
        )
        return result
    result = _decode_unusual(result_type, body)
    learn_unknown(result)
    return result


def _decode_unusual(result_type: type[ModelT], body: bytes) -> ModelT:
    """Read a body that has unknown members or unexpected nulls, or is invalid."""
    body = spell_surrogates(body)
    reader = reader_of(result_type)
    with suppress(ValidationError):
        result: ModelT = reader.validate_json(body, by_alias=True, by_name=False)
        return result
    try:
        content = from_json(body, allow_inf_nan=False)
    except ValueError:
        msg = "the response is empty" if not body else "the response is not JSON"
        raise InvalidResponseError(msg) from None
    if not isinstance(content, dict):
        raise InvalidResponseError("the response is not a JSON object")
    try:
        body = to_json(without_nulls(content))
        result = reader.validate_json(body, by_alias=True, by_name=False)
    except ValidationError as error:
        members = ", ".join(sorted({str(detail["loc"][0]) for detail in error.errors()}))
    else:
        return result
    # Outside the block, whose exception contains the values.
    msg = f"members of the response have another type than the service's model says: {members}"
    raise InvalidResponseError(msg)
