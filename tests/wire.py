"""A scripted server on 127.0.0.1, and waits that nobody waits for."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smsreg import SMSVoiceClient


class Waits(list[float]):
    """The delays that were asked for; none of them is waited for."""

    async def sleep(self, seconds: float) -> None:
        self.append(seconds)
        await asyncio.sleep(0)


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"
    path: str = "/"

    @property
    def operation(self) -> str:
        return self.headers["x-amz-target"].partition(".")[2]

    @property
    def params(self) -> dict[str, Any]:
        params: dict[str, Any] = json.loads(self.body)
        return params


@dataclass(frozen=True)
class Reply:
    """What a request is answered, and how that goes wrong.

    ``fault``: ``drop`` closes without an answer, ``truncate`` after half of it, ``stall`` holds
    the answer back until the client goes away; ``delay`` holds it back for some seconds.
    """

    content: Mapping[str, Any] | bytes = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: str | None = None
    delay: float = 0.0

    def data(self) -> bytes:
        content = self.content
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        lines = [
            f"HTTP/1.1 {self.status} Because",
            f"Content-Length: {len(body)}",
            *(f"{name}: {value}" for name, value in self.headers.items()),
        ]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def refusal(code: str, status: int = 400, message: str = "no", **headers: str) -> Reply:
    return Reply({"__type": code, "message": message}, status, headers)


Handler = Callable[[Seen], Reply]


class Server:
    """Answers each request by a function; counts connections and keeps the requests."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.requests: list[Seen] = []
        self.connections = 0
        self.open = 0
        self._arrived = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._server: asyncio.Server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    @property
    def tasks(self) -> frozenset[asyncio.Task[Any]]:
        """Its tasks, those included that have not begun to run or are about to accept."""
        own = {type(self)._serve.__qualname__, "BaseSelectorEventLoop._accept_connection2"}
        return frozenset(t for t in asyncio.all_tasks() if t.get_coro().__qualname__ in own)

    def of(self, operation: str) -> list[Seen]:
        return [request for request in self.requests if request.operation == operation]

    async def reached(self, number: int) -> None:
        """Wait until so many requests have arrived."""
        while len(self.requests) < number:
            self._arrived.clear()
            await self._arrived.wait()

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port, limit=2**24)

    def shut(self) -> int:
        """Take no new connection and end all that there are; gives the port to start with."""
        port: int = self._server.sockets[0].getsockname()[1]
        self._server.close()
        for writer in self._writers:
            writer.close()
        return port

    async def stop(self) -> None:
        self._server.close()
        for writer in self._writers:
            writer.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._writers.add(writer)
        self.connections += 1
        self.open += 1
        try:
            while await self._answer(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client went away, or the test is over
        finally:
            self.open -= 1
            self._writers.discard(writer)
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, target, _ = head.split(" ", 2)
        lines = (line.partition(":") for line in head.split("\r\n")[1:] if line)
        headers = {name.lower(): value.strip() for name, _, value in lines}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        seen = Seen(headers, body, method, target.partition("?")[0])
        self.requests.append(seen)
        self._arrived.set()
        reply = self.handler(seen)
        if reply.fault == "stall":
            await reader.read(1)
            return False
        await asyncio.sleep(reply.delay)
        data = reply.data()
        if reply.fault == "truncate":
            data = data[: len(data) - 1 - len(reply.data().partition(b"\r\n\r\n")[2]) // 2]
        if reply.fault != "drop":
            writer.write(data)
            await writer.drain()
        return reply.fault is None


def script(*replies: Reply) -> Handler:
    """Answer with these in turn, and with the last one from then on."""
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


CREDENTIALS = {"aws_access_key_id": "AKIATHROWAWAY", "aws_secret_access_key": "throw-away"}


def in_use(client: SMSVoiceClient) -> int:
    """How many connections of a client have a request on them."""
    http: Any = client.aws_client._endpoint.http_session
    sessions = [session._session for session in http._ready.values()]
    return sum(len(session.connector._acquired) for session in sessions)
