"""From the bytes of an answer to a result model.

The first path hands the bytes to pydantic's core. Only when that fails comes the second one,
which takes the explicit nulls out of the answer and tries again.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TypeVar, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json, to_json

from smsreg._runtime.models.base import without_nulls
from smsreg._runtime.models.readers import reader_of
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
    result: ModelT | None = None
    with suppress(ValidationError):
        result = reader_of(result_type).validate_json(body, by_alias=True, by_name=False)
    if result is None:
        result = _decode_again(result_type, body)
    for members in result.__dict__.values():
        if type(members) is list and isinstance(members[0] if members else None, BaseModel):
            _share(cast("list[BaseModel]", members))
    return result


_set_names = vars(BaseModel)["__pydantic_fields_set__"].__set__


def _share(models: list[BaseModel]) -> None:
    """Let models of which the same members are set have one set of these names in common.

    In a long listing, these sets take more memory than everything else. The models are frozen, and
    copies of them make sets of their own.
    """
    found: dict[int, set[str]] = {}
    for model in models:
        own = model.__pydantic_fields_set__
        known = found.setdefault(len(own), own)
        if known is not own and known == own:
            _set_names(model, known)


def _decode_again(result_type: type[ModelT], body: bytes) -> ModelT:
    """Read a body without its explicit nulls."""
    try:
        content = from_json(body, allow_inf_nan=False)
    except ValueError:
        msg = "the answer is empty" if not body else "the answer is not JSON"
        raise InvalidResponseError(msg) from None
    if not isinstance(content, dict):
        raise InvalidResponseError("the answer is not a JSON object")
    try:
        again: ModelT = reader_of(result_type).validate_json(
            to_json(without_nulls(content)), by_alias=True, by_name=False
        )
    except ValidationError as error:
        members = ", ".join(sorted({str(detail["loc"][0]) for detail in error.errors()}))
    else:
        return again
    # Out of the block, whose exception has the values in it.
    msg = f"members of the answer have another type than the service's model says: {members}"
    raise InvalidResponseError(msg)
