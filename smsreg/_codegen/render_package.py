"""The ``__init__`` module of a service package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg._codegen.render_client import example
from smsreg._codegen.render_dicts import dictionaries
from smsreg._codegen.render_models import enum_modules
from smsreg._codegen.text import docstring, paragraph

if TYPE_CHECKING:
    from smsreg._codegen.plan import Plan


def exports(plan: Plan) -> dict[str, list[str]]:
    """Return the public names by the module they live in."""
    modules: dict[str, list[str]] = {
        "_client": [plan.tables.client],
        "_errors": sorted(plan.errors),
    }
    for resource in enum_modules(plan):
        names = plan.enums.get(resource, ())
        modules[f"_enums.{resource}"] = sorted([*names, *plan.inputs(resource)])
    for resource, names in plan.structures.items():
        modules[f"_models.{resource}"] = sorted(names)
    for resource, names in dictionaries(plan).items():
        modules[f"_dicts.{resource}"] = sorted(f"{name}Dict" for name in names)
    return dict(sorted(modules.items()))


def exports_module(plan: Plan) -> str:
    """Write the table by which names are resolved on first use."""
    rows = "".join(
        f'    "{module}": {tuple(names)!r},\n' for module, names in exports(plan).items()
    )
    return (
        docstring("Where each public name of the package is defined.")
        + f"\nMODULES: dict[str, tuple[str, ...]] = {{\n{rows}}}\n"
    )


def init_module(plan: Plan) -> str:
    """Write the package's ``__init__``: every name, loaded on first use."""
    modules = exports(plan)
    imports = "".join(
        f"    from .{module} import {', '.join(f'{name} as {name}' for name in names)}\n"
        for module, names in modules.items()
    )
    names = sorted(name for names in modules.values() for name in names)
    listed = "".join(f'    "{name}",\n' for name in names)
    text = "\n\n".join([
        f"{plan.tables.title}: the client, models, enums and errors.",
        f"``{plan.tables.client}`` has every operation of ``{plan.tables.service}``::",
        example(plan),
        paragraph(
            "Requests, results, structures, enums and errors have the service's own names. A name "
            "that ends in ``Dict`` is a structure as a typed dictionary, under the names of its "
            "attributes; one that ends in ``Input`` beside an enum's name is what parameters take. "
            "Everything is loaded on first use."
        ),
    ])  # fmt: skip
    return (
        docstring(text) + "\n"
        "from smsreg._lazy import TYPE_CHECKING, attach\n\n"
        "from ._exports import MODULES\n\n"
        f"if TYPE_CHECKING:\n{imports}\n"
        f"__all__ = [\n{listed}]\n\n"
        "if not TYPE_CHECKING:\n    __getattr__, __dir__ = attach(__name__, MODULES)\n"
    )
