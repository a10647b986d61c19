"""Clients with OpenTelemetry's instrumentation of botocore."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from opentelemetry.instrumentation.botocore import AiobotocoreInstrumentor
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider

from tests.benchmarks.measure import Row, same
from tests.benchmarks.workloads import watched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.sdk.trace import ReadableSpan

    from tests.benchmarks.workloads import Bench


class Counting(SpanProcessor):
    """Counts spans instead of exporting them, which would cost all sides the same."""

    def __init__(self) -> None:
        self.spans = 0

    def on_end(self, span: ReadableSpan) -> None:  # noqa: ARG002 -- the SDK's signature
        self.spans += 1


async def opentelemetry(bench: Bench) -> list[Row]:
    """Measure calls and listings of instrumented clients."""
    with _instrumented() as counting:
        async with bench.clients(("raw", "smsreg")) as sides:
            ended = {}
            for name, side in sides.items():
                before = counting.spans
                await side.send()
                ended[name] = counting.spans - before
            same("spans", ended)
            return await watched(bench, sides, "OpenTelemetry")


@contextmanager
def _instrumented() -> Iterator[Counting]:
    counting = Counting()
    provider = TracerProvider()
    provider.add_span_processor(counting)
    instrumentor = AiobotocoreInstrumentor()
    instrumentor.instrument(tracer_provider=provider)
    try:
        yield counting
    finally:
        instrumentor.uninstrument()
        provider.shutdown()
