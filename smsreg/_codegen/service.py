"""botocore's model of a service, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import botocore
from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader

from smsreg._codegen.problem import GeneratorError

if TYPE_CHECKING:
    from pathlib import Path

Raw = dict[str, Any]

_botocore: Any = botocore  # which ships no types

BOTOCORE_VERSION: str = _botocore.__version__


@dataclass(frozen=True, kw_only=True)
class Member:
    """One member of a structure.

    Attributes:
        shape: Its shape in results.
        asked: Its shape in requests: another one where the table makes an enum of a string, as a
            value that the table does not know may be known to the service.
        known: The name of the type with its known values, where requests take any string.
    """

    name: str
    attribute: str
    shape: str
    asked: str
    required: bool
    sensitive: bool
    idempotency_token: bool
    known: str = ""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One shape of the model; what does not apply to its kind is empty."""

    name: str
    kind: str
    members: tuple[Member, ...] = ()
    item: str = ""
    key: str = ""
    enum: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    union: bool = False
    exception: bool = False
    throttling: bool = False
    sensitive: bool = False


@dataclass(frozen=True, kw_only=True)
class Paging:
    """How botocore pages an operation, in the service's names."""

    input_token: str
    output_token: str
    limit: str
    items: str


@dataclass(frozen=True, kw_only=True)
class OperationModel:
    """One operation; an empty shape stands in where the model has none."""

    name: str
    method: str
    input: str
    output: str
    errors: tuple[str, ...]
    paging: Paging | None


@dataclass(frozen=True, kw_only=True)
class Service:
    """A whole service."""

    name: str
    service_id: str
    api_version: str
    operations: tuple[OperationModel, ...]
    shapes: dict[str, Shape] = field(repr=False)


def snake_case(name: str) -> str:
    """Return botocore's snake case of a name, as its client methods have it."""
    snake: str = _botocore.xform_name(name)
    return snake


def load(name: str, folder: Path | None = None) -> Service:
    """Read the newest model of the service that the installed botocore has, or another folder."""
    loader: Any = (
        Loader() if folder is None else Loader([str(folder)], include_default_search_paths=False)
    )
    try:
        model = cast("Raw", loader.load_service_model(name, "service-2"))
    except UnknownServiceError:
        raise GeneratorError(name, ["botocore has no service of this name"]) from None
    try:
        paginators: Raw = loader.load_service_model(name, "paginators-1")["pagination"]
    except UnknownServiceError:
        paginators = {}  # A service without listings has no such file.
    return parse(name, model, paginators)


def parse(name: str, model: Raw, paginators: Raw) -> Service:
    """Turn the contents of botocore's two files into plain data."""
    raw_shapes = cast("dict[str, Raw]", model["shapes"])
    shapes = {key: _shape(key, raw, raw_shapes) for key, raw in sorted(raw_shapes.items())}
    operations: list[OperationModel] = []
    for key, raw in sorted(cast("dict[str, Raw]", model["operations"]).items()):
        ends: list[str] = []
        for end, suffix in (("input", "Request"), ("output", "Result")):
            shape = raw[end]["shape"] if end in raw else f"{key}{suffix}"
            shapes.setdefault(shape, Shape(name=shape, kind="structure"))
            ends.append(shape)
        operations.append(
            OperationModel(
                name=key,
                method=snake_case(key),
                input=ends[0],
                output=ends[1],
                errors=tuple(sorted(error["shape"] for error in raw.get("errors", []))),
                paging=_paging(paginators.get(key)),
            )
        )
    return Service(
        name=name,
        service_id=model["metadata"]["serviceId"],
        api_version=model["metadata"]["apiVersion"],
        operations=tuple(operations),
        shapes=shapes,
    )


def _paging(raw: Raw | None) -> Paging | None:
    if raw is None:
        return None
    return Paging(
        input_token=raw["input_token"],
        output_token=raw["output_token"],
        limit=raw["limit_key"],
        items=raw["result_key"],
    )


def _shape(name: str, raw: Raw, shapes: dict[str, Raw]) -> Shape:
    required = set(raw.get("required", ()))
    members = tuple(
        Member(
            name=key,
            attribute=snake_case(key),
            shape=ref["shape"],
            asked=ref["shape"],
            required=key in required,
            sensitive=bool(ref.get("sensitive") or shapes[ref["shape"]].get("sensitive")),
            idempotency_token=bool(ref.get("idempotencyToken")),
        )
        for key, ref in cast("dict[str, Raw]", raw.get("members", {})).items()
    )
    # Required members first, as they are a method's first parameters; else in the model's order.
    members = tuple(sorted(members, key=lambda member: not member.required))
    item: Raw = raw.get("member") or raw.get("value") or {}
    return Shape(
        name=name,
        kind=raw["type"],
        members=members,
        item=item.get("shape", ""),
        key=raw.get("key", {}).get("shape", ""),
        enum=tuple(raw.get("enum", ())),
        minimum=raw.get("min"),
        maximum=raw.get("max"),
        pattern=raw.get("pattern"),
        union=bool(raw.get("union")),
        exception=bool(raw.get("exception")),
        throttling=bool(raw.get("retryable", {}).get("throttling")),
        sensitive=bool(raw.get("sensitive")),
    )
