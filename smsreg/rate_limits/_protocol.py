"""The interface of rate limiters."""

from __future__ import annotations

from typing import Protocol

from smsreg._public import publish
from smsreg.errors import ConfigurationError


class RateLimiter(Protocol):
    """Decides when attempts may be made. One may serve several clients, and all their views."""

    async def acquire(self, operation_name: str) -> None:
        """Return when it is the turn of an attempt.

        It is awaited before each attempt, retries included, within the call's timeout. It is
        cancelled when that timeout passes or the client closes; no turn may be lost by that.

        Args:
            operation_name: The service's name of the operation, such as ``DescribePools``.
        """
        ...

    def throttled(self, operation_name: str, retry_after: float | None) -> None:
        """Record that the service throttled an attempt.

        Args:
            operation_name: The service's name of the operation.
            retry_after: The seconds to wait that the service requested, or None.
        """
        ...


def check_rate_limiter(limiter: object) -> None:
    """Reject an object that is not a rate limiter.

    Raises:
        ConfigurationError: ``acquire`` or ``throttled`` cannot be called.
    """
    for name in ("acquire", "throttled"):
        if limiter is not None and not callable(getattr(limiter, name, None)):
            msg = f"rate_limiter must have a method {name}, as smsreg.rate_limits.RateLimiter has"
            raise ConfigurationError(msg)


publish("smsreg.rate_limits", RateLimiter)
