# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportIncompatibleMethodOverride=false
# These: aiobotocore ships no types, and what is guessed of them is partly unknown.
"""aiobotocore's response parser component, replaced: bytes become models here.

The component is a public extension point of the session.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from aiobotocore.parsers import AioJSONParser, AioResponseParserFactory, AioRestJSONParser
from pydantic_core import from_json, to_json

from smsreg._runtime.attempts import current_call
from smsreg._runtime.decode import decode
from smsreg._runtime.parsed import ParsedResponse
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

    async def failure(
        self,
        model: Any,  # noqa: ANN401 -- botocore's operation or, for its own parser, None
        ordinary: Any,  # noqa: ANN401 -- botocore's
        shape: Any,  # noqa: ANN401 -- botocore's
        response: Parsed,
    ) -> Parsed:
        """Leave an error to botocore's parser, once it is seen to be JSON."""
        status: int = response["status_code"]
        headers: Headers = response["headers"]
        if status < FIRST_CLIENT_ERROR:
            raise redirected(status, headers.get(REQUEST_ID))
        parsed = None
        if is_object(response["body"]):
            parsed = await _error(ordinary, shape, response)
        if parsed is None:
            # Members that cannot be read are left out; what goes for the error itself stays.
            return {} if _is_error(shape) else error_without_body(status, headers)
        known = model and model.service_model.shape_for_error_code(parsed["Error"]["Code"])
        if known:
            parsed.update(await _error(ordinary, known, response) or {})
        return parsed

    async def read(self, model: Any, status: int, headers: Headers, body: bytes) -> Parsed:  # noqa: ANN401
        """Read any answer to an operation, as an aiobotocore client with our parser would."""
        if status < FIRST_ERROR_STATUS:
            return self.success(model.name, status, headers, body)
        ordinary = _PARSERS[model.service_model.resolved_protocol]().parse
        context = {"operation_name": model.name}
        response = {"status_code": status, "headers": headers, "body": body, "context": context}
        return await self.failure(model, ordinary, model.output_shape, response)


def parser_factory(reader: Reader) -> Any:  # noqa: ANN401 -- aiobotocore has no types
    """Make the session's component."""

    async def parse(ordinary: Any, response: Parsed, shape: Any) -> Parsed:  # noqa: ANN401
        headers = {str(name).lower(): value for name, value in response["headers"].items()}
        status: int = response["status_code"]
        if status < FIRST_ERROR_STATUS:
            name = response["context"]["operation_name"]
            return reader.success(name, status, headers, response["body"])
        # The client asks for the members of a modelled error by itself.
        return await reader.failure(None, ordinary, shape, {**response, "headers": headers})

    class JSONParser(AioJSONParser):  # type: ignore[misc] # aiobotocore has no types
        async def parse(self, response: Parsed, shape: Any) -> Parsed:  # noqa: ANN401
            return await parse(super().parse, response, shape)

    class RestJSONParser(AioRestJSONParser):  # type: ignore[misc] # aiobotocore has no types
        async def parse(self, response: Parsed, shape: Any) -> Parsed:  # noqa: ANN401
            return await parse(super().parse, response, shape)

    class Factory(AioResponseParserFactory):  # type: ignore[misc] # aiobotocore has no types
        def create_parser(self, protocol_name: str) -> Any:  # noqa: ANN401
            return {"json": JSONParser, "rest-json": RestJSONParser}[protocol_name]()

    return Factory()


def redirected(status: int, request_id: str | None) -> InvalidResponseError:
    """Describe a redirect."""
    text = "the server answered with a redirect, and redirects are not followed"
    return InvalidResponseError(text, http_status=status, request_id=request_id)


async def check_answer(response_dict: Parsed, operation_model: Any, **_: Any) -> None:  # noqa: ANN401
    """Refuse what is no answer, where botocore's own parser is at work in a call of ours.

    botocore reads a success of any content as an empty one, and fails in many ways over members of
    an unexpected type. A session or client that the caller brought along has botocore's parser;
    ours finds the same for itself.
    """
    if current_call.get() is None:
        return
    status: int = response_dict["status_code"]
    body: bytes = response_dict["body"]
    headers: Headers = response_dict["headers"]
    request_id = headers.get(REQUEST_ID)
    if FIRST_ERROR_STATUS <= status < FIRST_CLIENT_ERROR:
        raise redirected(status, request_id)
    shape = operation_model.output_shape
    ordinary = _PARSERS[operation_model.service_model.resolved_protocol]().parse
    if status >= FIRST_CLIENT_ERROR:
        parsed = await _error(ordinary, shape, response_dict) if is_object(body) else None
        if parsed is None:
            # botocore would look for the code in the header by one of its two protocols only.
            code = error_without_body(status, headers)["Error"]["Code"]
            response_dict["body"] = to_json({"__type": code})
            return
        known = operation_model.service_model.shape_for_error_code(parsed["Error"]["Code"])
        if known and await _error(ordinary, known, response_dict) is None:
            error = parsed["Error"]
            readable = {"__type": error["Code"], "message": error.get("Message")}
            response_dict["body"] = to_json(readable)
        return
    if is_object(body):
        try:
            await ordinary(response_dict, shape)
        except Exception:  # noqa: BLE001 -- botocore raises whatever odd content leads to
            text = "members of the answer have another type than the service's model says"
            raise InvalidResponseError(text, http_status=status, request_id=request_id) from None
    elif body or shape.members:
        text = "the answer is not a JSON object"
        raise InvalidResponseError(text, http_status=status, request_id=request_id)


async def _error(ordinary: Any, shape: Any, response: Parsed) -> Parsed | None:  # noqa: ANN401
    """Read an error with botocore's parser; None where its content is too odd for that."""
    try:
        parsed: Parsed = await ordinary(response, shape)
    except Exception:  # noqa: BLE001 -- botocore raises whatever odd content leads to
        return None
    return parsed if isinstance(parsed.get("Error", {}).get("Code", ""), str) else None


def _is_error(shape: Any) -> bool:  # noqa: ANN401 -- botocore's
    """Whether a client asks for the members of a modelled error."""
    return shape is not None and bool(shape.metadata.get("exception"))


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
