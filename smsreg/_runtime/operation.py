"""What the runtime knows of an operation: frozen data, written by the generator."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, cast

if TYPE_CHECKING:
    from smsreg._runtime.models.base import Request, Result
    from smsreg.errors import ServiceError

RequestT_co = TypeVar("RequestT_co", bound="Request[Any]", covariant=True)
ResultT_co = TypeVar("ResultT_co", bound="Result", covariant=True)

Idempotency = Literal["read", "token", "repeatable", "guarded", "unsafe"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Paging:
    """The attributes by which an operation is paged.

    Attributes:
        input_token: Where the request takes the continuation token.
        output_token: Where the result gives it.
        limit: Where the request takes the size of a page.
        items: Where the result has the items.
    """

    input_token: str
    output_token: str
    limit: str
    items: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A refusal that the effect of an operation leads to when the operation is carried out again.

    Attributes:
        code: The error's code.
        reason: The value of the error's ``Reason``; None where the code alone is the guard.
        resource_type: The value of the error's ``ResourceType``; None for any.
        conclusive: Whether nothing else is likely to be refused with this error, so that the call
            was probably carried out. If not, nothing can be said.
    """

    code: str
    reason: str | None = None
    resource_type: str | None = None
    conclusive: bool = True


@dataclass(frozen=True, kw_only=True)
class Operation(Generic[RequestT_co, ResultT_co]):
    """One operation of a service.

    Attributes:
        name: The service's name, such as ``CreateRegistration``.
        method_name: The client's method, such as ``create_registration``.
        idempotency: What a second execution would do, which decides about retries.
        reason: Why the operation is in that class.
        guards: How the service refuses a second execution, for the class ``guarded``.
        token: The request's attribute for the idempotency token; None without one.
        paging: How the operation is paged; None where it is not.
        empty_result: Whether the result has no members, so that an empty answer is one.
    """

    name: str
    method_name: str
    idempotency: Idempotency
    reason: str
    guards: tuple[Guard, ...] = field(default=(), repr=False)
    token: str | None = None
    paging: Paging | None = None
    empty_result: bool = False
    request: str = field(repr=False)
    result: str = field(repr=False)
    errors: tuple[str, ...] = field(repr=False)
    package: str = field(repr=False)

    @property
    def paginated(self) -> bool:
        """Whether the operation's method returns a ``Paginator``."""
        return self.paging is not None

    @cached_property
    def request_type(self) -> type[RequestT_co]:
        """The model of the request."""
        return cast("type[RequestT_co]", self._load(self.request))

    @cached_property
    def result_type(self) -> type[ResultT_co]:
        """The model of the result."""
        return cast("type[ResultT_co]", self._load(self.result))

    @cached_property
    def error_types(self) -> tuple[type[ServiceError], ...]:
        """The errors that the service models for the operation."""
        return tuple(self._load(f"..._errors:{name}") for name in self.errors)

    def _load(self, path: str) -> Any:  # noqa: ANN401 -- a model or an error
        module, _, name = path.partition(":")
        return getattr(import_module(module, self.package), name)
