"""The base classes of all generated models."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import PydanticCustomError
from typing_extensions import Self

from smsreg._runtime.models.metadata import ResponseMetadata
from smsreg._runtime.models.readers import reader_of
from smsreg._runtime.models.redaction import KEY, REDACTED, secrets, withheld, withholding
from smsreg._runtime.models.schemas import describe
from smsreg._runtime.tracebacks import outcome_of
from smsreg.errors import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import NoReturn

    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import core_schema

ModelT = TypeVar("ModelT", bound="Model")
"""Instead of Self, which Jedi takes for the class that it is written in."""
ResultT_co = TypeVar("ResultT_co", bound="Result", covariant=True)

ABSENT: Any = None
"""Default of a result's member that the service calls required: None where it was left out."""

_building: ContextVar[frozenset[type]] = ContextVar("_building", default=frozenset())
"""The models whose validators are being built."""


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
    """Attributes that the service promises in its responses."""
    __in_request__: ClassVar[bool] = True
    """Whether sensitive members are ``writeOnly`` in schemas."""

    @classmethod
    def __pydantic_init_subclass__(cls, **options: Any) -> None:  # noqa: ANN401 -- pydantic's
        super().__pydantic_init_subclass__(**options)
        if cls.__module__ == __name__:
            return
        if cls.model_fields or issubclass(cls, (Request, Result)):
            # The class has been created without a validator. What a framework derives from it
            # (a TypeAdapter, a user's subclass) is not to be put off as well; subclasses of this
            # package that are to be put off say so.
            cls.model_config["defer_build"] = False

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[BaseModel], handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        if cls not in _building.get():
            # Read as a part of another model: its instances have to dump by themselves as well.
            cls.model_rebuild(raise_errors=False)
        return withholding(handler(source))

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        described = handler(schema)
        describe(
            handler.resolve_ref_schema(described),
            cls,
            sensitive=cls.__sensitive__,
            in_request=cls.__in_request__,
        )
        return described

    @classmethod
    def model_rebuild(cls, **options: Any) -> bool | None:  # noqa: ANN401 -- pydantic's options
        """Build the validator and the serializer now, as pydantic otherwise does on first use."""
        if cls.__pydantic_complete__ and not options.get("force"):
            return None
        # One frame further from whoever may have defined names that annotations refer to.
        depth: int = options.pop("_parent_namespace_depth", 2) + 1
        token = _building.set(_building.get() | {cls})
        try:
            return super().model_rebuild(**options, _parent_namespace_depth=depth)
        finally:
            _building.reset(token)

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **values: Any) -> Self:  # noqa: ANN401 -- any member
        """Make a model without validation, as pydantic's ``BaseModel.model_construct`` does."""
        cls.model_rebuild()
        return super().model_construct(_fields_set, **values)

    @classmethod
    def model_validate_json(
        cls,
        json_data: str | bytes | bytearray,
        **options: Any,  # noqa: ANN401 -- pydantic's options
    ) -> Self:
        """Read the model from JSON.

        Args:
            json_data: A JSON object.
            **options: As pydantic's ``BaseModel.model_validate_json`` takes them.

        Raises:
            ValidationError: The JSON is none, or does not fit the structure.
        """
        try:
            return super().model_validate_json(json_data, **options)
        except ValidationError as error:  # of text that is no JSON, which no model has seen
            refused = withheld(error)
        raise refused  # out of the block, whose exception it would keep

    if not TYPE_CHECKING:  # for type checkers, members are read-only as they are

        def __setattr__(self, name: str, value: object) -> None:
            try:
                return super().__setattr__(name, value)
            except ValidationError as error:
                refused = withheld(error)
            raise refused

    def __hash__(self) -> int:
        return hash((type(self), *map(_hashable, self.__dict__.values())))

    def __setstate__(self, state: dict[Any, Any]) -> None:
        type(self).model_rebuild()
        super().__setstate__(state)

    @property
    def missing_members(self) -> tuple[str, ...]:
        """Attributes that the service calls required and that were missing in its answer."""
        return tuple(name for name in self.__required__ if getattr(self, name) is None)

    @classmethod
    def from_boto(cls: type[ModelT], mapping: Mapping[str, Any], /) -> ModelT:  # noqa: PYI019 -- for Jedi
        """Build the model from the dictionary that boto3 takes or returns.

        Results and what is inside them are read leniently: unknown members are kept, and
        ``ResponseMetadata``, which boto3 adds, becomes ``response_metadata``.

        Args:
            mapping: The members under the service's names, with nested dictionaries.

        Raises:
            InvalidRequestError: The dictionary does not fit the structure.
        """
        built = outcome_of(cls._from_boto, mapping)
        del mapping
        return built.result()

    @classmethod
    def _from_boto(cls, mapping: Mapping[str, Any]) -> Self:
        try:
            return cls.model_validate(_with_boto_names(mapping), by_alias=True, by_name=False)
        except ValidationError as error:
            found = tuple(problems(error))
        raise InvalidRequestError(None, found)

    def to_boto(self) -> dict[str, Any]:
        """Return the dictionary that boto3 takes or returns: the service's names, no unset member.

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
        return secrets(self, hidden=False)

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        for name, value in self.__dict__.items():
            if value is not None:
                yield name, REDACTED if name in self.__sensitive__ else value
        for name in self.__pydantic_extra__ or ():
            yield ascii(name)[1:-1], REDACTED


class RequestStructure(Model):
    """A structure inside requests: strict, also where it came out of a result."""

    model_config: ClassVar[ConfigDict] = ConfigDict(revalidate_instances="always")


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


def without_nulls(content: Any) -> Any:  # noqa: ANN401 -- any JSON
    """Copy parsed JSON without the nulls in its objects and lists."""
    if isinstance(content, dict):
        members = cast("dict[str, object]", content)
        return {k: without_nulls(v) for k, v in members.items() if v is not None}
    if isinstance(content, list):
        items = cast("list[object]", content)
        return [without_nulls(item) for item in items if item is not None]
    return content


class ResultStructure(Model):
    """A structure inside results: lenient."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow", cache_strings="keys")
    __in_request__: ClassVar[bool] = False

    @classmethod
    def _from_boto(cls, mapping: Mapping[str, Any]) -> Self:
        """Read leniently: unknown members are kept, and what is null or missing is None."""
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
    if TYPE_CHECKING:
        _response_metadata: ResponseMetadata

    @classmethod
    def _from_boto(cls, mapping: Mapping[str, Any]) -> Self:
        metadata = mapping.get("ResponseMetadata")
        if not isinstance(metadata, Mapping):
            return super()._from_boto(mapping)
        members = {name: value for name, value in mapping.items() if name != "ResponseMetadata"}
        facts = cast("Mapping[str, Any]", metadata)
        attempts = int(facts.get("RetryAttempts") or 0) + 1
        result = super()._from_boto(members)
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
    refused = {detail["loc"][:-1] for detail in details if detail["loc"][-1:] == (KEY,)}
    for detail in details:
        location = detail["loc"]
        ends = (end for end in range(1, len(location) + 1) if location[:end] in refused)
        end = next(ends, len(location) + 1)
        yield _path(location[: end - 1]), detail["msg"]


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
        entries = cast("dict[object, object]", value).items()
        return {_plain(key): _plain(item) for key, item in entries}
    return value


def _with_boto_names(value: Any) -> Any:  # noqa: ANN401 -- any member
    """Replace the models in what boto3 takes by their dictionaries."""
    if isinstance(value, Model):
        members = {
            alias: _with_boto_names(value.__dict__[name])
            for name, alias in _wire_names(type(value))
        }
        return members | (value.__pydantic_extra__ or {})
    if isinstance(value, (list, tuple)):
        return [_with_boto_names(item) for item in cast("Iterable[object]", value)]
    if isinstance(value, Mapping):
        entries = cast("Mapping[object, object]", value).items()
        return {key: _with_boto_names(item) for key, item in entries}
    return value


def _hashable(value: object) -> object:
    """Give a value that is equal, and can be hashed, when a member is."""
    if isinstance(value, list):
        return tuple(map(_hashable, cast("list[object]", value)))
    if isinstance(value, dict):
        entries = cast("dict[object, object]", value).items()
        return frozenset((key, _hashable(item)) for key, item in entries)
    return value
