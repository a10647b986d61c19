"""The waiters that the table declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smsreg._codegen.plan import described
from smsreg._codegen.render_client import class_name
from smsreg._codegen.render_models import imports_of
from smsreg._codegen.service import snake_case
from smsreg._codegen.text import docstring, paragraph, summary
from smsreg._codegen.types import TypeWriter

if TYPE_CHECKING:
    from smsreg._codegen.plan import OperationPlan, Plan

Entry = dict[str, Any]

DENIAL_MEMBERS = (
    "number",
    "owner",
    "numbers",
    "reasons",
    "feedback",
    "version",
    "path",
    "reason",
)
"""The members that a ``denial`` names, besides its two listings."""


def waiters_table(plan: Plan) -> str:
    """Write the table of waiters."""
    modules: set[str] = set()
    rows = [_row(plan, name, entry, modules) for name, entry in sorted(plan.tables.waiters.items())]
    denial = any("denial" in entry for entry in plan.tables.waiters.values())
    return (
        docstring(f"What the waiters of {plan.tables.title} poll.")
        + f"\nfrom smsreg._runtime.waiter import {'Denial, ' if denial else ''}Waiter\n"
        + f"from ._operations import {', '.join(sorted(modules))}\n\n"
        + "\n".join(rows)
    )


def _row(plan: Plan, name: str, entry: Entry, modules: set[str]) -> str:
    arguments = [
        f"operation={_constant(plan, entry['operation'], modules)}",
        *([f'ids="{snake_case(entry["ids"])}"'] if "ids" in entry else []),
        f'id="{snake_case(entry["id"])}"',
        f'status="{snake_case(entry["status"])}"',
        f"success={_set(entry['success'])}",
        f"failure={_set(entry['failure'])}",
        f"timeout={entry.get('timeout')!r}",
        f"min_delay={entry['min_delay']!r}",
        f"max_delay={entry['max_delay']!r}",
    ]
    if "action" in entry:
        arguments.append(f"action={_set(entry['action'])}")
    arguments += [f'{key}="{snake_case(entry[key])}"' for key in ("arn", "parent") if key in entry]
    if "endless" in entry:
        endless = entry["endless"]
        arguments.append(f'endless=("{snake_case(endless["member"])}", {_set(endless["values"])})')
    if "denial" in entry:
        denial = entry["denial"]
        arguments.append(
            f"denial=Denial(statuses={_set(denial['statuses'])}, "
            f"versions={_constant(plan, denial['versions'], modules)}, "
            f"values={_constant(plan, denial['values'], modules)}, "
            + ", ".join(f'{key}="{snake_case(denial[key])}"' for key in DENIAL_MEMBERS)
            + ")"
        )
    return f"{name.upper()} = Waiter({', '.join(arguments)})\n"


def waiters_module(plan: Plan) -> str:
    """Write the client's methods that wait."""
    models: set[str] = set()
    methods = [_method(plan, n, entry, models) for n, entry in sorted(plan.tables.waiters.items())]
    imports = ["    " + line for line in imports_of(plan, "_models", models, level="..")]
    head = [
        docstring("The client's waiters."),
        "from __future__ import annotations\n",
        "from typing import TYPE_CHECKING, cast\n",
        "from smsreg._runtime.client import ServiceClient\n",
        "if TYPE_CHECKING:",
        "    from collections.abc import Callable",
        "    from smsreg.waiters import PollEvent",
        *imports,
        "\n",
        f"class {class_name('waiters')}(ServiceClient):",
        docstring("Waiting until a resource is in a state.", 4),
    ]
    return "\n".join(head) + "\n".join(methods)


def _method(plan: Plan, name: str, entry: Entry, models: set[str]) -> str:
    operation = _operation(plan, entry["operation"])
    listed = described(plan, operation.model)
    page = listed if operation.model.paging else operation.model.name
    models.add(listed)
    writer = TypeWriter(plan)
    named = {m.name: m for m in plan.shape(operation.model.input).members}
    item_type = (
        writer.parameter_item(named[entry["ids"]])
        if "ids" in entry
        else writer.parameter(named[entry["id"]])
    )
    wanted = snake_case(entry["id"])
    parent = snake_case(entry["parent"]) if "parent" in entry else None
    parameters = [f"{parent}: str"] if parent else []
    parameters += [
        f"{wanted}: {item_type}",
        "timeout: float | None = None",
        "min_delay: float | None = None",
        "max_delay: float | None = None",
        "on_poll: Callable[[PollEvent], None] | None = None",
    ]
    passed = f"parent={parent}, " if parent else ""
    limit = entry.get("timeout")
    default = "as long as it takes" if limit is None else f"{limit:g}"
    if "endless" in entry:
        endless = entry["endless"]
        default += (
            f", and as long as it takes for a {endless['phrase']} of {_or(endless['values'])}"
        )
    arguments = [
        *([f"    {parent}: Id or ARN of the {entry['parent_phrase']}."] if parent else []),
        f"    {wanted}: {entry['id_phrase']}",
        f"    timeout: Seconds to wait at most; by default {default}.",
        f"    min_delay: Seconds between the first polls; {entry['min_delay']:g} by default.",
        f"    max_delay: The most seconds between polls; {entry['max_delay']:g} by default.",
        "    on_poll: Called after each poll that does not end the wait.",
    ]
    action = entry.get("action", [])
    raises = [
        f"    WaiterFailedError: It became {_or(entry['failure'])}, or does not exist.",
        *([f"    ActionRequiredError: It became {_or(action)}."] if action else []),
        "    WaiterTimeoutError: The timeout passed.",
        "    ConfigurationError: A timeout or delay is unusable.",
    ]
    together = (
        "Throttles and transient failures do not end the wait. "
        "Waiters that run at the same time share their polls."
    )
    text = "\n\n".join(
        [
            summary(entry["phrase"], 8),
            paragraph(together, 8),
            "\n".join(["Args:", *(_wrap(line) for line in arguments)]),
            f"Returns:\n    The last description, in which the status is {_or(entry['success'])}.",
            "\n".join(["Raises:", *(_wrap(line) for line in raises)]),
            f"Source: {plan.tables.api_reference}/API_{page}.html",
        ]
    )
    return (
        f"    async def wait_until_{name}(self, *, {', '.join(parameters)}) -> {listed}:\n"
        + docstring(text, 8)
        + "        from .. import _waiters as waiters  # noqa: PLC0415 -- when needed\n"
        + f"        wait = self._wait(waiters.{name.upper()}, {wanted}, "
        + f"{passed}timeout=timeout, min_delay=min_delay, max_delay=max_delay, on_poll=on_poll)\n"
        + f"        del self, {f'{parent}, ' if parent else ''}{wanted}, on_poll\n"
        + f'        return cast("{listed}", await wait)\n'
    )


def _wrap(line: str) -> str:
    return "    " + paragraph(line.strip(), 16).replace("\n", "\n        ")


def _operation(plan: Plan, name: str) -> OperationPlan:
    return next(o for o in plan.operations if o.model.name == name)


def _constant(plan: Plan, name: str, modules: set[str]) -> str:
    operation = _operation(plan, name)
    modules.add(operation.entry.resource)
    return f"{operation.entry.resource}.{operation.model.method.upper()}"


def _set(values: list[str]) -> str:
    return "frozenset({" + ", ".join(f'"{value}"' for value in values) + "})"


def _or(values: list[str]) -> str:
    return " or ".join(f"``{value}``" for value in values)
