"""One logical call and its attempts: the only module that waits, counts and decides.

tenacity drives the retries.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import sys
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from smsreg._redact import Withheld
from smsreg._runtime.deadline import Interruptible, Interrupts
from smsreg._runtime.retry.classify import Effect, Failure, Kind, failure_of
from smsreg._runtime.retry.decision import (
    SUCCESS_REFUND,
    Decision,
    History,
    RetryBudget,
    Verdict,
    decide,
    final,
    safe_to_repeat,
)
from smsreg._runtime.tracebacks import strip
from smsreg.errors import (
    CallTimeoutError,
    ClientClosedError,
    ConfigurationError,
    CredentialsError,
    OutcomeUnknownError,
    ServiceError,
    SmsregError,
    TransportError,
)
from smsreg.retry import RetryEvent, RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    import tenacity

    from smsreg._runtime.models.base import Result
    from smsreg._runtime.operation import Operation
    from smsreg._runtime.retry.recovery import Recovery
    from smsreg.rate_limits import RateLimiter

T = TypeVar("T")

logger = logging.getLogger("smsreg")

RECOVERABLE = frozenset({Kind.SKEWED, Kind.EXPIRED})


class Attempt(Interruptible):
    """The state of one attempt of a call.

    Attributes:
        call: The call that it belongs to.
        number: Its number, from 1.
        offset: The offset of the clock that it is signed by, in seconds.
        sent: Whether its request was handed to an established connection; None once that cannot be
            determined.
        signer: The signer, with the service name, Region and signature version.
        generation: The generation of the client's credentials that it was signed with; 0 for none.
        late: Returns the error for a deadline that passes now; None for the call's own timeout.
        result: The model of its response, as botocore's dictionary does not carry it.
        shown: Whether other code receives that dictionary, and may change it.
        patched: The methods of aiobotocore that are patched; None where that is unknown.
    """

    sent: bool | None = False
    signer: tuple[Any, str, str, Any] | None = None
    generation = 0
    late: Callable[[], SmsregError] | None = None
    result: Result | None = None
    shown: bool = True
    patched: frozenset[str] | None = None

    def __init__(self, *, call: Call, number: int, offset: float = 0.0) -> None:
        self.call = call
        self.number = number
        self.offset = offset

    @property
    def deadline(self) -> float:
        """The loop's time at which the call must be over."""
        return self.call.deadline

    def begin(self) -> None:
        """Interrupt it at the deadline and when the client closes, as a ``Block`` is."""
        loop = asyncio.get_running_loop()
        self.task = asyncio.current_task(loop)
        if sys.version_info >= (3, 11) and self.task is not None:
            self.cancellations = self.task.cancelling()
        if self.call.deadline != math.inf:
            self.timer = loop.call_at(self.call.deadline, self.interrupt)
        self.call.interrupts.running.add(self)


def _random_uuid() -> str:
    """Return a random UUID of version 4 as text, at half the cost of the standard library's."""
    digits = os.urandom(16).hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Failed:
    """A failed attempt, and the decision about it."""

    failure: Failure
    decision: Decision

    @property
    def retried(self) -> bool:
        """Whether another attempt follows."""
        return self.decision.verdict is Verdict.RETRY


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Call:
    """One logical call, over all its attempts.

    Attributes:
        operation: What is called.
        policy: When to retry.
        budget: The client's retry budget.
        deadline: The loop's time at which the call must be over.
        clock: Returns the loop's time.
        errors: Returns the class of each error code that the service models.
        recovery: Corrects the clock and refreshes credentials between attempts.
        secrets: Returns the strings of the request that must not appear in a message.
        client_token: The idempotency token that the request carries.
        limiter: Awaited before each attempt; None for no limits.
        interrupts: Ends the waits of the call when the client closes.
        observer: Called with the event of each retry, before the policy's own callback.
        invocation_id: The same on every attempt; AWS counts attempts by it.
        attempts: The number of attempts so far.
        throttles: The number of them that the service throttled.
        waited: Seconds spent between attempts and for turns of the limiter.
        last: The last failure; None without one.
    """

    operation: Operation[Any, Any]
    policy: RetryPolicy
    budget: RetryBudget
    deadline: float
    clock: Callable[[], float]
    errors: Callable[[], Mapping[str, type[ServiceError]]]
    recovery: Recovery
    secrets: Callable[[], Iterable[str]]
    client_token: str | None = None
    limiter: RateLimiter | None = None
    interrupts: Interrupts = field(default_factory=Interrupts)
    observer: Callable[[RetryEvent], None] | None = None
    invocation_id: str = field(default_factory=_random_uuid)
    attempts: int = 0
    throttles: int = 0
    waited: float = 0.0
    last: Failure | None = None
    _withheld: Withheld | None = None
    _uncertain: bool = False
    _recovered: frozenset[Kind] = frozenset()
    _taken: tuple[int, ...] = ()

    async def run(self, send: Callable[[Attempt], Awaitable[T]]) -> T:
        """Call ``send`` with one attempt after another until it succeeds or none may follow."""
        outcome = await self._attempt(send)
        if isinstance(outcome, Failed):
            if outcome.retried:
                outcome = await self._retry(send, outcome)
            if isinstance(outcome, Failed):
                error = self._error(outcome)
                # A task implemented in Python resumes this while it handles the connection's error.
                raise error from error.__cause__
        if self.budget.left < self.budget.capacity:
            self.budget.refund(self._taken[-1] if self._taken else SUCCESS_REFUND)
        return outcome

    async def _retry(self, send: Callable[[Attempt], Awaitable[T]], failed: Failed) -> T | Failed:
        """Retry after the first failure with tenacity, whose first attempt returns that failure."""
        import tenacity  # noqa: PLC0415 -- most programs never need it

        first: list[T | Failed] = [failed]

        async def attempt() -> T | Failed:
            return first.pop() if first else await self._attempt(send)

        retrying = tenacity.AsyncRetrying(
            sleep=self._sleep,
            retry=lambda state: (failed := _failed(state)) is not None and failed.retried,
            wait=lambda state: 0.0 if (failed := _failed(state)) is None else failed.decision.delay,
            before_sleep=self._notify,
        )
        try:
            outcome: T | Failed = await retrying(attempt)
        except BaseException:  # a cancellation, or an error of the policy's callback
            self.budget.refund(sum(self._taken))
            raise
        return outcome

    async def _sleep(self, delay: float) -> None:
        """Wait before a retry; closing the client ends the wait."""
        block = self.interrupts.block()
        started = self.clock()
        try:
            with block:
                await self.policy.sleep(delay)
        except asyncio.TimeoutError:
            if not block.ended:
                raise
        finally:
            self.waited += self.clock() - started

    async def _attempt(self, send: Callable[[Attempt], Awaitable[T]]) -> T | Failed:
        """Make one attempt; a failure is returned with the decision about it.

        This keeps its origin out of this package's tracebacks: messages of botocore and aiohttp
        quote what the server sent, unescaped.
        """
        self.attempts += 1
        attempt = Attempt(call=self, number=self.attempts, offset=self.recovery.offset)
        if self.interrupts.ended:
            return self._decide(self._closed(attempt), recovered=False)
        failure: Failure | None = None
        recovered = False
        attempt.begin()
        token = current_attempt.set(attempt)
        try:
            try:
                if self.limiter is not None:
                    await self._turn(self.limiter)
                return await send(attempt)
            except Exception as error:
                failure = self._failure(error, attempt)
                if failure is None:
                    raise
            try:
                recovered = await self._recover(failure, attempt)
            except CredentialsError as error:
                failure = Failure(error=error, kind=Kind.REFUSED)
        except asyncio.CancelledError:
            if not attempt.settle():
                raise
            failure = self._interrupted(attempt, failure)
        finally:
            current_attempt.reset(token)
            self.interrupts.running.discard(attempt)
            if attempt.timer is not None:
                attempt.timer.cancel()
            if attempt.interrupted or attempt.ended:
                attempt.settle()
        return self._decide(failure, recovered=recovered)

    def _interrupted(self, attempt: Attempt, failure: Failure | None) -> Failure:
        """Return the failure of an interrupted attempt.

        Where a recovery was interrupted, that is the failure to recover from.
        """
        if attempt.ended:
            return failure or self._closed(attempt)
        if attempt.late is not None:
            return Failure(error=attempt.late(), kind=Kind.REFUSED)
        return failure or self._timed_out(attempt)

    async def _turn(self, limiter: RateLimiter) -> None:
        """Wait for the turn of an attempt, before anything is sent."""
        started = self.clock()
        try:
            await limiter.acquire(self.operation.name)
        finally:
            self.waited += self.clock() - started

    async def _recover(self, failure: Failure, attempt: Attempt) -> bool:
        """Recover from a failure, once for each kind; return whether that succeeded."""
        if failure.kind not in RECOVERABLE or failure.kind in self._recovered:
            return False
        self._recovered |= {failure.kind}
        return await self.recovery.recover(failure, attempt)

    def _failure(self, error: BaseException, attempt: Attempt) -> Failure | None:
        name = self.operation.name
        return failure_of(error, name, self.errors(), self._withhold, sent=attempt.sent)

    def _withhold(self) -> Withheld:
        """Return the strings that must not appear in the messages of all attempts."""
        if self._withheld is None:
            self._withheld = Withheld(self.secrets())
        return self._withheld

    def _closed(self, attempt: Attempt) -> Failure:
        if attempt.sent is False:
            return Failure(error=ClientClosedError(), kind=Kind.REFUSED)
        text = f"{self.operation.name}: the client was closed before a response was received"
        return Failure(error=TransportError(text), kind=Kind.AMBIGUOUS)

    def _timed_out(self, attempt: Attempt) -> Failure:
        name, sent = self.operation.name, attempt.sent is not False
        text = f"{name}: no response within the time for the call"
        if not sent:
            text = f"{name} was not sent: the time for the call passed before a connection was up"
        return Failure(error=CallTimeoutError(text, sent=sent), kind=Kind.TIMEOUT)

    def _decide(self, failure: Failure, *, recovered: bool) -> Failed:
        self.last = failure
        if failure.kind is Kind.THROTTLED:
            self.throttles += 1
            if self.limiter is not None:
                self.limiter.throttled(self.operation.name, failure.hint)
        history = History(attempt=self.attempts, uncertain=self._uncertain, recovered=recovered)
        self._uncertain = self._uncertain or failure.effect is Effect.UNKNOWN
        try:
            decision = decide(failure, self.operation, history, self.policy)
        except ConfigurationError as error:  # the policy's jitter returned an invalid number
            failure = Failure(error=error, kind=Kind.REFUSED)
            history = replace(history, uncertain=self._uncertain)
            decision = final(failure, self.operation, history)
        if decision.verdict is Verdict.RETRY and not self._affordable(decision):
            decision = final(failure, self.operation, history)
        return Failed(failure=failure, decision=decision)

    def _affordable(self, decision: Decision) -> bool:
        """Whether time and budget allow a retry; takes it from the budget if so."""
        in_time = self.clock() + decision.delay < self.deadline and not self.interrupts.ended
        if in_time and self.budget.take(decision.cost):
            self._taken += (decision.cost,)
            return True
        return False

    def _notify(self, state: tenacity.RetryCallState) -> None:
        failed = _failed(state)
        if failed is None:
            return
        event = RetryEvent(
            operation_name=self.operation.name,
            attempt=self.attempts,
            delay=failed.decision.delay,
            request_id=failed.failure.request_id,
            error=strip(self.stamp(failed.failure.error)),
            throttled=failed.failure.kind is Kind.THROTTLED,
        )
        logger.info(
            "%s: attempt %d failed (%s), the next one in %.3f s (request id %s)",
            event.operation_name,
            event.attempt,
            getattr(event.error, "code", type(event.error).__name__),
            event.delay,
            event.request_id,
        )
        if self.observer is not None:
            self.observer(event)
        if self.policy.on_retry is not None:
            self.policy.on_retry(event)

    def _error(self, failed: Failed) -> SmsregError:
        """Return the error that the call raises, with its cause where it has one."""
        failure, verdict = failed.failure, failed.decision.verdict
        error = self.stamp(failure.error)
        if verdict is Verdict.RAISE:
            error.__cause__ = None
            return error
        unknown = OutcomeUnknownError(
            self.operation.name,
            _reason(failure, verdict),
            likely_done=verdict is Verdict.LIKELY_DONE,
            safe_to_repeat=safe_to_repeat(self.operation.idempotency),
        )
        unknown.__cause__ = error
        return self.stamp(unknown)

    def stamp(self, error: SmsregError) -> SmsregError:
        """Set on an error the attributes that every error of a call has."""
        error.operation_name = self.operation.name
        error.attempts = self.attempts
        error.client_token = self.client_token
        return error


current_attempt: ContextVar[Attempt | None] = ContextVar("smsreg_current_attempt", default=None)
"""The running attempt, for hooks on the aiobotocore client and for its HTTP session."""


def _reason(failure: Failure, verdict: Verdict) -> str:
    """Describe why the outcome of a call is unknown."""
    if verdict is Verdict.LIKELY_DONE:
        return "the retry was refused because the effect already exists"
    if failure.effect is Effect.UNKNOWN:
        return "no usable response was received"
    if failure.effect is Effect.REFUSED:
        return "no usable response to an earlier attempt was received, and the retry was refused"
    return "no usable response to an earlier attempt was received, and the last one did not arrive"


def _failed(state: tenacity.RetryCallState) -> Failed | None:
    """Return the failure that an attempt returned, or None."""
    outcome = state.outcome
    if outcome is None or outcome.failed:
        return None
    result: object = outcome.result()
    return result if isinstance(result, Failed) else None
