"""The base classes of all generated models."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import PydanticCustomError, from_json
from typing_extensions import Self

from smsreg._runtime.models.decode import validate_lenient
from smsreg._runtime.models.metadata import ResponseMetadata
from smsreg.errors import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import NoReturn

ResultT_co = TypeVar("ResultT_co", bound="Result", covariant=True)

ABSENT: Any = None
"""Default of a result's member that the service calls required: None where it was left out."""


class _Redacted:
    """Stands for a value that must not be printed."""

    def __repr__(self) -> str:
        return "***"


_REDACTED = _Redacted()


class Model(BaseModel):
    """A structure of the service: frozen, with the service's member names as aliases."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=False,
        hide_input_in_errors=True,
        defer_build=True,
        protected_namespaces=(),
        val_json_bytes="base64",
        ser_json_bytes="base64",
        val_temporal_unit="seconds",
    )

    __sensitive__: ClassVar[frozenset[str]] = frozenset()
    """Attributes with personal or secret data, shown as ``***``."""
    __required__: ClassVar[tuple[str, ...]] = ()
    """Attributes that the service promises in its answers."""

    @property
    def missing_members(self) -> tuple[str, ...]:
        """Attributes that the service calls required and that were missing in its answer."""
        return tuple(name for name in self.__required__ if getattr(self, name) is None)

    @classmethod
    def from_boto(cls, mapping: Mapping[str, Any], /) -> Self:
        """Build the model from the dictionary that boto3 takes or returns.

        Args:
            mapping: The members under the service's names, with nested dictionaries.

        Raises:
            InvalidRequestError: The dictionary does not fit the structure.
        """
        try:
            return cls.model_validate(mapping, by_alias=True, by_name=False)
        except ValidationError as error:
            raise InvalidRequestError(None, problems(error)) from None

    def to_boto(self) -> dict[str, Any]:
        """Give the dictionary that boto3 takes or returns: the service's names, no unset member.

        Enum members become plain strings; ``False``, ``0``, ``""`` and empty lists are kept.
        """
        members = self.__dict__
        return {
            alias: _plain(value)
            for name, alias in _wire_names(type(self))
            if (value := members[name]) is not None
        }

    def secrets(self) -> Iterator[str]:
        """Give the strings in sensitive members, which must not stand in a message."""
        return _secrets(self, hidden=False)

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        for name, value in self.__dict__.items():
            if value is not None:
                yield name, _REDACTED if name in self.__sensitive__ else value
        for name in self.__pydantic_extra__ or ():
            yield ascii(name)[1:-1], _REDACTED


class RequestStructure(Model):
    """A structure inside requests: strict."""


class TaggedUnion(RequestStructure):
    """A structure inside requests that holds exactly one of its members."""

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

    @classmethod
    def from_boto(cls, mapping: Mapping[str, Any], /) -> Self:
        """Build the model from the dictionary that boto3 returns; unknown members are kept.

        Args:
            mapping: The members under the service's names, with nested dictionaries.

        Raises:
            InvalidRequestError: A member has a type that the structure cannot hold.
        """
        try:
            return validate_lenient(cls, mapping)
        except ValidationError as error:
            raise InvalidRequestError(None, problems(error)) from None


class Result(ResultStructure):
    """What an operation returns."""

    __slots__ = ("_response_metadata",)
    if TYPE_CHECKING:
        _response_metadata: ResponseMetadata

    @classmethod
    def from_boto(cls, mapping: Mapping[str, Any], /) -> Self:
        """Build the result from the dictionary that boto3 returns.

        ``ResponseMetadata``, which boto3 adds to the members, becomes ``response_metadata``.
        Unknown members are kept.

        Args:
            mapping: The members under the service's names, with nested dictionaries.

        Raises:
            InvalidRequestError: A member has a type that the structure cannot hold.
        """
        metadata = mapping.get("ResponseMetadata")
        if not isinstance(metadata, Mapping):
            return super().from_boto(mapping)
        members = {name: value for name, value in mapping.items() if name != "ResponseMetadata"}
        facts = cast("Mapping[str, Any]", metadata)
        attempts = int(facts.get("RetryAttempts") or 0) + 1
        result = super().from_boto(members)
        return result.with_metadata(ResponseMetadata.from_boto(facts, attempts=attempts))

    @property
    def response_metadata(self) -> ResponseMetadata:
        """Request id, HTTP status, attempts and headers; no part of equality and dumps."""
        try:
            return self._response_metadata
        except AttributeError:
            return ResponseMetadata()

    def with_metadata(self, metadata: ResponseMetadata) -> Self:
        """Attach what is known of the answer, once, and return the result itself."""
        object.__setattr__(self, "_response_metadata", metadata)
        return self

    def __copy__(self) -> Self:
        return super().__copy__().with_metadata(self.response_metadata)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return super().__deepcopy__(memo).with_metadata(self.response_metadata)

    def __getstate__(self) -> dict[Any, Any]:
        return {**super().__getstate__(), "metadata": self.response_metadata}

    def __setstate__(self, state: dict[Any, Any]) -> None:
        metadata = state.pop("metadata", None)
        super().__setstate__(state)
        if metadata is not None:
            self.with_metadata(metadata)


class Page(Result):
    """One page of a listing."""

    __items__: ClassVar[str] = ""
    """The attribute with the page's items."""

    def __iter__(self) -> NoReturn:
        """Refuse a plain loop over the page, which pydantic makes one over its fields.

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

        # The parameter is for type checkers only: a generic pydantic model would make a class of
        # its own for each result type, and would need that type at import time.
        def __class_getitem__(cls, result: object) -> type[Request]:
            return cls


def problems(error: ValidationError) -> Iterator[tuple[str, str]]:
    """List what pydantic found, as (member path, rule), without the values."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    # A refused key of a map is an offending value itself: the path ends at its map.
    refused = {detail["loc"][:-1] for detail in details if detail["loc"][-1:] == (_KEY,)}
    for detail in details:
        location = detail["loc"]
        ends = (end for end in range(1, len(location) + 1) if location[:end] in refused)
        end = next(ends, len(location) + 1)
        yield _path(location[: end - 1]), detail["msg"]


_KEY = "[key]"
"""The last step of pydantic's location of a map's key."""


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for step in location:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += f".{step}" if path else step
    return path


_wire: dict[type[Model], tuple[tuple[str, str], ...]] = {}


def _wire_names(cls: type[Model]) -> tuple[tuple[str, str], ...]:
    names = _wire.get(cls)
    if names is None:
        names = _wire[cls] = tuple(
            (name, info.alias or name) for name, info in cls.model_fields.items()
        )
    return names


def _plain(value: Any) -> Any:  # noqa: ANN401 -- any member
    if isinstance(value, Model):
        return value.to_boto()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, list):
        return [_plain(item) for item in cast("list[object]", value)]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in cast("dict[str, object]", value).items()}
    return value


SHORTEST_SECRET = 3
"""Shorter strings are left in messages: they tell nothing, and would tear every text apart."""


def _secrets(value: object, *, hidden: bool) -> Iterator[str]:
    """Give the strings in a value that are sensitive, as all are in a sensitive member."""
    if isinstance(value, Model):
        for name, member in value.__dict__.items():
            yield from _secrets(member, hidden=hidden or name in value.__sensitive__)
    elif isinstance(value, bytes):
        yield from _secrets(_content(value), hidden=hidden) if hidden else ()
    elif isinstance(value, str):
        if hidden and len(value) >= SHORTEST_SECRET and not isinstance(value, Enum):
            yield value
    else:
        for item in _items(value):
            yield from _secrets(item, hidden=hidden)


def _items(value: object) -> Iterable[object]:
    """Give what is in a list or a map."""
    if isinstance(value, dict):
        return cast("dict[str, object]", value).values()
    return cast("list[object]", value) if isinstance(value, list) else ()


def _content(blob: bytes) -> object:
    """Read a blob as the JSON that WhatsApp messages are, else as text, else as nothing."""
    try:
        return from_json(blob)
    except ValueError:
        return blob.decode("utf-8", "ignore") if len(blob) <= LONGEST_TEXT else ""


LONGEST_TEXT = 4096
"""Bytes of a blob that may be a text which a server would quote."""
