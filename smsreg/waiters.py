"""What a waiter tells while it waits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["PollEvent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PollEvent:
    """One look at what is waited for, as ``on_poll`` gets it.

    Attributes:
        resource: What identifies the resource, as the waiter was given it.
        status: The status that was read; None where the resource was not to be seen (yet).
        description: What was read, a model of the resource; None where it was not to be seen.
        elapsed: Seconds since the wait began.
        next_delay: Seconds until the next look, unless another waiter looks before.
    """

    resource: str
    status: str | None
    description: Any = field(repr=False)
    elapsed: float
    next_delay: float
