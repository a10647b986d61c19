# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false
# These: aiobotocore ships no types, and inferred ones are partly unknown.
"""From a response to a result: bytes, or botocore's dictionaries, become models here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from aiobotocore.parsers import AioJSONParser, AioRestJSONParser
from pydantic_core import to_json

from smsreg._json import read_json
from smsreg._runtime.models.base import Result
from smsreg._runtime.models.decode import decode
from smsreg._runtime.models.metadata import REQUEST_ID, ResponseMetadata
from smsreg.errors import InvalidRequestError, InvalidResponseError

if TYPE_CHECKING:
    from collections.abc import Callable

    from smsreg._runtime.call import Attempt
    from smsreg._runtime.operation import Operation

ResultT = TypeVar("ResultT", bound=Result)

Parsed = dict[str, Any]
Headers = Mapping[str, str]

FIRST_SUCCESS = 200
FIRST_ERROR_STATUS = 300
FIRST_CLIENT_ERROR = 400
ERROR_TYPE = "x-amzn-errortype"
CODES = ("__type", "code", "Code")
"""Members of an error's body that may hold its code."""

_PARSERS = {"json": AioJSONParser, "rest-json": AioRestJSONParser}


def read_success(
    operation: Operation[Any, ResultT], status: int, headers: Headers, body: bytes
) -> ResultT:
    """Read a response with a status below 300.

    Raises:
        InvalidResponseError: It is not a final response, or not in the service's protocol.
    """
    if status < FIRST_SUCCESS:
        raise not_final(status, headers)
    try:
        return decode(operation.result_type, body)
    except InvalidResponseError as error:
        raise located(error, status, headers) from None


def not_final(status: int, headers: Headers) -> InvalidResponseError:
    """Return the error of a response with a status below 200."""
    error = InvalidResponseError(f"HTTP status {status} is neither a success nor an error")
    return located(error, status, headers)


def located(error: InvalidResponseError, status: int, headers: Headers) -> InvalidResponseError:
    """Record on an error the response that it concerns, and return it."""
    error.http_status, error.request_id = status, headers.get(REQUEST_ID)
    return error


def result_of(operation: Operation[Any, ResultT], parsed: Parsed, attempt: Attempt) -> ResultT:
    """Return the result for the dictionary that an aiobotocore client returned.

    It is the model read from the response, unless a hook on the client has changed the dictionary.

    Raises:
        InvalidResponseError: A member has a type that the service's model does not allow.
    """
    metadata = ResponseMetadata.from_boto(
        parsed.get("ResponseMetadata") or {},  # a hook that returns the response may omit it
        attempts=attempt.number,
        client_token=attempt.call.client_token,
    )
    members = {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
    model = attempt.result
    if model is not None and not (attempt.shown and _changed(model, members)):
        return cast("ResultT", model).__with_metadata__(metadata)
    try:
        result = operation.result_type.from_boto(members)
    except InvalidRequestError as error:
        names = ", ".join(path for path, _ in error.problems)
        msg = f"members of the response have another type than the service's model says: {names}"
        raise InvalidResponseError(msg) from None
    return result.__with_metadata__(metadata)


def _changed(model: Result, members: Parsed) -> bool:
    """Whether a dictionary differs from the model's; pydantic's faster dump is compared first."""
    dumped = model.model_dump(by_alias=True, exclude_none=True, warnings=False)
    return members != dumped and members != model.to_boto()


async def read_error(model: Any, status: int, headers: Headers, body: bytes) -> Parsed:
    """Read a response with any other status, with botocore's parser where the content allows that.

    Raises:
        InvalidResponseError: It is a redirect.
    """
    if status < FIRST_CLIENT_ERROR:
        raise redirected(status, headers.get(REQUEST_ID))
    service = model.service_model
    content = object_in(body)
    code = error_code(headers, content or {}, service.shape_for_error_code) or str(status)
    parse = _PARSERS[service.resolved_protocol]().parse
    context = {"operation_name": model.name}
    response = {"status_code": status, "headers": headers, "body": body, "context": context}
    known = service.shape_for_error_code(code)
    if content is not None and any(not isinstance(content.get(name, ""), str) for name in CODES):
        # botocore's parser fails on them; the rest of the error is still read.
        response["body"] = to_json({k: v for k, v in content.items() if k not in CODES})
    parsed = None if content is None else await _parsed(parse, model.output_shape, response)
    if parsed is None:
        parsed = error_without_body(status, headers)
    elif known:
        # Unreadable members are omitted; code, message and metadata stay.
        parsed.update(await _parsed(parse, known, response) or {})
    parsed["Error"]["Code"] = code
    return parsed


def error_code(headers: Headers, content: Parsed, known: Callable[[str], Any]) -> str:
    """Return the code of an error: the first modelled one that was sent, else the first one.

    awsJson1_0 and restJson1 allow the same locations, with a namespace before the name and a URI
    after it.

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
    """Return the error of a redirect."""
    text = "the server responded with a redirect, and redirects are not followed"
    return InvalidResponseError(text, http_status=status, request_id=request_id)


async def _parsed(parse: Any, shape: Any, response: Parsed) -> Parsed | None:
    """Read an error with botocore's parser; None where the parser fails."""
    try:
        parsed: Parsed = await parse(response, shape)
    except Exception:  # noqa: BLE001 -- unexpected content makes botocore raise anything
        return None
    return parsed


def object_in(body: bytes) -> Parsed | None:
    """Return the members of a JSON object; None for other bytes."""
    try:
        content = read_json(body, allow_inf_nan=True)
    except ValueError:
        return None
    return cast("Parsed", content) if isinstance(content, dict) else None


def error_without_body(status: int, headers: Headers) -> Parsed:
    """Return the dictionary of an error response whose body is not in the service's protocol."""
    metadata = response_metadata(status, headers)
    return {"Error": {"Code": "", "Message": ""}, "ResponseMetadata": metadata}


def response_metadata(status: int, headers: Headers) -> Parsed:
    """Return the dictionary in which botocore describes a response."""
    request_id = headers.get(REQUEST_ID)
    return {"RequestId": request_id, "HTTPStatusCode": status, "HTTPHeaders": headers}
