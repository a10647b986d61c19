"""What is reported of a logical call that has ended."""

from __future__ import annotations

from dataclasses import dataclass

from smsreg._public import publish


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """One logical call that has ended, as passed to ``on_call``. It has no member of the request.

    Attributes:
        operation_name: The service's name of the operation; empty for a request that belongs to
            no operation of the client.
        outcome: ``"ok"``, or the name of the exception's class, such as ``"ThrottlingError"`` or
            ``"CancelledError"``.
        error: The exception; None where the outcome is ``"ok"``. One that is not of this package
            is a copy without its traceback, as frames hold what the call was made with.
        attempts: The number of attempts; 0 for a call that was refused locally.
        duration: Seconds from the call to its end.
        waited: Seconds of these spent waiting before retries and for the rate limiter.
        request_id: The service's id of the last response; None without one.
        http_status: The HTTP status of the last response; None without one.
        throttles: The number of attempts that the service throttled.
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


publish("smsreg.types", CallEvent)
