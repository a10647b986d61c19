"""The errors that a service models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg._codegen.plan import THROTTLING_CODES, Plan, member_phrase
from smsreg._codegen.problem import GeneratorError
from smsreg._codegen.render_models import imports_of
from smsreg._codegen.text import PUBLISH, PUBLISHER, docstring, summary

if TYPE_CHECKING:
    from smsreg._codegen.service import Member

_IN_BASE = frozenset({"code", "message", "request_id"})


def errors_module(plan: Plan) -> str:
    """Write one exception class for each error of the model, and the map from code to class."""
    enums: set[str] = set()
    models: set[str] = set()
    bases: set[str] = set()
    classes: list[str] = []
    for name in plan.errors:
        shape = plan.shape(name)
        throttling = shape.throttling or name in THROTTLING_CODES
        base = "ThrottlingError" if throttling else "ServiceError"
        bases.add(base)
        text = summary(plan.tables.structure_phrases.get(name), 4)
        source = f"Source: {plan.tables.api_reference}/API_Operations.html"
        members = [
            _member(plan, name, member, enums, models)
            for member in shape.members
            if member.attribute not in _IN_BASE
        ]
        classes.append(
            f"class {name}({base}):\n" + docstring(f"{text}\n\n{source}", 4) + "".join(members)
        )
    lines = [
        docstring(f"Errors that {plan.tables.title} returns."),
        "from __future__ import annotations\n",
        "from typing import TYPE_CHECKING\n",
        PUBLISHER,
        f"from smsreg.errors import {', '.join(sorted({*bases, 'ServiceError'}))}\n",
    ]
    names = enums | models
    if enums:
        lines += imports_of(plan, "_enums", enums, level=".")
    if models:
        lines += imports_of(plan, "_models", models, level=".")
    if names:
        lines += [""]
    lines += ["if TYPE_CHECKING:\n    from collections.abc import Mapping\n"]
    table = "".join(f'    "{name}": {name},\n' for name in plan.errors)
    return (
        "\n".join(lines)
        + "\n\n"
        + "\n\n".join(classes)
        + f"\n\nERRORS: Mapping[str, type[ServiceError]] = {{\n{table}}}\n"
        + '"""The class of each error code."""\n'
        + PUBLISH
    )


def _member(plan: Plan, error: str, of: Member, enums: set[str], models: set[str]) -> str:
    member, shape = of.name, plan.shape(of.shape)
    attribute = plan.attribute(error, member)
    if shape.enum:
        enums.add(shape.name)
        written = f"{shape.name} | None"
        body = (
            f'value = self._member("{member}")\n'
            f"        return None if value is None else {shape.name}(value)"
        )
    elif shape.kind == "list" and plan.shape(shape.item).kind == "structure":
        models.add(shape.item)
        written = f"list[{shape.item}]"
        body = f'return self._structures("{member}", {shape.item})'
    elif shape.kind == "string":
        written, body = "str | None", f'return self._member("{member}")'
    else:
        message = f"{error}.{member}: errors with members of kind {shape.kind} are not supported"
        raise GeneratorError(plan.service.name, [message])
    return (
        f"\n    @property\n    def {attribute}(self) -> {written}:\n"
        + docstring(summary(member_phrase(plan.tables, error, member), 8), 8)
        + f"        {body}\n"
    )
