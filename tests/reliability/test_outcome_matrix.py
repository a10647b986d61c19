"""Checks what an error claims against what the server received, at every stage of a call.

The cases combine each stage at which a call can end, each class of operation and each cause of the
end (the deadline, a broken connection, a cancellation), on the fast path, on aiobotocore's ordinary
path and with a borrowed client.
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
from tests.support.interrupting_server import (
    InterruptingServer,
    Stage,
    refusing_port,
    unresponsive_port,
)
from tests.support.loops import advance_time

from .conftest import CREDENTIALS, ignore_event
from .samples import GUARDED, READ, REPEATABLE, TOKEN, UNSAFE, Sample, assert_clean

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from smsreg.rate_limits import RateLimiter
    from tests.support.clients import Delays

pytestmark = pytest.mark.sampled

End = Literal["deadline", "break", "cancellation"]
ENDS: tuple[End, ...] = ("deadline", "break", "cancellation")
CLASSES = (READ, TOKEN, REPEATABLE, GUARDED, UNSAFE)
PATHS = ("fast", "ordinary", "borrowed")
TIMEOUT = 5.0
"""Seconds until the deadline; tests of the deadline advance the time by as much."""

every_class = pytest.mark.parametrize("sample", CLASSES, ids=str)
every_path = pytest.mark.parametrize("path", PATHS)


@dataclass
class ClientSetup:
    """The path, endpoint and settings with which a client is opened."""

    path: str
    policy: RetryPolicy
    url: str = ""
    config: AioConfig | None = None
    session: AioSession | None = None
    limiter: RateLimiter | None = None

    @contextlib.asynccontextmanager
    async def client(self, sample: Sample) -> AsyncIterator[Any]:
        """Open a client; credentials are only retrieved when a call is made."""
        session = self.session or _session()
        common = {"region_name": "us-east-1", "endpoint_url": self.url}
        options: dict[str, Any] = {**common, "session": session, "config": self.config}
        async with contextlib.AsyncExitStack() as stack:
            if self.path == "borrowed":
                service = sample.client_type.service_name
                borrowed = session.create_client(service, **common, config=self.config)
                options = {"aws_client": await stack.enter_async_context(borrowed)}
            options |= {"retry": self.policy, "timeout": TIMEOUT, "rate_limiter": self.limiter}
            client = sample.client_type(**options)
            await stack.enter_async_context(client)
            if self.path == "ordinary":
                client.aws_client.meta.events.register("before-send", ignore_event)
            yield client


_LOADER: Any = AioSession().get_component("data_loader")
"""Shared by the clients of all tests, so that the models are read once."""


def _session(credentials: Any = None) -> AioSession:
    session = AioSession()
    session.register_component("data_loader", _LOADER)
    session.set_credentials(*CREDENTIALS.values())
    if credentials is not None:
        session._credentials = credentials
    return session


@pytest.fixture
def setup(path: str, waits: Delays) -> ClientSetup:
    return ClientSetup(path, RetryPolicy(sleep=waits.sleep, jitter=lambda: 1.0))


async def run_call(
    client: Any, sample: Sample, end: End, reached: Callable[[], Any] | None = None
) -> Any:
    """Run a call until it ends by ``end``; return its result or its exception."""
    task = asyncio.ensure_future(sample.call(client))
    if end != "break":
        if reached is None:
            await asyncio.sleep(0.02)
        else:
            await reached()
    if end == "cancellation":
        task.cancel()
    elif end == "deadline":
        advance_time(TIMEOUT)
    return (await asyncio.gather(task, return_exceptions=True))[0]


# -- what errors claim ---------------------------------------------------------------------------


def claims_unsent(outcome: Any) -> bool:
    """Return whether an outcome claims that the request was not sent or not carried out."""
    if isinstance(outcome, CallTimeoutError):
        return not outcome.sent
    return isinstance(outcome, (ConnectError, CredentialsError, ThrottlingError))


def assert_claims_hold(outcome: Any, sample: Sample, server: InterruptingServer) -> None:
    """Assert that what the server received contradicts no claim of the outcome."""
    if isinstance(outcome, asyncio.CancelledError):
        return  # it claims nothing
    if not isinstance(outcome, BaseException):
        assert server.executed
        return
    assert isinstance(outcome, SmsregError)
    assert_clean(outcome)
    assert outcome.operation_name == sample.name
    assert (outcome.client_token is not None) == (sample.idempotency == "token")
    if claims_unsent(outcome):
        assert server.bytes_received == 0
        return
    assert server.bytes_received > 0
    if isinstance(outcome, OutcomeUnknownError):
        assert isinstance(outcome.__cause__, SmsregError)
        assert not outcome.likely_done or server.executed
        safe = sample.idempotency in {"read", "token", "repeatable"}
        assert outcome.safe_to_repeat is safe
    else:
        assert isinstance(outcome, TransportError)
        assert sample.idempotency != "unsafe"
    if sample.unsafe:
        assert len(server.executed) <= 1


def assert_unsent(outcome: Any, end: End, broken: type[SmsregError] = ConnectError) -> None:
    """Assert the outcome of a call that ended before its request reached a connection."""
    if end == "cancellation":
        assert isinstance(outcome, asyncio.CancelledError)
    elif end == "deadline":
        assert type(outcome) is CallTimeoutError
        assert outcome.sent is False
    else:
        assert type(outcome) is broken


# -- before anything is sent ---------------------------------------------------------------------


@every_path
@every_class
async def test_pool(sample: Sample, setup: ClientSetup) -> None:
    """A call waits while another uses the only connection, and proceeds when that one breaks."""
    setup.config = AioConfig(max_pool_connections=1)
    for end in ENDS:
        async with InterruptingServer("headers") as server:
            setup.url = server.url
            async with setup.client(sample) as client:
                first = asyncio.ensure_future(
                    READ.call(client.with_options(retry=RetryPolicy.none()))
                )
                await server.stopped.wait()
                server.ignore_received()
                if end == "break":
                    server.stop_at = "done"
                    asyncio.get_running_loop().call_later(0.02, server.reset_all)
                outcome = await run_call(client, sample, end)
                first.cancel()
                await asyncio.gather(first, return_exceptions=True)
            assert_claims_hold(outcome, sample, server)
            if end == "break":
                assert not isinstance(outcome, BaseException)
                assert len(server.executed) == 1
            else:
                assert_unsent(outcome, end)
                assert server.bytes_received == 0


class Resolver(AbstractResolver):
    """Resolves no name: it hangs or fails."""

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


@every_path
@every_class
async def test_dns(sample: Sample, setup: ClientSetup) -> None:
    setup.url = "https://service.invalid"
    for end in ENDS:
        resolver = Resolver(hang=end != "break")
        setup.config = AioConfig(connector_args={"resolver": resolver})
        async with InterruptingServer() as server, setup.client(sample) as client:
            outcome = await run_call(client, sample, end, resolver.asked.wait)
        assert resolver.asked.is_set()
        assert_claims_hold(outcome, sample, server)
        assert_unsent(outcome, end)


@every_path
@every_class
async def test_connect(sample: Sample, setup: ClientSetup) -> None:
    for end in ENDS:
        with refusing_port() if end == "break" else unresponsive_port() as port:
            setup.url = f"http://127.0.0.1:{port}"
            async with InterruptingServer() as server, setup.client(sample) as client:
                outcome = await run_call(client, sample, end)
        assert_claims_hold(outcome, sample, server)
        assert_unsent(outcome, end)


@every_path
@every_class
async def test_tls(sample: Sample, setup: ClientSetup) -> None:
    for end in ENDS:
        async with InterruptingServer("accept", "break" if end == "break" else "hang") as server:
            setup.url = f"https://127.0.0.1:{server.port}"
            async with setup.client(sample) as client:
                outcome = await run_call(client, sample, end, server.stopped.wait)
        assert server.stopped.is_set()
        assert_claims_hold(outcome, sample, server)
        assert_unsent(outcome, end)


@pytest.mark.parametrize("path", ["ordinary", "borrowed"])
@every_class
async def test_tunnel(sample: Sample, setup: ClientSetup) -> None:
    """A proxy that does not complete its CONNECT: the request is not sent."""
    setup.url = "https://127.0.0.1:1"  # never contacted: the proxy completes no CONNECT
    for end in ENDS:
        async with InterruptingServer("headers", "break" if end == "break" else "hang") as proxy:
            proxies = {"https": f"http://127.0.0.1:{proxy.port}"}
            setup.config = AioConfig(proxies=proxies)
            async with setup.client(sample) as client:
                outcome = await run_call(client, sample, end, proxy.stopped.wait)
            assert proxy.executed  # the CONNECT alone
            proxy.ignore_received()
            assert_claims_hold(outcome, sample, proxy)
            assert_unsent(outcome, end)


class ScriptedSource:
    """A source of credentials that hangs or fails."""

    def __init__(self, *, hang: bool) -> None:
        self.hang = hang
        self.asked = asyncio.Event()

    async def __call__(self) -> Any:
        self.asked.set()
        if self.hang:
            await asyncio.sleep(30)
        raise CredentialRetrievalError(provider="scripted", error_msg="not there")


@every_path
@every_class
async def test_credentials(sample: Sample, setup: ClientSetup) -> None:
    for end in ENDS:
        source = ScriptedSource(hang=end != "break")
        scripted = AioDeferredRefreshableCredentials(source, "scripted")
        setup.session = _session(scripted)
        async with InterruptingServer() as server:
            setup.url = server.url
            async with setup.client(sample) as client:
                outcome = await run_call(client, sample, end, source.asked.wait)
        assert source.asked.is_set()
        assert server.bytes_received == 0
        assert_claims_hold(outcome, sample, server)
        # A source that does not respond in time counts as failed.
        failed: End = "cancellation" if end == "cancellation" else "break"
        assert_unsent(outcome, failed, CredentialsError)


class ScriptedLimiter:
    """A rate limiter that hangs or fails after a number of turns."""

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


@every_path
@every_class
async def test_turn_of_a_rate_limiter(sample: Sample, setup: ClientSetup) -> None:
    for end in ENDS:
        setup.limiter = limiter = ScriptedLimiter(hang=end != "break")
        async with InterruptingServer() as server:
            setup.url = server.url
            async with setup.client(sample) as client:
                outcome = await run_call(client, sample, end, limiter.asked.wait)
        assert limiter.asked.is_set()
        assert server.bytes_received == 0
        if end == "break":
            assert type(outcome) is OSError  # the limiter's own error passes through unchanged
        else:
            assert_claims_hold(outcome, sample, server)
            assert_unsent(outcome, end)


@every_path
@every_class
async def test_no_turn_after_a_lost_response(sample: Sample, setup: ClientSetup) -> None:
    setup.policy = replace(setup.policy, retry_unsafe=True)
    setup.limiter = limiter = ScriptedLimiter(hang=True, free=1)
    async with InterruptingServer("headers", "break") as server:
        setup.url = server.url
        async with setup.client(sample) as client:
            outcome = await run_call(client, sample, "deadline", limiter.asked.wait)
    assert_claims_hold(outcome, sample, server)
    assert type(outcome) is OutcomeUnknownError


# -- after it was sent ---------------------------------------------------------------------------

LATER: tuple[Stage, ...] = ("first byte", "half the request", "headers", "half the response")


@every_path
@every_class
@pytest.mark.parametrize("stop_at", LATER)
async def test_sent(stop_at: Stage, sample: Sample, setup: ClientSetup) -> None:
    for end in ENDS:
        async with InterruptingServer(stop_at, "break" if end == "break" else "hang") as server:
            setup.url = server.url
            await _check_sent(end, sample, setup, server)


@pytest.mark.parametrize("path", ["ordinary", "borrowed"])
@every_class
async def test_sent_to_a_proxy(sample: Sample, setup: ClientSetup) -> None:
    """A request sent to a proxy without a tunnel may have been forwarded."""
    setup.url = "http://127.0.0.1:1"  # never contacted: the proxy forwards nothing
    for end in ENDS:
        async with InterruptingServer("headers", "break" if end == "break" else "hang") as proxy:
            setup.config = AioConfig(proxies={"http": f"http://127.0.0.1:{proxy.port}"})
            await _check_sent(end, sample, setup, proxy)


async def _check_sent(
    end: End, sample: Sample, setup: ClientSetup, server: InterruptingServer
) -> None:
    async with setup.client(sample) as client:
        outcome = await run_call(client, sample, end, server.stopped.wait)
    assert_claims_hold(outcome, sample, server)
    assert server.bytes_received > 0
    if end == "cancellation":
        assert isinstance(outcome, asyncio.CancelledError)
    elif sample.unsafe:
        assert type(outcome) is OutcomeUnknownError
        assert len(server.arrived) == 1
    elif end == "deadline":
        assert type(outcome) is CallTimeoutError
        assert outcome.sent is True
    else:
        assert len(server.arrived) == outcome.attempts == 3


@every_path
@every_class
async def test_unreadable_response(sample: Sample, setup: ClientSetup) -> None:
    """Where a retry is allowed, it follows, until the deadline or a cancellation."""
    for end in ENDS:
        async with InterruptingServer(body=b"<html>") as server:
            setup.url = server.url
            setup.policy = replace(setup.policy, sleep=asyncio.sleep, base_delay=30.0)
            if end == "break":
                setup.policy = RetryPolicy.none()
            async with setup.client(sample) as client:
                outcome = await run_call(client, sample, end, server.stopped.wait)
        assert len(server.executed) == 1
        assert_claims_hold(outcome, sample, server)
        if sample.unsafe and end != "cancellation":
            assert type(outcome) is OutcomeUnknownError
        elif end != "cancellation":
            assert (
                type(outcome) is InvalidResponseError
            )  # a delay beyond the deadline is not started


# -- after an attempt whose response is lost -----------------------------------------------------


class Switch(AbstractResolver):
    """Resolves the first connection to one port; later ones to another, or fails or hangs."""

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


@every_path
@every_class
@pytest.mark.parametrize("last", ["unknown name", "hanging name", "refused", "unresponsive"])
async def test_no_connection_after_a_lost_response(
    last: str, sample: Sample, setup: ClientSetup
) -> None:
    """The final error does not claim that nothing was done: an earlier attempt may have done it."""
    setup.url = "http://localhost:1"  # the resolver determines the port
    setup.policy = replace(setup.policy, retry_unsafe=True)
    async with InterruptingServer("headers", "break") as server:
        with refusing_port() as refusing, unresponsive_port() as unresponsive:
            then: dict[str, int | str] = {
                "unknown name": "fail",
                "hanging name": "hang",
                "refused": refusing,
                "unresponsive": unresponsive,
            }
            resolver = Switch(server.port, then[last])
            setup.config = AioConfig(connector_args={"resolver": resolver, "use_dns_cache": False})
            end: End = "deadline" if last in {"hanging name", "unresponsive"} else "break"
            async with setup.client(sample) as client:
                outcome = await run_call(client, sample, end, resolver.again.wait)
    assert len(server.executed) == 1
    assert resolver.asked > 1
    assert_claims_hold(outcome, sample, server)
    assert type(outcome) is OutcomeUnknownError
    assert outcome.likely_done is False
    cause = outcome.__cause__
    if end == "deadline":
        assert isinstance(cause, CallTimeoutError)
        assert cause.sent is False
    else:
        assert type(cause) is ConnectError
        assert outcome.attempts == 3
