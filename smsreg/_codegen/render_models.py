"""Models, the scalar types of requests, and enums."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg._codegen.plan import COMMON, ERRORS, Plan, enum_member, member_phrase, safe_name
from smsreg._codegen.text import (
    PUBLISH,
    PUBLISHER,
    constraints,
    docstring,
    lower_first,
    paragraph,
    summary,
)
from smsreg._codegen.types import Imports, TypeWriter, scalar_definition

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smsreg._codegen.service import Member, Shape


def scalars_module(plan: Plan) -> str:
    """Write the scalar types of requests: one for each of the service's shapes."""
    names = [
        name
        for name in sorted(plan.in_requests)
        if plan.shape(name).kind not in {"structure", "list", "map"} and not plan.shape(name).enum
    ]
    definitions = [scalar_definition(plan, name) for name in names]
    body = "\n".join(definitions)
    imports = "\n"
    if "BlobMarker(" in body:
        imports += "from smsreg._runtime.models.blobs import BlobMarker\n"
    if "UtcDatetime" in body:
        imports += "from smsreg._runtime.models.fields import UtcDatetime\n"
    return (
        docstring(f"Strings, numbers and blobs of {plan.tables.service}'s requests, with rules.")
        + "\nfrom typing import Annotated\n\nfrom pydantic import Field\n"
        + imports
        + "\n"
        + body
    )


def enum_modules(plan: Plan) -> list[str]:
    """Return the resources that have enums, or types for requests that list values."""
    return sorted({*plan.enums, *plan.known_home.values()})


def enums_module(plan: Plan, resource: str) -> str:
    """Write the enums of one resource, and what requests take in their place."""
    enums = sorted(plan.enums.get(resource, ()))
    strict = any(asked(plan, name) for name in enums)
    typing = ["TYPE_CHECKING", "Literal"] if plan.inputs(resource) else []
    typing += ["Annotated"] if strict else []
    parts = [
        docstring(f"Enums of {subject(plan, resource)}")
        + (f"\nfrom typing import {', '.join(sorted(typing))}\n" if typing else "")
        + (f"\n{PUBLISHER}\nfrom smsreg._runtime.models.enums import OpenEnum\n" if enums else "")
        + ("from smsreg._runtime.models.fields import KNOWN_ONLY\n" if strict else "")
    ]
    parts += [_enum(plan, name) for name in enums]
    known = [name for name, home in plan.known_home.items() if home == resource]
    parts += [_known_values(plan, name) for name in sorted(known)]
    return "\n\n".join(parts) + (PUBLISH if enums else "")


def _enum(plan: Plan, name: str) -> str:
    shape = plan.shape(name)
    text = summary(plan.tables.enum_phrases.get(name), 4)
    if name in plan.tables.open_enums:
        text += f"\n\n{paragraph(plan.tables.open_enums[name]['reason'], 4)}"
    else:
        text += f"\n\nSource: {plan.tables.api_reference}/API_Types.html"
    lines = [f"class {name}(OpenEnum):\n{docstring(text, 4)}\n"]
    for value in shape.enum:
        lines.append(f"    {enum_member(value)} = {value!r}\n")
        if phrase := plan.tables.value_phrase(name, value):
            lines.append(docstring(summary(phrase, 4), 4))
    if name in plan.in_requests:
        literal = f"{name} | {_literal(shape.enum)}"
        lines.append(
            _input(f"{name}Input", literal, f"Annotated[{name}, KNOWN_ONLY]")
            if asked(plan, name)
            else _input(f"{name}Input", f"{literal} | str", "str")
        )
    return "".join(lines)


def _known_values(plan: Plan, name: str) -> str:
    """Write the type of a string that requests take as it is, and editors complete."""
    entry = plan.tables.known_values[name]
    why = summary(f"{entry['phrase']} {entry['reason']}", 0)
    return _input(name, f"{_literal(entry['values'])} | str", "str").lstrip() + docstring(why)


def _literal(values: Iterable[str]) -> str:
    return f"Literal[{', '.join(repr(value) for value in values)}]"


def _input(name: str, static: str, dynamic: str) -> str:
    """Write what requests take, for type checkers and editors and for pydantic."""
    return f"\n\nif TYPE_CHECKING:\n    {name} = {static}\nelse:\n    {name} = {dynamic}\n"


def asked(plan: Plan, name: str) -> bool:
    """Whether requests have the enum as such; they have the table's enums as strings."""
    return name in plan.in_requests and name not in plan.tables.open_enums


def models_module(plan: Plan, resource: str) -> str:
    """Write the models of one resource."""
    writer, typing = TypeWriter(plan), TypeWriter(plan)
    bases: set[str] = set()
    inputs = {o.model.input: o for o in plan.operations}
    outputs = {o.model.output: o for o in plan.operations}
    classes: list[str] = []
    for name in plan.structures[resource]:
        shape = plan.shape(name)
        if name in inputs:
            operation = inputs[name]
            bases.add("Request")
            head = f'class {name}(Request["{operation.model.output}"]):\n'
            text = f"What ``{operation.model.method}`` takes."
            extra = f'    __operation__: ClassVar[str] = "{operation.model.method}"\n'
            source = _source(plan, operation.model.name)
        elif name in outputs:
            operation = outputs[name]
            paging = operation.model.paging
            base = "Result" if paging is None else "Page"
            bases.add(base)
            head = f"class {name}({base}):\n"
            text = f"What ``{operation.model.method}`` returns."
            extra = _required(shape)
            if paging is not None:
                extra += f'    __items__: ClassVar[str] = "{plan.attribute(name, paging.items)}"\n'
            source = _source(plan, operation.model.name)
        else:
            in_request = name in plan.in_requests
            base = "RequestStructure" if in_request else "ResultStructure"
            base = "TaggedUnion" if shape.union and in_request else base
            bases.add(base)
            head = f"class {name}({base}):\n"
            text = plan.tables.structure_phrases.get(name)
            extra = _required(shape) if name in plan.in_results else ""
            source = _source(plan, name)
        if hidden := plan.sensitive[name]:
            listed = ", ".join(f'"{attribute}"' for attribute in sorted(hidden))
            extra += f"    __sensitive__: ClassVar[frozenset[str]] = frozenset({{{listed}}})\n"
        head += docstring(f"{summary(text, 4)}\n\n{source}", 4)
        strict = name in plan.in_requests
        members = [_member(plan, writer, name, member, strict=strict) for member in shape.members]
        made = [_constructor(typing, shape)] if strict and shape.members else []
        classes.append("\n".join([head, *([extra] if extra else []), *members, *made]))
    body = "\n\n".join(classes)
    imports, static = writer.imports, typing.imports
    head = _models_head(plan, resource, body, imports=imports, static=static, bases=bases)
    return head + "\n\n".join(["", *classes]) + PUBLISH


def _constructor(typing: TypeWriter, shape: Shape) -> str:
    """Write what a model's constructor takes, for type checkers and editors alone."""
    parameters = ", ".join(typing.parameters(shape.members))
    return f"    if TYPE_CHECKING:\n\n        def __init__(self, *, {parameters}) -> None: ...\n"


def _models_head(
    plan: Plan, resource: str, body: str, *, imports: Imports, static: Imports, bases: set[str]
) -> str:
    if "ABSENT" in body:
        bases.add("ABSENT")
    lines = [docstring(f"Models of {subject(plan, resource)}"), ""]
    typing = [name for name in ("Annotated", "ClassVar") if f"{name}[" in body]
    typing += ["TYPE_CHECKING"] if "TYPE_CHECKING" in body else []
    if typing:
        lines += [f"from typing import {', '.join(typing)}", ""]
    if "Field(" in body:
        lines += ["from pydantic import Field", ""]
    lines += [PUBLISHER, f"from smsreg._runtime.models.base import {', '.join(sorted(bases))}"]
    if imports.markers:
        lines += [f"from smsreg._runtime.models.fields import {', '.join(sorted(imports.markers))}"]
    if imports.scalars:
        lines += ["from .. import _scalars as t"]
    lines += imports_of(plan, "_enums", imports.enums, level="..")
    lines += imports_of(plan, "", imports.models, level=".", skip=resource)
    only_typing = [
        *static.outside(),
        *imports_of(plan, "_dicts", static.dicts, level=".."),
        *imports_of(plan, "_enums", static.enums - imports.enums, level=".."),
    ]
    if only_typing:
        lines += ["", "if TYPE_CHECKING:", *(f"    {line}" for line in only_typing)]
    return "\n".join(lines) + "\n"


def imports_of(
    plan: Plan, package: str, names: set[str], *, level: str, skip: str | None = None
) -> list[str]:
    """Write the import lines for models or enums, grouped by the module they live in."""
    modules: dict[str, list[str]] = {}
    for name in sorted(names):
        home = plan.home_of(name)
        if home != skip:
            modules.setdefault(home, []).append(name)
    prefix = f"{level}{package}." if package else level
    return [f"from {prefix}{home} import {', '.join(modules[home])}" for home in sorted(modules)]


def _required(shape: Shape) -> str:
    names = [safe_name(member.attribute) for member in shape.members if member.required]
    if not names:
        return ""
    listed = ", ".join(f'"{name}"' for name in names)
    return f"    __required__: ClassVar[tuple[str, ...]] = ({listed},)\n"


def _member(plan: Plan, writer: TypeWriter, structure: str, member: Member, *, strict: bool) -> str:
    attribute = safe_name(member.attribute)
    written = writer.request(member.asked) if strict else writer.result(member.shape)
    default = ""
    if not member.required:
        written += " | None"
        default = " = None"
    elif not strict:
        writer.imports.markers.add("OrNone")
        written = f"OrNone[{written}, ABSENT]"
        default = " = ABSENT"
    text = member_phrase(plan.tables, structure, member.name)
    if strict and (facts := constraints(plan, member.asked)):
        text += f" {facts}"
    return (
        f'    {attribute}: Annotated[{written}, Field(alias="{member.name}")]{default}\n'
        + docstring(summary(text, 4), 4)
    )


def _source(plan: Plan, name: str) -> str:
    return f"Source: {plan.tables.api_reference}/API_{name}.html"


def subject(plan: Plan, resource: str) -> str:
    """Return the subject of a module of one resource, as the end of a sentence."""
    if resource == COMMON:
        return "more than one resource."
    if resource == ERRORS:
        return "errors alone."
    return f"{plan.tables.title}: {lower_first(plan.tables.resources[resource])}"
