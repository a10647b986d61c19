"""Errors leave the package without the frames that they came through.

A traceback keeps the local variables of its frames alive, and error trackers show them: arguments,
headers, signatures and bodies would stand there. So each public function runs its work in here,
drops its own parameters, and then waits for the outcome::

    call = stripped(self._carry, operation, members)
    del self, members
    return await call

An error of this package starts its traceback anew at that point. Errors that are not of this
package, such as those of a caller's hook, and cancellation pass as they are.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from smsreg.errors import SmsregError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from typing_extensions import ParamSpec

    ParamsT = ParamSpec("ParamsT")

T = TypeVar("T")


async def stripped(
    function: Callable[ParamsT, Coroutine[Any, Any, T]],
    /,
    *args: ParamsT.args,
    **kwargs: ParamsT.kwargs,
) -> T:
    """Await a function; an error of this package goes on without the frames behind it."""
    handled = sys.exc_info()[1]
    steps = function(*args, **kwargs)
    del function, args, kwargs
    try:
        return await steps
    except SmsregError as error:
        handled = context_of_caller(handled)  # this frame stays in the error's traceback
        raise strip(error, handled)  # noqa: B904 -- strip sets cause and context


class Outcome(Generic[T]):
    """What a function returned, or the error of this package that it raised."""

    __slots__ = ("_error", "_value")

    def __init__(self, value: T | None, error: SmsregError | None) -> None:
        self._value = value
        self._error = error

    @property
    def error(self) -> SmsregError | None:
        """The error, until it is raised."""
        return self._error

    def result(self) -> T:
        """Return the value, or raise the error; once."""
        error, self._error = self._error, None
        if error is None:
            return cast("T", self._value)
        handled = context_of_caller(sys.exc_info()[1])
        try:
            raise error
        except SmsregError:
            error.__context__ = None if handled is error else handled
            raise
        finally:
            del error, handled  # a frame that holds its own error keeps both alive


def outcome_of(
    function: Callable[ParamsT, T], /, *args: ParamsT.args, **kwargs: ParamsT.kwargs
) -> Outcome[T]:
    """Call a function and keep its outcome."""
    try:
        return Outcome(function(*args, **kwargs), None)
    except SmsregError as error:
        return Outcome(None, strip(error))


def context_of_caller(handled: BaseException | None) -> BaseException | None:
    """Return what a caller is handling, which is the rightful context of an error.

    A task written in Python, as some event loops of Python 3.10 have, resumes a coroutine while it
    handles what a future raised: that is nobody's context.

    Args:
        handled: What ``sys.exc_info`` says.
    """
    trace = None if handled is None else handled.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_name == "__wakeup" and trace.tb_frame.f_globals["__name__"] == "asyncio.tasks":
            return None
        trace = trace.tb_next
    return handled


def strip(error: SmsregError, context: BaseException | None = None) -> SmsregError:
    """Take off an error what leads to the values of a call, and return it.

    Args:
        error: The error. Of its causes those of this package stay, stripped as well.
        context: What the caller was handling when the call began.
    """
    seen: set[int] = set()
    each: BaseException | None = error
    while isinstance(each, SmsregError) and id(each) not in seen:
        seen.add(id(each))
        if not isinstance(each.__cause__, SmsregError):
            each.__cause__ = None
        each.__traceback__ = each.__context__ = None
        each = each.__cause__
    error.__context__ = None if context is error else context
    error.__suppress_context__ = error.__cause__ is not None
    return error
