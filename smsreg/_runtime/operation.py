"""The description of an operation: frozen data, written by the generator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypeVar, cast

from smsreg._gc import no_garbage
from smsreg._public import publish

if TYPE_CHECKING:
    from collections.abc import Callable

    from smsreg._runtime.models.base import Request, Result
    from smsreg.errors import ServiceError

RequestT_co = TypeVar("RequestT_co", bound="Request[Any]", covariant=True)
ResultT_co = TypeVar("ResultT_co", bound="Result", covariant=True)

Idempotency = Literal["read", "token", "repeatable", "guarded", "unsafe"]


class Paging(NamedTuple):
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


class Guard(NamedTuple):
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
    def __read_request__(self) -> Callable[[dict[str, Any]], RequestT_co]:
        """Build the request from its attributes; errors of validation contain the values.

        The models, and pydantic, are loaded by the first call that needs them.
        """
        with no_garbage():
            from smsreg._runtime.models.readers import reader_of  # noqa: PLC0415 -- see above

            return reader_of(self.request_type).validate_python

    @cached_property
    def error_types(self) -> tuple[type[ServiceError], ...]:
        """The errors that the service models for the operation."""
        return tuple(self._load(f"..._errors:{name}") for name in self.errors)

    def __getstate__(self) -> dict[str, Any]:
        """Return what is copied and pickled: the description, without what has been loaded."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def _load(self, path: str) -> Any:  # noqa: ANN401 -- a model or an error
        module, _, name = path.partition(":")
        return getattr(import_module(module, self.package), name)


class Operations(Mapping[str, Operation[Any, Any]]):
    """The operations of a service, by the names of their methods; each is loaded on first use.

    Args:
        package: The package with the modules that define them.
        modules: For each method, the module.
    """

    def __init__(self, package: str, modules: dict[str, str]) -> None:
        self._package = package
        self._modules = modules
        self._loaded: dict[str, Operation[Any, Any]] = {}

    def __getitem__(self, name: str) -> Operation[Any, Any]:
        if name not in self._loaded:
            module = import_module(f"{self._package}.{self._modules[name]}")
            self._loaded[name] = getattr(module, name.upper())
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)


publish("smsreg.types", Operation)
