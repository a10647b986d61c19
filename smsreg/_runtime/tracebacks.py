"""Strips the frames of this package from the errors that it raises.

A traceback keeps the local variables of its frames alive, and error trackers show them: arguments,
headers, signatures and bodies would appear there. So each public function runs its work through
this module, drops its own parameters, and then waits for the outcome::

    call = stripped(self._work, operation, members)
    del self, members
    return await call

The traceback of an error of this package restarts at that point. Other errors, such as those of a
caller's hook, and cancellation pass unchanged.
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
    """Await a function; an error of this package passes without the frames behind it."""
    handled = sys.exc_info()[1]
    steps = function(*args, **kwargs)
    del function, args, kwargs
    try:
        return await steps
    except SmsregError as error:
        handled = context_of_caller(handled)  # this frame stays in the error's traceback
        raise strip(error, handled)  # noqa: B904 -- strip sets cause and context


class Outcome(Generic[T]):
    """The return value of a function, or the error of this package that it raised."""

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
    """Return the exception that a caller is handling, the proper context of an error.

    A task implemented in Python, as in some event loops of Python 3.10, resumes a coroutine while
    it handles the exception of a future, which is no caller's context.

    Args:
        handled: The exception that ``sys.exc_info`` returns.
    """
    trace = None if handled is None else handled.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_name == "__wakeup" and trace.tb_frame.f_globals["__name__"] == "asyncio.tasks":
            return None
        trace = trace.tb_next
    return handled


def strip(error: SmsregError, context: BaseException | None = None) -> SmsregError:
    """Remove from an error all references to the values of a call, and return it.

    Args:
        error: The error. Causes of this package's classes stay, stripped as well.
        context: The exception that the caller was handling when the call began.
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
