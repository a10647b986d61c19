"""Clients that disconnect during a request: nothing is logged, and nothing is left behind."""

from __future__ import annotations

import asyncio
import gc
import socket
import struct
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from smsreg.emulator import Emulator
from tests.support.sampling import ALL_CASES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: PinpointSMSVoiceV2.DescribePools\r\n"
STARTS = {
    "in mid head": HEAD,
    "in mid body": HEAD + b"Content-Length: 1000\r\n\r\n{",
    "in a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n10\r\n{",
    "in a control call": b"PUT /_emulator/state HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Length: 1000\r\n\r\n{",
    "before the response": HEAD + b"Content-Length: 2\r\n\r\n{}",
}


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    async with Emulator(check_signatures=False) as running:
        yield running


async def hang_up(port: int, start: bytes, *, reset: bool) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(start)
    await writer.drain()
    if reset:
        linger = struct.pack("ii", 1, 0)  # close with RST
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    await asyncio.sleep(0)
    writer.transport.abort()
    del reader


async def many(port: int, start: bytes, count: int) -> None:
    for first in range(0, count, 20):
        batch = range(first, min(first + 20, count))
        await asyncio.gather(*(hang_up(port, start, reset=bool(n % 2)) for n in batch))


async def settled(emulator: Emulator) -> None:
    """Wait until the server has noticed that its clients have disconnected."""
    for _ in range(500):
        if not emulator._server._web.connections:
            break
        await asyncio.sleep(0.01)
    assert emulator._server._web.connections == []
    gc.collect()


@pytest.mark.parametrize("name", STARTS)
async def test_disconnects_are_not_logged(
    emulator: Emulator, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    caplog.set_level("INFO")
    port = int(emulator.url.rpartition(":")[2])
    await many(port, STARTS[name], 60 if ALL_CASES else 20)
    await settled(emulator)
    assert emulator.unexpected == []
    assert caplog.records == []


async def test_many_leave_the_memory_as_it_was(emulator: Emulator) -> None:
    port = int(emulator.url.rpartition(":")[2])
    start = STARTS["in mid body"]
    await many(port, start, 200)
    await settled(emulator)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        await many(port, start, 2_000 if ALL_CASES else 500)
        await settled(emulator)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 200_000
    assert emulator.unexpected == []
    assert emulator._server._web._timers == {}
