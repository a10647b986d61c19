"""A server on 127.0.0.1 that answers with exactly the bytes it is told, and counts what it got."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typing_extensions import Self

from tests.support.loops import let_pass

TLS = Path(__file__).parent / "tls"
LONGEST = 20.0
"""Seconds after which a connection is ended, whatever its scripts do."""


@dataclass(frozen=True)
class Sent:
    """One request as it arrived; ``connection`` counts from 1."""

    connection: int
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class Wire:
    """One connection, from the server's side."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.taken = 0

    def put(self, data: bytes) -> None:
        """Send at once, without giving the event loop a turn."""
        self._writer.write(data)

    async def send(self, data: bytes) -> None:
        self.put(data)
        await self._writer.drain()
        await asyncio.sleep(0)  # Python 3.10 gives no turn where a TLS connection is lost
        self.taken += len(data)

    def end(self) -> None:
        """Close in an orderly way."""
        self._writer.close()

    def reset(self) -> None:
        """Close with a reset: the peer's reads and writes fail."""
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def trickle(self, data: bytes, *, seconds: float = 0.01) -> None:
        """Send the same bytes again and again, until the peer has had enough."""
        while not self._writer.is_closing():
            await self.send(data)
            await asyncio.sleep(seconds)

    async def gone(self) -> bool:
        """Wait for the end of the connection; say whether nothing more came before it."""
        try:
            return not await self._reader.read(1)
        except ConnectionError:
            return True


Script = Callable[[Wire, Sent], Awaitable[None]]


class Loopback:
    """Runs one script for each request, in order; the last one serves all that follow.

    Args:
        scripts: What answers each request.
        greeting: What happens to each connection before a request is read from it.
        tls: The name of the certificate to show; None for plain HTTP.
        longest: Seconds after which a connection is ended, for a server of many tests.
    """

    def __init__(
        self,
        *scripts: Script,
        greeting: Callable[[Wire], Awaitable[None]] | None = None,
        tls: str | None = None,
        longest: float = LONGEST,
    ) -> None:
        self.scripts = list(scripts)
        self.requests: list[Sent] = []
        self.connections = 0
        self.hellos = 0
        self.wires: list[Wire] = []
        self.failures: list[BaseException] = []
        self._news = asyncio.Condition()
        self._greeting = greeting
        self._tls = tls
        self._longest = longest
        self._tasks: set[asyncio.Task[Any]] = set()
        self._server: asyncio.Server

    @property
    def url(self) -> str:
        port = self._server.sockets[0].getsockname()[1]
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{port}"

    async def received(self, count: int) -> None:
        """Wait until so many requests have arrived."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.requests) >= count)

    async def __aenter__(self) -> Self:
        context = None
        if self._tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(TLS / f"{self._tls}.crt", TLS / f"{self._tls}.key")
            context.sni_callback = self._hello
        # The limit is on header sizes that are read here, not on those that are sent.
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", 0, ssl=context, limit=2**20
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._server.wait_closed(), LONGEST)
        assert self.failures == []

    def _hello(self, *_: object) -> None:
        """Count a TLS handshake that begins; a connection is one that came through it."""
        self.hellos += 1

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.connections += 1
        try:
            await asyncio.wait_for(self._talk(reader, writer, self.connections), self._longest)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the peer went away, or the test is over
        except Exception as error:  # noqa: BLE001 -- shown when the test ends
            self.failures.append(error)
        finally:
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        wire = Wire(reader, writer)
        self.wires.append(wire)
        if self._greeting is not None:
            await self._greeting(wire)
        while not writer.is_closing():
            request = await _read_request(reader, number)
            script = self.scripts[min(len(self.requests), len(self.scripts) - 1)]
            self.requests.append(request)
            async with self._news:
                self._news.notify_all()
            await script(wire, request)


async def _read_request(reader: asyncio.StreamReader, number: int) -> Sent:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Sent(number, method, target, headers, body)


# -- scripts -------------------------------------------------------------------------------------


def http(
    status: int = 200,
    body: bytes | Mapping[str, Any] = b"{}",
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """Give a whole, well-formed answer."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [
        f"HTTP/1.1 {status} Because",
        f"Content-Length: {len(content)}",
        "x-amzn-RequestId: request-1",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + content


def answer(
    status: int = 200,
    body: bytes | Mapping[str, Any] = b"{}",
    headers: Mapping[str, str] | None = None,
) -> Script:
    return raw(http(status, body, headers))


def error(code: str, status: int = 400, message: str = "", **members: Any) -> Script:
    headers = members.pop("headers", None)
    return answer(status, {"__type": code, "message": message, **members}, headers)


def raw(data: bytes, *, then: str = "keep") -> Script:
    """Send bytes, and then ``keep`` the connection, ``end`` it, or ``reset`` it."""

    async def script(wire: Wire, _: Sent) -> None:
        await wire.send(data)
        if then == "reset":
            await asyncio.sleep(0.02)  # what was sent would be lost with the connection
        if then != "keep":
            getattr(wire, then)()

    return script


async def silence(wire: Wire, _: Sent) -> None:
    """Give no answer until the peer goes away."""
    await wire.gone()


def too_late(seconds: float) -> Script:
    """Give no answer, and let the time pass by which there should be one."""

    async def script(wire: Wire, _: Sent) -> None:
        let_pass(seconds)
        await wire.gone()

    return script


async def hang_up(wire: Wire, _: Sent) -> None:
    """Close without an answer."""
    wire.end()
