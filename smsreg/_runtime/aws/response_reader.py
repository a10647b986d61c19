# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false
# These: aiobotocore ships no types, and what is guessed of them is partly unknown.
"""From an answer to what an aiobotocore client gives: bytes become models here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from aiobotocore.parsers import AioJSONParser, AioRestJSONParser
from pydantic_core import from_json

from smsreg._runtime.aws.parsed_response import ParsedResponse
from smsreg._runtime.models.decode import decode
from smsreg.errors import InvalidResponseError

if TYPE_CHECKING:
    from smsreg._runtime.operation import Operation

Operations = Mapping[str, "Operation[Any, Any]"]
Parsed = dict[str, Any]
Headers = Mapping[str, str]

FIRST_ERROR_STATUS = 300
FIRST_CLIENT_ERROR = 400
REQUEST_ID = "x-amzn-requestid"

_PARSERS = {"json": AioJSONParser, "rest-json": AioRestJSONParser}


class Reader:
    """Reads the answers of one service.

    Args:
        operations: The service's operations, by the service's names.
    """

    def __init__(self, operations: Operations) -> None:
        self._operations = operations

    def success(self, operation_name: str, status: int, headers: Headers, body: bytes) -> Parsed:
        """Read a success into a model, which the dictionary carries."""
        request_id = headers.get(REQUEST_ID)
        metadata = {"RequestId": request_id, "HTTPStatusCode": status, "HTTPHeaders": headers}
        operation = self._operations[operation_name]
        try:
            model = decode(operation.result_type, body)
        except InvalidResponseError as error:
            error.http_status, error.request_id = status, request_id
            raise
        return cast("Parsed", ParsedResponse(model, metadata))

    async def read(self, model: Any, status: int, headers: Headers, body: bytes) -> Parsed:  # noqa: ANN401
        """Read any answer to an operation.

        Raises:
            InvalidResponseError: It is a redirect, or a success that is not this protocol's.
        """
        if status < FIRST_ERROR_STATUS:
            return self.success(model.name, status, headers, body)
        if status < FIRST_CLIENT_ERROR:
            raise redirected(status, headers.get(REQUEST_ID))
        parse = _PARSERS[model.service_model.resolved_protocol]().parse
        context = {"operation_name": model.name}
        response = {"status_code": status, "headers": headers, "body": body, "context": context}
        parsed = await _error(parse, model.output_shape, response) if is_object(body) else None
        if parsed is None:
            return error_without_body(status, headers)
        known = model.service_model.shape_for_error_code(parsed["Error"]["Code"])
        if known:
            # Members that cannot be read are left out; what goes for the error itself stays.
            parsed.update(await _error(parse, known, response) or {})
        return parsed


def redirected(status: int, request_id: str | None) -> InvalidResponseError:
    """Describe a redirect."""
    text = "the server answered with a redirect, and redirects are not followed"
    return InvalidResponseError(text, http_status=status, request_id=request_id)


async def _error(parse: Any, shape: Any, response: Parsed) -> Parsed | None:  # noqa: ANN401
    """Read an error with botocore's parser; None where its content is too odd for that."""
    try:
        parsed: Parsed = await parse(response, shape)
    except Exception:  # noqa: BLE001 -- botocore raises whatever odd content leads to
        return None
    return parsed if isinstance(parsed.get("Error", {}).get("Code", ""), str) else None


def is_object(body: bytes) -> bool:
    """Whether the bytes are a JSON object."""
    try:
        return isinstance(from_json(body), dict)
    except ValueError:
        return False


def error_without_body(status: int, headers: Headers) -> Parsed:
    """Describe an error answer whose body says nothing in the service's protocol."""
    request_id = headers.get(REQUEST_ID)
    metadata = {"RequestId": request_id, "HTTPStatusCode": status, "HTTPHeaders": headers}
    code = headers.get("x-amzn-errortype", "").split(":", 1)[0].rsplit("#", 1)[-1]
    return {"Error": {"Code": code or str(status), "Message": ""}, "ResponseMetadata": metadata}
