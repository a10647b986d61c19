"""The cost of another client of a session: opened and closed, without a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiobotocore.session import AioSession

from smsreg import SMSVoiceClient
from tests.benchmarks.sides import CERTIFICATE, Link
from tests.benchmarks.workloads import repeated

if TYPE_CHECKING:
    from tests.benchmarks.measure import Row
    from tests.benchmarks.workloads import Bench


async def opening(bench: Bench) -> list[Row]:
    """Measure clients of one session, with an endpoint over TLS as AWS's are."""
    session = AioSession()
    session.set_config_variable("ca_bundle", str(CERTIFICATE))
    options = Link(bench.service.tls_ports["raw"], tls=True).client_options()

    async def raw() -> None:
        async with session.create_client("pinpoint-sms-voice-v2", **options):
            pass

    async def typed() -> None:
        client: Any = SMSVoiceClient(session=session, **options)
        await client.open()
        await client.aclose()

    count = max(bench.amounts.calls // 50, 1)
    batches = {"raw": repeated(raw, count), "smsreg": repeated(typed, count)}
    return [await bench.row("open() on a shared session", "clients", batches, connections=0)]
