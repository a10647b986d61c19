"""The attempt loop: attempts, budget, deadline, cancellation, and the events of retries."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, NoCredentialsError

from smsreg import (
    CallTimeoutError,
    ConfigurationError,
    ConnectError,
    OutcomeUnknownError,
    RetryPolicy,
    SMSVoiceClient,
)
from smsreg._runtime.call import Attempt, Call, current_attempt
from smsreg._runtime.retry.classify import Failure, Kind
from smsreg._runtime.retry.decision import RetryBudget
from smsreg.errors import (
    ClientClosedError,
    CredentialsError,
    InvalidResponseError,
    ServiceError,
    ThrottlingError,
    TransportError,
)
from smsreg.retry import RetryEvent
from smsreg.sms_voice import ConflictException
from tests.support.loops import advance_time

if TYPE_CHECKING:
    from tests.support.clients import Delays

MakePolicy = Callable[..., RetryPolicy]
READ, TOKEN = "describe_pools", "create_registration"
GUARDED, UNSAFE = "delete_registration", "send_text_message"


def refusal(
    code: str = "InternalServerException", status: int = 500, **members: Any
) -> ClientError:
    headers = members.pop("headers", {})
    metadata = {"HTTPStatusCode": status, "RequestId": "request-7", "HTTPHeaders": headers}
    content = {"Error": {"Code": code, "Message": "secret-text"}, "ResponseMetadata": metadata}
    return ClientError({**content, **members}, "Op")


TRANSIENT = refusal()
THROTTLE = refusal("ThrottlingException", 400)
DENIED = refusal("AccessDeniedException", 400)
SKEWED = refusal("RequestTimeTooSkewed", 403)
EXPIRED = refusal("ExpiredTokenException", 403)


class StubRecovery:
    """Recovers from the given kinds of failures, and records its calls."""

    def __init__(self, *can: Kind) -> None:
        self.can = can
        self.asked: list[Kind] = []
        self.offset = 0.0

    async def recover(self, failure: Failure, _signed: object) -> bool:
        self.asked.append(failure.kind)
        return failure.kind in self.can


class Script:
    """Attempts with scripted outcomes; the last outcome is repeated."""

    def __init__(self, *outcomes: object) -> None:
        self.outcomes = list(outcomes)
        self.numbers: list[int] = []

    async def __call__(self, attempt: Attempt) -> object:
        assert current_attempt.get() is attempt
        self.numbers.append(attempt.number)
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        attempt.sent = not isinstance(outcome, ConnectTimeoutError)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome


class CallRunner:
    """Makes calls that share a budget; the requested delays advance its clock."""

    def __init__(self, policy: RetryPolicy, waits: Delays) -> None:
        self.policy = policy
        self.waits = waits
        self.budget = RetryBudget(policy.capacity)
        self.call: Call

    def clock(self) -> float:
        return asyncio.get_running_loop().time() + sum(self.waits)

    async def run(
        self,
        attempt: Callable[[Attempt], Awaitable[object]],
        method: str = READ,
        *,
        timeout: float = 1e6,
        recovery: StubRecovery | None = None,
        **changes: Any,
    ) -> object:
        settings = {"policy": self.policy, "budget": self.budget, "clock": self.clock, **changes}
        self.call = Call(
            operation=SMSVoiceClient.operations[method],
            deadline=self.clock() + timeout,
            errors=SMSVoiceClient._errors,
            recovery=recovery or StubRecovery(),  # type: ignore[arg-type]  # a stub
            secrets=lambda: ["secret-text"],
            client_token="token-1",
            **settings,
        )
        return await self.call.run(attempt)


@pytest.fixture
def runner(waits: Delays, retry_policy: MakePolicy) -> Iterator[CallRunner]:
    yield CallRunner(retry_policy(), waits)
    assert current_attempt.get() is None


# --- attempts and delays


@pytest.mark.parametrize(
    ("failure", "delays"),
    [(TRANSIENT, [0.05, 0.1]), (THROTTLE, [1.0, 2.0])],
    ids=["transient", "throttle"],
)
async def test_three_attempts(
    runner: CallRunner, failure: ClientError, delays: list[float]
) -> None:
    attempt = Script(failure)
    with pytest.raises(ServiceError) as caught:
        await runner.run(attempt)
    assert attempt.numbers == [1, 2, 3]
    assert runner.waits == delays
    assert caught.value.attempts == 3
    assert caught.value.client_token == "token-1"
    assert caught.value.operation_name == "DescribePools"


async def test_delays_go_by_the_number_of_the_retry_and_the_kind_of_the_failure(
    waits: Delays, retry_policy: MakePolicy
) -> None:
    runner = CallRunner(retry_policy(max_attempts=8), waits)
    kinds = [TRANSIENT, THROTTLE, TRANSIENT, TRANSIENT, THROTTLE, THROTTLE, THROTTLE]
    assert await runner.run(Script(*kinds, "done")) == "done"
    assert waits == [0.05, 2.0, 0.2, 0.4, 16.0, 20.0, 20.0]


@pytest.mark.parametrize("most", [1, 2, 5])
async def test_own_number_of_attempts(waits: Delays, retry_policy: MakePolicy, most: int) -> None:
    attempt = Script(TRANSIENT)
    with pytest.raises(ServiceError):
        await CallRunner(retry_policy(max_attempts=most), waits).run(attempt)
    assert len(attempt.numbers) == most
    assert len(waits) == most - 1


async def test_without_retries(runner: CallRunner) -> None:
    attempt = Script(THROTTLE)
    with pytest.raises(ThrottlingError):
        await runner.run(attempt, policy=RetryPolicy.none())
    assert attempt.numbers == [1]
    assert runner.budget.left == 500


async def test_a_refusal_is_final(runner: CallRunner) -> None:
    attempt = Script(DENIED)
    with pytest.raises(ServiceError):
        await runner.run(attempt)
    assert attempt.numbers == [1]
    assert runner.waits == []


async def test_other_exceptions_pass_through_unchanged(runner: CallRunner) -> None:
    error = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError) as caught:
        await runner.run(Script(error))
    assert caught.value is error


@pytest.mark.parametrize(
    ("hint", "delays"),
    [
        ("3500", [3.5, 3.5]),
        ("60000", [6.0, 7.0]),
        ("0", [1.0, 2.0]),
        ("-1", [1.0, 2.0]),
        ("soon", [1.0, 2.0]),
        ("", [1.0, 2.0]),
        ("nan", [1.0, 2.0]),
    ],
)
async def test_the_servers_hint(runner: CallRunner, hint: str, delays: list[float]) -> None:
    throttle = refusal("ThrottlingException", 400, headers={"x-amz-retry-after": hint})
    assert await runner.run(Script(throttle, throttle, "done")) == "done"
    assert runner.waits == delays


# --- the budget


@pytest.mark.parametrize(
    ("outcomes", "left"),
    [
        (["done"], 401),
        ([TRANSIENT, "done"], 400),
        ([THROTTLE, "done"], 400),
        ([TRANSIENT, TRANSIENT, "done"], 386),
        ([TRANSIENT, THROTTLE, "done"], 386),
        ([THROTTLE, TRANSIENT, "done"], 395),
        ([TRANSIENT], 372),
        ([THROTTLE], 390),
        ([DENIED], 400),
        ([TRANSIENT, DENIED], 386),
    ],
)
async def test_what_a_call_costs(runner: CallRunner, outcomes: list[object], left: int) -> None:
    runner.budget.left = 400
    try:
        await runner.run(Script(*outcomes))
    except ServiceError:
        assert outcomes[-1] != "done"
    assert runner.budget.left == left


async def test_the_capacity_is_the_most_there_is(runner: CallRunner) -> None:
    for _ in range(3):
        await runner.run(Script("done"))
    assert runner.budget.left == runner.budget.capacity == 500


@pytest.mark.parametrize(
    ("failure", "left", "attempts", "after"),
    [
        (TRANSIENT, 13, 1, 13),
        (TRANSIENT, 14, 2, 0),
        (TRANSIENT, 27, 2, 13),
        (TRANSIENT, 28, 3, 0),
        (THROTTLE, 4, 1, 4),
        (THROTTLE, 5, 2, 0),
        (THROTTLE, 10, 3, 0),
    ],
)
async def test_no_retry_when_less_is_left(
    runner: CallRunner, failure: ClientError, left: int, attempts: int, after: int
) -> None:
    runner.budget.left = left
    attempt = Script(failure)
    with pytest.raises(ServiceError) as caught:
        await runner.run(attempt)
    assert len(attempt.numbers) == caught.value.attempts == attempts
    assert len(runner.waits) == attempts - 1
    assert runner.budget.left == after


async def test_a_spent_budget_is_refilled_one_success_at_a_time(runner: CallRunner) -> None:
    runner.budget.left = 13
    with pytest.raises(ServiceError):
        await runner.run(Script(TRANSIENT))
    await runner.run(Script("done"))
    assert runner.budget.left == 14
    assert await runner.run(Script(TRANSIENT, "done")) == "done"
    assert runner.budget.left == 14


async def test_a_spent_budget_ends_an_unsure_call_as_its_class_demands(
    waits: Delays, retry_policy: MakePolicy
) -> None:
    runner = CallRunner(retry_policy(retry_unsafe=True), waits)
    runner.budget.left = 14
    with pytest.raises(OutcomeUnknownError) as caught:
        await runner.run(Script(TRANSIENT), UNSAFE)
    assert caught.value.attempts == 2
    assert isinstance(caught.value.__cause__, ServiceError)


# --- guarded and unsafe


CONFLICT = refusal("ConflictException", 400, Reason="REGISTRATION_NOT_COMPLETE")
SUBMITTED = refusal("ConflictException", 400, Reason="REGISTRATION_ALREADY_SUBMITTED")
UNSURE = refusal("ConflictException", 400, Reason="RESOURCE_DELETION_NOT_ALLOWED")
GONE = refusal("ResourceNotFoundException", 400)
PROTECTED = refusal("ConflictException", 400, Reason="DELETION_PROTECTION_ENABLED")


@pytest.mark.parametrize(
    ("guard", "method", "name", "likely"),
    [
        (SUBMITTED, "submit_registration_version", "SubmitRegistrationVersion", True),
        (GONE, GUARDED, "DeleteRegistration", True),
        (UNSURE, GUARDED, "DeleteRegistration", False),
    ],
    ids=["conflict", "not-found", "not-conclusive"],
)
async def test_a_guard_after_an_uncertain_attempt(
    runner: CallRunner, guard: ClientError, method: str, name: str, *, likely: bool
) -> None:
    with pytest.raises(OutcomeUnknownError) as caught:
        await runner.run(Script(TRANSIENT, guard), method)
    error = caught.value
    assert error.likely_done is likely
    assert error.safe_to_repeat is False
    assert (error.attempts, error.client_token) == (2, "token-1")
    assert error.operation_name == name
    cause = error.__cause__
    assert isinstance(cause, ServiceError)
    assert cause.code == guard.response["Error"]["Code"]
    assert (cause.attempts, cause.client_token) == (2, "token-1")


@pytest.mark.parametrize(
    ("before", "attempts"), [([], 1), ([THROTTLE], 2)], ids=["first", "after-a-throttle"]
)
async def test_a_guard_without_an_uncertain_attempt_is_the_services_error(
    runner: CallRunner, before: list[ClientError], attempts: int
) -> None:
    with pytest.raises(ConflictException) as caught:
        await runner.run(Script(*before, SUBMITTED), "submit_registration_version")
    assert caught.value.attempts == attempts


async def test_a_throttle_between_does_not_make_it_sure(runner: CallRunner) -> None:
    with pytest.raises(OutcomeUnknownError) as caught:
        await runner.run(Script(TRANSIENT, THROTTLE, GONE), GUARDED)
    assert caught.value.likely_done is True


async def test_a_guard_that_also_stopped_the_first_attempt(runner: CallRunner) -> None:
    with pytest.raises(ConflictException) as caught:
        await runner.run(Script(TRANSIENT, PROTECTED), GUARDED)
    assert caught.value.reason == "DELETION_PROTECTION_ENABLED"


@pytest.mark.parametrize("method", [READ, TOKEN, "put_keyword"])
async def test_other_classes_have_no_guard(runner: CallRunner, method: str) -> None:
    with pytest.raises(ConflictException):
        await runner.run(Script(TRANSIENT, CONFLICT), method)


async def test_an_unsure_unsafe_call_ends_at_once(runner: CallRunner) -> None:
    attempt = Script(TRANSIENT, "done")
    with pytest.raises(OutcomeUnknownError) as caught:
        await runner.run(attempt, UNSAFE)
    assert attempt.numbers == [1]
    assert caught.value.likely_done is False
    assert isinstance(caught.value.__cause__, ServiceError)
    assert runner.budget.left == 500


@pytest.mark.parametrize(
    "failure",
    [THROTTLE, ConnectTimeoutError(endpoint_url="https://x", error=None)],
    ids=["throttled", "never-connected"],
)
async def test_an_unsafe_call_that_did_not_happen_is_retried(
    runner: CallRunner, failure: Exception
) -> None:
    attempt = Script(failure, "done")
    assert await runner.run(attempt, UNSAFE) == "done"
    assert attempt.numbers == [1, 2]


async def test_an_unsafe_call_that_was_never_sent_raises_what_was_seen(runner: CallRunner) -> None:
    with pytest.raises(ConnectError):
        await runner.run(Script(ConnectTimeoutError(endpoint_url="https://x", error=None)), UNSAFE)


NOTHING_DONE = {
    "connect": (ConnectTimeoutError(endpoint_url="https://x", error=None), ConnectError),
    "throttle": (THROTTLE, ThrottlingError),
    "credentials": (NoCredentialsError(), CredentialsError),
    "expired": (EXPIRED, ServiceError),
    "skewed": (SKEWED, ServiceError),
}


@pytest.mark.parametrize("last", NOTHING_DONE)
@pytest.mark.parametrize("method", [READ, TOKEN, "put_keyword", GUARDED, UNSAFE])
async def test_no_error_claims_that_nothing_was_done_after_a_lost_response(
    waits: Delays, retry_policy: MakePolicy, method: str, last: str
) -> None:
    runner = CallRunner(retry_policy(retry_unsafe=True), waits)
    failure, expected = NOTHING_DONE[last]
    with pytest.raises(expected):
        await runner.run(Script(failure), method)
    with pytest.raises(OutcomeUnknownError) as caught:
        await runner.run(Script(TRANSIENT, failure), method)
    error = caught.value
    assert isinstance(error.__cause__, expected)
    assert error.likely_done is False
    assert error.safe_to_repeat is (method not in {GUARDED, UNSAFE})
    assert error.client_token == "token-1"


@pytest.mark.parametrize("method", [READ, TOKEN, "put_keyword", GUARDED])
async def test_a_client_that_closes_after_a_lost_response(runner: CallRunner, method: str) -> None:
    """A read has no effect that may have happened."""
    expected = ClientClosedError if method == READ else OutcomeUnknownError
    with pytest.raises(expected):
        await runner.run(Script(TRANSIENT, ClientClosedError("closed")), method)


@pytest.mark.parametrize("method", [READ, TOKEN, "put_keyword", GUARDED])
async def test_a_final_error_that_claims_nothing_is_unchanged(
    runner: CallRunner, method: str
) -> None:
    broken = InvalidResponseError("cut")
    for script, expected in (
        (Script(TRANSIENT), ServiceError),
        (Script(TRANSIENT, THROTTLE, broken), InvalidResponseError),
        (Script(broken, DENIED), ServiceError),
    ):
        with pytest.raises(expected):
            await runner.run(script, method)


async def test_an_unsafe_call_retried_on_request(waits: Delays, retry_policy: MakePolicy) -> None:
    runner = CallRunner(retry_policy(retry_unsafe=True), waits)
    assert await runner.run(Script(TRANSIENT, TRANSIENT, "done"), UNSAFE) == "done"
    with pytest.raises(OutcomeUnknownError) as caught:
        await runner.run(Script(TRANSIENT, DENIED), UNSAFE)
    assert caught.value.attempts == 2


# --- clock and credentials


@pytest.mark.parametrize(
    ("failure", "kind"), [(SKEWED, Kind.SKEWED), (EXPIRED, Kind.EXPIRED)], ids=["skew", "expired"]
)
@pytest.mark.parametrize("method", [READ, UNSAFE])
async def test_recovered_once(
    runner: CallRunner, failure: ClientError, kind: Kind, method: str
) -> None:
    recovery = StubRecovery(kind)
    attempt = Script(failure, "done")
    assert await runner.run(attempt, method, recovery=recovery) == "done"
    assert attempt.numbers == [1, 2]
    assert runner.waits == [0.0]
    assert runner.budget.left == 500
    again = Script(failure)
    with pytest.raises(ServiceError) as caught:
        await runner.run(again, method, recovery=recovery)
    assert caught.value.attempts == 2
    assert again.numbers == [1, 2]
    assert recovery.asked == [kind, kind]


async def test_clock_and_credentials_may_both_be_recovered(runner: CallRunner) -> None:
    recovery = StubRecovery(Kind.SKEWED, Kind.EXPIRED)
    assert await runner.run(Script(SKEWED, EXPIRED, "done"), recovery=recovery) == "done"
    assert recovery.asked == [Kind.SKEWED, Kind.EXPIRED]


@pytest.mark.parametrize("failure", [SKEWED, EXPIRED])
async def test_what_cannot_be_recovered_is_final(runner: CallRunner, failure: ClientError) -> None:
    attempt = Script(failure)
    with pytest.raises(ServiceError):
        await runner.run(attempt, recovery=StubRecovery())
    assert attempt.numbers == [1]


async def test_what_was_recovered_is_retried_without_a_budget(runner: CallRunner) -> None:
    runner.budget.left = 0
    assert await runner.run(Script(SKEWED, "done"), recovery=StubRecovery(Kind.SKEWED)) == "done"


# --- the deadline


async def test_no_wait_that_would_outlast_the_deadline(runner: CallRunner) -> None:
    attempt = Script(THROTTLE)
    with pytest.raises(ThrottlingError) as caught:
        await runner.run(attempt, timeout=2.9)  # the delays would be 1 and 2
    assert runner.waits == [1.0]
    assert caught.value.attempts == 2
    assert runner.budget.left == 495


async def test_a_hint_that_would_outlast_the_deadline(runner: CallRunner) -> None:
    throttle = refusal("ThrottlingException", 400, headers={"x-amz-retry-after": "5000"})
    with pytest.raises(ThrottlingError):
        await runner.run(Script(throttle), timeout=4)
    assert runner.waits == []
    assert runner.budget.left == 500


async def test_an_attempt_gets_what_is_left(waits: Delays, retry_policy: MakePolicy) -> None:
    runner = CallRunner(retry_policy(), waits)
    numbers: list[int] = []

    async def attempt(this: Attempt) -> object:
        numbers.append(len(numbers))
        this.sent = True
        if len(numbers) == 1:
            raise TRANSIENT
        advance_time(5)
        return await asyncio.sleep(30)

    with pytest.raises(CallTimeoutError) as caught:
        await runner.run(attempt, timeout=5)
    assert caught.value.attempts == 2
    assert isinstance(caught.value, TimeoutError)
    assert runner.budget.left == 486


async def test_a_deadline_on_an_unsafe_call(runner: CallRunner) -> None:
    async def attempt(this: Attempt) -> object:
        this.sent = True
        advance_time(5)
        return await asyncio.sleep(30)

    with pytest.raises(OutcomeUnknownError) as caught:
        await runner.run(attempt, UNSAFE, timeout=5)
    assert isinstance(caught.value.__cause__, CallTimeoutError)
    assert caught.value.__cause__.sent is True


@pytest.mark.parametrize("method", [READ, TOKEN, GUARDED, UNSAFE])
async def test_a_deadline_before_anything_was_sent(runner: CallRunner, method: str) -> None:
    async def attempt(_: Attempt) -> object:
        advance_time(5)
        return await asyncio.sleep(30)

    with pytest.raises(CallTimeoutError) as caught:
        await runner.run(attempt, method, timeout=5)
    assert caught.value.sent is False
    assert "was not sent" in str(caught.value)


async def test_a_deadline_with_an_unknown_outcome(runner: CallRunner) -> None:
    async def attempt(this: Attempt) -> object:
        this.sent = None
        advance_time(5)
        return await asyncio.sleep(30)

    with pytest.raises(OutcomeUnknownError):
        await runner.run(attempt, UNSAFE, timeout=5)


async def test_a_deadline_over_a_recovery_leaves_the_refusal(runner: CallRunner) -> None:
    class Slow(StubRecovery):
        async def recover(self, failure: Failure, signed: object) -> bool:
            advance_time(5)
            await asyncio.sleep(30)
            return await super().recover(failure, signed)

    with pytest.raises(ServiceError) as caught:
        await runner.run(Script(EXPIRED), UNSAFE, timeout=5, recovery=Slow())
    assert caught.value.code == "ExpiredTokenException"


async def test_a_deadline_in_the_second_attempt_of_a_guarded_call(
    runner: CallRunner, retry_policy: MakePolicy
) -> None:
    cut = Script(InvalidResponseError("cut"))
    with pytest.raises(TransportError):
        await runner.run(cut, GUARDED, timeout=15, policy=retry_policy(base_delay=10.0))
    assert runner.waits == [10.0]


async def test_a_timeout_from_below_is_not_the_deadlines(runner: CallRunner) -> None:
    assert await runner.run(Script(asyncio.TimeoutError(), "done")) == "done"
    assert runner.waits == [0.05]


# --- cancellation


async def test_cancelled_in_a_wait_the_budget_is_returned(
    waits: Delays, retry_policy: MakePolicy
) -> None:
    waiting = asyncio.Event()

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            waiting.set()
            await asyncio.sleep(60)

    runner = CallRunner(retry_policy(sleep=sleep), waits)
    task = asyncio.create_task(runner.run(Script(TRANSIENT, THROTTLE)))
    await waiting.wait()
    assert runner.budget.left == 500 - 14 - 5
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert runner.budget.left == 500


async def test_cancelled_in_an_attempt_the_budget_is_returned(runner: CallRunner) -> None:
    under_way = asyncio.Event()

    async def attempt(this: Attempt) -> object:
        if this.number == 1:
            raise TRANSIENT
        under_way.set()
        return await asyncio.sleep(60)

    task = asyncio.create_task(runner.run(attempt))
    await under_way.wait()
    assert runner.budget.left == 486
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert runner.budget.left == 500


# --- on_retry


async def test_on_retry_is_called_for_each_retry(waits: Delays, retry_policy: MakePolicy) -> None:
    events: list[RetryEvent] = []
    runner = CallRunner(retry_policy(on_retry=events.append), waits)
    await runner.run(Script(TRANSIENT, InvalidResponseError("no id"), "done"), TOKEN)
    first, second = (event.error for event in events)
    assert events == [
        RetryEvent(
            operation_name="CreateRegistration",
            attempt=1,
            delay=0.05,
            request_id="request-7",
            error=first,
            throttled=False,
        ),
        RetryEvent(
            operation_name="CreateRegistration",
            attempt=2,
            delay=0.1,
            request_id=None,
            error=second,
            throttled=False,
        ),
    ]
    assert isinstance(first, ServiceError)
    assert isinstance(second, InvalidResponseError)
    for number, error in enumerate((first, second), 1):
        assert error.operation_name == "CreateRegistration"
        assert (error.attempts, error.client_token) == (number, "token-1")
        assert error.__traceback__ is error.__context__ is error.__cause__ is None


async def test_on_retry_reports_throttles(waits: Delays, retry_policy: MakePolicy) -> None:
    events: list[RetryEvent] = []
    runner = CallRunner(retry_policy(on_retry=events.append), waits)
    await runner.run(Script(THROTTLE, TRANSIENT, "done"))
    assert [event.throttled for event in events] == [True, False]
    assert isinstance(events[0].error, ThrottlingError)
    assert (runner.call.throttles, runner.call.waited) == (1, pytest.approx(1.1, abs=0.05))


async def test_on_retry_is_not_called_without_a_retry(
    waits: Delays, retry_policy: MakePolicy
) -> None:
    events: list[RetryEvent] = []
    runner = CallRunner(retry_policy(on_retry=events.append, max_attempts=1), waits)
    await runner.run(Script("done"))
    with pytest.raises(ServiceError):
        await runner.run(Script(TRANSIENT))
    assert events == []


async def test_what_on_retry_raises_ends_the_call(waits: Delays, retry_policy: MakePolicy) -> None:
    def stop(_: RetryEvent) -> None:
        raise KeyError

    attempt, runner = Script(TRANSIENT), CallRunner(retry_policy(on_retry=stop), waits)
    with pytest.raises(KeyError):
        await runner.run(attempt)
    assert attempt.numbers == [1]
    assert runner.budget.left == 500


@pytest.mark.parametrize("method", [READ, TOKEN, GUARDED])
async def test_a_jitter_that_is_no_share_ends_the_call(
    waits: Delays, retry_policy: MakePolicy, method: str
) -> None:
    """No retry is dropped silently; if an attempt may have been carried out, the error says so."""
    runner = CallRunner(retry_policy(jitter=lambda: 2.0), waits)
    with pytest.raises(ConfigurationError, match="jitter"):
        await runner.run(Script(THROTTLE), method)
    attempt = Script(TRANSIENT)
    with pytest.raises(OutcomeUnknownError) as caught:
        await runner.run(attempt, method)
    assert type(caught.value.__cause__) is ConfigurationError
    assert attempt.numbers == [1]
    assert runner.budget.left == 500


async def test_the_logger_reports_five_facts_and_nothing_else(
    runner: CallRunner, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await runner.run(Script(TRANSIENT, THROTTLE, "done"), TOKEN)
    told = [(record.name, record.levelname, record.args) for record in caplog.records]
    first = ("CreateRegistration", 1, "InternalServerException")
    second = ("CreateRegistration", 2, "ThrottlingException")
    assert told == [
        ("smsreg", "INFO", (*first, 0.05, "request-7")),
        ("smsreg", "INFO", (*second, 2.0, "request-7")),
    ]
    assert [record.getMessage() for record in caplog.records] == [
        (
            "CreateRegistration: attempt 1 failed (InternalServerException), "
            "the next one in 0.050 s (request id request-7)"
        ),
        (
            "CreateRegistration: attempt 2 failed (ThrottlingException), "
            "the next one in 2.000 s (request id request-7)"
        ),
    ]
    assert all(record.exc_info is None for record in caplog.records)


async def test_a_message_that_quotes_the_request_does_not_reach_an_error(
    runner: CallRunner,
) -> None:
    with pytest.raises(ServiceError) as caught:
        await runner.run(Script(DENIED))
    assert "secret-text" not in str(caught.value)


async def test_each_call_has_a_random_uuid_of_its_own(runner: CallRunner) -> None:
    ids: list[str] = []
    for _ in range(100):
        await runner.run(Script("done"))
        ids.append(runner.call.invocation_id)
    assert len(set(ids)) == len(ids)
    for text in ids:
        made = uuid.UUID(text)
        assert (str(made), made.version, made.variant) == (text, 4, uuid.RFC_4122)


async def test_each_call_has_an_id_of_its_own_for_all_its_attempts(runner: CallRunner) -> None:
    seen: list[str] = []

    async def attempt(this: Attempt) -> object:
        seen.append(this.call.invocation_id)
        raise TRANSIENT

    for _ in range(2):
        with pytest.raises(ServiceError):
            await runner.run(attempt)
    assert len(seen) == 6
    assert len(set(seen[:3])) == len(set(seen[3:])) == 1
    assert seen[0] != seen[3]
