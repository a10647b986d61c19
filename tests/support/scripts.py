"""What a scripted server does with a request; see tests/support/server.py."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .loops import advance_time
from .server import Connection, Request, Script

REQUEST_ID = {"x-amzn-RequestId": "request-1"}


def http(
    status: int = 200,
    body: bytes | Mapping[str, Any] = b"{}",
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """Format a complete, well-formed response with a request id."""
    return _format(status, body, {**REQUEST_ID, **(headers or {})})


def _format(status: int, body: bytes | Mapping[str, Any], headers: Mapping[str, str]) -> bytes:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [
        f"HTTP/1.1 {status} Because",
        f"Content-Length: {len(content)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + content


# -- scripts -------------------------------------------------------------------------------------


def respond(
    status: int = 200,
    body: bytes | Mapping[str, Any] = b"{}",
    headers: Mapping[str, str] | None = None,
) -> Script:
    return raw(http(status, body, headers))


def error(code: str, status: int = 400, message: str = "", **members: Any) -> Script:
    headers = members.pop("headers", None)
    return respond(status, {"__type": code, "message": message, **members}, headers)


def raw(data: bytes, *, then: str = "keep") -> Script:
    """Send bytes, and then ``keep`` the connection, ``end`` it, or ``reset`` it."""

    async def script(connection: Connection, _: Request) -> None:
        await connection.send(data)
        if then == "reset":
            await asyncio.sleep(0.02)  # an immediate reset would discard what was sent
        if then != "keep":
            getattr(connection, then)()

    return script


async def silence(connection: Connection, _: Request) -> None:
    """Send nothing until the peer disconnects."""
    await connection.gone()


def time_out(seconds: float) -> Script:
    """Send nothing, and advance the time past the deadline for the response."""

    async def script(connection: Connection, _: Request) -> None:
        advance_time(seconds)
        await connection.gone()

    return script


async def hang_up(connection: Connection, _: Request) -> None:
    """Close without a response."""
    connection.end()


# -- replies computed from the request -----------------------------------------------------------


@dataclass(frozen=True)
class Reply:
    """A response, and the fault with which it is sent.

    ``fault``: ``drop`` closes without a response, ``truncate`` closes after half of it, ``stall``
    sends nothing until the client disconnects. ``delay`` is in seconds.
    """

    content: Mapping[str, Any] | bytes = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: str | None = None
    delay: float = 0.0

    def data(self) -> bytes:
        return _format(self.status, self.content, self.headers)

    async def send(self, connection: Connection) -> None:
        if self.fault == "stall":
            await connection.gone()
        else:
            await asyncio.sleep(self.delay)
            data = self.data()
            if self.fault == "truncate":
                data = data[: len(data) - 1 - len(data.partition(b"\r\n\r\n")[2]) // 2]
            if self.fault != "drop":
                await connection.send(data)
        if self.fault is not None:
            connection.end()


def refusal(code: str, status: int = 400, message: str = "no", **headers: str) -> Reply:
    return Reply({"__type": code, "message": message}, status, headers)


Handler = Callable[[Request], Reply]


def replies(handler: Handler) -> Script:
    """Send the reply that the handler returns for each request."""

    async def script(connection: Connection, request: Request) -> None:
        await handler(request).send(connection)

    return script


def in_turn(*replies: Reply) -> Handler:
    """Send these replies in order; the last one is repeated."""
    remaining = list(replies)
    return lambda _: remaining.pop(0) if len(remaining) > 1 else remaining[0]
