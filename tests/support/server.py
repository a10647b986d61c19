"""A server on 127.0.0.1 that follows scripts, down to single bytes, and counts what arrives."""

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
"""Seconds after which a connection is ended, whatever its scripts do."""
ACCEPTING = "BaseSelectorEventLoop._accept_connection2"
"""What asyncio makes a connection of a socket with."""


@dataclass(frozen=True)
class Request:
    """One request as it arrived; ``connection`` counts from 1."""

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
    """One connection, from the server's side.

    Attributes:
        number: Counts from 1.
        reader: What the peer sends.
        taken: Bytes that the peer has taken, or that wait in its socket.
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
        with contextlib.suppress(OSError):  # it is closed already
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def trickle(self, data: bytes, *, seconds: float = 0.01) -> None:
        """Send the same bytes again and again, until the peer has had enough."""
        while not self.is_closing:
            await self.send(data)
            await asyncio.sleep(seconds)

    async def gone(self) -> bool:
        """Wait for the end of the connection; say whether nothing more came before it."""
        try:
            return not await self.reader.read(1)
        except ConnectionError:
            return True

    async def closed(self) -> None:
        """Close, and wait until that is done."""
        self.end()
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await self._writer.wait_closed()


Script = Callable[[Connection, Request], Awaitable[None]]


class Server:
    """Runs one script for each request, in order; the last one serves all that follow.

    Args:
        scripts: What responds to each request.
        greeting: What happens to each connection before a request is read from it.
        tls: The name of the certificate to show; None for plain HTTP.
        longest: Seconds after which a connection is ended; None for no limit.

    Attributes:
        requests: Those that arrived as a whole.
        accepted: Every connection; over TLS, those whose handshake succeeded.
        hellos: How many TLS handshakes began.
        failures: What scripts raised; there has to be none when the server stops.
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
        """How many connections are open."""
        return len(self._open)

    @property
    def tasks(self) -> frozenset[asyncio.Task[Any]]:
        """Its tasks, those included that have not begun to run or are about to accept."""
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
        """Wait until so many requests have arrived."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.requests) >= count)

    async def start(self, port: int = 0) -> None:
        context = None
        if self._tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(TLS / f"{self._tls}.crt", TLS / f"{self._tls}.key")
            context.sni_callback = self._hello
        # The limit is on header sizes that are read here, not on those that are sent.
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", port, ssl=context, limit=2**20
        )

    async def refuse(self) -> None:
        """Take no new connection."""
        # Python 3.10 loses a connection that is being accepted when the server closes.
        while any(map(_begins_to_accept, asyncio.all_tasks())):  # noqa: ASYNC110 -- asyncio's own
            await asyncio.sleep(0)
        self._server.close()

    async def shut(self) -> int:
        """Take no new connection and end all that there are; gives the port to start with."""
        port = self.port
        await self.refuse()
        for connection in self._open:
            connection.end()
        return port

    async def stop(self) -> None:
        await self.refuse()
        for _ in range(5):  # what was accepted last gets as far as to be served
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
        """Count a TLS handshake that begins; a connection is one that came through it."""
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
            pass  # the peer went away, or the test is over
        except Exception as error:  # noqa: BLE001 -- shown when the server stops
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
