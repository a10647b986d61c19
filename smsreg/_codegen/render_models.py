"""Models, the scalar types of requests, and enums."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg._codegen.plan import COMMON, ERRORS, Plan, enum_member, member_phrase, safe_name
from smsreg._codegen.text import constraints, docstring, paragraph, summary
from smsreg._codegen.types import TypeWriter, scalar_definition

if TYPE_CHECKING:
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


def enums_module(plan: Plan, resource: str) -> str:
    """Write the enums of one resource."""
    in_requests = any(asked(plan, name) for name in plan.enums[resource])
    parts = [
        docstring(f"Enums of {subject(plan, resource)}")
        + ("\nfrom typing import TYPE_CHECKING, Annotated, Literal\n" if in_requests else "")
        + "\nfrom smsreg._runtime.models.enums import OpenEnum\n"
        + ("from smsreg._runtime.models.fields import KNOWN_ONLY\n" if in_requests else "")
    ]
    parts += [_enum(plan, name) for name in sorted(plan.enums[resource])]
    return "\n\n".join(parts)


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
    if not asked(plan, name):
        return "".join(lines)
    literal = ", ".join(repr(value) for value in shape.enum)
    lines.append(
        f"\n\nif TYPE_CHECKING:\n    {name}Input = {name} | Literal[{literal}]\n"
        f"else:\n    {name}Input = Annotated[{name}, KNOWN_ONLY]\n"
    )
    return "".join(lines)


def asked(plan: Plan, name: str) -> bool:
    """Whether requests have the enum as such; they have the table's enums as strings."""
    return name in plan.in_requests and name not in plan.tables.open_enums


def models_module(plan: Plan, resource: str) -> str:
    """Write the models of one resource."""
    writer = TypeWriter(plan)
    bases: set[str] = set()
    results = {o.model.input: o for o in plan.operations}
    answers = {o.model.output: o for o in plan.operations}
    classes: list[str] = []
    for name in plan.structures[resource]:
        shape = plan.shape(name)
        if name in results:
            operation = results[name]
            bases.add("Request")
            head = f'class {name}(Request["{operation.model.output}"]):\n'
            text = f"What ``{operation.model.method}`` takes."
            extra = f'    __operation__: ClassVar[str] = "{operation.model.method}"\n'
            source = _source(plan, operation.model.name)
        elif name in answers:
            operation = answers[name]
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
        classes.append("\n".join([head, *([extra] if extra else []), *members]))
    return _models_head(plan, resource, writer, bases, "\n\n".join(classes)) + "\n\n".join(
        ["", *classes]
    )


def _models_head(plan: Plan, resource: str, writer: TypeWriter, bases: set[str], body: str) -> str:
    imports = writer.imports
    if "ABSENT" in body:
        bases.add("ABSENT")
    lines = [docstring(f"Models of {subject(plan, resource)}"), ""]
    typing = [name for name in ("Annotated", "ClassVar") if f"{name}[" in body]
    if typing:
        lines += [f"from typing import {', '.join(typing)}", ""]
    if "Field(" in body:
        lines += ["from pydantic import Field", ""]
    lines += [f"from smsreg._runtime.models.base import {', '.join(sorted(bases))}"]
    if imports.markers:
        lines += [f"from smsreg._runtime.models.fields import {', '.join(sorted(imports.markers))}"]
    if imports.scalars:
        lines += ["from .. import _scalars as t"]
    lines += imports_of(plan, "_enums", imports.enums, level="..")
    lines += imports_of(plan, "", imports.models, level=".", skip=resource)
    return "\n".join(lines) + "\n"


def imports_of(
    plan: Plan, package: str, names: set[str], *, level: str, skip: str | None = None
) -> list[str]:
    """Write the import lines for models or enums, grouped by the module they live in."""
    modules: dict[str, list[str]] = {}
    for name in sorted(names):
        home = plan.home.get(name) or plan.home[name.removesuffix("Input").removesuffix("Dict")]
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
    """Say what a module of one resource is about, as the end of a sentence."""
    if resource == COMMON:
        return "more than one resource."
    if resource == ERRORS:
        return "errors alone."
    sentence = plan.tables.resources[resource]
    return f"{plan.tables.title}: {sentence[0].lower()}{sentence[1:]}"
