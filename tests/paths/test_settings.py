"""A caller's sessions, clients and settings take effect on every path, without differences."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Any

import pytest
from aiobotocore.config import AioConfig
from aiobotocore.httpsession import AIOHTTPSession
from botocore import UNSIGNED
from botocore.config import Config

from smsreg import RetryPolicy, __version__
from smsreg.errors import (
    CallTimeoutError,
    ConfigurationError,
    ConnectError,
    OutcomeUnknownError,
    ServiceError,
    SmsregError,
)
from tests.support.clients import CREDENTIALS, Delays
from tests.support.loops import advance_time
from tests.support.scripts import error, http, respond, silence
from tests.support.server import Server

from .conftest import (
    JSON,
    NEWEST,
    REST,
    SAMPLES,
    Sample,
    borrowed,
    callers_session,
    every_service,
    ignore_event,
    take_path,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.support.server import Request

    from .conftest import Connect, Watch

    TakesFastPath = Callable[[Sample, Any], Awaitable[bool]]

pytestmark = pytest.mark.sampled

each_path = pytest.mark.parametrize("path", ["fast", "observed", "ordinary"])


async def by(path: str, sample: Sample, client: Any, watch: Watch) -> Any:
    """Make a call on a path, and assert that it took that path."""
    end = take_path(path, client)
    watch.take()
    try:
        return await sample.call(client)
    finally:
        assert watch.take() == path
        end()


async def failing(path: str, sample: Sample, client: Any, watch: Watch) -> SmsregError:
    with pytest.raises(SmsregError) as caught:
        await by(path, sample, client, watch)
    return caught.value


async def through(path: str, sample: Sample, client: Any, watch: Watch) -> Any:
    """Make a call that takes a path by itself."""
    watch.take()
    result = await sample.call(client)
    assert watch.take() == path
    return result


def lasting(sent: Request) -> dict[str, str]:
    """Return the headers that do not differ from call to call."""
    varying = {"amz-sdk-invocation-id", "authorization", "x-amz-date"}
    return {name: value for name, value in sent.headers.items() if name not in varying}


# -- borrowed clients and sessions ---------------------------------------------------------------


@pytest.mark.parametrize(("mode", "attempts"), [("standard", 3), ("legacy", 3), ("adaptive", 2)])
async def test_a_borrowed_clients_retries_do_not_multiply_those_of_the_policy(
    mode: str, attempts: int, connect: Connect
) -> None:
    waits = Delays()
    policy = RetryPolicy(max_attempts=attempts, sleep=waits.sleep)
    config = AioConfig(retries={"max_attempts": 5, "mode": mode})

    async def call(sample: Sample) -> list[str]:
        async with (
            Server(error("ThrottlingException", 400)) as server,
            borrowed(sample, server, config=config) as borrowed_client,
            connect(sample, server, aws_client=borrowed_client, retry=policy) as client,
        ):
            with pytest.raises(ServiceError):
                await sample.call(client)
            return [sent.headers["amz-sdk-request"] for sent in server.requests]

    # Concurrently: in the adaptive mode, botocore delays a call by two seconds after a throttle.
    sent = await asyncio.gather(*map(call, SAMPLES))
    counts = [f"attempt={number}; max={attempts}" for number in range(1, attempts + 1)]
    assert sent == [counts] * len(SAMPLES)
    assert len(waits) == (attempts - 1) * len(SAMPLES)


@every_service
async def test_a_borrowed_client_returns_the_same(
    sample: Sample, server: Server, connect: Connect, watch: Watch
) -> None:
    server.scripts = [respond(200, sample.good)]
    async with (
        connect(sample, server) as own_client,
        borrowed(sample, server) as borrowed_client,
        connect(sample, server, aws_client=borrowed_client) as client,
    ):
        expected = await sample.call(own_client)
        result = await through("ordinary", sample, client, watch)
        assert result == expected
        assert result.model_extra == expected.model_extra != {}
        server.scripts = [error(sample.error, message="no")]
        one = await failing("fast", sample, own_client, watch)
        with pytest.raises(ServiceError) as caught:
            await sample.call(client)
        other = caught.value
    assert type(one) is type(other)
    assert str(one) == str(other)


@every_service
@each_path
async def test_a_callers_session(
    path: str, sample: Sample, server: Server, connect: Connect, watch: Watch
) -> None:
    server.scripts = [respond(200, sample.good), error(sample.error)]
    async with connect(sample, server, session=callers_session()) as client:
        result = await by(path, sample, client, watch)
        failure = await failing(path, sample, client, watch)
    assert result.model_extra == {k: v for k, v in sample.good.items() if k.endswith("omorrow")}
    assert type(failure).__name__ == sample.error
    assert CREDENTIALS["aws_access_key_id"] in server.requests[0].headers["authorization"]


@each_path
async def test_a_sessions_default_config(
    path: str, server: Server, connect: Connect, watch: Watch
) -> None:
    session = callers_session()
    defaults = AioConfig(user_agent_extra="app/1", read_timeout=3, retries={"max_attempts": 7})
    session.set_default_client_config(defaults)
    server.scripts = [respond(), silence]
    async with connect(JSON, server, session=session) as client:
        await by(path, JSON, client, watch)
        task = asyncio.create_task(failing(path, JSON, client, watch))
        await server.received(2)
        await asyncio.sleep(0.01)
        advance_time(3)
        failure = await task
    agent = server.requests[0].headers["user-agent"]
    assert "app/1" in agent
    assert f"smsreg/{__version__}" in agent
    assert isinstance(failure, CallTimeoutError)
    assert len(server.requests) == 2


async def test_a_sessions_default_config_and_the_clients(
    server: Server, connect: Connect, watch: Watch
) -> None:
    session = callers_session()
    defaults = AioConfig(user_agent_extra="session/1", max_pool_connections=3)
    session.set_default_client_config(defaults)
    config = AioConfig(user_agent_extra="client/1")
    async with connect(JSON, server, session=session, config=config) as client:
        await by("fast", JSON, client, watch)
        assert client.aws_client.meta.config.max_pool_connections == 3
    agent = server.requests[0].headers["user-agent"]
    assert "client/1" in agent
    assert "session/1" not in agent


class CallersSession(AIOHTTPSession):
    """The caller's own HTTP session class."""

    sent = 0

    async def send(self, request: Any) -> Any:
        type(self).sent += 1
        return await super().send(request)


@every_service
@pytest.mark.parametrize("where", ["config", "session"])
async def test_a_http_session_class(
    where: str, sample: Sample, server: Server, connect: Connect, watch: Watch
) -> None:
    config = AioConfig(http_session_cls=CallersSession)
    options: dict[str, Any] = {"config": config}
    if where == "session":
        options = {"session": callers_session()}
        options["session"].set_default_client_config(config)
    server.scripts = [respond(200, sample.good), error(sample.error)]
    before = CallersSession.sent
    async with connect(sample, server, **options) as client:
        await through("ordinary", sample, client, watch)
        with pytest.raises(ServiceError):
            await sample.call(client)
    assert CallersSession.sent == before + 2


async def test_a_default_config_of_botocores(server: Server, connect: Connect) -> None:
    session = callers_session()
    session.set_default_client_config(Config())
    with pytest.raises(ConfigurationError, match=r"default config must be an .*AioConfig"):
        async with connect(JSON, server, session=session):
            pass


# -- proxies -------------------------------------------------------------------------------------


@every_service
async def test_a_proxy(sample: Sample, server: Server, connect: Connect, watch: Watch) -> None:
    async with Server(respond(200, sample.good)) as proxy:
        config = AioConfig(proxies={"http": proxy.url})
        async with connect(sample, server, config=config) as client:
            result = await through("observed", sample, client, watch)
        assert sample.changed_in(result) == sample.good[sample.changed[0]]
        assert [sent.target.startswith(server.url) for sent in proxy.requests] == [True]
    assert server.requests == []


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY"])
async def test_a_proxy_of_the_environment(
    variable: str,
    server: Server,
    connect: Connect,
    watch: Watch,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with Server(respond(200, JSON.good)) as proxy:
        monkeypatch.setenv(variable, proxy.url)
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://sms.example")
        async with connect(JSON, server, endpoint_url=None, allow_http=True) as client:
            await through("observed", JSON, client, watch)
        assert [sent.target for sent in proxy.requests] == ["http://sms.example/"]


async def test_no_proxy_of_the_environment(
    server: Server, connect: Connect, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    async with connect(JSON, server) as client:
        await by("fast", JSON, client, watch)
    assert len(server.requests) == 1


# -- signing, headers, user agent ----------------------------------------------------------------


@every_service
@pytest.mark.parametrize("keys", [True, False], ids=["keys", "no keys"])
async def test_unsigned(
    sample: Sample, server: Server, connect: Connect, watch: Watch, *, keys: bool
) -> None:
    config = AioConfig(signature_version=UNSIGNED)
    none = {"aws_access_key_id": None, "aws_secret_access_key": None}
    async with connect(sample, server, config=config, **({} if keys else none)) as client:
        await through("observed", sample, client, watch) if sample is JSON else None
        server.scripts = [respond(200, sample.good)]
        await through("observed", sample, client, watch)
    assert ["authorization" in sent.headers for sent in server.requests[-1:]] == [False]


AGENTS = {
    "nothing": {},
    "extra": {"user_agent_extra": "app/1"},
    "whole": {"user_agent": "app/2"},
    "whole and extra": {"user_agent": "app/2", "user_agent_extra": "app/1"},
    "application": {"user_agent_appid": "app-3"},
}


@pytest.mark.parametrize("agent", AGENTS)
async def test_the_user_agent(agent: str, server: Server, connect: Connect) -> None:
    config = AioConfig(**AGENTS[agent])
    async with connect(JSON, server, config=config) as client:
        await JSON.call(client)
        client.aws_client.meta.events.register("before-send", ignore_event)
        await JSON.call(client)
    first, second = server.requests
    assert lasting(first) == lasting(second)
    sent = first.headers["user-agent"]
    assert f"smsreg/{__version__}" in sent
    for text in AGENTS[agent].values():
        assert text in sent
    assert sent.startswith("app/2") == ("user_agent" in AGENTS[agent])


@every_service
async def test_a_trace_in_lambda(
    sample: Sample,
    server: Server,
    connect: Connect,
    takes_fast_path: TakesFastPath,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with connect(sample, server) as client:
        await takes_fast_path(sample, client)
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "handler")
        monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-2 3")
        assert await takes_fast_path(sample, client)
        client.aws_client.meta.events.register("before-send", ignore_event)
        assert not await takes_fast_path(sample, client)
        client.aws_client.meta.events.unregister("before-send", ignore_event)
        monkeypatch.delenv("AWS_LAMBDA_FUNCTION_NAME")
        assert await takes_fast_path(sample, client)
    traces = [sent.headers.get("x-amzn-trace-id") for sent in server.requests]
    assert traces == [None, "Root=1-2%203", "Root=1-2%203", None]


@every_service
@each_path
async def test_an_endpoint_with_a_path(
    path: str, sample: Sample, server: Server, connect: Connect, watch: Watch
) -> None:
    server.scripts = [respond(200, sample.good)]
    async with connect(sample, server, endpoint_url=f"{server.url}/a/b%20c") as client:
        await by(path, sample, client, watch)
    end = {JSON: "", REST: "/v1/whatsapp/flow/create", NEWEST: "/v1/brand-profiles/bp-1"}[sample]
    assert [sent.target for sent in server.requests] == [f"/a/b%20c{end}"]


# -- parameters, timeouts, sockets ---------------------------------------------------------------


@every_service
@each_path
@pytest.mark.parametrize("on", [True, False])
async def test_parameter_validation(
    path: str, sample: Sample, server: Server, connect: Connect, watch: Watch, *, on: bool
) -> None:
    server.scripts = [respond(200, sample.good)]
    config = AioConfig(parameter_validation=on)
    async with connect(sample, server, config=config) as client:
        result = await by(path, sample, client, watch)
        assert sample.changed_in(result) == sample.good[sample.changed[0]]
        with pytest.raises(SmsregError):
            await getattr(client, sample.method)(**dict.fromkeys(sample.parameters, ""))
    assert len(server.requests) == 1


@every_service
@each_path
async def test_the_read_timeout(
    path: str, sample: Sample, server: Server, connect: Connect, watch: Watch
) -> None:
    server.scripts = [silence]
    async with connect(sample, server, config=AioConfig(read_timeout=3)) as client:
        task = asyncio.create_task(failing(path, sample, client, watch))
        await server.received(1)
        await asyncio.sleep(0.01)
        advance_time(3)
        failure = await task
    seen = failure.__cause__ if isinstance(failure, OutcomeUnknownError) else failure
    assert type(seen) is CallTimeoutError
    assert "read timeout" in str(seen)


@each_path
async def test_the_connect_timeout(path: str, connect: Connect, watch: Watch) -> None:
    with socket.socket() as full, contextlib.ExitStack() as stack:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        for _ in range(4):  # the next connection gets no response at all
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)  # noqa: FBT003 -- socket's signature
            with contextlib.suppress(BlockingIOError):
                waiting.connect(address)
        await asyncio.sleep(0.01)
        unreachable: Any = type("Place", (), {"url": f"http://127.0.0.1:{address[1]}"})
        async with connect(JSON, unreachable, config=AioConfig(connect_timeout=0.1)) as client:
            failure = await failing(path, JSON, client, watch)
    assert type(failure) is ConnectError


@each_path
async def test_tcp_keepalive(path: str, server: Server, connect: Connect, watch: Watch) -> None:
    async with connect(JSON, server, config=AioConfig(tcp_keepalive=True)) as client:
        await by(path, JSON, client, watch)
    assert len(server.requests) == 1


@each_path
@pytest.mark.parametrize(
    "header", [b"x-odd: caf\xe9", b"x-odd: caf\xc3\xa9", b"X-Twice: 1\r\nx-twice: 2"]
)
async def test_odd_headers_of_responses(
    path: str, header: bytes, server: Server, connect: Connect, watch: Watch
) -> None:
    whole = http(200, JSON.good).replace(b"x-amzn-RequestId", header + b"\r\nx-amzn-RequestId")

    async def script(wire: Any, _: Request) -> None:
        await wire.send(whole)

    server.scripts = [script]
    async with connect(JSON, server) as client:
        result = await by(path, JSON, client, watch)
    headers = result.response_metadata.headers
    assert headers["x-amzn-requestid"] == "request-1"
    assert headers.get("x-twice", "2") == "2"
    assert headers.get("x-odd") in {None, "caf\ufffd", "caf\xe9"}
