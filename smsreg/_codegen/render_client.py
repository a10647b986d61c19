"""The operation tables and the client, split by resource."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING

from smsreg._codegen.plan import OperationPlan, Plan, member_phrase, safe_name
from smsreg._codegen.render_models import imports_of
from smsreg._codegen.service import BOTOCORE_VERSION
from smsreg._codegen.text import (
    PUBLISH,
    PUBLISHER,
    constraints,
    docstring,
    lower_first,
    paragraph,
    summary,
)
from smsreg._codegen.types import TypeWriter
from smsreg._runtime.client import ServiceClient

if TYPE_CHECKING:
    from smsreg._codegen.service import Member
    from smsreg._runtime.operation import Guard


def operations_module(plan: Plan, resource: str) -> str:
    """Write the operation table of one resource."""
    names: set[str] = set()
    entries: list[str] = []
    for operation in plan.of_resource(resource):
        model = operation.model
        names |= {model.input, model.output}
        arguments = [
            f'name="{model.name}"',
            f'method_name="{model.method}"',
            f'request="..._models.{plan.home[model.input]}:{model.input}"',
            f'result="..._models.{plan.home[model.output]}:{model.output}"',
            f"errors={_tuple(model.errors)}",
            f'idempotency="{operation.entry.idempotency}"',
            f"reason={operation.entry.reason!r}",
            "package=__name__",
        ]
        if operation.guards:
            arguments.append(f"guards=({', '.join(map(_guard, operation.guards))},)")
        token = next((m for m in plan.shape(model.input).members if m.idempotency_token), None)
        if token is not None:
            arguments.append(f'token="{safe_name(token.attribute)}"')
        if model.paging is not None:
            paging = model.paging
            arguments.append(
                "paging=Paging("
                f'input_token="{plan.attribute(model.input, paging.input_token)}", '
                f'output_token="{plan.attribute(model.output, paging.output_token)}", '
                f'limit="{plan.attribute(model.input, paging.limit)}", '
                f'items="{plan.attribute(model.output, paging.items)}")'
            )
        if not plan.shape(model.output).members:
            arguments.append("empty_result=True")
        entries.append(
            f"{model.method.upper()}: Operation[{model.input}, {model.output}] = Operation("
            + ", ".join(arguments)
            + ")\n"
        )
    operations = plan.of_resource(resource)
    used = ["Operation"]
    used += ["Guard"] if any(o.guards for o in operations) else []
    used += ["Paging"] if any(o.model.paging for o in operations) else []
    imports = ["    " + line for line in imports_of(plan, "_models", names, level="..")]
    return "\n".join(
        [
            docstring(f"Operations on {lower_first(plan.tables.resources[resource])}"),
            "from __future__ import annotations\n",
            "from typing import TYPE_CHECKING\n",
            f"from smsreg._runtime.operation import {', '.join(sorted(used))}\n",
            "if TYPE_CHECKING:",
            *imports,
            "",
            *entries,
        ]
    )


def operations_table(plan: Plan) -> str:
    """Write the mapping of all operations of the service."""
    rows = "".join(f'    "{o.model.method}": "{o.entry.resource}",\n' for o in plan.operations)
    return (
        docstring(f"Every operation of {plan.tables.title}, by the name of its method.")
        + "\nfrom smsreg._runtime.operation import Operations\n\n"
        + "OPERATIONS = Operations(__name__, {\n"
        + rows
        + "})\n"
    )


def client_module(plan: Plan, resource: str) -> str:
    """Write the client's methods for one resource."""
    writer = TypeWriter(plan)
    paged = False
    methods: list[str] = []
    for operation in plan.of_resource(resource):
        writer.imports.models.add(operation.model.output)
        paged = paged or operation.model.paging is not None
        methods.append(_method(plan, writer, operation))
    imports = writer.imports
    typing_only = imports.outside()
    if paged:
        typing_only.append("from smsreg.pagination import Paginator")
    typing_only += imports_of(plan, "_dicts", imports.dicts, level="..")
    typing_only += imports_of(plan, "_enums", imports.enums, level="..")
    typing_only += imports_of(plan, "_models", imports.models, level="..")
    head = [
        docstring(f"The client's operations on {lower_first(plan.tables.resources[resource])}"),
        "from __future__ import annotations\n",
        "from typing import TYPE_CHECKING\n",
        "from smsreg._lazy import LazyModule",
        "from smsreg._runtime.client import ServiceClient",
        "if TYPE_CHECKING:",
        *("    " + line for line in typing_only),
        f"    from .._operations import {resource} as operations",
        "else:",
        f'    operations = LazyModule(".._operations.{resource}", __package__)\n\n',
        f"class {class_name(resource)}(ServiceClient):",
        docstring(plan.tables.resources[resource], 4),
    ]
    return "\n".join(head) + "\n".join(methods)


def client_class(plan: Plan) -> str:
    """Write the client: all resources together."""
    resources = [*plan.tables.resources, *(["waiters"] if plan.tables.waiters else [])]
    bases = ", ".join(class_name(resource) for resource in resources)
    lines = "".join(
        f"from ._clients.{resource} import {class_name(resource)}\n"
        for resource in sorted(resources)
    )
    return (
        docstring(f"The client for {plan.tables.title}.")
        + "\nfrom __future__ import annotations\n"
        + "\nfrom typing import TYPE_CHECKING, Any, ClassVar\n\n"
        + f"{PUBLISHER}\n"
        + lines
        + "from ._operations import OPERATIONS\n\n"
        + "if TYPE_CHECKING:\n    from collections.abc import Mapping\n"
        + "    from smsreg._runtime.operation import Operation\n"
        + "    from smsreg.errors import ServiceError\n\n\n"
        + f"class _Operations({bases}):\n"
        + docstring("The operations on all resources, and the waiters.", 4)
        + f"\n\nclass {plan.tables.client}(_Operations):\n"
        + docstring(_client_text(plan), 4)
        + f'\n    service_name: ClassVar[str] = "{plan.tables.service}"\n'
        + f"    service_id: ClassVar[str] = {json.dumps(plan.service.service_id)}\n"
        + f'    botocore_version: ClassVar[str] = "{BOTOCORE_VERSION}"\n'
        + "    operations: ClassVar[Mapping[str, Operation[Any, Any]]] = OPERATIONS\n\n"
        + "    @classmethod\n"
        + "    def _errors(cls) -> Mapping[str, type[ServiceError]]:\n"
        + "        from ._errors import ERRORS  # noqa: PLC0415 -- loaded when first needed\n\n"
        + "        return ERRORS\n"
        + PUBLISH
    )


def _client_text(plan: Plan) -> str:
    """Write the docstring of a client: its usage and its parameters."""
    text = (
        "Every operation of the service is a method, with botocore's snake-case name and typed "
        "keyword parameters. Use it as an async context manager, or call ``aclose`` yourself; "
        "the first call opens it."
    )
    shared = inspect.getdoc(ServiceClient) or ""
    return "\n\n".join([
        f"A client for {plan.tables.title}, botocore's ``{plan.tables.service}``.",
        paragraph(text, 4),
        f"Example::\n\n{example(plan)}",
        shared[shared.index("Args:") :].rstrip(),
        f"Source: {plan.tables.api_reference}/Welcome.html",
    ])  # fmt: skip


def example(plan: Plan) -> str:
    """Write how a client is used: with a listing, where one takes no parameter."""
    operations = [operation.model for operation in plan.operations]
    listings = [
        model.method
        for model in operations
        if model.paging and not any(m.required for m in plan.shape(model.input).members)
    ]
    use = (
        f"async for item in client.{listings[0]}():\n            print(item)"
        if listings
        else f"print(await client.{operations[0].method}(...))"
    )
    return f'    async with {plan.tables.client}(region_name="us-east-1") as client:\n        {use}'


def _method(plan: Plan, writer: TypeWriter, operation: OperationPlan) -> str:
    model = operation.model
    members = plan.shape(model.input).members
    parameters = writer.parameters(members)
    signature = f"self, *, {', '.join(parameters)}," if parameters else "self"
    passed = ", ".join(f'"{safe_name(m.attribute)}": {safe_name(m.attribute)}' for m in members)
    constant = f"operations.{model.method.upper()}"
    # Tracebacks keep this frame: its variables go before it can raise.
    dropped = ", ".join(["self", *(safe_name(m.attribute) for m in members)])
    if model.paging is not None:
        listed = next(m for m in plan.shape(model.output).members if m.name == model.paging.items)
        item_type = writer.item(plan.shape(listed.shape).item)
        head = f"def {model.method}({signature}) -> Paginator[{model.output}, {item_type}]:"
        steps = (
            f"listing = self._paginate({constant}, {{{passed}}})",
            f"del {dropped}",
            "return listing.result()",
        )
    else:
        head = f"async def {model.method}({signature}) -> {model.output}:"
        steps = (
            f"call = self._call({constant}, {{{passed}}})",
            f"del {dropped}",
            "return await call",
        )
    body = "".join(f"        {step}\n" for step in steps)
    return f"    {head}\n{docstring(_method_text(plan, operation), 8)}{body}"


def _method_text(plan: Plan, operation: OperationPlan) -> str:
    model = operation.model
    blocks = [summary(operation.phrase, 8)]
    members = plan.shape(model.input).members
    if members:
        blocks.append(
            "\n".join(["Args:", *(_argument(plan, model.input, member) for member in members)])
        )
    if model.paging is not None:
        listing = (
            "The listing: await it for one page, iterate it for every item, "
            "``pages()`` for every page. The call itself sends nothing."
        )
        blocks.append(f"Returns:\n    {_hang(listing)}")
    elif plan.shape(model.output).members:
        blocks.append(f"Returns:\n    {_hang('The result, including ``response_metadata``.')}")
    else:
        blocks.append("Returns:\n    An empty result, with ``response_metadata`` on it.")
    raises = [
        "    InvalidRequestError: A parameter breaks a rule above; nothing was sent.",
        *(
            f"    {_hang(f'{error}: {plan.tables.structure_phrases.get(error)}')}"
            for error in model.errors
        ),
    ]
    blocks.append("\n".join(["Raises:", *raises]))
    kind = _IDEMPOTENCY[operation.entry.idempotency]
    blocks.append(paragraph(f"Retries: {kind} {operation.entry.reason}", 8))
    blocks.append(f"Source: {plan.tables.api_reference}/API_{model.name}.html")
    return "\n\n".join(blocks)


_IDEMPOTENCY = {
    "read": "a read, safe to repeat.",
    "token": "safe to repeat, as every attempt carries the same token.",
    "repeatable": "safe to repeat.",
    "guarded": (
        "retried; OutcomeUnknownError if the retry is refused because the effect already exists."
    ),
    "unsafe": "never repeated when the outcome is unknown: OutcomeUnknownError at once.",
}


def _argument(plan: Plan, structure: str, member: Member) -> str:
    text = member_phrase(plan.tables, structure, member.name)
    if facts := constraints(plan, member.asked):
        text += f" {facts}"
    return f"    {_hang(f'{safe_name(member.attribute)}: {text}')}"


def _hang(text: str) -> str:
    """Wrap an entry of a docstring's section, its later lines indented once more."""
    wrapped = paragraph(text, 16)
    return wrapped.replace("\n", "\n        ")


def class_name(resource: str) -> str:
    return "".join(word.title() for word in resource.split("_")) + "Operations"


def _tuple(names: tuple[str, ...]) -> str:
    return "(" + "".join(f'"{name}", ' for name in names) + ")"


def _guard(guard: Guard) -> str:
    """Write a guard, without what is the default anyway."""
    facts = [f'code="{guard.code}"']
    facts += [f'reason="{guard.reason}"'] if guard.reason else []
    facts += [f'resource_type="{guard.resource_type}"'] if guard.resource_type else []
    facts += [] if guard.conclusive else ["conclusive=False"]
    return f"Guard({', '.join(facts)})"
