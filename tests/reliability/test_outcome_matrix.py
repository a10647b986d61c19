"""What an error says against what the server saw, wherever a call can end.

Each place where a call can end, each class of operation, and each end (the deadline, a break, a
cancellation) meet on the fast path, on aiobotocore's ordinary path and with a borrowed client.
Each statement of an error is checked by what arrived at the server.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import pytest
from aiobotocore.config import AioConfig
from aiobotocore.credentials import AioDeferredRefreshableCredentials
from aiobotocore.session import AioSession
from aiohttp.abc import AbstractResolver, ResolveResult
from botocore.exceptions import CredentialRetrievalError

from smsreg import RetryPolicy
from smsreg.errors import (
    CallTimeoutError,
    ConnectError,
    CredentialsError,
    InvalidResponseError,
    OutcomeUnknownError,
    SmsregError,
    ThrottlingError,
    TransportError,
)
from tests.support.loops import let_pass
from tests.support.witness import Place, Witness, deaf_port, refusing_port

from .conftest import CREDENTIALS, look_on
from .samples import GUARDED, READ, REPEATABLE, TOKEN, UNSAFE, Sample, assert_clean

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from smsreg.rate_limits import RateLimiter

    from .conftest import Waits

pytestmark = pytest.mark.sampled

End = Literal["deadline", "break", "cancellation"]
ENDS: tuple[End, ...] = ("deadline", "break", "cancellation")
CLASSES = (READ, TOKEN, REPEATABLE, GUARDED, UNSAFE)
WAYS = ("fast", "ordinary", "borrowed")
TIMEOUT = 5.0
"""Seconds until the deadline, which pass at once where a call is to run into it."""

every_class = pytest.mark.parametrize("sample", CLASSES, ids=str)
every_way = pytest.mark.parametrize("way", WAYS)


@dataclass
class Lane:
    """How a client is opened: a way to call, an endpoint, and what a place needs."""

    way: str
    policy: RetryPolicy
    url: str = ""
    config: AioConfig | None = None
    session: AioSession | None = None
    limiter: RateLimiter | None = None

    @contextlib.asynccontextmanager
    async def client(self, sample: Sample) -> AsyncIterator[Any]:
        """Open a client; the session's credentials are only asked for by calls."""
        session = self.session or _session()
        place = {"region_name": "us-east-1", "endpoint_url": self.url}
        options: dict[str, Any] = {**place, "session": session, "config": self.config}
        async with contextlib.AsyncExitStack() as stack:
            if self.way == "borrowed":
                service = sample.client_type.service_name
                theirs = session.create_client(service, **place, config=self.config)
                options = {"aws_client": await stack.enter_async_context(theirs)}
            options |= {"retry": self.policy, "timeout": TIMEOUT, "rate_limiter": self.limiter}
            client = sample.client_type(**options)
            await stack.enter_async_context(client)
            if self.way == "ordinary":
                client.aws_client.meta.events.register("before-send", look_on)
            yield client


_LOADER: Any = AioSession().get_component("data_loader")
"""Keeps what it has read: a client of each test would read it all again."""


def _session(credentials: Any = None) -> AioSession:
    session = AioSession()
    session.register_component("data_loader", _LOADER)
    session.set_credentials(*CREDENTIALS.values())
    if credentials is not None:
        session._credentials = credentials
    return session


@pytest.fixture
def lane(way: str, waits: Waits) -> Lane:
    return Lane(way, RetryPolicy(sleep=waits.sleep, jitter=lambda: 1.0))


async def outcome_of(
    client: Any, sample: Sample, end: End, reached: Callable[[], Any] | None = None
) -> Any:
    """What a call ends with: its result, or its exception."""
    task = asyncio.ensure_future(sample.call(client))
    if end != "break":
        if reached is None:
            await asyncio.sleep(0.02)
        else:
            await reached()
    if end == "cancellation":
        task.cancel()
    elif end == "deadline":
        let_pass(TIMEOUT)
    return (await asyncio.gather(task, return_exceptions=True))[0]


# -- what errors say -----------------------------------------------------------------------------


def says_unsent(outcome: Any) -> bool:
    """Whether an outcome says that nothing was done."""
    if isinstance(outcome, CallTimeoutError):
        return not outcome.sent
    return isinstance(outcome, (ConnectError, CredentialsError, ThrottlingError))


def assert_true(outcome: Any, sample: Sample, witness: Witness) -> None:
    """Nothing that an outcome says is false by what the server has seen."""
    if isinstance(outcome, asyncio.CancelledError):
        return  # it says nothing
    if not isinstance(outcome, BaseException):
        assert witness.executed
        return
    assert isinstance(outcome, SmsregError)
    assert_clean(outcome)
    assert outcome.operation_name == sample.name
    assert (outcome.client_token is not None) == (sample.idempotency == "token")
    if says_unsent(outcome):
        assert witness.heard == 0
        return
    assert witness.heard > 0
    if isinstance(outcome, OutcomeUnknownError):
        assert isinstance(outcome.__cause__, SmsregError)
        assert not outcome.likely_done or witness.executed
        safe = sample.idempotency in {"read", "token", "repeatable"}
        assert outcome.safe_to_repeat is safe
    else:
        assert isinstance(outcome, TransportError)
        assert sample.idempotency != "unsafe"
    if sample.unsafe:
        assert len(witness.executed) <= 1


def assert_unsent(outcome: Any, end: End, broken: type[SmsregError] = ConnectError) -> None:
    """The outcome of a call that ended before its request was handed to a connection."""
    if end == "cancellation":
        assert isinstance(outcome, asyncio.CancelledError)
    elif end == "deadline":
        assert type(outcome) is CallTimeoutError
        assert outcome.sent is False
    else:
        assert type(outcome) is broken


# -- before anything is sent ---------------------------------------------------------------------


@every_way
@every_class
async def test_pool(sample: Sample, lane: Lane) -> None:
    """Another call has the only connection; where that one breaks, the turn comes."""
    lane.config = AioConfig(max_pool_connections=1)
    for end in ENDS:
        async with Witness("headers") as witness:
            lane.url = witness.url
            async with lane.client(sample) as client:
                first = asyncio.ensure_future(
                    READ.call(client.with_options(retry=RetryPolicy.none()))
                )
                await witness.stopped.wait()
                witness.spare()
                if end == "break":
                    witness.place = "done"
                    asyncio.get_running_loop().call_later(0.02, witness.reset_all)
                outcome = await outcome_of(client, sample, end)
                first.cancel()
                await asyncio.gather(first, return_exceptions=True)
            assert_true(outcome, sample, witness)
            if end == "break":
                assert not isinstance(outcome, BaseException)
                assert len(witness.executed) == 1
            else:
                assert_unsent(outcome, end)
                assert witness.heard == 0


class Resolver(AbstractResolver):
    """Resolves no name: it waits, or fails."""

    def __init__(self, *, hang: bool) -> None:
        self.hang = hang
        self.asked = asyncio.Event()

    async def resolve(self, *_: Any, **__: Any) -> list[ResolveResult]:
        self.asked.set()
        if self.hang:
            await asyncio.sleep(30)
        raise OSError("name or service not known")

    async def close(self) -> None:
        pass


@every_way
@every_class
async def test_dns(sample: Sample, lane: Lane) -> None:
    lane.url = "https://service.invalid"
    for end in ENDS:
        resolver = Resolver(hang=end != "break")
        lane.config = AioConfig(connector_args={"resolver": resolver})
        async with Witness() as witness, lane.client(sample) as client:
            outcome = await outcome_of(client, sample, end, resolver.asked.wait)
        assert resolver.asked.is_set()
        assert_true(outcome, sample, witness)
        assert_unsent(outcome, end)


@every_way
@every_class
async def test_connect(sample: Sample, lane: Lane) -> None:
    for end in ENDS:
        with refusing_port() if end == "break" else deaf_port() as port:
            lane.url = f"http://127.0.0.1:{port}"
            async with Witness() as witness, lane.client(sample) as client:
                outcome = await outcome_of(client, sample, end)
        assert_true(outcome, sample, witness)
        assert_unsent(outcome, end)


@every_way
@every_class
async def test_tls(sample: Sample, lane: Lane) -> None:
    for end in ENDS:
        async with Witness("accept", "break" if end == "break" else "hang") as witness:
            lane.url = f"https://127.0.0.1:{witness.port}"
            async with lane.client(sample) as client:
                outcome = await outcome_of(client, sample, end, witness.stopped.wait)
        assert witness.stopped.is_set()
        assert_true(outcome, sample, witness)
        assert_unsent(outcome, end)


@pytest.mark.parametrize("way", ["ordinary", "borrowed"])
@every_class
async def test_tunnel(sample: Sample, lane: Lane) -> None:
    """A proxy that does not finish its CONNECT: the request never left."""
    lane.url = "https://127.0.0.1:1"  # which the proxy is never told to reach
    for end in ENDS:
        async with Witness("headers", "break" if end == "break" else "hang") as proxy:
            proxies = {"https": f"http://127.0.0.1:{proxy.port}"}
            lane.config = AioConfig(proxies=proxies)
            async with lane.client(sample) as client:
                outcome = await outcome_of(client, sample, end, proxy.stopped.wait)
            assert proxy.executed  # a CONNECT, and nothing of the call
            proxy.spare()
            assert_true(outcome, sample, proxy)
            assert_unsent(outcome, end)


class Source:
    """Where credentials come from: it hangs or fails."""

    def __init__(self, *, hang: bool) -> None:
        self.hang = hang
        self.asked = asyncio.Event()

    async def __call__(self) -> Any:
        self.asked.set()
        if self.hang:
            await asyncio.sleep(30)
        raise CredentialRetrievalError(provider="scripted", error_msg="not there")


@every_way
@every_class
async def test_credentials(sample: Sample, lane: Lane) -> None:
    for end in ENDS:
        source = Source(hang=end != "break")
        scripted = AioDeferredRefreshableCredentials(source, "scripted")
        lane.session = _session(scripted)
        async with Witness() as witness:
            lane.url = witness.url
            async with lane.client(sample) as client:
                outcome = await outcome_of(client, sample, end, source.asked.wait)
        assert source.asked.is_set()
        assert witness.heard == 0
        assert_true(outcome, sample, witness)
        # A source that does not respond in time is one that failed.
        failed: End = "cancellation" if end == "cancellation" else "break"
        assert_unsent(outcome, failed, CredentialsError)


class Turns:
    """A rate limiter that hangs or fails after some turns."""

    def __init__(self, *, hang: bool, free: int = 0) -> None:
        self.hang = hang
        self.free = free
        self.asked = asyncio.Event()

    async def acquire(self, _: str) -> None:
        self.free -= 1
        if self.free < 0:
            self.asked.set()
            if self.hang:
                await asyncio.sleep(30)
            raise OSError("no store of limits")

    def throttled(self, operation_name: str, retry_after: float | None) -> None:
        raise AssertionError(operation_name, retry_after)


@every_way
@every_class
async def test_turn_of_a_rate_limiter(sample: Sample, lane: Lane) -> None:
    for end in ENDS:
        lane.limiter = turns = Turns(hang=end != "break")
        async with Witness() as witness:
            lane.url = witness.url
            async with lane.client(sample) as client:
                outcome = await outcome_of(client, sample, end, turns.asked.wait)
        assert turns.asked.is_set()
        assert witness.heard == 0
        if end == "break":
            assert type(outcome) is OSError  # no error of a call: it is the limiter's own
        else:
            assert_true(outcome, sample, witness)
            assert_unsent(outcome, end)


@every_way
@every_class
async def test_no_turn_after_a_lost_response(sample: Sample, lane: Lane) -> None:
    lane.policy = replace(lane.policy, retry_unsafe=True)
    lane.limiter = turns = Turns(hang=True, free=1)
    async with Witness("headers", "break") as witness:
        lane.url = witness.url
        async with lane.client(sample) as client:
            outcome = await outcome_of(client, sample, "deadline", turns.asked.wait)
    assert_true(outcome, sample, witness)
    assert type(outcome) is OutcomeUnknownError


# -- once it was sent ----------------------------------------------------------------------------

LATER: tuple[Place, ...] = ("first byte", "half the request", "headers", "half the response")


@every_way
@every_class
@pytest.mark.parametrize("place", LATER)
async def test_sent(place: Place, sample: Sample, lane: Lane) -> None:
    for end in ENDS:
        async with Witness(place, "break" if end == "break" else "hang") as witness:
            lane.url = witness.url
            await _check_sent(end, sample, lane, witness)


@pytest.mark.parametrize("way", ["ordinary", "borrowed"])
@every_class
async def test_sent_to_a_proxy(sample: Sample, lane: Lane) -> None:
    """What a proxy took without a tunnel, it may have passed on."""
    lane.url = "http://127.0.0.1:1"  # which the proxy never reaches
    for end in ENDS:
        async with Witness("headers", "break" if end == "break" else "hang") as proxy:
            lane.config = AioConfig(proxies={"http": f"http://127.0.0.1:{proxy.port}"})
            await _check_sent(end, sample, lane, proxy)


async def _check_sent(end: End, sample: Sample, lane: Lane, witness: Witness) -> None:
    async with lane.client(sample) as client:
        outcome = await outcome_of(client, sample, end, witness.stopped.wait)
    assert_true(outcome, sample, witness)
    assert witness.heard > 0
    if end == "cancellation":
        assert isinstance(outcome, asyncio.CancelledError)
    elif sample.unsafe:
        assert type(outcome) is OutcomeUnknownError
        assert len(witness.arrived) == 1
    elif end == "deadline":
        assert type(outcome) is CallTimeoutError
        assert outcome.sent is True
    else:
        assert len(witness.arrived) == outcome.attempts == 3


@every_way
@every_class
async def test_unreadable_response(sample: Sample, lane: Lane) -> None:
    """After it, retries go on where they may: to a deadline, or to a cancellation."""
    for end in ENDS:
        async with Witness(body=b"<html>") as witness:
            lane.url = witness.url
            lane.policy = replace(lane.policy, sleep=asyncio.sleep, base_delay=30.0)
            if end == "break":
                lane.policy = RetryPolicy.none()
            async with lane.client(sample) as client:
                outcome = await outcome_of(client, sample, end, witness.stopped.wait)
        assert len(witness.executed) == 1
        assert_true(outcome, sample, witness)
        if sample.unsafe and end != "cancellation":
            assert type(outcome) is OutcomeUnknownError
        elif end != "cancellation":
            assert type(outcome) is InvalidResponseError  # no wait that outlasts the deadline


# -- after an attempt whose response is lost -----------------------------------------------------


class Switch(AbstractResolver):
    """Leads the first connection to one port, and the next ones astray."""

    def __init__(self, port: int, then: int | str) -> None:
        self.port = port
        self.then = then
        self.asked = 0
        self.again = asyncio.Event()

    async def resolve(self, host: str, *_: Any, **__: Any) -> list[ResolveResult]:
        self.asked += 1
        if self.asked > 1:
            self.again.set()
        port = self.port if self.asked == 1 else self.then
        if port == "hang":
            await asyncio.sleep(30)
        if isinstance(port, str):
            raise OSError("name or service not known")
        where = {"hostname": host, "host": "127.0.0.1", "port": port}
        return [{**where, "family": socket.AF_INET, "proto": 0, "flags": 0}]  # type: ignore[typeddict-item]  # unpacked above

    async def close(self) -> None:
        pass


@every_way
@every_class
@pytest.mark.parametrize("last", ["unknown name", "hanging name", "refused", "deaf"])
async def test_no_connection_after_a_lost_response(last: str, sample: Sample, lane: Lane) -> None:
    """No last word says that nothing was done, where an earlier attempt may have done it."""
    lane.url = "http://localhost:1"  # the port is the resolver's to say
    lane.policy = replace(lane.policy, retry_unsafe=True)
    async with Witness("headers", "break") as witness:
        with refusing_port() as refusing, deaf_port() as deaf:
            then: dict[str, int | str] = {
                "unknown name": "fail", "hanging name": "hang", "refused": refusing, "deaf": deaf
            }  # fmt: skip
            resolver = Switch(witness.port, then[last])
            lane.config = AioConfig(connector_args={"resolver": resolver, "use_dns_cache": False})
            end: End = "deadline" if last in {"hanging name", "deaf"} else "break"
            async with lane.client(sample) as client:
                outcome = await outcome_of(client, sample, end, resolver.again.wait)
    assert len(witness.executed) == 1
    assert resolver.asked > 1
    assert_true(outcome, sample, witness)
    assert type(outcome) is OutcomeUnknownError
    assert outcome.likely_done is False
    cause = outcome.__cause__
    if end == "deadline":
        assert isinstance(cause, CallTimeoutError)
        assert cause.sent is False
    else:
        assert type(cause) is ConnectError
        assert outcome.attempts == 3
