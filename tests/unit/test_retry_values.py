"""Decisions, policies and the budget as values: their numbers, limits and reprs."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from smsreg import (
    ConfigurationError,
    ConnectError,
    RetryPolicy,
    ServiceError,
    SMSVoiceClient,
)
from smsreg._runtime.retry import decision as budget
from smsreg._runtime.retry.classify import Failure, Kind
from smsreg._runtime.retry.decision import Decision, History, Verdict, decide
from smsreg.retry import HINT_MARGIN, MOST_DOUBLINGS, RetryEvent


def test_numbers_of_the_specification() -> None:
    assert (budget.RETRY_COST, budget.THROTTLING_RETRY_COST, budget.SUCCESS_REFUND) == (14, 5, 1)
    assert (HINT_MARGIN, MOST_DOUBLINGS) == (5.0, 100)


def test_a_decision_without_a_retry_costs_and_waits_for_nothing() -> None:
    decision = Decision(verdict=Verdict.RAISE)
    assert (decision.delay, decision.cost) == (0.0, 0)


ERROR = ServiceError({"Error": {"Code": "X"}}, "Op")


@pytest.mark.parametrize("recovered", [False, True])
def test_beyond_the_last_attempt_there_is_none(*, recovered: bool) -> None:
    decision = decide(
        Failure(error=ERROR, kind=Kind.THROTTLED, hint=None),
        SMSVoiceClient.operations["describe_pools"],
        History(attempt=4, recovered=recovered),
        RetryPolicy(max_attempts=3),
    )
    assert decision.verdict is Verdict.RAISE


@pytest.mark.parametrize(
    "value",
    [
        Decision(verdict=Verdict.RAISE),
        RetryPolicy(),
        RetryEvent(
            operation_name="Op",
            attempt=1,
            delay=0.5,
            request_id=None,
            error=ConnectError("no connection"),
            throttled=False,
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_are_frozen_small_and_made_by_name(value: Any) -> None:
    assert not hasattr(value, "__dict__")
    assert hash(value) == hash(dataclasses.replace(value))
    name = dataclasses.fields(value)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, name, None)
    with pytest.raises(TypeError):
        type(value)(*(getattr(value, field.name) for field in dataclasses.fields(value)))


def test_the_callables_of_a_policy_are_not_shown() -> None:
    assert repr(RetryPolicy()) == (
        "RetryPolicy(max_attempts=3, base_delay=0.05, throttling_base_delay=1.0, max_delay=20.0, "
        "capacity=500, retry_unsafe=False)"
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_attempts": 0}, "max_attempts must be a whole number, and at least 1"),
        ({"capacity": -1}, "capacity must be a whole number, and at least 0"),
        ({"max_delay": -0.001}, "max_delay must be 0 or a positive number of seconds, and finite"),
    ],
)
def test_the_error_describes_what_is_wrong_with_a_policy(
    settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"^{message}$"):
        RetryPolicy(**settings)


def test_the_longest_delay_is_reached_from_the_smallest_base() -> None:
    policy = RetryPolicy(base_delay=1e-29, jitter=lambda: 1.0)
    assert policy.delay(100, throttled=False) == 1e-29 * 2.0**100
    assert policy.delay(101, throttled=False) == 1e-29 * 2.0**100
