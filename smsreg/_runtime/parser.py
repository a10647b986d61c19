# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportIncompatibleMethodOverride=false
# The three: aiobotocore ships no types, and what is guessed of them is partly unknown.
"""aiobotocore's response parser component, replaced: bytes become models here.

The component is a public extension point of the session.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from aiobotocore.parsers import AioJSONParser, AioResponseParserFactory, AioRestJSONParser
from pydantic_core import from_json

from smsreg._runtime.attempts import current_call
from smsreg._runtime.decode import decode
from smsreg._runtime.parsed import ParsedResponse
from smsreg.errors import InvalidResponseError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from smsreg._runtime.operation import Operation

Operations = Mapping[str, "Operation[Any, Any]"]
Parsed = dict[str, Any]

FIRST_ERROR_STATUS = 300
FIRST_CLIENT_ERROR = 400
REQUEST_ID = "x-amzn-requestid"


def parser_factory(operations: Operations) -> Any:  # noqa: ANN401 -- aiobotocore has no types
    """Make the session's component for a service's operations, given by the service's names."""

    class JSONParser(AioJSONParser):  # type: ignore[misc] # aiobotocore has no types
        async def parse(self, response: Parsed, shape: Any) -> Parsed:  # noqa: ANN401
            return await _parse(operations, super().parse, response, shape)

    class RestJSONParser(AioRestJSONParser):  # type: ignore[misc] # aiobotocore has no types
        async def parse(self, response: Parsed, shape: Any) -> Parsed:  # noqa: ANN401
            return await _parse(operations, super().parse, response, shape)

    class Factory(AioResponseParserFactory):  # type: ignore[misc] # aiobotocore has no types
        def create_parser(self, protocol_name: str) -> object:
            return {"json": JSONParser, "rest-json": RestJSONParser}[protocol_name]()

    return Factory()


async def _parse(
    operations: Operations,
    ordinary: Callable[[Parsed, Any], Awaitable[Parsed]],
    response: Parsed,
    shape: Any,  # noqa: ANN401 -- botocore's
) -> Parsed:
    """Read a success into a model, and leave an error to botocore's parser once it is JSON."""
    status: int = response["status_code"]
    body: bytes = response["body"]
    headers = {str(name).lower(): value for name, value in response["headers"].items()}
    request_id = headers.get(REQUEST_ID)
    metadata = {"RequestId": request_id, "HTTPStatusCode": status, "HTTPHeaders": headers}
    if status < FIRST_ERROR_STATUS:
        operation = operations[response["context"]["operation_name"]]
        try:
            return cast("Parsed", ParsedResponse(decode(operation.result_type, body), metadata))
        except InvalidResponseError as error:
            error.http_status, error.request_id = status, request_id
            raise
    if status < FIRST_CLIENT_ERROR:
        raise _redirected(status, request_id)
    if is_object(body):
        try:
            return await ordinary(response, shape)
        except Exception:  # noqa: BLE001, S110 -- botocore raises whatever odd content leads to
            pass
    return error_without_body(status, metadata)


def _redirected(status: int, request_id: str | None) -> InvalidResponseError:
    text = "the server answered with a redirect, and redirects are not followed"
    return InvalidResponseError(text, http_status=status, request_id=request_id)


def check_answer(response_dict: Parsed, operation_model: Any, **_: Any) -> None:  # noqa: ANN401
    """Refuse what is no answer, where botocore's own parser is at work in a call of ours.

    botocore reads a success of any content as an empty one. A session or client that the caller
    brought along has botocore's parser; ours finds the same for itself.
    """
    if current_call.get() is None:
        return
    status: int = response_dict["status_code"]
    body: bytes = response_dict["body"]
    headers: Mapping[str, str] = response_dict["headers"]
    request_id = headers.get(REQUEST_ID)
    if FIRST_ERROR_STATUS <= status < FIRST_CLIENT_ERROR:
        raise _redirected(status, request_id)
    if is_object(body):
        return
    if status >= FIRST_CLIENT_ERROR:
        response_dict["body"] = b"{}"  # the code is in the header or the status
    elif body or operation_model.output_shape.members:
        text = "the answer is not a JSON object"
        raise InvalidResponseError(text, http_status=status, request_id=request_id)


def is_object(body: bytes) -> bool:
    """Whether the bytes are a JSON object."""
    try:
        return isinstance(from_json(body), dict)
    except ValueError:
        return False


def error_without_body(status: int, metadata: Parsed) -> Parsed:
    """Describe an error answer whose body says nothing in the service's protocol."""
    headers: Mapping[str, str] = metadata["HTTPHeaders"]
    code = headers.get("x-amzn-errortype", "").split(":", 1)[0].rsplit("#", 1)[-1]
    return {"Error": {"Code": code or str(status), "Message": ""}, "ResponseMetadata": metadata}
