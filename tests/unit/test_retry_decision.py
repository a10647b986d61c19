"""The decision table: what follows each failure, for each class of operation."""

from __future__ import annotations

from typing import Any

import pytest

from smsreg import RetryPolicy, ServiceError
from smsreg._runtime.retry.classify import Failure, Kind
from smsreg._runtime.retry.decision import Decision, Verdict, decide, final

CLASSES = ("read", "token", "repeatable", "guarded", "unsafe")
POLICY = RetryPolicy(jitter=lambda: 1.0)
ERROR = ServiceError({"Error": {"Code": "X"}}, "Op")

RETRY, RAISE, UNKNOWN = Verdict.RETRY, Verdict.RAISE, Verdict.UNKNOWN


def decided(kind: Kind, idempotency: str, hint: float | None = None, **changes: Any) -> Decision:
    given = {"attempt": 1, "policy": POLICY, **changes}
    failure = Failure(error=ERROR, kind=kind, hint=hint)
    return decide(failure, idempotency=idempotency, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("idempotency", CLASSES)
@pytest.mark.parametrize(
    ("kind", "safe", "unsafe"),
    [
        (Kind.THROTTLED, RETRY, RETRY),
        (Kind.UNSENT, RETRY, RETRY),
        (Kind.AMBIGUOUS, RETRY, UNKNOWN),
        (Kind.TIMEOUT, RAISE, UNKNOWN),
        (Kind.SKEWED, RAISE, RAISE),
        (Kind.EXPIRED, RAISE, RAISE),
        (Kind.REFUSED, RAISE, RAISE),
    ],
)
def test_first_attempt(kind: Kind, idempotency: str, safe: Verdict, unsafe: Verdict) -> None:
    expected = unsafe if idempotency == "unsafe" else safe
    assert decided(kind, idempotency).verdict is expected


@pytest.mark.parametrize("idempotency", CLASSES)
@pytest.mark.parametrize("kind", list(Kind))
def test_last_attempt_is_never_followed_by_another(kind: Kind, idempotency: str) -> None:
    unsure = idempotency == "unsafe" and kind in {Kind.AMBIGUOUS, Kind.TIMEOUT}
    for mended in (False, True):
        decision = decided(kind, idempotency, attempt=3, mended=mended)
        assert decision == Decision(verdict=UNKNOWN if unsure else RAISE)


@pytest.mark.parametrize(
    ("kind", "attempt", "delay", "cost"),
    [
        (Kind.AMBIGUOUS, 1, 0.05, 14),
        (Kind.AMBIGUOUS, 2, 0.1, 14),
        (Kind.UNSENT, 1, 0.05, 14),
        (Kind.UNSENT, 2, 0.1, 14),
        (Kind.THROTTLED, 1, 1.0, 5),
        (Kind.THROTTLED, 2, 2.0, 5),
    ],
)
def test_cost_and_delay(kind: Kind, attempt: int, delay: float, cost: int) -> None:
    assert decided(kind, "read", attempt=attempt) == Decision(verdict=RETRY, delay=delay, cost=cost)


@pytest.mark.parametrize("kind", [Kind.AMBIGUOUS, Kind.UNSENT, Kind.THROTTLED])
def test_the_servers_hint_stretches_the_delay(kind: Kind) -> None:
    least = 1.0 if kind is Kind.THROTTLED else 0.05
    assert decided(kind, "read", hint=least + 2).delay == least + 2


@pytest.mark.parametrize("kind", [Kind.SKEWED, Kind.EXPIRED])
@pytest.mark.parametrize("idempotency", CLASSES)
def test_what_was_mended_is_retried_at_once_and_for_free(kind: Kind, idempotency: str) -> None:
    assert decided(kind, idempotency, mended=True) == Decision(verdict=RETRY, delay=0, cost=0)


@pytest.mark.parametrize("idempotency", CLASSES)
@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("guard", [False, True])
def test_guards(idempotency: str, *, before: bool, guard: bool) -> None:
    decision = decided(Kind.REFUSED, idempotency, ambiguous_before=before, guard=guard, attempt=2)
    if before and guard and idempotency == "guarded":
        assert decision == Decision(verdict=Verdict.LIKELY_DONE)
    elif before and idempotency == "unsafe":  # retried on request; the first try is still unsure
        assert decision == Decision(verdict=UNKNOWN)
    else:
        assert decision == Decision(verdict=RAISE)


def test_a_guard_ends_the_call_even_where_its_status_is_transient() -> None:
    decision = decided(Kind.AMBIGUOUS, "guarded", ambiguous_before=True, guard=True, attempt=2)
    assert decision.verdict is Verdict.LIKELY_DONE


def test_unsafe_operations_are_retried_on_request() -> None:
    policy = RetryPolicy(retry_unsafe=True, jitter=lambda: 1.0)
    assert decided(Kind.AMBIGUOUS, "unsafe", policy=policy) == Decision(
        verdict=RETRY, delay=0.05, cost=14
    )
    assert decided(Kind.TIMEOUT, "unsafe", policy=policy).verdict is UNKNOWN
    assert decided(Kind.AMBIGUOUS, "unsafe", policy=policy, attempt=3).verdict is UNKNOWN


@pytest.mark.parametrize("kind", list(Kind))
def test_without_retries_nothing_is_retried(kind: Kind) -> None:
    decision = decided(kind, "read", policy=RetryPolicy.none(), mended=True)
    assert decision == Decision(verdict=RAISE)


def test_final() -> None:
    assert final(unsafe=True, unsure=True).verdict is UNKNOWN
    for unsafe, unsure in ((True, False), (False, True), (False, False)):
        assert final(unsafe=unsafe, unsure=unsure).verdict is RAISE
