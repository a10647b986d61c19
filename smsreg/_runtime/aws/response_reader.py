# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false
# These: aiobotocore ships no types, and what is guessed of them is partly unknown.
"""From an answer to what an aiobotocore client gives: bytes become models here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from aiobotocore.parsers import AioJSONParser, AioRestJSONParser
from pydantic_core import from_json, to_json

from smsreg._runtime.aws.parsed_response import ParsedResponse
from smsreg._runtime.models.decode import decode
from smsreg.errors import InvalidResponseError

if TYPE_CHECKING:
    from collections.abc import Callable

    from smsreg._runtime.operation import Operation

Operations = Mapping[str, "Operation[Any, Any]"]
Parsed = dict[str, Any]
Headers = Mapping[str, str]

FIRST_SUCCESS = 200
FIRST_ERROR_STATUS = 300
FIRST_CLIENT_ERROR = 400
REQUEST_ID = "x-amzn-requestid"
ERROR_TYPE = "x-amzn-errortype"
CODES = ("__type", "code", "Code")
"""Members of an error's body that may hold its code."""

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
            InvalidResponseError: It is a redirect, no final response, or a success that is not
                this protocol's.
        """
        if status < FIRST_SUCCESS:
            text = f"HTTP status {status} is neither a success nor an error"
            raise InvalidResponseError(text, http_status=status, request_id=headers.get(REQUEST_ID))
        if status < FIRST_ERROR_STATUS:
            return self.success(model.name, status, headers, body)
        if status < FIRST_CLIENT_ERROR:
            raise redirected(status, headers.get(REQUEST_ID))
        return await _read_error(model, status, headers, body)


async def _read_error(model: Any, status: int, headers: Headers, body: bytes) -> Parsed:  # noqa: ANN401
    """Read an error response with botocore's parser, as far as its content allows."""
    service = model.service_model
    content = object_in(body)
    code = error_code(headers, content or {}, service.shape_for_error_code) or str(status)
    parse = _PARSERS[service.resolved_protocol]().parse
    context = {"operation_name": model.name}
    response = {"status_code": status, "headers": headers, "body": body, "context": context}
    known = service.shape_for_error_code(code)
    if content is not None and any(not isinstance(content.get(name, ""), str) for name in CODES):
        # botocore fails over them; what else the error says counts.
        response["body"] = to_json({k: v for k, v in content.items() if k not in CODES})
    parsed = None if content is None else await _parsed(parse, model.output_shape, response)
    if parsed is None:
        parsed = error_without_body(status, headers)
    elif known:
        # Members that cannot be read are left out; what goes for the error itself stays.
        parsed.update(await _parsed(parse, known, response) or {})
    parsed["Error"]["Code"] = code
    return parsed


def error_code(headers: Headers, content: Parsed, known: Callable[[str], Any]) -> str:
    """Return the code of an error: the first place with one that is known, else the first.

    awsJson1_0 and restJson1 allow the same places, and a namespace before and a URI after the name.

    Args:
        headers: The headers, names in lower case.
        content: The members of the body.
        known: Whether the service models a code.

    Source: https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization
    """
    values = [headers.get(ERROR_TYPE), *(content.get(name) for name in CODES)]
    names = [
        value.partition(":")[0].rpartition("#")[2].strip()
        for value in values
        if isinstance(value, str)
    ]
    return next(filter(known, names), None) or next(filter(None, names), "")


def redirected(status: int, request_id: str | None) -> InvalidResponseError:
    """Describe a redirect."""
    text = "the server answered with a redirect, and redirects are not followed"
    return InvalidResponseError(text, http_status=status, request_id=request_id)


async def _parsed(parse: Any, shape: Any, response: Parsed) -> Parsed | None:  # noqa: ANN401
    """Read an error with botocore's parser; None where its content is too odd for that."""
    try:
        parsed: Parsed = await parse(response, shape)
    except Exception:  # noqa: BLE001 -- botocore raises whatever odd content leads to
        return None
    return parsed


def object_in(body: bytes) -> Parsed | None:
    """Return the members of a JSON object; None for other bytes."""
    try:
        content = from_json(body)
    except ValueError:
        return None
    return cast("Parsed", content) if isinstance(content, dict) else None


def error_without_body(status: int, headers: Headers) -> Parsed:
    """Describe an error response whose body says nothing in the service's protocol."""
    request_id = headers.get(REQUEST_ID)
    metadata = {"RequestId": request_id, "HTTPStatusCode": status, "HTTPHeaders": headers}
    return {"Error": {"Code": "", "Message": ""}, "ResponseMetadata": metadata}
