"""What is reported of each logical call, however it ends: to ``on_call`` and to the log."""

from __future__ import annotations

import asyncio
import copy
import logging
import time
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, TypeVar

from smsreg._runtime.tracebacks import strip
from smsreg._text import escape
from smsreg.errors import ConfigurationError, SmsregError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from smsreg._runtime.call import Call
    from smsreg._runtime.models.base import Result
    from smsreg._runtime.operation import Operation

ResultT = TypeVar("ResultT", bound="Result")

OK = "ok"

logger = logging.getLogger("smsreg")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """One logical call that has ended, as ``on_call`` gets it. It has no member of the request.

    Attributes:
        operation_name: The service's name of the operation; empty for a request that belongs to
            no operation of the client.
        outcome: ``"ok"``, or the name of the exception's class, such as ``"ThrottlingError"`` or
            ``"CancelledError"``.
        error: The exception; None where the outcome is ``"ok"``. One that is not of this package
            is a copy without its traceback, as frames hold what the call was made with.
        attempts: How many attempts there were; 0 for a call that was refused locally.
        duration: Seconds from the call to its end.
        waited: Seconds of these spent before retries and for turns of the rate limiter.
        request_id: The service's id of the last response; None without one.
        http_status: The HTTP status of the last response; None without one.
        throttles: How many attempts the service throttled.
    """

    operation_name: str
    outcome: str
    error: BaseException | None
    attempts: int
    duration: float
    waited: float
    request_id: str | None
    http_status: int | None
    throttles: int


def check_on_call(on_call: object) -> None:
    """Refuse what cannot be called with an event.

    Raises:
        ConfigurationError: It is no function, or a coroutine function.
    """
    if on_call is not None and (not callable(on_call) or iscoroutinefunction(on_call)):
        raise ConfigurationError("on_call must be a function that is not async")


class Observation:
    """One logical call, seen from outside.

    Attributes:
        call: Its attempts; None as long as there are none.
    """

    def __init__(
        self,
        operation_name: str,
        on_call: Callable[[CallEvent], object] | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.call: Call | None = None
        self._operation_name = operation_name
        self._on_call = on_call
        self._clock = clock
        self._started = clock()

    async def observe(
        self,
        function: Callable[..., Coroutine[Any, Any, ResultT]],
        operation: Operation[Any, ResultT] | None,
        content: Any,  # noqa: ANN401 -- a request or its members
    ) -> ResultT:
        """Await a call and report its end."""
        try:
            result = await function(operation, content, self)
        except BaseException as error:  # noqa: BLE001 -- raised again below
            failure = error
        else:
            metadata = result.response_metadata
            self._report(OK, None, metadata.request_id, metadata.http_status)
            return result
        self.failed(failure)
        context = failure.__context__
        try:
            # Outside of the handler, so that the callback finds no frames in ``sys.exc_info``.
            raise failure
        finally:
            failure.__context__ = context
            del failure, context

    def failed(self, error: BaseException) -> None:
        """Report a call that ended with an exception."""
        last = None if self.call is None else self.call.last
        self._report(
            type(error).__name__,
            strip(error) if isinstance(error, SmsregError) else _without_frames(error),
            None if last is None else last.request_id,
            None if last is None else getattr(last.error, "http_status", None),
        )

    def _report(
        self,
        outcome: str,
        error: BaseException | None,
        request_id: str | None,
        http_status: int | None,
    ) -> None:
        call = self.call
        event = CallEvent(
            operation_name=self._operation_name,
            outcome=outcome,
            error=error,
            attempts=0 if call is None else call.attempts,
            duration=self._clock() - self._started,
            waited=0.0 if call is None else call.waited,
            request_id=request_id,
            http_status=http_status,
            throttles=0 if call is None else call.throttles,
        )
        logger.debug(
            "%s: %s after %.3f s, %.3f s of it waited (attempts %d, HTTP status %s, request id %s)",
            event.operation_name,
            event.outcome,
            event.duration,
            event.waited,
            event.attempts,
            event.http_status,
            None if event.request_id is None else escape(event.request_id),
        )
        if self._on_call is not None:
            _notify(self._on_call, event)


def _notify(on_call: Callable[[CallEvent], object], event: CallEvent) -> None:
    """Call a callback; what it raises is logged, without frames of this package."""
    try:
        on_call(event)
    except (Exception, asyncio.CancelledError) as error:
        traceback = error.__traceback__
        error.__traceback__ = traceback and traceback.tb_next
        logger.exception("on_call failed for %s", event.operation_name, exc_info=error)


def _without_frames(error: BaseException) -> BaseException:
    """Copy an exception, which leaves out its traceback, cause and context."""
    try:
        return copy.copy(error)
    except Exception:  # noqa: BLE001 -- the class of anybody's exception
        return RuntimeError(f"{type(error).__name__}, which cannot be copied")
