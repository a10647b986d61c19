"""The attempt loop: the only place that waits, counts and decides. tenacity drives it."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import uuid
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from smsreg._runtime.deadline import before
from smsreg._runtime.retry.budget import SUCCESS_REFUND, RetryBudget
from smsreg._runtime.retry.classify import Failure, Guards, Kind, failure_of
from smsreg._runtime.retry.decision import Decision, Verdict, decide, final
from smsreg.errors import CallTimeoutError, OutcomeUnknownError, ServiceError, SmsregError
from smsreg.retry import RetryEvent, RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    import tenacity

    from smsreg._runtime.models.base import Result
    from smsreg._runtime.operation import Operation
    from smsreg._runtime.retry.recovery import Repairs

T = TypeVar("T")

logger = logging.getLogger("smsreg.retry")

MENDABLE = frozenset({Kind.SKEWED, Kind.EXPIRED})


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Call:
    """One logical call, over all its attempts.

    Attributes:
        operation: What is called.
        policy: When to try again.
        budget: What the client has left for retries.
        deadline: The loop's time at which the call must be over.
        clock: Tells the loop's time.
        errors: Gives the class of each error code that the service models.
        guards: How the service refuses a second execution.
        repairs: What can be put right between two attempts.
        secrets: Gives the strings of the request that must not stand in a message.
        client_token: The idempotency token that the request carries.
        invocation_id: The same on every attempt; AWS counts attempts by it.
        attempt: The number of the present attempt, from 1.
        signer: Who signed the present attempt, and for what; noted by a hook.
        access_key: The id of the access key that it was signed with; noted by a hook.
        offset: The offset of the clock that it was signed by.
        answer: The model of its answer, where botocore's dictionary does not carry it; noted by a
            hook.
    """

    operation: Operation[Any, Any]
    policy: RetryPolicy
    budget: RetryBudget
    deadline: float
    clock: Callable[[], float]
    errors: Callable[[], Mapping[str, type[ServiceError]]]
    guards: Guards
    repairs: Repairs
    secrets: Callable[[], Iterable[str]]
    client_token: str | None = None
    invocation_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    attempt: int = 0
    signer: tuple[Any, str, str, Any] | None = None
    access_key: str | None = None
    offset: dt.timedelta = dt.timedelta(0)
    answer: Result | None = None
    _ambiguous: bool = False
    _mended: frozenset[Kind] = frozenset()
    _mended_now: bool = False
    _taken: tuple[int, ...] = ()
    _decision: Decision | None = None

    async def run(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Call ``attempt`` until it succeeds or nothing more is to be tried."""
        outcome = await self._attempt(attempt)
        if isinstance(outcome, Failure):
            return await self._retry(attempt, outcome)
        self.budget.give_back(SUCCESS_REFUND)
        return outcome

    async def _retry(self, attempt: Callable[[], Awaitable[T]], failed: Failure) -> T:
        """Go on after the first failure, with tenacity, which is given that failure first."""
        import tenacity  # noqa: PLC0415 -- most programs never need it

        first: list[T | Failure] = [failed]

        async def try_once() -> T | Failure:
            return first.pop() if first else await self._attempt(attempt)

        retrying = tenacity.AsyncRetrying(
            sleep=self.policy.sleep,
            retry=self._should_retry,
            wait=self._delay,
            before_sleep=self._tell,
        )
        try:
            outcome: T | Failure = await retrying(try_once)
        except asyncio.CancelledError:
            self.budget.give_back(sum(self._taken))
            raise
        if isinstance(outcome, Failure):
            self._raise(outcome)
        self.budget.give_back(self._taken[-1] if self._taken else SUCCESS_REFUND)
        return outcome

    async def _attempt(self, attempt: Callable[[], Awaitable[T]]) -> T | Failure:
        """Try once; a failure is returned, so that what it came from is in no traceback of ours.

        botocore's and aiohttp's texts have what the server sent in them, as it was sent.
        """
        self.attempt += 1
        token = current_call.set(self)
        self._mended_now = False
        self.offset = self.repairs.offset
        self.answer = None
        try:
            async with before(self.deadline):
                return await self._mending(attempt)
        except asyncio.TimeoutError as error:
            # The deadline's own, or one from below: only the clock can tell.
            if self.clock() < self.deadline and (failure := self._failure(error)):
                return failure
            text = f"{self.operation.name}: no answer within the time for the call"
            return Failure(error=CallTimeoutError(text), kind=Kind.TIMEOUT)
        finally:
            current_call.reset(token)

    async def _mending(self, attempt: Callable[[], Awaitable[T]]) -> T | Failure:
        """Try once, and put right what was wrong, once for each kind of it."""
        try:
            return await attempt()
        except Exception as error:
            failure = self._failure(error)
            if failure is None:
                raise
        if failure.kind in MENDABLE and failure.kind not in self._mended:
            self._mended |= {failure.kind}
            self._mended_now = await self.repairs.mend(
                failure, access_key=self.access_key, offset=self.offset
            )
        return failure

    def _failure(self, error: BaseException) -> Failure | None:
        return failure_of(error, self.operation.name, self.errors(), self.secrets)

    def _should_retry(self, state: tenacity.RetryCallState) -> bool:
        failure = _failed(state)
        if failure is None:
            return False
        decision = decide(
            failure,
            idempotency=self.operation.idempotency,
            attempt=self.attempt,
            policy=self.policy,
            ambiguous_before=self._ambiguous,
            guard=failure.kind is Kind.REFUSED and self.guards.refused(failure.error),
            mended=self._mended_now,
        )
        unsure = failure.kind in {Kind.AMBIGUOUS, Kind.TIMEOUT}
        self._ambiguous = self._ambiguous or unsure
        if decision.verdict is Verdict.RETRY and not self._affordable(decision):
            unsafe = self.operation.idempotency == "unsafe"
            decision = final(unsafe=unsafe, unsure=self._ambiguous)
        self._decision = decision
        return decision.verdict is Verdict.RETRY

    def _affordable(self, decision: Decision) -> bool:
        """Whether time and budget allow a retry; takes it from the budget if so."""
        in_time = self.clock() + decision.delay < self.deadline
        if in_time and self.budget.take(decision.cost):
            self._taken += (decision.cost,)
            return True
        return False

    def _delay(self, state: tenacity.RetryCallState) -> float:  # noqa: ARG002 -- tenacity's form
        return self._decision.delay if self._decision else 0.0

    def _tell(self, state: tenacity.RetryCallState) -> None:
        failure = _failed(state)
        event = RetryEvent(
            operation_name=self.operation.name,
            attempt=self.attempt,
            delay=self._delay(state),
            request_id=None if failure is None else failure.request_id,
        )
        logger.info(
            "%s: attempt %d failed, the next one in %.3f s (request id %s)",
            event.operation_name,
            event.attempt,
            event.delay,
            event.request_id,
        )
        if self.policy.on_retry is not None:
            self.policy.on_retry(event)

    def _raise(self, failure: Failure) -> NoReturn:
        error = self.stamp(failure.error)
        verdict = self._decision.verdict if self._decision else Verdict.RAISE
        if verdict in {Verdict.UNKNOWN, Verdict.LIKELY_DONE}:
            likely = verdict is Verdict.LIKELY_DONE
            reason = "a repeated try met its effect" if likely else "no answer tells whether it was"
            unknown = OutcomeUnknownError(self.operation.name, reason, likely_done=likely)
            raise self.stamp(unknown) from error
        # A task written in Python resumes us while it handles what the connection raised.
        raise error from None

    def stamp(self, error: SmsregError) -> SmsregError:
        """Put onto an error what every error of a call tells."""
        error.operation_name = self.operation.name
        error.attempts = self.attempt
        error.client_token = self.client_token
        return error


current_call: ContextVar[Call | None] = ContextVar("smsreg_current_call", default=None)
"""The call that the running attempt belongs to, for hooks on the aiobotocore client."""


def _failed(state: tenacity.RetryCallState) -> Failure | None:
    """The failure that an attempt returned, where it did."""
    outcome = state.outcome
    if outcome is None or outcome.failed:
        return None
    result: object = outcome.result()
    return result if isinstance(result, Failure) else None
