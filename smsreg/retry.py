"""The retry policy: when a failed call is retried, and after which delay.

The rules are those of the 2026 revision of the AWS SDK retry specification (standard mode); see
the page on retries in the documentation.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smsreg._callbacks import check_callback
from smsreg._numbers import is_share, seconds, whole
from smsreg.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from smsreg.errors import SmsregError

__all__ = ["RetryEvent", "RetryPolicy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryEvent:
    """The argument of ``on_retry``, which is called before a wait.

    Attributes:
        operation_name: The service's name of the operation.
        attempt: The number of the attempt that failed, from 1.
        delay: How long the wait will be, in seconds.
        request_id: The id of the response that failed; None where there was none.
        error: Why the attempt failed: the exception that the call would end with, without a retry.
        throttled: Whether the service throttled the attempt.
    """

    operation_name: str
    attempt: int
    delay: float
    request_id: str | None
    error: SmsregError
    throttled: bool


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
        jitter: Returns a number from 0 to 1, by which each delay is multiplied.
        sleep: Waits, given seconds.
        on_retry: Called before the wait of each retry. An exception from it ends the call, which
            then returns the cost of its retries to the budget.

    Raises:
        ConfigurationError: A number is NaN, negative or no number, or a callback cannot be called.
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
        whole("max_attempts", self.max_attempts, least=1)
        whole("capacity", self.capacity, least=0)
        for name in ("base_delay", "throttling_base_delay", "max_delay"):
            seconds(name, getattr(self, name), zero=True, endless=False)
        if not isinstance(self.retry_unsafe, bool):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers may pass anything
            raise ConfigurationError("retry_unsafe must be True or False")
        for name in ("jitter", "sleep"):
            if not callable(getattr(self, name)):
                msg = f"{name} must be a function"
                raise ConfigurationError(msg)
        check_callback("on_retry", self.on_retry)

    @classmethod
    def none(cls) -> RetryPolicy:
        """Return the policy that makes one attempt."""
        return cls(max_attempts=1)

    def delay(self, retry: int, *, throttled: bool, hint: float | None = None) -> float:
        """Seconds to wait before retry number ``retry``, counted from 0.

        Args:
            retry: How many retries came before.
            throttled: Whether the failure was a throttle.
            hint: The delay that the server requested, in seconds.

        Raises:
            ConfigurationError: ``jitter`` returned something else than a number from 0 to 1.
        """
        base = self.throttling_base_delay if throttled else self.base_delay
        delay = self.jittered(min(base * 2.0 ** min(retry, MOST_DOUBLINGS), self.max_delay))
        return delay if hint is None else min(max(hint, delay), delay + HINT_MARGIN)

    def jittered(self, delay: float) -> float:
        """Return a random share of a delay.

        Raises:
            ConfigurationError: ``jitter`` returned something else than a number from 0 to 1.
        """
        share = self.jitter()
        if not is_share(share):
            raise ConfigurationError("jitter must return a number from 0 to 1")
        return share * delay


MOST_DOUBLINGS = 100
"""Enough for any delay to reach its maximum, and within the range of a float."""
HINT_MARGIN = 5.0
"""How far, in seconds, a server's hint may stretch a delay."""
