"""The Python types of members: in requests with their rules, in results without."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smsreg._codegen.plan import safe_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smsreg._codegen.plan import Plan
    from smsreg._codegen.service import Member, Shape

SCALARS = {
    "string": "str",
    "integer": "int",
    "long": "int",
    "double": "float",
    "float": "float",
    "boolean": "bool",
    "blob": "bytes",
    "timestamp": "dt.datetime",
}

READ = {"blob": "BlobBytes", "timestamp": "UtcDatetime"}
"""Types of results that have their own parser."""


@dataclass(kw_only=True)
class Imports:
    """The imports that a module's types need, collected as they are written."""

    models: set[str] = field(default_factory=set[str])
    dicts: set[str] = field(default_factory=set[str])
    enums: set[str] = field(default_factory=set[str])
    markers: set[str] = field(default_factory=set[str])
    scalars: bool = False
    datetime: bool = False
    blob: bool = False
    abc: set[str] = field(default_factory=set[str])

    def outside(self) -> list[str]:
        """Write the import lines for what is not of the service's package."""
        lines = ["import datetime as dt"] if self.datetime else []
        if self.abc:
            lines.append(f"from collections.abc import {', '.join(sorted(self.abc))}")
        if self.blob:
            lines.append("from smsreg._runtime.models.blobs import BlobInput")
        return lines


class TypeWriter:
    """Writes types, and records the imports they need."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.imports = Imports()

    def request(self, name: str) -> str:
        """Write the type of a member of a request, with the service's rules."""
        shape = self.plan.shape(name)
        if shape.kind == "structure":
            self.imports.models.add(name)
            return name
        if shape.enum:
            self.imports.enums.add(f"{name}Input")
            return f"{name}Input"
        if shape.kind == "list":
            return self._sized(f"list[{self.request(shape.item)}]", shape)
        if shape.kind == "map":
            return self._sized(
                f"dict[{self.request(shape.key)}, {self.request(shape.item)}]", shape
            )
        self.imports.scalars = True
        return f"t.{name}"

    def _sized(self, written: str, shape: Shape) -> str:
        rules = size_rules(shape)
        return f"Annotated[{written}, Field({', '.join(rules)})]" if rules else written

    def result(self, name: str) -> str:
        """Write the type of a member of a result, without rules."""
        shape = self.plan.shape(name)
        if shape.kind == "structure":
            self.imports.models.add(name)
            if self.plan.shared(name):
                self.imports.markers.add("IN_RESULT")
                return f"Annotated[{name}, IN_RESULT]"
            return name
        if shape.enum:
            self.imports.enums.add(name)
            return name
        if shape.kind == "list":
            return f"list[{self.result(shape.item)}]"
        if shape.kind == "map":
            return f"dict[{self.result(shape.key)}, {self.result(shape.item)}]"
        return self._read(shape)

    def item(self, name: str) -> str:
        """Write the type of one item of a listing, as the caller sees it."""
        if self.plan.shape(name).kind == "structure":
            self.imports.models.add(name)
            return name
        return self.result(name)

    def parameter(self, member: Member) -> str:
        """Write the type of a method's parameter, as the caller sees it."""
        return self._parameter(member.asked, member.known)

    def parameter_item(self, member: Member) -> str:
        """Write the type of one item of a parameter that takes a list."""
        return self._parameter(self.plan.shape(member.asked).item, member.known)

    def parameters(self, members: Iterable[Member]) -> list[str]:
        """Write the parameters for the members of a request, the optional ones with None."""
        return [
            f"{safe_name(member.attribute)}: {self.parameter(member)}"
            + ("" if member.required else " | None = None")
            for member in members
        ]

    def _parameter(self, name: str, known: str) -> str:
        shape = self.plan.shape(name)
        if shape.kind == "structure":
            self.imports.models.add(name)
            self.imports.dicts.add(f"{name}Dict")
            return f"{name} | {name}Dict"
        if shape.enum or (known and shape.kind == "string"):
            listed = f"{name}Input" if shape.enum else known
            self.imports.enums.add(listed)
            return listed
        if shape.kind == "list":
            self.imports.abc.add("Sequence")
            return f"Sequence[{self._parameter(shape.item, known)}]"
        if shape.kind == "map":
            self.imports.abc.add("Mapping")
            key, item = self._parameter(shape.key, ""), self._parameter(shape.item, known)
            return f"Mapping[{key}, {item}]"
        if shape.kind == "blob":
            self.imports.blob = True
            return "BlobInput"
        if shape.kind == "timestamp":
            self.imports.datetime = True
        return SCALARS[shape.kind]

    def _read(self, shape: Shape) -> str:
        """Write the type of a scalar in a result, with how it is read."""
        marker = READ.get(shape.kind)
        if marker is None:
            return SCALARS[shape.kind]
        self.imports.markers.add(marker)
        return marker


def size_rules(shape: Shape) -> list[str]:
    """Return the keyword arguments of ``Field`` for a shape's size, range and pattern."""
    low, high = (
        ("ge", "le")
        if shape.kind in {"integer", "long", "double", "float"}
        else (
            "min_length",
            "max_length",
        )
    )
    rules: list[str] = []
    if shape.minimum or (shape.minimum is not None and low == "ge"):
        rules.append(f"{low}={shape.minimum!r}")
    if shape.maximum is not None:
        rules.append(f"{high}={shape.maximum!r}")
    return rules


def scalar_definition(plan: Plan, name: str) -> str:
    """Write the definition of a request's scalar type, named after the service's shape."""
    shape = plan.shape(name)
    if shape.kind == "timestamp":
        return f"{name} = UtcDatetime\n"
    if shape.kind == "blob":
        return f"{name} = Annotated[bytes, BlobMarker({', '.join(size_rules(shape))})]\n"
    rules = ["strict=True", *size_rules(shape)]
    entry = plan.tables.patterns.get(name)
    pattern = shape.pattern if entry is None else entry["pattern"]
    why = "" if entry is None else f"# {entry['reason']}\n"
    if pattern is not None:
        rules.append(f"pattern={_raw(f'^(?:{pattern})$')}")
    return f"{why}{name} = Annotated[{SCALARS[shape.kind]}, Field({', '.join(rules)})]\n"


def _raw(text: str) -> str:
    quote = "'" if '"' in text else '"'
    return f"r{quote}{text}{quote}"
