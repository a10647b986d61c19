"""Results, listings and errors for unit tests that need no emulator.

They are the real classes, so that code under test finds the same attributes and methods as on the
results and errors of a client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from smsreg._runtime.models.base import ABSENT, Request, Result
from smsreg._runtime.models.metadata import ResponseMetadata
from smsreg._runtime.models.model import Model
from smsreg._runtime.operation import Operation, Paging
from smsreg.errors import ServiceError, ThrottlingError
from smsreg.pagination import Paginator

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ListedPage", "error_of", "paginator_of", "result_of"]

ItemT = TypeVar("ItemT")
ModelT = TypeVar("ModelT", bound=Model)
ErrorT = TypeVar("ErrorT", bound=ServiceError)

REQUEST_ID = "00000000-0000-4000-8000-000000000000"
"""The request id of results and errors that are made here."""


def result_of(model: type[ModelT], /, **members: Any) -> ModelT:  # noqa: ANN401 -- any members
    """Make a result, or a structure of one, from its members by their attributes' names.

    Members that are left out read as None, as where the service leaves them out. A result has a
    ``response_metadata`` of one attempt that succeeded.

    Args:
        model: The model's class.
        **members: Its members. Nested structures are models, or mappings of their attributes.

    Raises:
        TypeError: It is no model of this package, or has no member of a name.
        pydantic.ValidationError: A member has a type that the model does not allow.
    """
    _check_class("a model", model, Model)
    unknown = sorted(members.keys() - model.model_fields.keys())
    if unknown:
        msg = f"{model.__name__} has no member {', '.join(unknown)}"
        raise TypeError(msg)
    made = model.model_validate(members, by_name=True)
    if isinstance(made, Result):
        made.__with_metadata__(ResponseMetadata(request_id=REQUEST_ID, http_status=200))
    return made


def error_of(
    error_type: type[ErrorT],
    /,
    message: str = "",
    *,
    code: str | None = None,
    operation_name: str = "Operation",
    http_status: int = 400,
    **members: Any,  # noqa: ANN401 -- any members
) -> ErrorT:
    """Make an error as the client raises it.

    Args:
        error_type: A modelled exception such as ``sms_voice.ConflictException``, or
            ``ThrottlingError``, or ``ServiceError`` for a code that the service does not model.
        message: The service's message.
        code: The service's error code; by default the exception's name.
        operation_name: The service's name of the operation that was called.
        http_status: Status of the response.
        **members: Members that the service models, by their attributes' names.

    Raises:
        TypeError: It is no ``ServiceError``, which the others of ``smsreg.errors`` are not: they
            are made by their own constructors. Or it has no member of a name, or cannot hold the
            value.
    """
    _check_class("an error of a service", error_type, ServiceError)
    if code is None:
        code = "ThrottlingException" if error_type is ThrottlingError else error_type.__name__
    response: dict[str, Any] = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"RequestId": REQUEST_ID, "HTTPStatusCode": http_status},
    }
    for name, value in members.items():
        pascal = "".join(word.capitalize() for word in name.split("_"))
        response |= dict.fromkeys((pascal, pascal[0].lower() + pascal[1:]), _plain(value))
    error = error_type(response, operation_name)
    for name, value in members.items():
        modelled = isinstance(getattr(error_type, name, None), property)
        if not modelled or getattr(error, name) != value:
            msg = f"{error_type.__name__} has no member {name} that can hold this value"
            raise TypeError(msg)
    return error


def _check_class(what: str, given: object, base: type) -> None:
    if not isinstance(given, type) or not issubclass(given, base):
        name = given.__name__ if isinstance(given, type) else f"a {type(given).__name__}"
        msg = f"expected the class of {what}, a subclass of {base.__name__}, got {name}"
        raise TypeError(msg)


def _plain(value: Any) -> Any:  # noqa: ANN401 -- any member
    if isinstance(value, list):
        return [_plain(item) for item in cast("list[object]", value)]
    return value.to_boto() if isinstance(value, Model) else value


class ListedRequest(Request["ListedPage"]):
    """The request of a listing of ``paginator_of``."""

    next_token: str | None = None
    max_results: int | None = None


class ListedPage(Result):
    """A page of a listing of ``paginator_of``."""

    items: list[Any] = ABSENT
    """The page's items."""

    next_token: str | None = None
    """Where the next page begins; None on the last one."""


_LISTED: Operation[ListedRequest, ListedPage] = Operation(
    name="Listed",
    method_name="listed",
    idempotency="read",
    reason="It reads a list in memory.",
    paging=Paging(
        input_token="next_token",  # noqa: S106 -- a name
        output_token="next_token",  # noqa: S106 -- a name
        limit="max_results",
        items="items",
    ),
    request="smsreg.testing:ListedRequest",
    result="smsreg.testing:ListedPage",
    errors=(),
    package="smsreg.testing",
)


def paginator_of(
    items: Iterable[ItemT],
    *,
    operation: Operation[Any, Any] = _LISTED,
    page_size: int = 100,
    error: Exception | None = None,
) -> Paginator[Any, ItemT]:
    """Make a listing of items, as a paged operation's method returns it.

    Args:
        items: The items, kept as they are.
        operation: The operation that the listing replaces, such as
            ``SMSVoiceClient.operations["describe_pools"]``, so that pages are of its result type.
            By default they are ``ListedPage``, with ``items``.
        page_size: Items to a page, at least 1.
        error: Raised after the items, where a listing that fails part-way is to be tested.

    Raises:
        ValueError: ``page_size`` is less than 1.
        TypeError: The operation is not paged.
    """
    if page_size < 1:
        raise ValueError("page_size must be at least 1")
    held = list(items)

    async def fetch(request: Request[Any]) -> Result:
        paging = cast("Paging", operation.paging)
        start = int(getattr(request, paging.input_token) or 0)
        if start >= len(held) and error is not None:
            raise error
        end = start + page_size
        token = str(end) if end < len(held) or error is not None else None
        page: Result = operation.result_type.model_construct(
            **{paging.items: held[start:end], paging.output_token: token}
        )
        return page.__with_metadata__(ResponseMetadata(request_id=REQUEST_ID, http_status=200))

    return Paginator(operation, operation.request_type.model_construct(), fetch)
