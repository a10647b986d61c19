"""Traces and metrics of all calls, by OpenTelemetry.

Extra ``opentelemetry``: ``pip install "smsreg[opentelemetry]"``.

Names and attributes are those of OpenTelemetry's semantic conventions for AWS SDKs and for RPC:
https://opentelemetry.io/docs/specs/semconv/cloud-providers/aws-sdk/
https://opentelemetry.io/docs/specs/semconv/rpc/
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from smsreg._runtime.observation import OK
from smsreg._runtime.observers import observers
from smsreg._text import escape
from smsreg._version import __version__
from smsreg.errors import ConfigurationError, OutcomeUnknownError

try:
    from opentelemetry import context, metrics, trace
except ImportError as _error:
    raise ImportError(
        'smsreg.opentelemetry needs OpenTelemetry: pip install "smsreg[opentelemetry]"',
        name=_error.name,
    ) from None

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider
    from opentelemetry.util.types import AttributeValue

    from smsreg._runtime.call_event import CallEvent
    from smsreg._runtime.observers import ObservedClient
    from smsreg.retry import RetryEvent

__all__ = ["instrument", "uninstrument"]

SUPPRESSED = "suppress_instrumentation"
"""The context key that OpenTelemetry's ``suppress_instrumentation`` sets."""

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
"""The boundaries that the conventions recommend for durations of calls."""

LONGEST_ID = 128
"""Characters of a request id that are kept: it is the server's text."""

PORTS = {"http": 80, "https": 443}


def instrument(
    tracer_provider: TracerProvider | None = None,
    meter_provider: MeterProvider | None = None,
) -> None:
    """Trace and measure the calls of all clients of this process, open or yet to be made.

    Each logical call is one span of the kind CLIENT, with an event for each attempt. It is the
    current span while the call runs, and while its ``on_call`` does. A call that succeeds after
    retries is no error. No member of a request or a result is recorded, nor any exception's text.

    Calling it again replaces the providers; ``uninstrument`` ends it.

    Args:
        tracer_provider: Makes the spans; by default the global provider.
        meter_provider: Makes the metrics; by default the global provider.
    """
    uninstrument()
    observers.append(_Telemetry(tracer_provider, meter_provider))


def uninstrument() -> None:
    """Stop tracing and measuring; calls in flight are followed to their end."""
    observers[:] = [each for each in observers if not isinstance(each, _Telemetry)]


class _Telemetry:
    """Makes spans and measurements, of all calls of all clients."""

    def __init__(
        self, tracer_provider: TracerProvider | None, meter_provider: MeterProvider | None
    ) -> None:
        self.tracer = trace.get_tracer("smsreg", __version__, tracer_provider)
        meter = metrics.get_meter("smsreg", __version__, meter_provider)
        self.duration = meter.create_histogram(
            "rpc.client.call.duration",
            unit="s",
            description="Duration of logical calls, with all attempts and waits.",
            explicit_bucket_boundaries_advisory=SECONDS,
        )
        self.calls = meter.create_counter(
            "smsreg.calls", unit="{call}", description="Logical calls that have ended."
        )
        self.retries = meter.create_counter(
            "smsreg.retries",
            unit="{attempt}",
            description="Attempts after the first one of a call.",
        )
        self.throttles = meter.create_counter(
            "smsreg.throttles", unit="{attempt}", description="Attempts that the service throttled."
        )
        self.capacity = meter.create_gauge(
            "smsreg.retry_capacity",
            unit="{token}",
            description="What the client that called last has left of its retry budget.",
        )

    def __call__(self, client: ObservedClient, operation_name: str) -> _Call | None:
        """Start the span of a call."""
        if context.get_value(SUPPRESSED):
            return None
        return _Call(self, client, operation_name)


class _Call:
    """The span and the measurements of one logical call."""

    def __init__(self, telemetry: _Telemetry, client: ObservedClient, operation_name: str) -> None:
        self._telemetry = telemetry
        self._client = client
        self._retries = 0
        self._attributes: dict[str, AttributeValue] = {
            "rpc.system": "aws-api",
            "rpc.system.name": "aws-api",
            "rpc.service": client.service_id,
            "rpc.method": operation_name or "_OTHER",
            **_endpoint_of(client),
        }
        self._span = telemetry.tracer.start_span(
            f"{client.service_id}.{operation_name}" if operation_name else client.service_id,
            kind=trace.SpanKind.CLIENT,
            attributes=self._attributes,
        )
        self._token = context.attach(trace.set_span_in_context(self._span))

    def retried(self, event: RetryEvent) -> None:
        """Add the event of an attempt that failed and was followed by another one."""
        self._retries += 1
        self._locate()
        self._telemetry.retries.add(1, self._attributes)
        attempt = _attempt(
            event.attempt, event.error, event.request_id, getattr(event.error, "http_status", None)
        )
        attempt["smsreg.throttled"] = event.throttled
        attempt["smsreg.delay"] = event.delay
        self._span.add_event("smsreg.attempt", attempt)

    def ended(self, event: CallEvent) -> None:
        """End the span, and record the measurements."""
        self._locate()
        if event.outcome != OK:
            self._attributes["error.type"] = event.outcome
        try:
            self._end_span(event)
            self._measure(event)
        finally:
            if (
                trace.get_current_span() is self._span
            ):  # unless another context closes the coroutine
                context.detach(self._token)

    def _locate(self) -> None:
        """Add the endpoint attributes, which are known once the client is open."""
        if "server.address" not in self._attributes:
            self._attributes |= _endpoint_of(self._client)

    def _end_span(self, event: CallEvent) -> None:
        if event.attempts > self._retries:
            error = event.error
            if isinstance(error, OutcomeUnknownError):
                error = error.__cause__ or error
            last = _attempt(event.attempts, error, event.request_id, event.http_status)
            self._span.add_event("smsreg.attempt", last)
        self._span.set_attributes(self._attributes)
        self._span.set_attributes(_response(event.request_id, event.http_status))
        self._span.set_attributes(
            {
                "smsreg.attempts": event.attempts,
                "smsreg.throttles": event.throttles,
                "smsreg.waited": event.waited,
            }
        )
        if isinstance(event.error, OutcomeUnknownError):
            self._span.set_attribute("smsreg.likely_done", event.error.likely_done)
            self._span.set_attribute("smsreg.safe_to_repeat", event.error.safe_to_repeat)
        if event.outcome != OK:
            self._span.set_status(trace.StatusCode.ERROR)
        self._span.end()

    def _measure(self, event: CallEvent) -> None:
        telemetry = self._telemetry
        telemetry.duration.record(event.duration, self._attributes)
        telemetry.calls.add(1, self._attributes)
        if event.throttles:
            telemetry.throttles.add(event.throttles, self._attributes)
        service = {
            name: value
            for name, value in self._attributes.items()
            if name not in {"rpc.method", "error.type"}
        }
        telemetry.capacity.set(self._client.retry_capacity, service)


def _attempt(
    number: int, error: BaseException | None, request_id: str | None, http_status: int | None
) -> dict[str, AttributeValue]:
    """Describe an attempt that has ended."""
    described: dict[str, AttributeValue] = {"smsreg.attempt": number}
    if error is not None:
        described["error.type"] = type(error).__name__
    return described | _response(request_id, http_status)


def _response(request_id: str | None, http_status: int | None) -> dict[str, AttributeValue]:
    described: dict[str, AttributeValue] = {}
    if request_id is not None:
        described["aws.request_id"] = escape(request_id)[:LONGEST_ID]
    if http_status is not None:
        described["http.response.status_code"] = http_status
    return described


def _endpoint_of(client: ObservedClient) -> dict[str, AttributeValue]:
    """Return the attributes of a client's endpoint; none as long as it is not open."""
    try:
        meta = client.aws_client.meta
    except ConfigurationError:
        return {}
    described: dict[str, AttributeValue] = {}
    if meta.region_name:
        described["cloud.region"] = meta.region_name
    url = urlsplit(meta.endpoint_url or "")
    if url.hostname:
        described["server.address"] = url.hostname
        described["server.port"] = url.port or PORTS.get(url.scheme, 443)
    return described
