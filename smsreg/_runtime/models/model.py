"""The base class of all models."""

from __future__ import annotations

import datetime as dt
from contextvars import ContextVar
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from pydantic import BaseModel, ConfigDict, ValidationError
from typing_extensions import Self

from smsreg._public import publish
from smsreg._runtime.models.bookkeeping import SLOTS, bookkeeping, share_names
from smsreg._runtime.models.boto import wire_names, with_boto_names
from smsreg._runtime.models.problems import problems
from smsreg._runtime.models.redaction import REDACTED, secrets, withheld, withholding
from smsreg._runtime.models.schemas import describe
from smsreg._runtime.models.shown import ShownModel
from smsreg._runtime.tracebacks import outcome_of
from smsreg.errors import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import core_schema

ModelT = TypeVar("ModelT", bound="Model")
"""Instead of Self, which Jedi resolves to the class that it is written in."""

_building: ContextVar[frozenset[type]] = ContextVar("_building", default=frozenset())
"""The models whose validators are being built."""


class Model(ShownModel):
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
    __may_be_empty__: ClassVar[bool] = False
    """Whether a model derived from this base may have no members; each base says so itself."""

    @classmethod
    def __pydantic_init_subclass__(cls, **options: Any) -> None:
        super().__pydantic_init_subclass__(**options)
        if "__may_be_empty__" in vars(cls):
            _forget_annotations(cls)
            return
        if cls.model_fields or cls.__may_be_empty__:
            # The class has been created without a validator. What a framework derives from it
            # (a TypeAdapter, a user's subclass) must not be deferred as well; subclasses in this
            # package set ``defer_build`` themselves.
            cls.model_config["defer_build"] = False

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[BaseModel], handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        if cls not in _building.get():
            # Read as a part of another model: its instances need a serializer of their own.
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
    def model_rebuild(cls, **options: Any) -> bool | None:
        """Build the validator and the serializer now, as pydantic otherwise does on first use."""
        if cls.__pydantic_complete__ and not options.get("force"):
            return None
        # One frame further from the code whose names annotations may refer to.
        depth: int = options.pop("_parent_namespace_depth", 2) + 1
        token = _building.set(_building.get() | {cls})
        try:
            built = super().model_rebuild(**options, _parent_namespace_depth=depth)
        finally:
            _building.reset(token)
        if built:
            share_names(cls)
        return built

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **values: Any) -> Self:
        """Make a model without validation, as pydantic's ``BaseModel.model_construct`` does."""
        cls.model_rebuild()
        return super().model_construct(_fields_set, **values)

    @classmethod
    def model_validate_json(
        cls,
        json_data: str | bytes | bytearray,
        **options: Any,
    ) -> Self:
        """Read the model from JSON.

        Args:
            json_data: A JSON object.
            **options: As pydantic's ``BaseModel.model_validate_json`` takes them.

        Raises:
            ValidationError: It is not JSON, or does not fit the structure.
        """
        try:
            return super().model_validate_json(json_data, **options)
        except ValidationError as error:  # of invalid JSON, which reaches no model
            refused = withheld(error)
        raise refused  # outside the block, whose exception it would reference

    if not TYPE_CHECKING:  # type checkers know all members, and that they are read-only

        def __getattr__(self, name: str) -> object:
            return bookkeeping(self, name) if name in SLOTS else super().__getattr__(name)

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
        """Attributes that the service calls required and that were missing in its response."""
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
            return cls.model_validate(with_boto_names(mapping), by_alias=True, by_name=False)
        except ValidationError as error:
            found = tuple(problems(error))
        raise InvalidRequestError(None, found)

    def to_boto(self) -> dict[str, Any]:
        """Return the dictionary that boto3 takes or returns: the service's names, no unset member.

        Enum members become plain strings; ``False``, ``0``, ``""`` and empty lists are kept.
        """
        return _members_of(self)

    def __secrets__(self) -> Iterator[str]:
        """Yield the strings in sensitive members, which must not appear in a message."""
        return secrets(self, hidden=False)

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        for name, value in self.__dict__.items():
            if value is not None:
                yield name, REDACTED if name in self.__sensitive__ else value
        for name in self.__pydantic_extra__ or ():
            yield ascii(name)[1:-1], REDACTED


def _forget_annotations(cls: type[BaseModel]) -> None:
    """Forget a base's annotations, which pydantic would evaluate again for each derived model.

    pydantic does the same with those of its own base. They are those of class variables.
    """
    if not cls.model_fields:
        vars(cls).get("__annotations__", {}).clear()


_forget_annotations(Model)

_SAME = frozenset({str, int, float, bool, bytes, dt.datetime})
"""Types whose values boto3 takes unchanged; checking them first is faster than checking models."""


def _members_of(model: BaseModel) -> dict[str, Any]:
    """Return the set members of a model, with nested models converted alike."""
    members = model.__dict__
    return {
        alias: value if type(value) is str else _plain(value)
        for name, alias in wire_names(type(model))
        if (value := members[name]) is not None
    }


def _plain(value: Any) -> Any:
    if type(value) in _SAME:
        return value
    if isinstance(value, Enum):
        return value._value_
    if isinstance(value, BaseModel):
        to_boto = getattr(value, "to_boto", None)
        return _members_of(value) if to_boto is None else to_boto()
    if isinstance(value, list):
        return [_plain(item) for item in cast("list[object]", value)]
    if isinstance(value, dict):
        entries = cast("dict[object, object]", value).items()
        return {_plain(key): _plain(item) for key, item in entries}
    return value


def _hashable(value: object) -> object:
    """Return a hashable value that compares equal when the member does."""
    if isinstance(value, list):
        return tuple(map(_hashable, cast("list[object]", value)))
    if isinstance(value, dict):
        entries = cast("dict[object, object]", value).items()
        return frozenset((key, _hashable(item)) for key, item in entries)
    return value


publish("smsreg.types", Model)
