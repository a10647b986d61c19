"""Tools that instrument aiobotocore: OpenTelemetry, patched methods, added base classes."""

from __future__ import annotations

import functools
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import wrapt
from aiobotocore.client import AioBaseClient
from aiobotocore.endpoint import AioEndpoint
from aiobotocore.httpsession import AIOHTTPSession
from aiobotocore.signers import AioRequestSigner
from botocore.auth import AUTH_TYPE_MAPS, SigV4Auth
from botocore.endpoint import Endpoint
from botocore.history import get_global_history_recorder
from opentelemetry.instrumentation.botocore import AiobotocoreInstrumentor, BotocoreInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import get_tracer

import smsreg.opentelemetry
from smsreg.errors import ServiceError
from tests.support.scripts import error, respond

from .conftest import JSON, REST, Sample, callers_session, every_service

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from tests.support.server import Server

    from .conftest import Connect

    TakesFastPath = Callable[[Sample, Any], Awaitable[bool]]

pytestmark = pytest.mark.sampled


@pytest.fixture
def spans() -> Iterator[Any]:
    """``spans.start()`` instruments aiobotocore, ``spans.stop()`` ends that; ``spans.take()``."""

    class Spans:
        def __init__(self) -> None:
            self.exporter = InMemorySpanExporter()
            self.provider = TracerProvider()
            self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))
            self.tool: Any = None

        def start(self, tool: type[Any] = AiobotocoreInstrumentor) -> None:
            self.tool = tool()
            self.tool.instrument(tracer_provider=self.provider, skip_dep_check=True)

        def stop(self) -> None:
            if self.tool is not None:
                self.tool.uninstrument()
                self.tool = None

        def take(self) -> list[Any]:
            found = list(self.exporter.get_finished_spans())
            self.exporter.clear()
            return found

    spans = Spans()
    yield spans
    spans.stop()
    spans.provider.shutdown()


def assert_seen(span: Any, sample: Sample, status: int) -> None:
    assert span.attributes["rpc.method"] == sample.name
    assert span.attributes["http.status_code"] == status
    assert span.attributes["aws.request_id"] == "request-1"


@every_service
@pytest.mark.parametrize("first", [True, False], ids=["before opening", "after opening"])
@pytest.mark.parametrize("own_session", [True, False], ids=["own", "callers"])
async def test_opentelemetry_sees_each_call(
    spans: Any,
    sample: Sample,
    server: Server,
    connect: Connect,
    takes_fast_path: TakesFastPath,
    *,
    first: bool,
    own_session: bool,
) -> None:
    options = {} if own_session else {"session": callers_session()}
    server.scripts = [respond(200, sample.good)]
    if first:
        spans.start()
    async with connect(sample, server, **options) as client:
        if not first:
            plain = await sample.call(client)
            assert spans.take() == []
            spans.start()
        result = await sample.call(client)
        (span,) = spans.take()
        assert_seen(span, sample, 200)
        assert "x-amzn-trace-id" in server.requests[-1].headers
        assert result.model_extra != {}
        assert first or result == plain
        server.scripts = [error(sample.error)]
        with pytest.raises(ServiceError) as caught:
            await sample.call(client)
        assert type(caught.value).__name__ == sample.error
        (span,) = spans.take()
        assert_seen(span, sample, 400)
        spans.stop()
        assert await takes_fast_path(sample, client)
        assert spans.take() == []


async def test_opentelemetrys_botocore_tool_adds_its_header(
    spans: Any, server: Server, connect: Connect
) -> None:
    """It creates spans only for botocore's calls, but adds its header to aiobotocore's too."""
    async with connect(JSON, server) as client:
        await JSON.call(client)
        spans.start(BotocoreInstrumentor)
        with get_tracer("application", tracer_provider=spans.provider).start_as_current_span(
            "application"
        ):
            await JSON.call(client)
    before, after = server.requests
    assert "x-amzn-trace-id" not in before.headers
    assert "x-amzn-trace-id" in after.headers


@every_service
async def test_smsregs_own_instrumentation_keeps_the_fast_path(
    spans: Any, sample: Sample, server: Server, connect: Connect, takes_fast_path: TakesFastPath
) -> None:
    server.scripts = [respond(200, sample.good)]
    smsreg.opentelemetry.instrument(tracer_provider=spans.provider)
    try:
        async with connect(sample, server) as client:
            assert await takes_fast_path(sample, client)
    finally:
        smsreg.opentelemetry.uninstrument()
    (span,) = spans.take()
    assert span.attributes["rpc.method"] == sample.name


METHODS = [
    (AioBaseClient, "_make_api_call"),
    (AioBaseClient, "_make_request"),
    (AioBaseClient, "_convert_to_request_dict"),
    (AioEndpoint, "make_request"),
    (AioEndpoint, "_send_request"),
    (AioEndpoint, "create_request"),
    (AioEndpoint, "_do_get_response"),
    (Endpoint, "prepare_request"),
    (AIOHTTPSession, "send"),
    (AioRequestSigner, "sign"),
    (SigV4Auth, "add_auth"),
]


@pytest.mark.parametrize("kind", ["wrapt", "functools"])
@pytest.mark.parametrize(
    ("owner", "name"), METHODS, ids=lambda part: getattr(part, "__name__", part)
)
async def test_a_patched_method_is_called(
    owner: Any,
    name: str,
    kind: str,
    server: Server,
    connect: Connect,
    *,
    takes_fast_path: TakesFastPath,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server.scripts = [respond(200, REST.good)]
    calls: list[str] = []
    original = getattr(owner, name)

    def by_wrapt(wrapped: Any, _instance: Any, args: Any, keywords: Any) -> Any:
        calls.append(name)
        return wrapped(*args, **keywords)

    @functools.wraps(original)
    def by_functools(*args: Any, **keywords: Any) -> Any:
        calls.append(name)
        return original(*args, **keywords)

    patch = wrapt.FunctionWrapper(original, by_wrapt) if kind == "wrapt" else by_functools
    async with connect(REST, server) as client:
        plain = await REST.call(client)
        assert await takes_fast_path(REST, client)
        with monkeypatch.context() as patched:
            patched.setattr(owner, name, patch)
            assert await REST.call(client) == plain
            assert calls == [name]
        assert await takes_fast_path(REST, client)
        assert calls == [name]


@every_service
async def test_a_patched_client_is_called(sample: Sample, server: Server, connect: Connect) -> None:
    """A wrapper on one client's method, which sees botocore's exceptions as usual."""
    server.scripts = [respond(200, sample.good), error(sample.error)]
    seen: list[Any] = []
    async with connect(sample, server) as client:
        aws_client = client.aws_client
        original = aws_client._make_api_call

        async def pass_through(*args: Any) -> Any:
            try:
                parsed = await original(*args)
            except getattr(aws_client.exceptions, sample.error) as caught:
                seen.append(caught.response["Error"]["Code"])
                raise
            seen.append(parsed[sample.changed[0]])
            return parsed

        aws_client._make_api_call = pass_through
        await sample.call(client)
        with pytest.raises(ServiceError):
            await sample.call(client)
    assert seen == [sample.good[sample.changed[0]], sample.error]


@pytest.mark.parametrize("method", ["_make_api_call", "_emit_api_params", "_make_request"])
async def test_a_base_class_of_the_callers_is_called(
    method: str, server: Server, connect: Connect, takes_fast_path: TakesFastPath
) -> None:
    """botocore's creating-client-class event is how libraries extend clients."""
    server.scripts = [respond(200, JSON.good)]
    calls: list[str] = []

    async def pass_through(self: Any, *args: Any, **keywords: Any) -> Any:
        calls.append(method)
        return await getattr(super(mixin, self), method)(*args, **keywords)

    mixin = type("Mixin", (), {method: pass_through})

    def add(base_classes: list[type], **_: Any) -> None:
        base_classes.insert(0, mixin)

    session = callers_session()
    session.register("creating-client-class", add)
    async with connect(JSON, server, session=session) as client:
        await JSON.call(client)
        assert not await takes_fast_path(JSON, client)
    assert calls == [method, method]


async def test_a_signer_of_the_callers_signs(
    server: Server,
    connect: Connect,
    monkeypatch: pytest.MonkeyPatch,
    takes_fast_path: TakesFastPath,
) -> None:
    class CallersAuth(SigV4Auth):  # type: ignore[misc] # botocore has no types
        def add_auth(self, request: Any) -> None:
            super().add_auth(request)
            request.headers["X-Signed-By"] = "handler"

    async with connect(JSON, server) as client:
        await JSON.call(client)
        with monkeypatch.context() as patched:
            patched.setitem(AUTH_TYPE_MAPS, "v4", CallersAuth)
            await JSON.call(client)
        assert await takes_fast_path(JSON, client)
    assert ["x-signed-by" in sent.headers for sent in server.requests] == [False, True, False]


async def test_botocores_history_recorder_records(server: Server, connect: Connect) -> None:
    class Keep:
        def __init__(self) -> None:
            self.seen: list[str] = []

        def emit(self, event_type: str, _payload: Any, _source: str) -> None:
            self.seen.append(event_type)

    recorder = get_global_history_recorder()
    keep = Keep()
    async with connect(JSON, server) as client:
        await JSON.call(client)
        recorder.add_handler(keep)
        recorder.enable()
        try:
            await JSON.call(client)
        finally:
            recorder.disable()
            recorder._handlers.remove(keep)
    assert keep.seen == ["API_CALL", "HTTP_REQUEST", "HTTP_RESPONSE", "PARSED_RESPONSE"]


EARLY = """
import asyncio, functools
from aiobotocore.client import AioBaseClient

calls = []
original = AioBaseClient._make_api_call

@functools.wraps(original)
async def pass_through(*args, **keywords):
    calls.append(args[1])
    return await original(*args, **keywords)

AioBaseClient._make_api_call = pass_through

import smsreg
from smsreg.emulator import Emulator

async def main():
    async with Emulator(port=0) as emulator:
        async with smsreg.SMSVoiceClient(**emulator.client_options) as client:
            await client.describe_pools()

asyncio.run(main())
print(calls)
"""


def test_a_patch_from_before_the_import_is_called() -> None:
    command = [sys.executable, "-c", EARLY]
    found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603 -- our own code
    assert found.stdout.strip() == "['DescribePools']"
