"""Checked by mypy and pyright in strict mode, and never run: helpers and what they annotate."""

from __future__ import annotations

from typing import Any, TypeVar

from typing_extensions import assert_type

from smsreg import RetryPolicy, SMSVoiceClient, SocialMessagingClient
from smsreg.errors import SmsregError
from smsreg.rate_limits import LocalRateLimiter, RateLimiter, RedisRateLimiter
from smsreg.sms_voice import (
    CreateRegistrationRequest,
    CreateRegistrationResult,
    RegistrationInformation,
    RegistrationStatus,
)
from smsreg.types import (
    CallEvent,
    Model,
    OpenEnum,
    Operation,
    PollEvent,
    Request,
    ResponseMetadata,
    Result,
    RetryEvent,
    ServiceClient,
)

ResultT = TypeVar("ResultT", bound=Result)


async def send_logged(client: ServiceClient, request: Request[ResultT]) -> ResultT:
    result = await client.send(request)
    assert_type(result.response_metadata, ResponseMetadata)
    return result


async def of_any_service(voice: SMSVoiceClient, social: SocialMessagingClient) -> None:
    request = CreateRegistrationRequest(registration_type="US_TOLL_FREE_REGISTRATION")
    assert_type(await send_logged(voice, request), CreateRegistrationResult)
    clients: list[ServiceClient] = [voice, social]
    for client in clients:
        for operation in client.operations.values():
            assert_type(operation, Operation[Any, Any])


def to_row(model: Model) -> dict[str, Any]:
    return model.to_boto()


def shown(value: OpenEnum) -> str:
    return f"{value} (new)" if value.is_unknown else value


def rows(status: RegistrationStatus, registration: RegistrationInformation) -> None:
    shown(status)
    to_row(registration)


def on_retry(event: RetryEvent) -> None:
    assert_type(event.delay, float)
    assert_type(event.error, SmsregError)


def on_call(event: CallEvent) -> None:
    assert_type(event.outcome, str)
    assert_type(event.error, BaseException | None)


class Unlimited:
    async def acquire(self, operation_name: str) -> None: ...

    def throttled(self, operation_name: str, retry_after: float | None) -> None: ...


def pacing() -> None:
    limiters: list[RateLimiter] = [LocalRateLimiter({"CreatePool": 5}, burst=2), Unlimited()]
    SMSVoiceClient(rate_limiter=limiters[0])
    place = RedisRateLimiter("redis://localhost", account="1", region="us-east-1", rates=None)
    SMSVoiceClient(rate_limiter=place)
    SMSVoiceClient(rate_limiter=Unlimited())
    SMSVoiceClient(rate_limiter="1/s")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def observing() -> None:
    events: list[CallEvent] = []
    SMSVoiceClient(on_call=on_call)
    SocialMessagingClient(on_call=events.append)
    SocialMessagingClient(on_call=print)
    SMSVoiceClient(on_call=lambda: None)  # type: ignore[arg-type, misc]  # pyright: ignore[reportArgumentType]


async def listening(client: SMSVoiceClient) -> None:
    def on_poll(event: PollEvent) -> None:
        assert_type(event.status, str | None)

    RetryPolicy(on_retry=on_retry)
    await client.wait_until_pool_active(pool_id="pool-1", on_poll=on_poll)
