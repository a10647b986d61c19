# pyright: reportPrivateUsage=false
"""One request and its response over aiohttp's connections, which are checked before each use.

Pool, DNS, connect, TLS, flow control and response parsing are aiohttp's: its connector, its
``ResponseHandler``, its llhttp. Only the ``ClientRequest`` and ``ClientResponse`` of each exchange
are skipped. A session that is traced or patched sends through aiohttp's own ``request``.
"""

from __future__ import annotations

import asyncio
import operator
import select
from types import FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from aiohttp import (
    BaseConnector,
    ClientConnectionResetError,
    ClientRequest,
    ClientResponse,
    ClientResponseError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
)
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import HttpProcessingError
from yarl import URL

from smsreg._runtime.call import current_attempt
from smsreg.errors import InvalidResponseError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from aiohttp.connector import Connection

    from smsreg._runtime.aws.sigv4 import Form

MAX_BODY = 16 * 1024 * 1024
"""Most bytes of a response that are read. The largest page of the services is far smaller."""
LARGE = 64 * 1024
"""Bytes from which on a body is written separately, as copying it behind the head costs more."""

_LONGEST = 100
"""Most digits of a length; Python refuses to parse an int of thousands of digits."""

_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})
_INFORMATIONAL = frozenset(range(100, 200)) - {101}
"""Statuses before the final one; 101 is final, as no HTTP response follows it."""

_METHODS: tuple[tuple[Any, str], ...] = (
    (ClientSession, "_request"),
    (ClientRequest, "send"),
    (ClientResponse, "start"),
    (ClientResponse, "read"),
    (BaseConnector, "connect"),
)
"""The methods that an exchange bypasses, and that instrumentation may replace."""


class Prepared(NamedTuple):
    """A request without the headers that its signature adds.

    Attributes:
        method: The HTTP method.
        url: The whole URL.
        origin: Its scheme, host and port.
        headers: The headers, without those of a single attempt.
        body: The body.
        form: The part of the canonical request besides the body.
        head: The serialized start of its head; None where aiohttp has to write the head.
    """

    method: str
    url: str
    origin: str
    headers: dict[str, str]
    body: bytes
    form: Form
    head: bytes | None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.method}>"  # the rest is the caller's


class Response(NamedTuple):
    """A complete response.

    Attributes:
        status: Its status.
        raw_headers: Its headers, as received.
        body: Its body.
    """

    status: int
    raw_headers: Sequence[tuple[bytes, bytes]]
    body: bytes


def head_of(method: str, url: str, host: str, headers: Mapping[str, str]) -> bytes | None:
    """Serialize the shared part of the heads of requests; None where aiohttp has to write them.

    Args:
        method: The HTTP method.
        url: The whole URL, encoded as it is sent.
        host: The value of the header ``Host``.
        headers: The other headers.
    """
    names = {name.lower() for name in headers}
    if not url.isascii() or names & {"expect", "transfer-encoding", "upgrade", "content-length"}:
        return None
    first = f"{method} {URL(url, encoded=True).raw_path_qs} HTTP/1.1\r\n"
    accept = {} if "accept" in names else {"Accept": "*/*"}
    others = {name: value for name, value in headers.items() if name.lower() != "host"}
    return first.encode() + _lines({"Host": host, **others, **accept})


def written(method: str, head: bytes, extra: Mapping[str, str], body: bytes) -> bytes:
    """Serialize the whole head of a request.

    Args:
        method: The HTTP method.
        head: The result of ``head_of``.
        extra: The headers of this request only.
        body: Its body.
    """
    if body or method not in _WITHOUT_BODY:
        return b"%s%sContent-Length: %d\r\n\r\n" % (head, _lines(extra), len(body))
    return b"%s%s\r\n" % (head, _lines(extra))


def _lines(headers: Mapping[str, str]) -> bytes:
    text = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    if text.count("\n") != len(headers) or text.count("\r") != len(headers) or "\0" in text:
        raise ValueError("a header has a line break in it")
    return text.encode()


class Exchange:
    """Exchanges with one origin, over the pool of an aiohttp session.

    Args:
        session: The session.
        url: A URL of the origin.
        timeout: The caller's timeouts.
        ordinary: Sends a request through aiohttp's own ``request``.
    """

    def __init__(
        self,
        session: ClientSession,
        url: str,
        timeout: ClientTimeout,
        ordinary: Callable[..., Awaitable[Response]],
    ) -> None:
        self._session = session
        self._connector: Any = session.connector
        self._timeout = timeout
        self._ordinary = ordinary
        self._shipped: list[object] = []
        loop = asyncio.get_running_loop()
        # The argument of the connector: where to connect to, and how its errors name that.
        self._origin = ClientRequest("GET", URL(url, encoded=True).origin(), loop=loop, ssl=True)

    def send(
        self, request: Prepared, extra: Mapping[str, str], *, left: float
    ) -> Awaitable[Response]:
        """Send a request without a proxy and read its response; aiohttp's errors pass unchanged.

        Args:
            request: The request.
            extra: The headers of this attempt.
            left: Seconds until the caller's own deadline.

        Raises:
            InvalidResponseError: The body is larger than the limit; the rest is not read.
        """
        if request.head is not None and self._is_plain():
            head = written(request.method, request.head, extra, request.body)
            return self._send(head, request.body, left)
        return self._ordinary(request, extra, left=left)

    def _is_plain(self) -> bool:
        """Whether aiohttp's requests are neither traced nor patched."""
        return (
            type(self._session) is ClientSession
            and not self._session.trace_configs
            and not self._connector.force_close
            and self._is_unpatched()
        )

    def _is_unpatched(self) -> bool:
        methods = [getattr(owner, name) for owner, name in _METHODS]
        # By identity: a wrapper may be equal to what it wraps.
        if not (self._shipped and all(map(operator.is_, methods, self._shipped))):
            self._shipped = methods if all(map(_is_shipped, methods)) else []
        return bool(self._shipped)

    async def _send(self, head: bytes, body: bytes, left: float) -> Response:
        """Send a request's bytes over a connection of the pool, and read its response."""
        try:
            connection = await self._connector.connect(self._origin, [], self._timeout)
        except asyncio.TimeoutError as error:
            msg = f"Connection timeout to host {self._origin.url}"
            raise ConnectionTimeoutError(msg) from error
        try:
            response = await self._over(connection.protocol, head, body, left)
        except BaseException:
            connection.close()
            raise
        if connection.transport is not None and connection.transport.get_write_buffer_size():
            connection.close()  # the response came before the whole request was sent
        else:
            connection.release()
        return response

    async def _over(self, protocol: Any, head: bytes, body: bytes, left: float) -> Response:
        patience = self._timeout.sock_read
        protocol.set_response_params(
            read_until_eof=True,
            auto_decompress=False,
            # A timeout beyond the caller's deadline needs no timer.
            read_timeout=None if patience is None or patience >= left else patience,
        )
        transport = protocol.transport
        if transport is None or transport.is_closing():
            raise ClientConnectionResetError("Cannot write to closing transport")
        if len(body) < LARGE:
            transport.write(head + body)
        else:
            transport.write(head)
            transport.write(body)
        protocol.await_response()
        try:
            message, payload = await protocol.read()
            while message.code in _INFORMATIONAL:
                message, payload = await protocol.read()
        except HttpProcessingError as error:
            raise ClientResponseError(
                self._origin.request_info, (), status=error.code, message=error.message
            ) from error
        length = message.headers.get("Content-Length", "")
        if length.isdecimal() and len(length) < _LONGEST and int(length) > MAX_BODY:
            raise too_large(message.code)
        content: bytes = payload.read_nowait() if payload.is_eof() else b""
        if len(content) > MAX_BODY:
            raise too_large(message.code)
        if not payload.at_eof():
            content = await _rest(payload, message.code)
        return Response(message.code, message.raw_headers, content)


async def _rest(payload: Any, status: int) -> bytes:
    """Read a body as it arrives, up to the limit."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in payload.iter_any():
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BODY:
            raise too_large(status)
    return b"".join(chunks)


def too_large(status: int) -> InvalidResponseError:
    """Return the error of a response that is larger than the limit."""
    text = f"the response is larger than {MAX_BODY} bytes"
    return InvalidResponseError(text, http_status=status)


class CheckedHandler(ResponseHandler):
    """A connection that is not reused once bytes have arrived while it was idle.

    aiohttp does not notice an incomplete response there, as its parser has consumed the bytes.
    """

    idle = False
    _unsent = False

    def await_response(self) -> None:
        """Start aiohttp's read timer, once writing is no longer paused."""
        if self.writing_paused:
            self._unsent = True
        else:
            self.start_timeout()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._unsent:
            self._unsent = False
            self.start_timeout()

    def data_received(self, data: bytes) -> None:
        if self.idle and data:  # aiohttp calls this with empty data at times
            self.force_close()
        super().data_received(data)

    def mark_idle(self) -> None:
        """Mark the connection as idle: the response is complete."""
        self.idle = True


class CheckedConnect:
    """Hands out connections, each checked before it is reused.

    A late response to an abandoned request would be read as the response to the next one, and a
    connection that the peer has closed would lose the next request. The request counts as sent
    from here on: pool, DNS, connect, TLS and a proxy's tunnel are complete.
    """

    def __init__(self, connect: Callable[..., Awaitable[Connection]]) -> None:
        self._connect = connect

    async def __call__(self, *arguments: Any, **keywords: Any) -> Connection:
        while True:
            connection = await self._connect(*arguments, **keywords)
            protocol = cast("CheckedHandler", connection.protocol)
            if not protocol.idle or not (protocol.should_close or _readable(protocol)):
                protocol.idle = False
                connection.add_callback(protocol.mark_idle)
                attempt = current_attempt.get()
                if attempt is not None:
                    attempt.sent = True
                return connection
            connection.close()


def _readable(protocol: ResponseHandler) -> bool:
    """Whether bytes or EOF have arrived on an idle connection, where nothing is expected."""
    transport = protocol.transport
    sock = None if transport is None else transport.get_extra_info("socket")
    if sock is None:
        return False
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(sock.fileno(), select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([sock.fileno()], [], [], 0)[0])


def _is_shipped(method: object) -> bool:
    """Whether a method is aiohttp's own."""
    if type(method) is not FunctionType:
        return False
    return str(method.__globals__.get("__name__")).partition(".")[0] == "aiohttp"
