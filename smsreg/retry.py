"""When a failed call is tried again, and how long that waits.

The rules are those of the 2026 revision of the AWS SDK retry specification (standard mode); see
the page on retries in the documentation.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["RetryEvent", "RetryPolicy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryEvent:
    """What ``on_retry`` is told before a wait.

    Attributes:
        operation_name: The service's name of the operation.
        attempt: The number of the attempt that failed, from 1.
        delay: How long the wait will be, in seconds.
        request_id: The id of the answer that failed; None where there was none.
    """

    operation_name: str
    attempt: int
    delay: float
    request_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How a client retries. botocore's own retries are always off, so attempts never multiply.

    Attributes:
        max_attempts: Attempts in all, the first one included.
        base_delay: Seconds before the first retry after a transient failure, before jitter.
        throttling_base_delay: The same after a throttle.
        max_delay: The longest delay, in seconds, before jitter.
        capacity: The retry budget of a client; a retry costs 14, after a throttle 5.
        retry_unsafe: Also repeat operations that may do their effect twice, such as a billed send.
        jitter: Gives a number in [0, 1), by which each delay is multiplied.
        sleep: Waits, given seconds.
        on_retry: Told of each retry before its wait; what it raises ends the call.
    """

    max_attempts: int = 3
    base_delay: float = 0.05
    throttling_base_delay: float = 1.0
    max_delay: float = 20.0
    capacity: int = 500
    retry_unsafe: bool = False
    jitter: Callable[[], float] = field(default=random.random, repr=False)
    sleep: Callable[[float], Awaitable[None]] = field(default=asyncio.sleep, repr=False)
    on_retry: Callable[[RetryEvent], None] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.max_attempts < 1:
            raise ValueError("max_attempts must be at least 1")
        if min(self.base_delay, self.throttling_base_delay, self.max_delay, self.capacity) < 0:
            raise ValueError("delays and capacity must not be negative")

    @classmethod
    def none(cls) -> RetryPolicy:
        """Give the policy that tries once."""
        return cls(max_attempts=1)

    def delay(self, retry: int, *, throttled: bool, hint: float | None = None) -> float:
        """Seconds to wait before retry number ``retry``, counted from 0.

        Args:
            retry: How many retries came before.
            throttled: Whether the failure was a throttle.
            hint: The delay that the server asked for, in seconds.
        """
        base = self.throttling_base_delay if throttled else self.base_delay
        delay = self.jitter() * min(base * 2.0 ** min(retry, MOST_DOUBLINGS), self.max_delay)
        return delay if hint is None else min(max(hint, delay), delay + HINT_MARGIN)


MOST_DOUBLINGS = 100
"""Enough for any delay to have reached its longest, and within what a float can hold."""
HINT_MARGIN = 5.0
"""How far, in seconds, a server's hint may stretch a delay."""
