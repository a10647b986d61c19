"""The description of an operation: frozen data, written by the generator."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, cast

from smsreg._public import publish

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
        input_token: The request's attribute for the continuation token.
        output_token: The result's attribute for it.
        limit: The request's attribute for the size of a page.
        items: The result's attribute with the items.
    """

    input_token: str
    output_token: str
    limit: str
    items: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """The error with which the service refuses an operation whose effect already exists.

    Attributes:
        code: The error's code.
        reason: The value of the error's ``Reason``; None where the code alone is the guard.
        resource_type: The value of the error's ``ResourceType``; None for any.
        conclusive: Whether the error has no other likely cause, so that the call was probably
            carried out. If not, the outcome stays unknown.
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
        idempotency: The effect of a second execution, which decides about retries.
        reason: Why the operation is in that class.
        guards: How the service refuses a second execution, for the class ``guarded``.
        token: The request's attribute for the idempotency token; None without one.
        paging: How the operation is paged; None where it is not.
        empty_result: Whether the result has no members, so that an empty response is one.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """The listings with the reasons for a denial, and the attributes to read.

    Attributes:
        statuses: Statuses of the description that a denial led to.
        number: The description's attribute with the number of the denied version.
        owner: The attribute of both requests that identifies the owner of the version.
        versions: The listing of versions.
        numbers: The attribute of its request that selects versions.
        reasons: The attribute of a version with the reasons.
        feedback: The attribute of a version, and of a value, with further feedback.
        values: The listing of a version's values.
        version: The attribute of its request that names the version.
        path: The attribute of a value that names it.
        reason: The attribute of a value with its reason.
    """

    statuses: frozenset[str]
    number: str
    owner: str
    versions: Operation[Any, Any]
    numbers: str
    reasons: str
    feedback: str
    values: Operation[Any, Any]
    version: str
    path: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Waiter:
    """The resource that a waiter polls, and how it reads the description; written by the generator.

    Attributes:
        operation: The listing that describes resources, or the operation that describes one.
        ids: The listing's attribute that selects resources; None where the operation describes one.
        id: The attribute of a description that identifies it, and the waiter's parameter.
        arn: The attribute with the ARN, which identifies it as well; None without one.
        parent: Another parameter of the waiter that the listing requires; None without one.
        status: The attribute with the status.
        success: Statuses that end the wait with success.
        failure: Statuses from which the target status is unreachable.
        action: Statuses in which the resource waits for its owner.
        timeout: Seconds to wait by default; None for no limit.
        endless: Descriptions without a default timeout, as an attribute and its values.
        min_delay: Seconds between the first polls.
        max_delay: The most seconds between polls.
        denial: Where the reasons for a denial are read; None where there are none.
        missing: The error code for a resource that does not exist.
        most_ids: The most resources that one request selects.
        page_size: The size of a page of the whole listing.
    """

    operation: Operation[Any, Any]
    ids: str | None = None
    id: str
    arn: str | None = None
    parent: str | None = None
    status: str
    success: frozenset[str]
    failure: frozenset[str]
    action: frozenset[str] = frozenset()
    timeout: float | None
    endless: tuple[str, frozenset[str]] | None = None
    min_delay: float
    max_delay: float
    denial: Denial | None = None
    missing: str = "ResourceNotFoundException"
    most_ids: int = 5
    page_size: int = 100

    def identifies(self, description: object, wanted: object) -> bool:
        """Whether a description is that of the wanted resource."""
        return wanted == getattr(description, self.id) or (
            self.arn is not None and wanted == getattr(description, self.arn)
        )

    def timeout_for(self, description: object) -> float | None:
        """Return the default timeout for a resource, given its description, or None."""
        if self.endless is not None and description is not None:
            attribute, values = self.endless
            if getattr(description, attribute) in values:
                return None
        return self.timeout


publish("smsreg.types", Operation)
