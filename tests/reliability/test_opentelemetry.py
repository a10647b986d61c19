"""``smsreg.opentelemetry``: one span for each logical call, and its metrics."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import context, trace
from opentelemetry.instrumentation.botocore import AiobotocoreInstrumentor, BotocoreInstrumentor
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

import smsreg.opentelemetry
from smsreg import RetryPolicy, SMSVoiceClient
from smsreg._runtime import observation
from smsreg.errors import InvalidRequestError, OutcomeUnknownError, SmsregError
from smsreg.social_messaging import DeleteWhatsAppMessageMediaInput
from tests.support.scripts import error, hang_up, respond, silence
from tests.support.server import Server

from .samples import CLASSES, FEW, PERSONAL, READ, SERVER_TEXT, UNSAFE, via

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.sdk.trace import ReadableSpan

    from smsreg.types import CallEvent

    from .conftest import Connect
    from .samples import Sample

pytestmark = pytest.mark.sampled

THROTTLE = error("ThrottlingException", 400, SERVER_TEXT)
BROKEN = error("InternalServerException", 500, SERVER_TEXT)


class Backend:
    """Collects the exported spans and metrics in memory."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.reader = InMemoryMetricReader()
        self.meters = MeterProvider([self.reader])

    def instrument(self) -> None:
        smsreg.opentelemetry.instrument(tracer_provider=self.tracers, meter_provider=self.meters)

    @property
    def spans(self) -> list[ReadableSpan]:
        return list(self.exporter.get_finished_spans())

    @property
    def only(self) -> ReadableSpan:
        (span,) = self.spans
        return span

    @functools.cached_property
    def data(self) -> Any:
        """The metrics recorded until this is first read."""
        return self.reader.get_metrics_data()

    def points(self, name: str) -> list[Any]:
        data = self.data
        return [
            point
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
            for point in metric.data.data_points
        ]

    def everything(self) -> str:
        """Everything that was exported, as text."""
        return "".join(span.to_json() for span in self.spans) + self.data.to_json()


@pytest.fixture
def backend() -> Iterator[Backend]:
    backend = Backend()
    backend.instrument()
    yield backend
    smsreg.opentelemetry.uninstrument()
    assert observation.observers == []
    assert trace.get_current_span() is trace.INVALID_SPAN
    backend.tracers.shutdown()
    backend.meters.shutdown()


def attempts(span: ReadableSpan) -> list[dict[str, Any]]:
    assert {event.name for event in span.events} <= {"smsreg.attempt"}
    return [dict(event.attributes or {}) for event in span.events]


def port_of(server: Server) -> int:
    return int(server.url.rpartition(":")[2])


@pytest.mark.parametrize("sample", [*FEW, *via("session", "borrowed")], ids=str)
async def test_a_call_that_succeeds(sample: Sample, connect: Connect, backend: Backend) -> None:
    async with Server(respond(200, sample.good)) as server, connect(sample, server.url) as client:
        await sample.call(client)
        port = port_of(server)
    span = backend.only
    service = "Pinpoint SMS Voice V2" if isinstance(client, SMSVoiceClient) else "SocialMessaging"
    assert (span.name, span.kind) == (f"{service}.{sample.name}", SpanKind.CLIENT)
    assert span.status.status_code is StatusCode.UNSET
    assert dict(span.attributes or {}) == {
        "rpc.system": "aws-api",
        "rpc.system.name": "aws-api",
        "rpc.service": service,
        "rpc.method": sample.name,
        "cloud.region": "us-east-1",
        "server.address": "127.0.0.1",
        "server.port": port,
        "aws.request_id": "request-1",
        "http.response.status_code": 200,
        "smsreg.attempts": 1,
        "smsreg.throttles": 0,
        "smsreg.waited": 0.0,
    }
    response = {"aws.request_id": "request-1", "http.response.status_code": 200}
    assert attempts(span) == [{"smsreg.attempt": 1, **response}]


async def test_a_call_that_succeeds_after_a_retry_is_not_an_error(
    connect: Connect, backend: Backend
) -> None:
    scripts = [THROTTLE, BROKEN, respond(200, READ.good)]
    async with Server(*scripts) as server, connect(READ, server.url) as client:
        await READ.call(client)
    span = backend.only
    assert span.status.status_code is StatusCode.UNSET
    assert "error.type" not in (span.attributes or {})
    assert (span.attributes or {})["smsreg.attempts"] == 3
    response = {"aws.request_id": "request-1"}
    assert attempts(span) == [
        {
            "smsreg.attempt": 1,
            "error.type": "ThrottlingException",
            "http.response.status_code": 400,
            "smsreg.throttled": True,
            "smsreg.delay": 1.0,
            **response,
        },
        {
            "smsreg.attempt": 2,
            "error.type": "InternalServerException",
            "http.response.status_code": 500,
            "smsreg.throttled": False,
            "smsreg.delay": 0.1,
            **response,
        },
        {"smsreg.attempt": 3, "http.response.status_code": 200, **response},
    ]


@pytest.mark.parametrize("sample", CLASSES, ids=str)
async def test_a_call_that_fails(sample: Sample, connect: Connect, backend: Backend) -> None:
    async with Server(BROKEN) as server, connect(sample, server.url) as client:
        with pytest.raises(SmsregError) as caught:
            await sample.call(client)
    span, name = backend.only, type(caught.value).__name__
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description is None
    assert (span.attributes or {})["error.type"] == name
    assert [each["smsreg.attempt"] for each in attempts(span)] == (
        [1] if sample.unsafe else [1, 2, 3]
    )
    seen = caught.value.__cause__ or caught.value
    assert {each["error.type"] for each in attempts(span)} == {type(seen).__name__}
    (point,) = backend.points("smsreg.calls")
    assert point.attributes["error.type"] == name


async def test_an_unknown_outcome(connect: Connect, backend: Backend) -> None:
    async with Server(hang_up) as server, connect(UNSAFE, server.url) as client:
        with pytest.raises(OutcomeUnknownError) as caught:
            await UNSAFE.call(client)
    attributes = backend.only.attributes or {}
    assert attributes["error.type"] == "OutcomeUnknownError"
    assert attributes["smsreg.likely_done"] is False
    assert attributes["smsreg.safe_to_repeat"] is False
    cause = type(caught.value.__cause__).__name__
    assert attempts(backend.only) == [{"smsreg.attempt": 1, "error.type": cause}]


async def test_a_cancelled_call(connect: Connect, backend: Backend) -> None:
    async with Server(BROKEN, silence) as server, connect(READ, server.url) as client:
        task = asyncio.create_task(READ.call(client))
        await server.received(2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert (backend.only.attributes or {})["error.type"] == "CancelledError"
    assert [each["error.type"] for each in attempts(backend.only)] == [
        "InternalServerException",
        "CancelledError",
    ]


async def test_a_call_cancelled_between_attempts_has_no_attempt_twice(
    connect: Connect, backend: Backend
) -> None:
    waiting = asyncio.Event()

    async def sleep(_: float) -> None:
        waiting.set()
        await asyncio.Event().wait()

    policy = RetryPolicy(sleep=sleep)
    async with Server(BROKEN) as server, connect(READ, server.url, retry=policy) as client:
        task = asyncio.create_task(READ.call(client))
        await waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert [each["smsreg.attempt"] for each in attempts(backend.only)] == [1]


async def test_requests_that_are_refused_here(backend: Backend) -> None:
    client = SMSVoiceClient()
    with pytest.raises(InvalidRequestError):
        await client.send_text_message(destination_phone_number=PERSONAL[0] * 9)
    with pytest.raises(InvalidRequestError):
        client.describe_pools(max_results=0)
    media = DeleteWhatsAppMessageMediaInput(
        media_id="1", origination_phone_number_id="phone-number-id-1"
    )
    with pytest.raises(InvalidRequestError):
        await client.send(media)
    await client.aclose()
    assert [(span.name, (span.attributes or {})["rpc.method"]) for span in backend.spans] == [
        ("Pinpoint SMS Voice V2.SendTextMessage", "SendTextMessage"),
        ("Pinpoint SMS Voice V2.DescribePools", "DescribePools"),
        ("Pinpoint SMS Voice V2", "_OTHER"),
    ]
    for span in backend.spans:
        assert (span.attributes or {})["error.type"] == "InvalidRequestError"
        assert (span.attributes or {})["smsreg.attempts"] == 0
        assert attempts(span) == []
        assert "server.address" not in (span.attributes or {})


@pytest.mark.parametrize("script", [THROTTLE, BROKEN, hang_up])
@pytest.mark.parametrize("sample", CLASSES, ids=str)
async def test_nothing_of_request_or_response_is_exported(
    sample: Sample, script: Any, connect: Connect, backend: Backend
) -> None:
    scripts = [script, respond(200, {**sample.good, "Extra": SERVER_TEXT})]
    async with Server(*scripts) as server, connect(sample, server.url) as client:
        for _ in range(2):
            with contextlib.suppress(SmsregError):
                await sample.call(client)
    exported = backend.everything()
    assert sample.name in exported
    assert [text for text in (*PERSONAL, SERVER_TEXT) if text in exported] == []


async def test_a_request_id_is_made_safe_and_short(connect: Connect, backend: Backend) -> None:
    script = respond(200, READ.good, {"x-amzn-requestid": "\x85" + "a" * 1000})
    async with Server(script) as server, connect(READ, server.url) as client:
        await READ.call(client)
    found = (backend.only.attributes or {})["aws.request_id"]
    assert isinstance(found, str)
    assert found.isprintable()
    assert len(found) == smsreg.opentelemetry.LONGEST_ID


# --- views, listings, waiters, callbacks


async def test_views_and_callbacks(connect: Connect, backend: Backend) -> None:
    current: list[Any] = []
    policy = RetryPolicy(
        base_delay=0, on_retry=lambda event: current.append((event.attempt, trace_id()))
    )

    def on_call(event: CallEvent) -> None:
        current.append((event.outcome, trace_id()))
        trace.get_current_span().set_attribute("tenant", "7")

    async with (
        Server(BROKEN, respond(200, READ.good)) as server,
        connect(READ, server.url, on_call=on_call) as client,
    ):
        await READ.call(client.with_options(timeout=5, retry=policy))
    assert current == [(1, backend.only.context.trace_id), ("ok", backend.only.context.trace_id)]
    assert (backend.only.attributes or {})["tenant"] == "7"


def trace_id() -> int:
    return trace.get_current_span().get_span_context().trace_id


async def test_each_page_is_a_span_beside_the_others(connect: Connect, backend: Backend) -> None:
    pages = [respond(200, {"Pools": [{}], "NextToken": f"{n}"}) for n in range(3)]
    tracer = trace.get_tracer("application", tracer_provider=backend.tracers)
    async with (
        Server(*pages, respond(200, {"Pools": []})) as server,
        connect(READ, server.url) as client,
    ):
        with tracer.start_as_current_span("application") as parent:
            async for _ in client.describe_pools():
                await asyncio.sleep(0.01)  # the next page is fetched meanwhile
                assert trace.get_current_span() is parent
            await asyncio.create_task(client.describe_pools())
    *spans, _ = backend.spans
    assert len(spans) == 5
    assert {span.name for span in spans} == {"Pinpoint SMS Voice V2.DescribePools"}
    parents = {span.parent.span_id for span in spans if span.parent}
    assert parents == {parent.get_span_context().span_id}


async def test_each_poll_of_a_waiter_is_a_span(connect: Connect, backend: Backend) -> None:
    polls = [
        respond(200, {"Pools": [{"PoolId": "pool-1", "Status": status}]})
        for status in ("CREATING", "ACTIVE")
    ]
    async with Server(*polls) as server, connect(READ, server.url) as client:
        await client.wait_until_pool_active(pool_id="pool-1")
    assert [span.name for span in backend.spans] == ["Pinpoint SMS Voice V2.DescribePools"] * 2


async def test_a_listing_that_is_left_early_leaves_no_span_open(
    connect: Connect, backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    started: list[str] = []

    class Count(SpanProcessor):
        def on_start(self, span: Any, parent_context: Any = None) -> None:
            del parent_context
            started.append(span.name)

    backend.tracers.add_span_processor(Count())
    page = respond(200, {"Pools": [{}], "NextToken": "more"})
    async with Server(page, silence) as server, connect(READ, server.url) as client:
        pages = client.describe_pools().pages()
        await pages.__anext__()
        await server.received(2)
        await pages.aclose()
        other = client.describe_pools()
        other.send(None)  # without a task, in this context
        context.attach(context.Context())
        other.close()  # in another context
    assert len(started) == len(backend.spans) == 3
    assert caplog.records == []


# --- metrics


async def test_measurements(connect: Connect, backend: Backend) -> None:
    denied = error("AccessDeniedException", 403)
    async with (
        Server(THROTTLE, THROTTLE, respond(200, READ.good), denied) as server,
        connect(READ, server.url, timeout=10) as client,
    ):
        await READ.call(client)
        with pytest.raises(SmsregError):
            await READ.call(client)
        left, port = client.retry_capacity, port_of(server)
    failed, ok = sorted(
        backend.points("rpc.client.call.duration"),
        key=lambda point: "error.type" not in point.attributes,
    )
    assert ok.explicit_bounds == smsreg.opentelemetry.SECONDS
    assert (ok.count, failed.count) == (1, 1)
    assert 0 < ok.sum < 10
    assert dict(ok.attributes) == {
        "rpc.system": "aws-api",
        "rpc.system.name": "aws-api",
        "rpc.service": "Pinpoint SMS Voice V2",
        "rpc.method": READ.name,
        "cloud.region": "us-east-1",
        "server.address": "127.0.0.1",
        "server.port": port,
    }
    assert failed.attributes["error.type"] == "AccessDeniedException"
    assert [point.value for point in backend.points("smsreg.calls")] == [1, 1]
    assert [point.value for point in backend.points("smsreg.retries")] == [2]
    assert [point.value for point in backend.points("smsreg.throttles")] == [2]
    (capacity,) = backend.points("smsreg.retry_capacity")
    assert capacity.value == left == 495
    assert "rpc.method" not in capacity.attributes


async def test_a_span_lasts_as_long_as_is_measured(connect: Connect, backend: Backend) -> None:
    async with Server(respond(200, READ.good)) as server, connect(READ, server.url) as client:
        await READ.call(client)
    (point,) = backend.points("rpc.client.call.duration")
    span = backend.only
    assert point.sum == pytest.approx(
        ((span.end_time or 0) - (span.start_time or 0)) / 1e9, abs=0.05
    )


# --- on and off


async def test_clients_from_before_are_followed_until_the_end(
    connect: Connect, backend: Backend
) -> None:
    smsreg.opentelemetry.uninstrument()
    async with Server(respond(200, READ.good)) as server, connect(READ, server.url) as client:
        await READ.call(client)
        assert client._observation(client.operations[READ.method]) is None
        backend.instrument()
        backend.instrument()  # replaces the first
        await READ.call(client)
        smsreg.opentelemetry.uninstrument()
        smsreg.opentelemetry.uninstrument()
        await READ.call(client)
    assert len(backend.spans) == 1


async def test_suppressed_instrumentation(connect: Connect, backend: Backend) -> None:
    async with Server(respond(200, READ.good)) as server, connect(READ, server.url) as client:
        with suppress_instrumentation():
            await READ.call(client)
    assert backend.spans == []
    assert backend.points("smsreg.calls") == []


@pytest.mark.parametrize("method", ["on_start", "on_end"])
async def test_a_tool_that_breaks_ends_no_call_and_stays_nowhere(
    method: str, connect: Connect, backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(SpanProcessor):
        pass

    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    setattr(Broken, method, fail)
    backend.tracers.add_span_processor(Broken())
    async with Server(respond(200, READ.good)) as server, connect(READ, server.url) as client:
        await READ.call(client)
        assert trace.get_current_span() is trace.INVALID_SPAN
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.message == f"an observer failed for {READ.name}"


async def test_what_the_first_call_measures_has_the_endpoint_too(backend: Backend) -> None:
    async with Server(BROKEN, respond(200, READ.good)) as server:
        client = SMSVoiceClient(
            region_name="us-east-1",
            endpoint_url=server.url,
            aws_access_key_id="trace",
            aws_secret_access_key="trace",
            retry=RetryPolicy(base_delay=0),
        )
        await READ.call(client)
        await client.aclose()
    for name in ("smsreg.retries", "smsreg.calls"):
        (point,) = backend.points(name)
        assert point.attributes["server.address"] == "127.0.0.1"


def test_without_the_extra_the_message_names_it() -> None:
    code = "import sys; sys.modules['opentelemetry'] = None; import smsreg.opentelemetry"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603 -- our own code
    assert done.stderr.splitlines()[-1] == (
        'ImportError: smsreg.opentelemetry needs OpenTelemetry: pip install "smsreg[opentelemetry]"'
    )


# --- together with OpenTelemetry's instrumentation of botocore


@pytest.fixture
def beside(backend: Backend) -> Iterator[Any]:
    """``beside(instrumentor)`` instruments with it until the test ends."""
    started: list[Any] = []

    def start(tool: type[Any]) -> None:
        started.append(tool())
        started[-1].instrument(tracer_provider=backend.tracers, skip_dep_check=True)

    yield start
    for tool in started:
        tool.uninstrument()


async def test_the_tool_for_aiobotocore_makes_a_child_for_each_attempt(
    connect: Connect, backend: Backend, beside: Any
) -> None:
    beside(AiobotocoreInstrumentor)
    async with (
        Server(BROKEN, respond(200, READ.good)) as server,
        connect(READ, server.url) as client,
    ):
        await READ.call(client)
    *children, logical = backend.spans
    assert logical.attributes is not None
    assert logical.attributes["smsreg.attempts"] == 2
    assert logical.status.status_code is StatusCode.UNSET
    assert [span.status.status_code for span in children] == [StatusCode.ERROR, StatusCode.UNSET]
    for span in children:
        assert span.name == logical.name
        assert span.parent is not None
        assert span.parent.span_id == logical.context.span_id
        for name in ("rpc.system", "rpc.service", "rpc.method", "cloud.region", "server.address"):
            assert (span.attributes or {})[name] == logical.attributes[name]


async def test_the_instrumentation_of_botocore_adds_the_header_of_smsregs_span(
    connect: Connect, backend: Backend, beside: Any
) -> None:
    beside(BotocoreInstrumentor)
    async with Server(respond(200, READ.good)) as server, connect(READ, server.url) as client:
        await READ.call(client)
        (sent,) = server.requests
    logical = backend.only
    assert f"{logical.context.trace_id:032x}"[8:] in sent.headers["x-amzn-trace-id"]
    assert f"{logical.context.span_id:016x}" in sent.headers["x-amzn-trace-id"]
