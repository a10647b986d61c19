"""Decides what follows a failed attempt: a pure function of failure, operation and history.

The costs of retries, which the attempt loop takes from the budget, are defined here as well.

The rules, with their numbers, are on the documentation's page on retries.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from smsreg._runtime.retry.classify import Effect, Failure, Kind
from smsreg.errors import ClientClosedError, ServiceError, SmsregError

if TYPE_CHECKING:
    from smsreg._runtime.operation import Guard, Idempotency, Operation
    from smsreg.retry import RetryPolicy

RETRY_COST = 14
THROTTLING_RETRY_COST = 5
SUCCESS_REFUND = 1

_RETRIED = frozenset({Kind.THROTTLED, Kind.UNSENT, Kind.AMBIGUOUS})
_REPEATABLE: frozenset[Idempotency] = frozenset({"read", "token", "repeatable"})


class RetryBudget:
    """Tokens that retries take and successes return; shared by a client and its views.

    Attributes:
        capacity: The most tokens.
        left: The tokens at present.
    """

    __slots__ = ("capacity", "left")

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.left = capacity

    def take(self, cost: int) -> bool:
        """Take ``cost`` tokens; return False, and take none, if there are fewer."""
        if cost > self.left:
            return False
        self.left -= cost
        return True

    def refund(self, amount: int) -> None:
        """Return ``amount`` tokens, up to the capacity."""
        self.left = min(self.capacity, self.left + amount)


class Verdict(enum.Enum):
    """What follows a failed attempt."""

    RETRY = "retry"
    """Wait, and resend the request."""
    RAISE = "raise"
    """Raise the failure's error."""
    UNKNOWN = "unknown"
    """Raise OutcomeUnknownError: the call may have been carried out."""
    LIKELY_DONE = "likely done"
    """Raise OutcomeUnknownError: a retry was refused because of the effect of an attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A verdict, with the cost and the delay of a retry."""

    verdict: Verdict
    delay: float = 0.0
    cost: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The attempts of a call, up to the one that failed.

    Attributes:
        attempt: The number of the attempt that failed, from 1.
        uncertain: Whether an earlier attempt may have been carried out.
        recovered: Whether the cause of the failure has just been corrected.
    """

    attempt: int
    uncertain: bool = False
    recovered: bool = False


def decide(
    failure: Failure, operation: Operation[Any, Any], history: History, policy: RetryPolicy
) -> Decision:
    """Return what follows a failed attempt, as far as time and budget allow it."""
    if history.uncertain and refusing_guard(operation, failure.error) is not None:
        return final(failure, operation, history)
    left = history.attempt < policy.max_attempts
    if left and history.recovered:
        return Decision(verdict=Verdict.RETRY)
    unsafe = operation.idempotency == "unsafe" and not policy.retry_unsafe
    if left and failure.kind in _RETRIED and not (unsafe and failure.effect is Effect.UNKNOWN):
        throttled = failure.kind is Kind.THROTTLED
        return Decision(
            verdict=Verdict.RETRY,
            delay=policy.delay(history.attempt - 1, throttled=throttled, hint=failure.hint),
            cost=THROTTLING_RETRY_COST if throttled else RETRY_COST,
        )
    return final(failure, operation, history)


def final(failure: Failure, operation: Operation[Any, Any], history: History) -> Decision:
    """Return the verdict where no further attempt is made.

    The error must be true of all attempts: one that claims that nothing was done is raised only
    where no earlier attempt may have been carried out.
    """
    verdict = Verdict.RAISE
    if operation.idempotency == "unsafe":
        if history.uncertain or failure.effect is Effect.UNKNOWN:
            verdict = Verdict.UNKNOWN
    elif history.uncertain:
        guard = refusing_guard(operation, failure.error)
        if guard is not None:
            verdict = Verdict.LIKELY_DONE if guard.conclusive else Verdict.UNKNOWN
        elif failure.effect is Effect.NONE and not _closed_read(failure, operation):
            verdict = Verdict.UNKNOWN
    return Decision(verdict=verdict)


def _closed_read(failure: Failure, operation: Operation[Any, Any]) -> bool:
    """Whether a read failed on a closed client, which says more than an unknown outcome."""
    return operation.idempotency == "read" and isinstance(failure.error, ClientClosedError)


def refusing_guard(operation: Operation[Any, Any], error: SmsregError) -> Guard | None:
    """Return the guard of an operation that an error matches, or None.

    A missing resource type matches any; a missing reason matches only a guard without one.
    """
    if not isinstance(error, ServiceError):
        return None
    reason, resource_type = error.response.get("Reason"), error.response.get("ResourceType")
    for guard in operation.guards:
        if (
            guard.code == error.code
            and guard.reason in {None, reason}
            and (resource_type is None or guard.resource_type in {None, resource_type})
        ):
            return guard
    return None


def safe_to_repeat(idempotency: Idempotency) -> bool:
    """Whether resending the same request, ClientToken included, cannot have its effect twice."""
    return idempotency in _REPEATABLE
