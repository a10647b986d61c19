# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false
# These: aiobotocore ships no types, and inferred ones are partly unknown.
"""From a response to a result: bytes, or botocore's dictionaries, become models here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from smsreg._runtime.models.base import Result
from smsreg._runtime.models.decode import decode
from smsreg._runtime.models.metadata import REQUEST_ID, ResponseMetadata
from smsreg.errors import InvalidRequestError, InvalidResponseError

if TYPE_CHECKING:
    from smsreg._runtime.call import Attempt
    from smsreg._runtime.operation import Operation

ResultT = TypeVar("ResultT", bound=Result)

Parsed = dict[str, Any]
Headers = Mapping[str, str]

FIRST_SUCCESS = 200
FIRST_ERROR_STATUS = 300


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
    model = attempt.result
    if model is not None and not attempt.shown:
        return cast("ResultT", model)
    metadata = ResponseMetadata.from_boto(
        parsed.get("ResponseMetadata") or {},  # a hook that returns the response may omit it
        attempts=attempt.number,
        client_token=attempt.call.client_token,
    )
    members = {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
    if model is not None and not _changed(model, members):
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


def response_metadata(status: int, headers: Headers) -> Parsed:
    """Return the dictionary in which botocore describes a response."""
    request_id = headers.get(REQUEST_ID)
    return {"RequestId": request_id, "HTTPStatusCode": status, "HTTPHeaders": headers}
