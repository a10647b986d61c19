"""Whether a failed attempt is followed by another: a pure function, and nothing else.

The rules, with their numbers, are on the documentation's page on retries.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smsreg._runtime.retry.budget import RETRY_COST, THROTTLING_RETRY_COST
from smsreg._runtime.retry.classify import Failure, Kind

if TYPE_CHECKING:
    from smsreg._runtime.operation import Idempotency
    from smsreg.retry import RetryPolicy


_RETRIED = frozenset({Kind.THROTTLED, Kind.UNSENT, Kind.AMBIGUOUS})


class Verdict(enum.Enum):
    """What follows a failed attempt."""

    RETRY = "retry"
    """Wait and try again."""
    RAISE = "raise"
    """Raise the failure's error."""
    UNKNOWN = "unknown"
    """Raise OutcomeUnknownError: it may have happened."""
    LIKELY_DONE = "likely done"
    """Raise OutcomeUnknownError: a repetition met the effect of an earlier try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A verdict, and for a retry what it costs and how long it waits."""

    verdict: Verdict
    delay: float = 0.0
    cost: int = 0


def decide(
    failure: Failure,
    *,
    idempotency: Idempotency,
    attempt: int,
    policy: RetryPolicy,
    ambiguous_before: bool = False,
    guard: bool = False,
    mended: bool = False,
) -> Decision:
    """Say what follows.

    Args:
        failure: What happened.
        idempotency: The operation's class.
        attempt: The number of the attempt that failed, from 1.
        policy: The caller's policy.
        ambiguous_before: Whether an earlier attempt of the call may have been carried out.
        guard: Whether the service refused what can be done only once.
        mended: Whether the reason for the failure has been done away with just now.
    """
    if idempotency == "guarded" and ambiguous_before and guard:
        return Decision(verdict=Verdict.LIKELY_DONE)
    unsure = failure.kind in {Kind.AMBIGUOUS, Kind.TIMEOUT}
    unsafe = idempotency == "unsafe"
    repeatable = not unsafe or policy.retry_unsafe or not unsure
    left = attempt < policy.max_attempts
    if mended and left:
        return Decision(verdict=Verdict.RETRY)
    if left and repeatable and failure.kind in _RETRIED:
        throttled = failure.kind is Kind.THROTTLED
        return Decision(
            verdict=Verdict.RETRY,
            delay=policy.delay(attempt - 1, throttled=throttled, hint=failure.hint),
            cost=THROTTLING_RETRY_COST if throttled else RETRY_COST,
        )
    return final(unsafe=unsafe, unsure=unsure or ambiguous_before)


def final(*, unsafe: bool, unsure: bool) -> Decision:
    """Give the verdict where no further attempt is made."""
    return Decision(verdict=Verdict.UNKNOWN if unsafe and unsure else Verdict.RAISE)
