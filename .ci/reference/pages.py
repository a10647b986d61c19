"""Writes the reference: a page for each resource, its models, and the errors of each service."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from reference.catalogue import Member, Service, Structure, services

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from smsreg.types import Operation

NAME = re.compile(r"\b[A-Z]\w+\b")
WORDS = {"rcs": "RCS", "ids": "ids"}
FIRST = {
    "sms_voice": ("registrations", "registration_forms", "registration_attachments"),
    "social_messaging": (),
    "end_user_messaging": (),
}
"""Resources that come before the others, which are sorted by name."""
VARIABLES = {
    "sms_voice": "client",
    "social_messaging": "social",
    "end_user_messaging": "profiles",
}
"""The name of each client in the examples."""
MEANING = {
    "read": "It changes nothing, so it is retried.",
    "token": "It carries a ClientToken, the same on every attempt, so it is retried.",
    "repeatable": "A second execution has the same effect and response, so it is retried.",
    "guarded": "The service refuses a second execution, so it is retried; if the refusal comes "
    "after an ambiguous failure, the call raises `OutcomeUnknownError`.",
    "unsafe": "A second execution may cost money or reach a person again, so it is not retried "
    "after an ambiguous failure: the call raises `OutcomeUnknownError`.",
}
OPERATIONS_TOP = """\
<!-- Written by `python .ci/operations_page.py` from the clients: change the generator's tables. -->

# Operations

Each operation is a method of its client, under botocore's name. On the site each name leads to its
description: parameters with their limits, result, errors, idempotency, boto3's name, and an example
that the tests run. The class says what may be [repeated](retries.md#what-may-be-repeated) where the
outcome of an attempt is unknown. Those marked *pages* return a [`Paginator`](pagination.md).
"""


class Reference:
    """All generated pages of the reference, by their path."""

    def __init__(self) -> None:
        self.services = services()

    @cached_property
    def pages(self) -> dict[str, str]:
        """The text of every page."""
        found: dict[str, str] = {}
        for service in self.services:
            for resource in order(service):
                found[page_of(service, resource)] = self.resource_page(service, resource)
            for module in self._types_by_page(service):
                found[types_page_of(service, module)] = self.types_page(service, module)
            found[f"reference/{service.package}/errors.md"] = self.errors_page(service)
        return found

    @property
    def nav(self) -> list[dict[str, list[object]]]:
        """The reference's part of the navigation, as service and pages."""
        found: list[dict[str, list[object]]] = []
        for service in self.services:
            types = [types_page_of(service, name) for name in self._types_by_page(service)]
            pages: list[object] = [page_of(service, resource) for resource in order(service)]
            pages += [f"reference/{service.package}/errors.md", {"Models and enums": types}]
            found.append({service.client.__name__: pages})
        return found

    # --- pages

    def operations_page(self, *, links: bool = False) -> str:
        """The list of all operations; its links refer to pages that only the site has."""
        text = OPERATIONS_TOP
        for service in self.services:
            number = len(service.operations)
            text += f"\n## {service.client.__name__}\n\n"
            text += f"`{service.client.service_name}`, {number} operations.\n"
            for resource in order(service):
                page = page_of(service, resource)
                text += f"\n### {title(resource)}\n\n"
                text += "| method | class | what it does |\n|---|---|---|\n"
                for method in service.resources[resource]:
                    operation = service.operations[method]
                    link = f"[`{method}`]({page}#{method})" if links else f"`{method}`"
                    mark = " *pages*" if operation.paginated else ""
                    summary = cell(service.summary(method))
                    text += f"| {link}{mark} | {operation.idempotency} | {summary} |\n"
        return text

    def resource_page(self, service: Service, resource: str) -> str:
        """A page with every operation of a resource."""
        methods = service.resources[resource]
        text = f"# {title(resource)}\n\n{service.subject(resource)}\n\n"
        names = " · ".join(f"[`{method}`](#{method})" for method in methods)
        text += f"Methods of `{service.client.__name__}`: {names}\n\n"
        text += f"In the examples `{VARIABLES[service.package]}` is an open client, and names such "
        text += "as `pool_id` are those of resources that exist.\n"
        for method in methods:
            text += self._operation(service, method)
        return text

    def _operation(self, service: Service, method: str) -> str:
        operation = service.operations[method]
        request, result = operation.request_type.__name__, operation.result_type.__name__
        source = service.structure(request).source
        text = f"\n## {method} {{ #{method} }}\n\n{service.summary(method)}\n\n"
        text += f"```python\n{service.example(method)}\n```\n\n"
        text += f"- service's name: [{operation.name}]({source})\n"
        text += f"- boto3: {self._boto3(service, operation)}\n"
        text += f"- models: `{request}` → `{result}`\n"
        if operation.paging is not None:
            text += (
                f"- pages: `await` returns the first page, `async for` every item of "
                f"`{operation.paging.items}`; see [pagination](../../pagination.md)\n"
            )
        text += f"- idempotency: **{operation.idempotency}**. {MEANING[operation.idempotency]} "
        text += f"{operation.reason}\n"
        if operation.guards:
            guards = [
                f"`{guard.code}`" + (f" with reason `{guard.reason}`" if guard.reason else "")
                for guard in operation.guards
            ]
            text += f"- refuses a repetition with {', '.join(guards)}\n"
        text += "\n**Parameters**\n\n"
        text += self._members(service, service.parameters(method), requests=True)
        text += "\n**Result**\n\n"
        text += self._members(service, service.structure(result).members)
        names = [
            f"[`{error.__name__}`](errors.md#{error.__name__})" for error in operation.error_types
        ]
        text += "\n**Errors**\n\n"
        text += "[`InvalidRequestError`](../../errors.md) before anything is sent; "
        return f"{text}{', '.join(names)}; and those of [every call](../../errors.md).\n"

    def _boto3(self, service: Service, operation: Operation[object, object]) -> str:  # type: ignore[type-var]  # of any operation
        required = [p.alias for p in service.parameters(operation.method_name) if p.required]
        call = f"{operation.method_name}({', '.join(f'{name}=…' for name in required)})"
        return f'`boto3.client("{service.client.service_name}").{call}`'

    def types_page(self, service: Service, name: str) -> str:
        """The models and enums of a module."""
        structures = self._types_by_page(service)[name]
        text = f"# {title(name)}: models and enums\n\n"
        text += f"Models and enums of `smsreg.{service.package}`."
        text += " Requests and results are on the pages of their operations.\n"
        for structure in structures:
            text += f"\n## {structure.name} {{ #{structure.name} }}\n\n{structure.text}"
            if hasattr(service.module, f"{structure.name}Dict"):
                text += f" A request takes it as a typed dictionary, too: `{structure.name}Dict`."
            text += "\n\n"
            if structure.members and not structure.members[0].type:
                values = ", ".join(f"`{member.alias}`" for member in structure.members)
                text += f"Values: {values}.\n"
            else:
                text += self._members(service, structure.members)
        return text

    def errors_page(self, service: Service) -> str:
        """The exceptions that a service models."""
        text = f"# Errors of {service.client.service_name}\n\n"
        text += (
            f"The exceptions of `smsreg.{service.package}`. Each is a `ServiceError`, and has "
            "`code`, `message`, `request_id`, `http_status`, `operation_name`, `attempts` and "
            "`client_token` besides what is listed. What to do about them: "
            "[errors](../../errors.md) and [troubleshooting](../../troubleshooting.md).\n"
        )
        for error in service.errors:
            text += f"\n## {error.name} {{ #{error.name} }}\n\n{error.text}\n"
            if error.members:
                text += "\n| attribute | type | |\n|---|---|---|\n"
                for member in error.members:
                    kind = self._linked(service, member.type)
                    text += f"| `{member.name}` | {kind} | {cell(member.text)} |\n"
        return text

    # --- parts

    def _members(
        self,
        service: Service,
        members: Iterable[Member],
        *,
        requests: bool = False,
    ) -> str:
        rows = list(members)
        if not rows:
            return "None.\n"
        text = "| name, and boto3's | type | |\n|---|---|---|\n"
        for member in rows:
            required = " *required*" if requests and member.required else ""
            kind = self._linked(service, member.type)
            name = f"`{member.name}`{required}<br>`{member.alias}`"
            text += f"| {name} | {kind} | {cell(member.text)} |\n"
        return text

    def _linked(self, service: Service, kind: str) -> str:
        """A type with links to the models and enums in it."""
        names = [name for name in NAME.findall(kind) if name in self._homes[service.package]]
        if not names:
            return f"`{cell(kind)}`"
        home = self._homes[service.package][names[0]]
        return f"[`{cell(kind)}`]({home}#{names[0]})"

    @cached_property
    def _homes(self) -> dict[str, dict[str, str]]:
        """The page of each model and enum."""
        return {
            service.package: {
                structure.name: types_page_of(service, name).rpartition("/")[2]
                for name, structures in self._types_by_page(service).items()
                for structure in structures
            }
            for service in self.services
        }

    def _types_by_page(self, service: Service) -> dict[str, list[Structure]]:
        """Models and enums, without the requests and results of operations, by module."""
        own = set()
        for operation in service.operations.values():
            own |= {operation.request_type.__name__, operation.result_type.__name__}
        found: dict[str, list[Structure]] = {}
        for modules in (service.models, service.enums):
            for name, structures in modules.items():
                kept = [structure for structure in structures if structure.name not in own]
                if kept:
                    found.setdefault(name, []).extend(kept)
        return {
            name: sorted(found[name], key=lambda structure: structure.name)
            for name in sorted(found)
        }


def order(service: Service) -> Iterator[str]:
    """The resources of a service, the most wanted ones first."""
    first = FIRST[service.package]
    yield from first
    yield from (name for name in sorted(service.resources) if name not in first)


def page_of(service: Service, resource: str) -> str:
    """The path of a resource's page."""
    return f"reference/{service.package}/{resource}.md"


def types_page_of(service: Service, name: str) -> str:
    """The path of the page with a module's models and enums."""
    return f"reference/{service.package}/{name}-types.md"


def title(name: str) -> str:
    """A module's name as a title."""
    words = [WORDS.get(word, word) for word in name.split("_")]
    return words[0][0].upper() + " ".join(words)[1:]


def cell(text: str) -> str:
    """Text as a cell of a table."""
    return text.replace("|", "\\|")
