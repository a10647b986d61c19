"""Exact values of delays, hints and the budget."""

from __future__ import annotations

import asyncio
import math
import random
from dataclasses import FrozenInstanceError
from fractions import Fraction
from typing import Any

import pytest

from smsreg import ConfigurationError, ConnectError, RetryPolicy
from smsreg._runtime.retry.decision import RetryBudget
from smsreg.retry import RetryEvent

EXACT = RetryPolicy(jitter=lambda: 1.0)


def test_defaults() -> None:
    policy = RetryPolicy()
    assert (policy.max_attempts, policy.base_delay, policy.throttling_base_delay) == (3, 0.05, 1.0)
    assert (policy.max_delay, policy.capacity, policy.retry_unsafe) == (20.0, 500, False)
    assert policy.jitter is not None
    assert policy.sleep is asyncio.sleep
    assert policy.on_retry is None
    assert policy.jitter == random.random


@pytest.mark.parametrize(
    ("throttled", "expected"),
    [
        (False, [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 20.0, 20.0]),
        (True, [1.0, 2.0, 4.0, 8.0, 16.0, 20.0, 20.0]),
    ],
)
def test_delays_double_up_to_twenty_seconds(expected: list[float], *, throttled: bool) -> None:
    delays = [EXACT.delay(i, throttled=throttled) for i in range(len(expected))]
    assert delays == expected


@pytest.mark.parametrize("retry", [99, 1_023, 1_024, 100_000])
@pytest.mark.parametrize("throttled", [False, True])
def test_no_number_of_retries_is_too_large(retry: int, *, throttled: bool) -> None:
    assert EXACT.delay(retry, throttled=throttled) == 20.0


@pytest.mark.parametrize("jitter", [0.0, 0.25, 1.0])
def test_jitter_multiplies_what_the_longest_delay_has_cut(jitter: float) -> None:
    policy = RetryPolicy(jitter=lambda: jitter)
    assert policy.delay(2, throttled=False) == jitter * 0.2
    assert policy.delay(9, throttled=True) == jitter * 20.0


def test_own_bases() -> None:
    policy = RetryPolicy(
        base_delay=0.5, throttling_base_delay=3.0, max_delay=4.0, jitter=lambda: 1.0
    )
    assert [policy.delay(i, throttled=False) for i in range(5)] == [0.5, 1.0, 2.0, 4.0, 4.0]
    assert [policy.delay(i, throttled=True) for i in range(3)] == [3.0, 4.0, 4.0]


@pytest.mark.parametrize(
    ("hint", "throttled", "delay"),
    [
        (0.0, True, 1.0),
        (0.999, True, 1.0),
        (1.0, True, 1.0),
        (3.5, True, 3.5),
        (6.0, True, 6.0),
        (6.001, True, 6.0),
        (3600.0, True, 6.0),
        (0.049, False, 0.05),
        (5.05, False, 5.05),
        (5.06, False, 5.05),
        (float("inf"), False, 5.05),
        (None, True, 1.0),
    ],
)
def test_a_hint_is_clamped_to_the_delay_and_five_seconds_more(
    hint: float | None, delay: float, *, throttled: bool
) -> None:
    assert EXACT.delay(0, throttled=throttled, hint=hint) == delay


def test_a_hint_is_clamped_around_the_jittered_delay() -> None:
    policy = RetryPolicy(jitter=lambda: 0.0)
    assert policy.delay(3, throttled=True, hint=9.0) == 5.0
    assert EXACT.delay(9, throttled=True, hint=60.0) == 25.0


def test_none_makes_one_attempt() -> None:
    assert RetryPolicy.none() == RetryPolicy(max_attempts=1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_attempts": 0},
        {"max_attempts": -1},
        {"base_delay": -0.1},
        {"throttling_base_delay": -1},
        {"max_delay": -1},
        {"capacity": -1},
        *(
            {name: value}
            for name in ("base_delay", "throttling_base_delay", "max_delay")
            for value in (math.nan, math.inf, -math.inf, "1", None, True, 10**400)
        ),
        *(
            {name: value}
            for name in ("max_attempts", "capacity")
            for value in (math.nan, math.inf, 2.5, "3", None, True)
        ),
        {"retry_unsafe": "no"},
        {"retry_unsafe": None},
        {"jitter": 0.5},
        {"jitter": None},
        {"sleep": None},
        {"on_retry": "print"},
    ],
    ids=str,
)
def test_unusable_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=f"^{next(iter(wrong))} must"):
        RetryPolicy(**wrong)
    assert issubclass(ConfigurationError, ValueError)


@pytest.mark.parametrize("share", [2, 1.0001, -0.1, math.nan, math.inf, "0.5", None], ids=str)
def test_a_jitter_that_is_no_share_is_refused(share: Any) -> None:
    policy = RetryPolicy(jitter=lambda: share)
    with pytest.raises(ConfigurationError, match="jitter must return a number from 0 to 1"):
        policy.delay(0, throttled=True)


@pytest.mark.parametrize("share", [0, 1, 0.0, 1.0, Fraction(1, 2)], ids=str)
def test_every_share_is_taken(share: Any) -> None:
    policy = RetryPolicy(jitter=lambda: share)
    assert policy.delay(0, throttled=True) == share


def test_zero_is_usable() -> None:
    policy = RetryPolicy(base_delay=0, throttling_base_delay=0, max_delay=0, capacity=0)
    assert policy.delay(5, throttled=True) == 0


def test_a_policy_is_a_value() -> None:
    policy = RetryPolicy(max_attempts=7)
    with pytest.raises(FrozenInstanceError):
        policy.max_attempts = 8  # type: ignore[misc]  # refused
    assert "jitter" not in repr(policy)
    event = RetryEvent(
        operation_name="Op",
        attempt=1,
        delay=0.5,
        request_id=None,
        error=ConnectError("no connection"),
        throttled=False,
    )
    assert repr(event) == (
        "RetryEvent(operation_name='Op', attempt=1, delay=0.5, request_id=None, "
        "error=ConnectError('no connection'), throttled=False)"
    )


def test_the_budget_refuses_what_it_does_not_have() -> None:
    budget = RetryBudget(19)
    assert (budget.capacity, budget.left) == (19, 19)
    assert budget.take(14)
    assert budget.left == 5
    assert not budget.take(14)
    assert budget.left == 5
    assert budget.take(5)
    assert budget.left == 0
    assert not budget.take(1)
    assert budget.take(0)


def test_the_budget_never_has_more_than_its_capacity() -> None:
    budget = RetryBudget(20)
    assert budget.take(5)
    budget.refund(4)
    assert budget.left == 19
    budget.refund(14)
    assert budget.left == 20
