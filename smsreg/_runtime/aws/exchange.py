# pyright: reportPrivateUsage=false
"""One request and its response over aiohttp's connections, which are looked at before that.

Pool, DNS, connect, TLS, flow control and the parser of responses are aiohttp's: its connector, its
``ResponseHandler``, its llhttp. What is left out is an object for each request and another for each
response. A session that somebody watches or has patched sends in aiohttp's ordinary way.
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
"""Bytes of a response that are read at most. The largest page of the services is far smaller."""
LARGE = 64 * 1024
"""Bytes of a body from which on it is not worth a copy to send it in one piece with the head."""

_LONGEST = 100
"""Digits of a length; an int of thousands of them cannot be made."""

_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})
_INFORMATIONAL = frozenset(range(100, 200)) - {101}
"""Statuses before the final one; after a switch of protocols there is none."""

_METHODS: tuple[tuple[Any, str], ...] = (
    (ClientSession, "_request"),
    (ClientRequest, "send"),
    (ClientResponse, "start"),
    (ClientResponse, "read"),
    (BaseConnector, "connect"),
)
"""What an exchange does without; tools put theirs in its place."""


class Prepared(NamedTuple):
    """A request, but for what its signature adds.

    Attributes:
        method: The HTTP method.
        url: The whole URL.
        origin: Its scheme, host and port.
        headers: The headers, but for those of one attempt.
        body: The body.
        form: What the signature covers besides the body.
        head: The beginning of its head, written; None for a head that aiohttp has to write.
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
    """A whole response.

    Attributes:
        status: Its status.
        raw_headers: Its headers, as they were received.
        body: Its body.
    """

    status: int
    raw_headers: Sequence[tuple[bytes, bytes]]
    body: bytes


def head_of(method: str, url: str, host: str, headers: Mapping[str, str]) -> bytes | None:
    """Write what the heads of many requests have in common; None where aiohttp has to.

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
    given = {name: value for name, value in headers.items() if name.lower() != "host"}
    return first.encode() + _lines({"Host": host, **given, **accept})


def written(method: str, head: bytes, extra: Mapping[str, str], body: bytes) -> bytes:
    """Write the whole head of a request.

    Args:
        method: The HTTP method.
        head: What ``head_of`` wrote.
        extra: The headers of this request alone.
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
        ordinary: Sends a request in aiohttp's ordinary way.
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
        # What the connector is asked with: where to connect to, and how errors name that.
        self._origin = ClientRequest("GET", URL(url, encoded=True).origin(), loop=loop, ssl=True)

    def send(
        self, request: Prepared, extra: Mapping[str, str], *, left: float
    ) -> Awaitable[Response]:
        """Send a request as it is, through no proxy, and read its response; aiohttp's errors.

        Args:
            request: The request.
            extra: The headers of this attempt.
            left: Seconds until the caller gives up, anyhow.

        Raises:
            InvalidResponseError: The body is larger than the limit; the rest is not read.
        """
        if request.head is not None and self._is_plain():
            head = written(request.method, request.head, extra, request.body)
            return self._send(head, request.body, left)
        return self._ordinary(request, extra, left=left)

    def _is_plain(self) -> bool:
        """Whether nobody watches aiohttp's requests, or has put something in their way."""
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
            # What cannot be reached needs no timer.
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
    """Read a body as it comes in, up to the limit."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in payload.iter_any():
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BODY:
            raise too_large(status)
    return b"".join(chunks)


def too_large(status: int) -> InvalidResponseError:
    """Describe a response that is larger than the limit."""
    text = f"the response is larger than {MAX_BODY} bytes"
    return InvalidResponseError(text, http_status=status)


class Watchful(ResponseHandler):
    """A connection that is not used again once bytes have come while nothing was asked.

    aiohttp takes no notice of an incomplete answer: its parser has eaten what there was of it.
    """

    idle = False
    _unsent = False

    def await_response(self) -> None:
        """Start aiohttp's timer of a read, as soon as the whole request is with the system."""
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
        if self.idle and data:  # aiohttp feeds itself nothing now and then
            self.force_close()
        super().data_received(data)

    def wait_idly(self) -> None:
        """Take note that the answer is complete."""
        self.idle = True


class Handout:
    """Hands out connections, each looked at when it is used again.

    An answer that came late, after its request was given up, would be taken for the next one's.
    A connection that the peer has closed would lose the next request. From the handout on the
    request counts as sent: pool, DNS, connect, TLS and a proxy's tunnel are behind it.
    """

    def __init__(self, connect: Callable[..., Awaitable[Connection]]) -> None:
        self._connect = connect

    async def __call__(self, *arguments: Any, **keywords: Any) -> Connection:
        while True:
            connection = await self._connect(*arguments, **keywords)
            protocol = cast("Watchful", connection.protocol)
            if not protocol.idle or not (protocol.should_close or _readable(protocol)):
                protocol.idle = False
                connection.add_callback(protocol.wait_idly)
                attempt = current_attempt.get()
                if attempt is not None:
                    attempt.sent = True
                return connection
            connection.close()


def _readable(protocol: ResponseHandler) -> bool:
    """Whether bytes or an end have arrived on an idle connection, where nothing is expected."""
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
    """Whether a method is the one that came with aiohttp."""
    if type(method) is not FunctionType:
        return False
    return str(method.__globals__.get("__name__")).partition(".")[0] == "aiohttp"
