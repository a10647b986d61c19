"""The base classes of the generated models: requests, results, and the structures inside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast

from pydantic import ConfigDict, ValidationError, model_validator
from pydantic_core import PydanticCustomError
from typing_extensions import Self

from smsreg._public import publish
from smsreg._runtime.models.boto import without_nulls
from smsreg._runtime.models.metadata import Received, ResponseMetadata
from smsreg._runtime.models.model import Model
from smsreg._runtime.models.problems import problems
from smsreg._runtime.models.readers import reader_of
from smsreg.errors import InvalidRequestError

if TYPE_CHECKING:
    from typing import NoReturn

ResultT_co = TypeVar("ResultT_co", bound="Result", covariant=True)

ABSENT: Any = None
"""Default of a result's member that the service's model requires: None where it is missing."""


class RequestStructure(Model):
    """A structure inside requests: strict, even where it comes from a result."""

    model_config: ClassVar[ConfigDict] = ConfigDict(revalidate_instances="always")
    __may_be_empty__: ClassVar[bool] = False


class TaggedUnion(RequestStructure):
    """A structure inside requests that holds exactly one of its members."""

    __may_be_empty__: ClassVar[bool] = False

    @model_validator(mode="after")
    def _one_member(self) -> Self:
        present = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(present) != 1:
            names = ", ".join(type(self).model_fields)
            raise PydanticCustomError(
                "tagged_union", "Exactly one member must be set, of: {names}", {"names": names}
            )
        return self


class ResultStructure(Model):
    """A structure inside results: lenient."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow", cache_strings="keys")
    __in_request__: ClassVar[bool] = False
    __may_be_empty__: ClassVar[bool] = False

    @classmethod
    def _from_boto(cls, mapping: Mapping[str, Any]) -> Self:
        """Read leniently: unknown members are kept, and null or missing ones are None."""
        read = reader_of(cls).validate_python
        with suppress(ValidationError):
            result: Self = read(mapping, by_alias=True, by_name=False)
            return result
        try:
            result = read(without_nulls(mapping), by_alias=True, by_name=False)
        except ValidationError as error:
            found = tuple(problems(error))
        else:
            return result
        raise InvalidRequestError(None, found)


class Result(ResultStructure):
    """What an operation returns."""

    __slots__ = ("_response_metadata",)
    __may_be_empty__: ClassVar[bool] = True
    if TYPE_CHECKING:
        _response_metadata: ResponseMetadata | Received

    @classmethod
    def _from_boto(cls, mapping: Mapping[str, Any]) -> Self:
        given = cast("object", mapping)  # callers may pass anything
        metadata = mapping.get("ResponseMetadata") if isinstance(given, Mapping) else None
        if not isinstance(metadata, Mapping):
            return super()._from_boto(mapping)
        members = {name: value for name, value in mapping.items() if name != "ResponseMetadata"}
        facts = cast("Mapping[str, Any]", metadata)
        retries = facts.get("RetryAttempts")
        attempts = retries + 1 if isinstance(retries, int) else 1
        result = super()._from_boto(members)
        return result.__with_metadata__(ResponseMetadata.from_boto(facts, attempts=attempts))

    @property
    def response_metadata(self) -> ResponseMetadata:
        """Request id, HTTP status, attempts and headers; no part of equality and dumps."""
        try:
            known = self._response_metadata
        except AttributeError:
            return ResponseMetadata()
        if isinstance(known, Received):
            known = known.metadata()
            attach(self, known)
        return known

    def __with_metadata__(self, metadata: ResponseMetadata) -> Self:
        """Attach the metadata of the response, and return the result itself."""
        attach(self, metadata)
        return self

    def __copy__(self) -> Self:
        return super().__copy__().__with_metadata__(self.response_metadata)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return super().__deepcopy__(memo).__with_metadata__(self.response_metadata)

    def __getstate__(self) -> dict[Any, Any]:
        return {**super().__getstate__(), "metadata": self.response_metadata}

    def __setstate__(self, state: dict[Any, Any]) -> None:
        metadata = state.pop("metadata", None)
        super().__setstate__(state)
        if metadata is not None:
            self.__with_metadata__(metadata)


attach: Callable[[Result, ResponseMetadata | Received], None] = vars(Result)[
    "_response_metadata"
].__set__
"""Attaches the metadata of a response to a result, built or as received."""


class Page(Result):
    """One page of a listing."""

    __items__: ClassVar[str] = ""
    """The attribute with the page's items."""
    __may_be_empty__: ClassVar[bool] = True

    def __iter__(self) -> NoReturn:
        """Reject a plain loop over the page, which pydantic would run over its fields.

        Raises:
            TypeError: Always; it names what can be iterated.
        """
        msg = (
            f"{type(self).__name__} is one page of a listing: iterate its attribute "
            f"{self.__items__!r}, or every item of all pages with `async for` on the listing"
        )
        raise TypeError(msg)


if TYPE_CHECKING:

    class Request(Model, Generic[ResultT_co]):
        """What an operation takes; its type parameter is the type of the result."""

        __operation__: ClassVar[str]

else:

    class Request(Model):
        """What an operation takes; its type parameter is the type of the result."""

        __operation__: ClassVar[str] = ""
        __may_be_empty__: ClassVar[bool] = True

        # The parameter is for type checkers only: a generic pydantic model would create a class for
        # each result type, and would need that type at import time.
        def __class_getitem__(cls, result: object) -> type[Request]:
            return cls


publish("smsreg.types", Request, Result)
