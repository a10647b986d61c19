"""The event that a waiter reports after each poll."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["PollEvent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PollEvent:
    """One poll of a waiter that does not end the wait, as passed to ``on_poll``.

    Attributes:
        resource: The identifier that the waiter was called with.
        status: The last status that was read; None where the resource has not been found yet.
        description: The last description, a model of the resource; None without one.
        elapsed: Seconds since the wait began.
        next_delay: Seconds until the next poll, unless another waiter of the group polls earlier.
    """

    resource: str
    status: str | None
    description: Any = field(repr=False)
    elapsed: float
    next_delay: float
