"""The errors that the emulated services return."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one member of a request: its path and the rule, never its value."""

    name: str
    message: str


@dataclass(slots=True)
class ServiceFault(Exception):  # noqa: N818  # a fault is what the services call it
    """A service's error response, before a protocol renders it for the wire."""

    code: str
    message: str
    reason: str | None = None
    resource_type: str | None = None
    resource_id: str | None = None
    fields: list[FieldProblem] = field(default_factory=list[FieldProblem])
    status: int | None = None
    modelled: bool = True
    """False for the errors of AWS's common layer, which no service model lists."""


def invalid(reason: str, message: str, *fields: FieldProblem) -> ServiceFault:
    """A ValidationException with its Reason."""
    return ServiceFault("ValidationException", message, reason=reason, fields=list(fields))


def conflict(reason: str, message: str, kind: str, identifier: str) -> ServiceFault:
    """A ConflictException about one resource."""
    return ServiceFault(
        "ConflictException", message, reason=reason, resource_type=kind, resource_id=identifier
    )


def not_found(kind: str, identifier: str) -> ServiceFault:
    """A ResourceNotFoundException about one resource."""
    return ServiceFault(
        "ResourceNotFoundException",
        f"There is no {kind} with this identifier",
        resource_type=kind,
        resource_id=identifier,
    )


def over_quota(reason: str, message: str) -> ServiceFault:
    """A ServiceQuotaExceededException with its Reason."""
    return ServiceFault("ServiceQuotaExceededException", message, reason=reason)


def unwritten(problem: OSError) -> ServiceFault:
    """The error for a change that could not be written to the state file, and was undone."""
    return ServiceFault(
        "InternalServerException", f"Nothing was changed: {problem}", status=500, modelled=False
    )


def common_error(code: str, message: str, status: int = 400) -> ServiceFault:
    """An error that comes from AWS's common layer and not from a service."""
    return ServiceFault(code, message, status=status, modelled=False)
