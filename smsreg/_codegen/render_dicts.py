"""Typed dictionaries: what methods take in place of the structures inside requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg._codegen.plan import member_phrase, safe_name
from smsreg._codegen.render_models import imports_of, subject
from smsreg._codegen.text import PUBLISH, PUBLISHER, docstring, summary
from smsreg._codegen.types import TypeWriter

if TYPE_CHECKING:
    from smsreg._codegen.plan import Plan


def dictionaries(plan: Plan) -> dict[str, list[str]]:
    """Return the structures inside requests by the module they belong to; parts come first."""
    inputs = {operation.model.input for operation in plan.operations}
    found = {
        resource: [name for name in names if name in plan.in_requests and name not in inputs]
        for resource, names in plan.structures.items()
    }
    return {resource: names for resource, names in found.items() if names}


def dicts_module(plan: Plan, resource: str, names: list[str]) -> str:
    """Write the typed dictionaries of one resource."""
    writer = TypeWriter(plan)
    classes = "\n\n".join(_typed_dict(plan, writer, name) for name in names)
    imports = writer.imports
    own = {f"{name}Dict" for name in names}
    typing = ["TypedDict", *(["NotRequired"] if "NotRequired[" in classes else [])]
    lines = [
        docstring(f"Structures inside requests, as dictionaries, of {subject(plan, resource)}"),
        f"from typing_extensions import {', '.join(sorted(typing))}",
        PUBLISHER,
        *imports.outside(),
        *imports_of(plan, "_enums", imports.enums, level=".."),
        *imports_of(plan, "_models", imports.models, level=".."),
        *imports_of(plan, "", imports.dicts - own, level="."),
    ]
    return "\n".join(lines) + "\n\n\n" + classes + PUBLISH


def _typed_dict(plan: Plan, writer: TypeWriter, name: str) -> str:
    text = f"``{name}`` as a dictionary, under the names of its attributes."
    lines = [f"class {name}Dict(TypedDict):\n{docstring(summary(text, 4), 4)}"]
    for member in plan.shape(name).members:
        written = writer.parameter(member)
        if not member.required:
            written = f"NotRequired[{written} | None]"
        phrase = member_phrase(plan.tables, name, member.name)
        lines.append(f"    {safe_name(member.attribute)}: {written}")
        lines.append(docstring(summary(phrase, 4), 4))
    return "\n".join(lines)
