# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportIncompatibleMethodOverride=false
# pyright: reportPrivateUsage=false
# All of these: aiobotocore ships no types, and a subclass of its session is its extension point.
"""The HTTP session of this package's aiobotocore clients, a class that ``AioConfig`` accepts.

It sends as aiobotocore's does, and differs where that would put the caller at risk: it follows no
redirect, bounds the size of a response, resends nothing on its own, and checks a pooled connection
before it hands it out.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import math
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiobotocore.awsrequest import AioAWSResponse
from aiobotocore.httpsession import AIOHTTPSession
from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from botocore.exceptions import HTTPClientError
from yarl import URL

from smsreg._runtime.aws.client_settings import SETUP_ERRORS, tls_problem
from smsreg._runtime.aws.exchange import (
    MAX_BODY,
    CheckedConnect,
    CheckedHandler,
    Exchange,
    Prepared,
    Response,
    head_of,
    too_large,
)
from smsreg._runtime.aws.lazy_headers import LazyHeaders
from smsreg._runtime.aws.sigv4 import Form, host_of
from smsreg._runtime.aws.tls_contexts import TlsSettings, context_of
from smsreg._runtime.call import current_attempt
from smsreg._runtime.models.metadata import RawHeaders
from smsreg.errors import ClientClosedError, ConfigurationError, InvalidResponseError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Future

    from aiohttp import ClientResponse


SIGNED = Form("", "", "")
"""The form of a request that is signed already."""


class HttpSession(AIOHTTPSession):  # type: ignore[misc] # aiobotocore has no types
    """aiobotocore's session on aiohttp, with the guards of this package.

    Its TLS context is shared, and created in a thread while opening the client continues. A client
    of an http endpoint needs none: it is created once a request goes to an https address, or at
    once where the caller's settings name files, which may be unusable.

    Attributes:
        exchanges: The exchanges over its connections, by origin.
    """

    _connector_args: dict[str, Any]
    _exit_stack: contextlib.AsyncExitStack

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        # aiobotocore documents ssl_context, but would pass it along with a context of its own.
        self._connector_args = dict(self._connector_args)
        self._given_context = self._connector_args.pop("ssl_context", None)
        self._context: Future[ssl.SSLContext] | None = None
        verify: Any = self._verify
        if not isinstance(verify, bool) or self._cert_file is not None:
            self._use_tls()
        self.exchanges: dict[str, Exchange] = {}
        self._ready: dict[tuple[str | None, bool], _GuardedSession] = {}
        self._making = asyncio.Lock()
        self._closed = False

    async def __aexit__(self, *arguments: object) -> None:
        self._closed = True
        self._ready.clear()
        self.exchanges.clear()
        await super().__aexit__(*arguments)

    def prepare_for(self, url: str) -> None:
        """Begin to create the TLS context if an address needs one."""
        if self._context is None and url[:6].lower() == "https:":
            self._use_tls()

    def _use_tls(self) -> None:
        if self._given_context is None:
            self._context = context_of(TlsSettings(self._verify, self._cert_file, self._key_file))

    def proxy_for(self, url: str) -> str | None:
        """Return the proxy for a URL, or None."""
        proxy: str | None = self._proxy_config.proxy_url_for(url)
        return proxy

    async def warm_up(self) -> None:
        """Create what the first request would create: the TLS context and the pool."""
        await self._get_session(None)

    async def send(self, request: Any) -> Any:
        """Send a request for aiobotocore, recording when it is handed to a connection."""
        _mark_unsent()
        self.prepare_for(request.url)
        return await super().send(request)

    async def send_plain(self, request: Any) -> Any:
        """Do what ``send`` does, with less work for a plain request."""
        prepared = None
        if (getattr(request, "context", None) or {}).get("read_timeout") is None:
            prepared = _plain_request(
                request.method,
                url=URL(request.url, encoded=True),
                headers={
                    **{name: _text(value) for name, value in request.headers.items()},
                    "Accept-Encoding": "identity",
                },
                data=request.body,
                proxy=self.proxy_for(request.url),
            )
        if prepared is None:
            return await self.send(request)
        _mark_unsent()
        try:
            exchange = await self.exchange_with(prepared.origin)
            response = await exchange.send(prepared, {}, left=math.inf)
        except Exception as error:  # noqa: BLE001 -- aiobotocore wraps each of them
            return await self.fail(request, error)
        return await self.response_of(request.url, response)

    async def response_of(self, url: str, response: Response) -> Any:
        """Return aiobotocore's response object for a complete response."""
        read = ReadResponse(URL(url, encoded=True), *response)
        made: Any = AioAWSResponse(url, read.status, {}, read)
        made.headers = LazyHeaders(lambda: RawHeaders(read.raw_headers))
        await made.content
        return made

    async def fail(self, request: Any, error: Exception) -> Any:
        """Raise what aiobotocore's ``send`` raises for an error of aiohttp."""
        try:
            return await super().send(_Failed(request, error))
        except HTTPClientError as failure:
            failure.request = request if failure.request is not None else None
            raise

    async def exchange_with(self, origin: str) -> Exchange:
        """Return the exchange with an origin, over connections without a proxy.

        Raises:
            ConfigurationError: TLS cannot be set up.
            ClientClosedError: The client has been closed.
        """
        self.prepare_for(origin)
        session = await self._get_session(None)
        if origin not in self.exchanges:
            self.exchanges[origin] = session.exchange_with(origin)
        return self.exchanges[origin]

    async def _get_session(self, proxy_url: str | None) -> _GuardedSession:
        """Return the aiohttp session for a proxy, or for none; aiobotocore's ``send`` calls this.

        Raises:
            ConfigurationError: TLS or the proxy cannot be set up.
            ClientClosedError: The client has been closed.
        """
        if self._closed:
            raise ClientClosedError
        key = (proxy_url, self._context is not None)
        ready = self._ready.get(key)
        if ready is not None:
            return ready
        async with self._making:
            if self._closed:  # while this waited for the lock
                raise ClientClosedError
            if key not in self._ready:
                self._ready[key] = await self._new_session(*key)
            return self._ready[key]

    async def _new_session(self, proxy_url: str | None, tls: bool) -> _GuardedSession:  # noqa: FBT001 -- a key
        try:
            connector = await self._new_connector(proxy_url, tls=tls)
        except SETUP_ERRORS as error:
            raise ConfigurationError(tls_problem(self, error)) from None
        connector.connect = CheckedConnect(connector.connect)
        loop = asyncio.get_running_loop()
        connector._factory = functools.partial(CheckedHandler, loop=loop)
        session: Any = ClientSession(
            connector=connector,
            timeout=self._timeout,
            skip_auto_headers={"CONTENT-TYPE"},
            auto_decompress=False,
            cookie_jar=DummyCookieJar(),
        )
        await self._exit_stack.enter_async_context(session)
        # aiohttp silently resends GET, PUT and DELETE on a new connection when a pooled one breaks:
        # the response to a repeated DELETE would be taken for that to the first.
        session._retry_connection = False
        timeout: Any = self._timeout
        return _GuardedSession(session, timeout)

    async def _new_connector(self, proxy_url: str | None, *, tls: bool) -> Any:
        """Create a pool of connections; behind a proxy, as aiobotocore does."""
        if proxy_url is not None:
            return await self._create_connector(proxy_url)
        context = self._given_context
        if context is None and tls and self._context is not None:
            context = await asyncio.shield(asyncio.wrap_future(self._context))
        elif context is None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody, and is not used
        return TCPConnector(limit=self._max_pool_connections, ssl=context, **self._connector_args)

    def _build_ssl_contexts(self, proxy_url: str | None) -> Any:
        contexts = super()._build_ssl_contexts(proxy_url)
        return contexts if self._given_context is None else (self._given_context, contexts[1])

    def detach(self) -> contextlib.AsyncExitStack:
        """Detach the connections; the next request opens new ones.

        Returns:
            The exit stack that closes the old ones.
        """
        left, self._exit_stack = self._exit_stack, contextlib.AsyncExitStack()
        self._ready.clear()
        self.exchanges.clear()
        self._making = asyncio.Lock()  # the old one belongs to its loop
        return left


def http_session_of(client: Any) -> Any:
    """Return the HTTP session of an aiobotocore client; None where it cannot be found."""
    return getattr(getattr(client, "_endpoint", None), "http_session", None)


async def leave_connections(session: Any) -> contextlib.AsyncExitStack:
    """Detach the connections of an HTTP session, which opens new ones when it is used next.

    Returns:
        The exit stack that closes the old ones. A session that is not aiobotocore's on aiohttp is
        closed and reopened instead.
    """
    if isinstance(session, HttpSession):
        return session.detach()
    left = contextlib.AsyncExitStack()
    if isinstance(session, AIOHTTPSession) and hasattr(session, "_sessions_lock"):
        left, session._exit_stack = session._exit_stack, left
        session._sessions_lock = asyncio.Lock()
        if session._sessions is not None:
            session._sessions = {}
    elif session is not None:
        with contextlib.suppress(Exception):  # its loop has ended
            await session.__aexit__(None, None, None)
        await session.__aenter__()
    return left


def _mark_unsent() -> None:
    attempt = current_attempt.get()
    if attempt is not None and attempt.sent is None:
        attempt.sent = False


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode()


class _Failed:
    """A failed request: aiobotocore's ``send`` hits the error where it would send."""

    def __init__(self, request: Any, error: Exception) -> None:
        self.url = request.url
        self._error = error

    @property
    def headers(self) -> Any:
        """Raise the error."""
        raise self._error


class _GuardedSession:
    """The part of an aiohttp session that aiobotocore uses, with the exchanges over it.

    Args:
        session: The aiohttp session.
        timeout: The caller's timeouts.
    """

    def __init__(self, session: ClientSession, timeout: ClientTimeout) -> None:
        self._session = session
        self._timeout = timeout
        self._no_limit = ClientTimeout(sock_connect=timeout.sock_connect)
        self._exchanges: dict[str, Exchange] = {}

    def exchange_with(self, origin: str) -> Exchange:
        """Return a new exchange with an origin."""
        return Exchange(self._session, origin, self._timeout, self._send)

    async def request(self, method: str, **options: Any) -> ReadResponse:
        """Send a request for aiobotocore and read its whole response, up to the limit."""
        request = _plain_request(method, **options)
        if request is None:
            return await self._by_aiohttp(method, **options)
        if request.origin not in self._exchanges:
            self._exchanges[request.origin] = self.exchange_with(request.origin)
        response = await self._exchanges[request.origin].send(request, {}, left=math.inf)
        return ReadResponse(options["url"], *response)

    async def _by_aiohttp(self, method: str, **options: Any) -> ReadResponse:
        async with self._session.request(method, allow_redirects=False, **options) as response:
            return await ReadResponse.read_from(response)

    async def _send(self, request: Prepared, extra: Mapping[str, str], *, left: float) -> Response:
        """Send a request through aiohttp's own ``request``."""
        timeout = self._timeout
        if timeout.sock_read is not None and timeout.sock_read >= left:
            timeout = self._no_limit  # one beyond the caller's deadline needs no timer
        response = await self._by_aiohttp(
            request.method,
            url=URL(request.url, encoded=True),
            headers={**request.headers, **extra},
            data=request.body or None,
            timeout=timeout,
        )
        return Response(response.status, response.raw_headers, response.body)


def _plain_request(
    method: str,
    *,
    url: URL,
    headers: Mapping[str, str],
    data: object,
    proxy: str | None = None,
    timeout: object = None,
    **_: object,
) -> Prepared | None:
    """Prepare a request of aiobotocore; None for one that only aiohttp can send."""
    given, body = dict(headers), data or b""
    if (
        proxy is not None
        or timeout is not None
        or not isinstance(body, bytes)
        or given.pop("Content-Length", str(len(body))) != str(len(body))
    ):
        return None
    text = str(url)
    head = head_of(method, text, host_of(text, given), given)
    if head is None:
        return None
    return Prepared(
        method=method,
        url=text,
        origin=str(url.origin()),
        headers=given,
        body=body,
        form=SIGNED,
        head=head,
    )


@dataclass(slots=True, eq=False, repr=False)
class ReadResponse:
    """An HTTP response read to its end, with the interface of aiohttp's that aiobotocore uses."""

    url: Any
    status: int
    raw_headers: Sequence[tuple[bytes, bytes]]
    body: bytes

    def __post_init__(self) -> None:
        """Re-encode the headers as UTF-8, which aiobotocore assumes."""
        if not all(value.isascii() for _, value in self.raw_headers):
            headers = [(k, v.decode("utf-8", "replace").encode()) for k, v in self.raw_headers]
            object.__setattr__(self, "raw_headers", headers)

    @classmethod
    async def read_from(cls, response: ClientResponse) -> ReadResponse:
        """Read the body.

        Raises:
            InvalidResponseError: The body is larger than the limit; the rest is not read.
        """
        if response.content_length is not None:
            if response.content_length > MAX_BODY:
                raise _too_large(response)
            body = await response.read()
            return cls(response.url, response.status, response.raw_headers, body)
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.content.iter_any():
            size += len(chunk)
            if size > MAX_BODY:
                raise _too_large(response)
            chunks.append(chunk)
        return cls(response.url, response.status, response.raw_headers, b"".join(chunks))

    async def read(self) -> bytes:
        """Return the body."""
        return self.body


def _too_large(response: ClientResponse) -> InvalidResponseError:
    response.close()
    return too_large(response.status)
