"""Reports each logical call, however it ends, to ``on_call``, to observers and to the log."""

from __future__ import annotations

import asyncio
import copy
import logging
import time
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from smsreg._runtime.call_event import CallEvent
from smsreg._runtime.observers import observers
from smsreg._runtime.tracebacks import strip
from smsreg._text import escape
from smsreg.errors import SmsregError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from smsreg._runtime.call import Call
    from smsreg._runtime.models.base import Result
    from smsreg._runtime.observers import CallObserver, ObservedClient
    from smsreg._runtime.operation import Operation
    from smsreg.retry import RetryEvent

T = TypeVar("T")
ResultT = TypeVar("ResultT", bound="Result")

OK = "ok"

logger = logging.getLogger("smsreg")


def observation_of(
    client: ObservedClient,
    operation: Operation[Any, Any] | None,
    on_call: Callable[[CallEvent], object] | None,
) -> Observation:
    """Start to observe a logical call."""
    name = "" if operation is None else operation.name
    return Observation(name, on_call, [partial(each, client, name) for each in observers])


class Observation:
    """The observation of one logical call."""

    def __init__(
        self,
        operation_name: str,
        on_call: Callable[[CallEvent], object] | None,
        observers: Iterable[Callable[[], CallObserver | None]] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._call: Call | None = None
        self._operation_name = operation_name
        self._on_call = on_call
        self._waiting = observers
        self._following: list[CallObserver] = []
        self._clock = clock
        self._started = clock()

    def follow(self, call: Call) -> None:
        """Follow the attempts of the call."""
        self._call = call
        if self._following:
            call.observer = self._retried

    def _begin(self) -> None:
        """Start the observers in the context of the call, which sees the context that they set."""
        for begin in self._waiting:
            following = _guarded(self._operation_name, begin)
            if following is not None:
                self._following.append(following)
        self._waiting = ()

    def _retried(self, event: RetryEvent) -> None:
        for each in self._following:
            _guarded(self._operation_name, each.retried, event)

    async def observe(
        self,
        function: Callable[..., Coroutine[Any, Any, ResultT]],
        operation: Operation[Any, ResultT] | None,
        content: Any,  # noqa: ANN401 -- a request or its members
    ) -> ResultT:
        """Await a call and report its end."""
        self._begin()
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
            # Outside the handler, so that ``sys.exc_info`` has no frames of the call.
            raise failure
        finally:
            failure.__context__ = context
            del failure, context

    def failed(self, error: BaseException) -> None:
        """Report a call that ended with an exception."""
        self._begin()
        last = None if self._call is None else self._call.last
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
        call = self._call
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
        try:
            if self._on_call is not None:
                _notify(self._on_call, event)
        finally:
            for each in self._following:
                _guarded(event.operation_name, each.ended, event)


def _notify(on_call: Callable[[CallEvent], object], event: CallEvent) -> None:
    """Call a callback; what it raises is logged, without frames of this package."""
    try:
        on_call(event)
    except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 -- the caller's callback
        _log("on_call", event.operation_name, error)


def _guarded(operation_name: str, function: Callable[..., T], *args: object) -> T | None:
    """Call an observer; what it raises is logged and ends no call."""
    try:
        return function(*args)
    except Exception as error:  # noqa: BLE001 -- an observer must not break the observed call
        _log("an observer", operation_name, error)
    return None


def _log(what: str, operation_name: str, error: BaseException) -> None:
    traceback = error.__traceback__
    error.__traceback__ = traceback and traceback.tb_next
    logger.error("%s failed for %s", what, operation_name, exc_info=error)


def _without_frames(error: BaseException) -> BaseException:
    """Copy an exception, which leaves out its traceback, cause and context."""
    try:
        return copy.copy(error)
    except Exception:  # noqa: BLE001 -- the class may be anyone's
        return RuntimeError(f"{type(error).__name__}, which cannot be copied")
