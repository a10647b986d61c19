"""smsreg's errors get a new traceback; other exceptions pass unchanged."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest

from smsreg._runtime.tracebacks import outcome_of, strip, stripped
from smsreg.errors import OutcomeUnknownError, ServiceError, SmsregError


def frames(error: BaseException) -> list[str]:
    names: list[str] = []
    trace = error.__traceback__
    while trace is not None:
        names.append(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
    return names


def fail(error: BaseException) -> NoReturn:
    try:
        int("what another library was given")
    except ValueError:
        raise error  # noqa: B904 -- the context is what is to go


async def fail_later(error: BaseException) -> None:
    fail(error)


async def call_while_handling(handled: Exception, error: BaseException) -> None:
    try:
        raise handled
    except KeyError:
        await stripped(fail_later, error)


async def test_an_error_keeps_the_callers_context_and_no_other() -> None:
    handled, error = KeyError("the caller's"), SmsregError("own")
    with pytest.raises(SmsregError) as info:
        await call_while_handling(handled, error)
    assert info.value is error
    assert frames(error)[1:] == ["call_while_handling", "stripped"]
    assert (error.__context__, error.__suppress_context__) == (handled, False)
    with pytest.raises(SmsregError):
        await stripped(fail_later, error)
    assert error.__context__ is None


@pytest.mark.parametrize("error", [KeyError("a hook's"), KeyboardInterrupt()])
async def test_other_errors_pass_as_they_are(error: BaseException) -> None:
    with pytest.raises(type(error)):
        await stripped(fail_later, error)
    assert "fail" in frames(error)
    assert isinstance(error.__context__, ValueError)
    with pytest.raises(type(error)):
        outcome_of(fail, error)


def test_outcomes() -> None:
    assert outcome_of(max, 1, 2).result() == 2
    error = SmsregError("own")
    outcome = outcome_of(fail, error)
    with pytest.raises(SmsregError):
        outcome.result()
    assert frames(error)[1:] == ["result"]
    assert error.__context__ is None


def test_causes_of_the_package_stay_and_are_stripped() -> None:
    seen: Any = ServiceError({"Error": {"Code": "Odd"}}, "SendTextMessage")
    with pytest.raises(ServiceError):
        fail(seen)
    seen.__cause__ = ValueError("what another library said")
    error = OutcomeUnknownError("SendTextMessage", "no usable response was received")
    error.__cause__ = seen
    strip(error)
    assert error.__cause__ is seen
    assert error.__suppress_context__ is True
    assert (seen.__cause__, seen.__context__, seen.__traceback__) == (None, None, None)


def test_a_circle_of_causes_ends() -> None:
    first, second = SmsregError("first"), SmsregError("second")
    first.__cause__, second.__cause__ = second, first
    assert strip(first) is first
    assert strip(first, first).__context__ is None
