"""botocore's service models as small typed values.

This is the only module of the emulator that touches botocore: everything else sees `Shape`,
`Operation` and `ServiceModel`. A model is read from disk once per process, on first use, so that
starting another emulator is cheap.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import botocore
from botocore.loaders import Loader

Doc = dict[str, Any]
"""A JSON object: a request, a response, or a record of the state."""

Json = Any
"""Any JSON value, where nothing more is known about it."""

SMS = "pinpoint-sms-voice-v2"
SOCIAL = "socialmessaging"
END_USER = "endusermessaging"
SERVICES = (SMS, SOCIAL, END_USER)
STS = "sts"


@dataclass(frozen=True, slots=True)
class Member:
    """A structure's member and its location in a request."""

    shape: Shape
    location: str | None
    wire_name: str


@dataclass(slots=True)
class Shape:
    """One shape of a service model with every constraint that the model states."""

    name: str
    kind: str
    minimum: float | None = None
    maximum: float | None = None
    pattern: re.Pattern[str] | None = None
    enum: frozenset[str] | None = None
    required: tuple[str, ...] = ()
    union: bool = False
    timestamp_format: str | None = None
    members: dict[str, Member] = field(default_factory=dict[str, "Member"])
    element: Shape | None = None
    key: Shape | None = None
    status: int = 400


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: its address, input, output and errors."""

    service: str
    name: str
    method: str
    path: str
    input: Shape
    output: Shape
    errors: frozenset[str]
    token_member: str | None
    is_read: bool


class ServiceModel:
    """A service model, its shapes resolved when an operation is first accessed."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._raw: Doc = _load(name, "service-2")
        self.metadata: Doc = self._raw["metadata"]
        self.protocol: str = self.metadata["protocol"]
        self.signing_name: str = self.metadata.get("signingName", self.metadata["endpointPrefix"])
        self.target_prefix: str = self.metadata.get("targetPrefix", "")
        self.operation_names: tuple[str, ...] = tuple(self._raw["operations"])
        self._shapes: dict[str, Shape] = {}
        self._operations: dict[str, Operation] = {}

    def routes(self) -> dict[tuple[str, str], str]:
        """Operation names by method and path, for protocols that address by route."""
        return {
            (raw["http"]["method"], raw["http"]["requestUri"]): name
            for name, raw in self._raw["operations"].items()
        }

    def operation(self, name: str) -> Operation | None:
        """The named operation, or None where the model has none of that name."""
        known = self._operations.get(name)
        if known is not None:
            return known
        raw = self._raw["operations"].get(name)
        if raw is None:
            return None
        made = self._make_operation(name, raw)
        self._operations[name] = made
        return made

    def status_of(self, code: str) -> int:
        """The HTTP status of an error; 400 for codes that the model does not know."""
        return self.shape(code).status if code in self._raw["shapes"] else 400

    def members_of(self, name: str) -> frozenset[str]:
        """The members of a structure; none for a shape that the model does not know."""
        return frozenset(self.shape(name).members) if name in self._raw["shapes"] else frozenset()

    def shape(self, name: str, reference: Doc | None = None) -> Shape:
        """The named shape; a reference adds the constraints of this use."""
        known = self._shapes.get(name)
        if known is None:
            known = self._make_shape(name)
        if reference and "timestampFormat" in reference:
            return Shape(name, known.kind, timestamp_format=reference["timestampFormat"])
        return known

    def _make_operation(self, name: str, raw: Doc) -> Operation:
        nothing = Shape("Nothing", "structure")
        source = self.shape(raw["input"]["shape"]) if "input" in raw else nothing
        target = self.shape(raw["output"]["shape"]) if "output" in raw else nothing
        members: Doc = self._raw["shapes"].get(source.name, {}).get("members", {})
        tokens = [key for key, ref in members.items() if ref.get("idempotencyToken")]
        return Operation(
            service=self.name,
            name=name,
            method=raw["http"]["method"],
            path=raw["http"]["requestUri"],
            input=source,
            output=target,
            errors=frozenset(ref["shape"] for ref in raw.get("errors", [])),
            token_member=tokens[0] if tokens else None,
            # inferred: only Describe, List and Get operations can lag behind the writes.
            is_read=name.startswith(("Describe", "List", "Get")),
        )

    def _make_shape(self, name: str) -> Shape:
        raw: Doc = self._raw["shapes"][name]
        pattern = raw.get("pattern")
        shape = Shape(
            name=name,
            kind=raw["type"],
            minimum=raw.get("min"),
            maximum=raw.get("max"),
            # The patterns are Java's, where \d, \s and \w mean ASCII only.
            pattern=re.compile(pattern, re.ASCII) if pattern else None,
            enum=frozenset(raw["enum"]) if "enum" in raw else None,
            required=tuple(raw.get("required", ())),
            union=bool(raw.get("union")),
            timestamp_format=raw.get("timestampFormat"),
            status=raw.get("error", {}).get("httpStatusCode", 400),
        )
        self._shapes[name] = shape
        for member, ref in raw.get("members", {}).items():
            shape.members[member] = Member(
                shape=self.shape(ref["shape"], ref),
                location=ref.get("location"),
                wire_name=ref.get("locationName", member),
            )
        if shape.kind == "list":
            shape.element = self.shape(raw["member"]["shape"], raw["member"])
        elif shape.kind == "map":
            shape.key = self.shape(raw["key"]["shape"])
            shape.element = self.shape(raw["value"]["shape"], raw["value"])
        return shape


def _load(name: str, part: str) -> Doc:
    loader: Any = Loader()  # botocore ships no types
    document: Doc = loader.load_service_model(name, part)
    return document


@cache
def operation_names() -> dict[str, str]:
    """The operations of all services, by their own names and by those of Python's methods."""
    names = ["GetCallerIdentity"]
    for service in SERVICES:
        names.extend(service_model(service).operation_names)
    untyped: Any = botocore
    return {**{untyped.xform_name(name): name for name in names}, **{name: name for name in names}}


@cache
def service_model(name: str) -> ServiceModel:
    """The model of a service, read once per process: it never changes while the process runs."""
    return ServiceModel(name)
