"""The description of a waiter: frozen data, written by the generator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smsreg._runtime.operation import Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """The listings with the reasons for a denial, and the attributes to read.

    Attributes:
        statuses: Statuses of the description that a denial led to.
        number: The description's attribute with the number of the denied version.
        owner: The attribute of both requests that identifies the owner of the version.
        versions: The listing of versions.
        numbers: The attribute of its request that selects versions.
        reasons: The attribute of a version with the reasons.
        feedback: The attribute of a version, and of a value, with further feedback.
        values: The listing of a version's values.
        version: The attribute of its request that names the version.
        path: The attribute of a value that names it.
        reason: The attribute of a value with its reason.
    """

    statuses: frozenset[str]
    number: str
    owner: str
    versions: Operation[Any, Any]
    numbers: str
    reasons: str
    feedback: str
    values: Operation[Any, Any]
    version: str
    path: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Waiter:
    """The resource that a waiter polls, and how it reads the description; written by the generator.

    Attributes:
        operation: The listing that describes resources, or the operation that describes one.
        ids: The listing's attribute that selects resources; None where the operation describes one.
        id: The attribute of a description that identifies it, and the waiter's parameter.
        arn: The attribute with the ARN, which identifies it as well; None without one.
        parent: Another parameter of the waiter that the listing requires; None without one.
        status: The attribute with the status.
        success: Statuses that end the wait with success.
        failure: Statuses from which the target status is unreachable.
        action: Statuses in which the resource waits for its owner.
        timeout: Seconds to wait by default; None for no limit.
        endless: Descriptions without a default timeout, as an attribute and its values.
        min_delay: Seconds between the first polls.
        max_delay: The most seconds between polls.
        denial: Where the reasons for a denial are read; None where there are none.
        missing: The error code for a resource that does not exist.
        most_ids: The most resources that one request selects.
        page_size: The size of a page of the whole listing.
    """

    operation: Operation[Any, Any]
    ids: str | None = None
    id: str
    arn: str | None = None
    parent: str | None = None
    status: str
    success: frozenset[str]
    failure: frozenset[str]
    action: frozenset[str] = frozenset()
    timeout: float | None
    endless: tuple[str, frozenset[str]] | None = None
    min_delay: float
    max_delay: float
    denial: Denial | None = None
    missing: str = "ResourceNotFoundException"
    most_ids: int = 5
    page_size: int = 100

    def identifies(self, description: object, wanted: object) -> bool:
        """Whether a description is that of the wanted resource."""
        return wanted == getattr(description, self.id) or (
            self.arn is not None and wanted == getattr(description, self.arn)
        )

    def timeout_for(self, description: object) -> float | None:
        """Return the default timeout for a resource, given its description, or None."""
        if self.endless is not None and description is not None:
            attribute, values = self.endless
            if getattr(description, attribute) in values:
                return None
        return self.timeout
