"""A server on 127.0.0.1 that follows scripts, byte by byte if needed, and records requests."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typing_extensions import Self

TLS = Path(__file__).parent / "tls"
LONGEST = 20.0
"""Seconds after which a connection is closed, whatever its scripts do."""
ACCEPTING = "BaseSelectorEventLoop._accept_connection2"
"""The coroutine with which asyncio turns an accepted socket into a connection."""


@dataclass(frozen=True)
class Request:
    """One request as received; ``connection`` counts from 1."""

    connection: int
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def operation(self) -> str:
        return self.headers["x-amz-target"].partition(".")[2]

    @property
    def params(self) -> dict[str, Any]:
        params: dict[str, Any] = json.loads(self.body)
        return params


class Connection:
    """One connection, seen from the server.

    Attributes:
        number: Counts from 1.
        reader: Reads what the peer sends.
        taken: Bytes that the peer has read, or that are in its socket's buffer.
    """

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        self.reader = reader
        self.number = number
        self.taken = 0
        self._writer = writer

    @property
    def is_closing(self) -> bool:
        return self._writer.is_closing()

    def put(self, data: bytes) -> None:
        """Send at once, without yielding to the event loop."""
        self._writer.write(data)

    async def send(self, data: bytes) -> None:
        self.put(data)
        await self._writer.drain()
        await asyncio.sleep(0)  # Python 3.10's drain does not yield once a TLS connection is lost
        self.taken += len(data)

    def end(self) -> None:
        """Close gracefully."""
        self._writer.close()

    def reset(self) -> None:
        """Close with a reset: the peer's reads and writes fail."""
        sock = self._writer.get_extra_info("socket")
        with contextlib.suppress(OSError):  # it is closed already
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def trickle(self, data: bytes, *, seconds: float = 0.01) -> None:
        """Send the same bytes repeatedly until the peer closes the connection."""
        while not self.is_closing:
            await self.send(data)
            await asyncio.sleep(seconds)

    async def gone(self) -> bool:
        """Wait until the peer closes; return whether it sent nothing more before."""
        try:
            return not await self.reader.read(1)
        except ConnectionError:
            return True

    async def closed(self) -> None:
        """Close, and wait until the connection is closed."""
        self.end()
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await self._writer.wait_closed()


Script = Callable[[Connection, Request], Awaitable[None]]


class Server:
    """Runs one script for each request, in order; the last one serves all further requests.

    Args:
        scripts: Each responds to one request.
        greeting: Called with each connection before a request is read from it.
        tls: The name of the certificate to present; None for plain HTTP.
        longest: Seconds after which a connection is closed; None for no limit.

    Attributes:
        requests: The requests that were received completely.
        accepted: Every connection; over TLS, those whose handshake succeeded.
        hellos: The number of TLS handshakes that began.
        failures: The exceptions that scripts raised; stopping the server asserts there are none.
    """

    def __init__(
        self,
        *scripts: Script,
        greeting: Callable[[Connection], Awaitable[None]] | None = None,
        tls: str | None = None,
        longest: float | None = LONGEST,
    ) -> None:
        self.scripts = list(scripts)
        self.requests: list[Request] = []
        self.accepted: list[Connection] = []
        self.connections = 0
        self.hellos = 0
        self.failures: list[BaseException] = []
        self._open: set[Connection] = set()
        self._news = asyncio.Condition()
        self._greeting = greeting
        self._tls = tls
        self._longest = longest
        self._tasks: set[asyncio.Task[Any]] = set()
        self._server: asyncio.Server

    @property
    def port(self) -> int:
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def open(self) -> int:
        """The number of open connections."""
        return len(self._open)

    @property
    def tasks(self) -> frozenset[asyncio.Task[Any]]:
        """The server's tasks, including those not started yet or about to accept."""
        own = {
            type(self)._serve.__qualname__,
            type(self)._talk.__qualname__,
            ACCEPTING,
        }
        return frozenset(t for t in asyncio.all_tasks() if t.get_coro().__qualname__ in own)

    def of(self, operation: str) -> list[Request]:
        """The requests of one operation."""
        return [request for request in self.requests if request.operation == operation]

    async def received(self, count: int) -> None:
        """Wait until ``count`` requests have been received."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.requests) >= count)

    async def start(self, port: int = 0) -> None:
        context = None
        if self._tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(TLS / f"{self._tls}.crt", TLS / f"{self._tls}.key")
            context.sni_callback = self._hello
        # The limit applies to the headers that the server reads, not to those that it sends.
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", port, ssl=context, limit=2**20
        )

    async def refuse(self) -> None:
        """Stop accepting connections."""
        # Python 3.10 loses a connection that is being accepted when the server closes.
        while any(map(_begins_to_accept, asyncio.all_tasks())):  # noqa: ASYNC110 -- asyncio's own
            await asyncio.sleep(0)
        self._server.close()

    async def shut(self) -> int:
        """Stop accepting and close all connections; return the port, to start again on it."""
        port = self.port
        await self.refuse()
        for connection in self._open:
            connection.end()
        return port

    async def stop(self) -> None:
        await self.refuse()
        for _ in range(5):  # the connections accepted last reach _serve
            await asyncio.sleep(0)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._server.wait_closed(), LONGEST)
        assert self.failures == []

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _hello(self, *_: object) -> None:
        """Count a TLS handshake that begins; connections are counted once it has succeeded."""
        self.hellos += 1

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.connections += 1
        connection = Connection(reader, writer, self.connections)
        self.accepted.append(connection)
        self._open.add(connection)
        try:
            await asyncio.wait_for(self._talk(connection), self._longest)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the peer disconnected, or the test is over
        except Exception as error:  # noqa: BLE001 -- asserted on when the server stops
            self.failures.append(error)
        finally:
            self._open.discard(connection)
            await connection.closed()

    async def _talk(self, connection: Connection) -> None:
        if self._greeting is not None:
            await self._greeting(connection)
        while not connection.is_closing:
            request = await _read_request(connection)
            script = self.scripts[min(len(self.requests), len(self.scripts) - 1)]
            self.requests.append(request)
            async with self._news:
                self._news.notify_all()
            await script(connection, request)


def _begins_to_accept(task: asyncio.Task[Any]) -> bool:
    coroutine = task.get_coro()
    return (
        inspect.iscoroutine(coroutine)
        and coroutine.__qualname__ == ACCEPTING
        and inspect.getcoroutinestate(coroutine) == inspect.CORO_CREATED
    )


async def _read_request(connection: Connection) -> Request:
    head = (await connection.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    body = await connection.reader.readexactly(int(headers.get("content-length", "0")))
    return Request(connection.number, method, target, headers, body)
