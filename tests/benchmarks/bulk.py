"""Many values under a quota of one request per second, in compressed time.

``PutRegistrationFieldValue`` writes 200 forms of 25 values each, all forms concurrently and the
values of a form in sequence. The lower bound is one second for each value.
"""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiobotocore.config import AioConfig
from aiobotocore.retries.adaptive import AsyncClientRateLimiter
from aiobotocore.retries.bucket import AsyncTokenBucket
from aiobotocore.session import AioSession
from botocore.exceptions import ClientError
from botocore.retries import standard, throttling
from botocore.retries.adaptive import RateClocker

from smsreg import SMSVoiceClient
from smsreg.rate_limits import LocalRateLimiter
from tests.benchmarks.server import Connection, Port, Settings, reply
from tests.benchmarks.sides import Link
from tests.benchmarks.virtual_time import VirtualTime, VirtualTimeLoop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from smsreg.types import CallEvent

PER_SECOND = 1.0
"""Requests that the service accepts per second."""
JITTER = 0.02
"""The maximum delay of a request, in seconds."""
THROTTLE = b'{"__type":"ThrottlingException","Message":"Rate exceeded"}'
DAY = 86_400.0


@dataclass(frozen=True)
class Result:
    """The result of one method.

    Attributes:
        written: The share of the values that the service has at the end.
        of_bound: Values written per second, as a share of what the quota allows.
        throttled: The share of the requests that were throttled.
        requests: The number of requests.
    """

    written: float
    of_bound: float
    throttled: float
    requests: int


class ThrottlingConnection(Connection):
    """Accepts as many values per second as the quota allows."""

    def __init__(self, service: Service) -> None:
        super().__init__(Port(Settings()))
        self.service = service

    def response(self, head: bytes, body: bytes) -> bytes:  # noqa: ARG002 -- its signature
        service = self.service
        at = service.time.now + service.late.uniform(0, JITTER)
        service.requests += 1
        if at - service.taken < 1 / PER_SECOND:
            service.throttles += 1
            return reply(THROTTLE, b"400 Bad Request")
        service.taken = at
        asked = json.loads(body)
        service.values.add((asked["RegistrationId"], asked["FieldPath"]))
        return reply(b"{}")


class Service:
    """A quota, and the requests received."""

    def __init__(self, time: VirtualTime) -> None:
        self.time = time
        self.late = random.Random(7)  # noqa: S311 -- no secret
        self.taken = -DAY
        self.requests = self.throttles = 0
        self.values: set[tuple[str, str]] = set()


def run(method: str, forms: int, values: int) -> Result:
    """Write all values by one of the methods."""
    time = VirtualTime()
    loop = VirtualTimeLoop(time)
    try:
        return loop.run_until_complete(_run(METHODS[method], time, forms, values))
    finally:
        loop.close()


async def _run(method: Any, time: VirtualTime, forms: int, values: int) -> Result:
    service = Service(time)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: ThrottlingConnection(service), "127.0.0.1", 0, backlog=1_000
    )
    async with method(time, Link(server.sockets[0].getsockname()[1])) as put:
        begun, time.frozen = time.now, False

        async def fill(form: int) -> None:
            for number in range(values):
                await put(form, number)

        await asyncio.gather(*(fill(form) for form in range(forms)))
        took, time.frozen = time.now - begun, True
    server.close()
    written = len(service.values)
    return Result(
        written=written / (forms * values),
        of_bound=written / PER_SECOND / max(took, 1 / PER_SECOND),
        throttled=service.throttles / service.requests,
        requests=service.requests,
    )


@asynccontextmanager
async def _gather(time: VirtualTime, link: Link) -> AsyncIterator[Any]:
    """``asyncio.gather`` of a plain client's calls; values whose calls fail stay unwritten."""
    async with _raw(time, link, None) as client:
        yield _putting(client)


@asynccontextmanager
async def _adaptive(time: VirtualTime, link: Link) -> AsyncIterator[Any]:
    """The same with the adaptive retry mode, assembled as in aiobotocore, with virtual time."""
    async with _raw(time, link, AioConfig(retries={"mode": "standard"})) as client:
        clock: Any = _Clock(time)
        limiter = AsyncClientRateLimiter(
            rate_adjustor=throttling.CubicCalculator(
                starting_max_rate=0, start_time=clock.current_time()
            ),
            rate_clocker=RateClocker(clock),
            token_bucket=AsyncTokenBucket(max_rate=1, clock=clock),
            throttling_detector=standard.ThrottlingErrorDetector(
                retry_event_adapter=standard.RetryEventAdapter()
            ),
            clock=clock,
        )
        # Before the counter of requests in flight: a request waiting for its turn is not sent yet.
        client.meta.events.register_first("before-send", limiter.on_sending_request)
        client.meta.events.register("needs-retry", limiter.on_receiving_response)
        yield _putting(client)


@asynccontextmanager
async def _smsreg(time: VirtualTime, link: Link) -> AsyncIterator[Any]:
    """smsreg's client with its rate limiter."""
    options = link.client_options()
    limiter: Any = _CountingLimiter(LocalRateLimiter(clock=time.clock), time)
    async with SMSVoiceClient(
        **options, rate_limiter=limiter, timeout=DAY, on_call=limiter.on_call
    ) as client:

        async def put(form: int, number: int) -> None:
            await client.put_registration_field_value(
                registration_id=f"registration-{form}",
                field_path=f"part.f{number}",
                text_value="a value",
            )

        yield put


@asynccontextmanager
async def _raw(time: VirtualTime, link: Link, config: AioConfig | None) -> AsyncIterator[Any]:
    options = link.client_options()

    def sent(**_: Any) -> None:
        time.in_flight += 1

    def received(**_: Any) -> None:
        time.in_flight -= 1

    session = AioSession()
    async with session.create_client("pinpoint-sms-voice-v2", config=config, **options) as client:
        client.meta.events.register_last("before-send", sent)
        client.meta.events.register_first("response-received", received)
        yield client


def _putting(client: Any) -> Any:
    async def put(form: int, number: int) -> None:
        try:
            await client.put_registration_field_value(
                RegistrationId=f"registration-{form}",
                FieldPath=f"part.f{number}",
                TextValue="a value",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ThrottlingException":
                raise

    return put


class _Clock:
    """botocore's clock, with virtual time."""

    def __init__(self, time: VirtualTime) -> None:
        self.current_time = time.clock


class _CountingLimiter:
    """A limiter that freezes the time from each turn until its response is read."""

    def __init__(self, limiter: LocalRateLimiter, time: VirtualTime) -> None:
        self._limiter = limiter
        self._time = time

    async def acquire(self, operation_name: str) -> None:
        await self._limiter.acquire(operation_name)
        self._time.in_flight += 1

    def throttled(self, operation_name: str, retry_after: float | None) -> None:
        self._time.in_flight -= 1
        self._limiter.throttled(operation_name, retry_after)

    def on_call(self, event: CallEvent) -> None:
        self._time.in_flight -= event.outcome == "ok"


METHODS = {"gather": _gather, "adaptive": _adaptive, "smsreg": _smsreg}
"""The methods of writing the values, by their names in the rows."""
