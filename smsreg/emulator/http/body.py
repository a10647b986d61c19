"""Reads a request's body, with a limit on size and time; the client may disconnect at any time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import ClientError
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestPayloadError

from smsreg.emulator.core.errors import common_error

if TYPE_CHECKING:
    from aiohttp import web

BODY_LIMIT = 16 * 1024 * 1024
"""Bytes; the largest blob of either model fits in as base64."""


class ClientGone(Exception):  # noqa: N818  # it is nobody's error
    """The client closed the connection before its request was complete."""


async def read_body(
    request: web.BaseRequest, timeout: float
) -> bytes:  # the server's limit, not its caller's
    """The whole body.

    Raises:
        ServiceFault: It is larger than `BODY_LIMIT`, or is not HTTP.
        asyncio.TimeoutError: It took too long.
        ClientGone: The client disconnected before the end of the body.
    """
    length = request.content_length
    if length is not None and length > BODY_LIMIT:
        raise _too_large()
    if request.headers.get("Expect", "").lower() == "100-continue":
        transport = request.transport
        if transport is not None:
            transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    if not request.body_exists:
        return b""
    if request.content.is_eof() and request.content.exception() is None:
        return request.content.read_nowait()  # it arrived with the head, as most bodies do
    try:
        return await asyncio.wait_for(_read(request), timeout)
    except (ConnectionError, ClientError, RequestPayloadError, HttpProcessingError):
        if request.transport is None or request.transport.is_closing():
            raise ClientGone from None
        raise common_error("SerializationException", "The body is not HTTP") from None


async def _read(request: web.BaseRequest) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
        if size > BODY_LIMIT:
            raise _too_large()
        chunks.append(chunk)
    return b"".join(chunks)


def _too_large() -> Exception:
    message = f"A request has at most {BODY_LIMIT} bytes"
    return common_error("RequestEntityTooLargeException", message, 413)
