# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportIncompatibleMethodOverride=false
# pyright: reportPrivateUsage=false
# All of these: aiobotocore ships no types, and a session class of ours is its extension point.
"""The HTTP session under our aiobotocore clients, which ``AioConfig`` takes as a class.

It sends as aiobotocore's does, and differs where that would put the caller at risk: it follows no
redirect, reads no more than a limit, sends nothing twice on its own, and looks at a pooled
connection before it hands it out.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import math
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
    Exchange,
    Handout,
    Prepared,
    Response,
    Watchful,
    head_of,
    too_large,
)
from smsreg._runtime.aws.sigv4 import Form, host_of
from smsreg._runtime.aws.tls_contexts import TlsSettings, context_of
from smsreg._runtime.call import current_attempt
from smsreg.errors import ClientClosedError, ConfigurationError, InvalidResponseError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiohttp import ClientResponse


SIGNED = Form("", "", "")
"""The form of a request that has its signature already."""


class HttpSession(AIOHTTPSession):  # type: ignore[misc] # aiobotocore has no types
    """aiobotocore's session on aiohttp, made careful.

    Its TLS context is shared, and made in a thread while whoever opens the client goes on.

    Attributes:
        exchanges: The exchanges over its connections, by their origins.
    """

    _connector_args: dict[str, Any]
    _exit_stack: contextlib.AsyncExitStack

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        # aiobotocore documents ssl_context, and would pass it on beside a context of its own.
        self._connector_args = dict(self._connector_args)
        self._given_context = self._connector_args.pop("ssl_context", None)
        if self._given_context is None:
            self._context = context_of(TlsSettings(self._verify, self._cert_file, self._key_file))
        self.exchanges: dict[str, Exchange] = {}
        self._ready: dict[str | None, _CarefulSession] = {}
        self._making = asyncio.Lock()
        self._closed = False

    async def __aexit__(self, *arguments: object) -> None:
        self._closed = True
        self._ready.clear()
        self.exchanges.clear()
        await super().__aexit__(*arguments)

    def proxy_for(self, url: str) -> str | None:
        """Give the proxy that a URL is reached through, or None."""
        proxy: str | None = self._proxy_config.proxy_url_for(url)
        return proxy

    async def warm_up(self) -> None:
        """Make what the first request would make: the TLS context and the pool."""
        await self._get_session(None)

    async def send(self, request: Any) -> Any:
        """Send a request for aiobotocore, noting when it is handed to a connection."""
        _nobody_else_has_sent()
        return await super().send(request)

    async def send_plain(self, request: Any) -> Any:
        """Do what ``send`` does, with less work where the request is as most are."""
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
        _nobody_else_has_sent()
        try:
            exchange = await self.exchange_with(prepared.origin)
            response = await exchange.send(prepared, {}, left=math.inf)
        except Exception as error:  # noqa: BLE001 -- aiobotocore makes one of its own of each
            return await self.fail(request, error)
        return await self.response_of(request.url, response)

    async def response_of(self, url: str, response: Response) -> Any:
        """Make aiobotocore's response of one that is whole."""
        answer = Answer(URL(url, encoded=True), *response)
        headers = {name.decode().lower(): value.decode() for name, value in answer.raw_headers}
        made: Any = AioAWSResponse(str(answer.url), answer.status, headers, answer)
        await made.content
        return made

    async def fail(self, request: Any, error: Exception) -> Any:
        """Raise what aiobotocore's ``send`` raises where aiohttp has raised an error."""
        try:
            return await super().send(_Failed(request, error))
        except HTTPClientError as failure:
            failure.request = request if failure.request is not None else None
            raise

    async def exchange_with(self, origin: str) -> Exchange:
        """Return the exchange with an origin, over the connections without a proxy.

        Raises:
            ConfigurationError: TLS cannot be set up.
            ClientClosedError: The client has been closed.
        """
        session = await self._get_session(None)
        if origin not in self.exchanges:
            self.exchanges[origin] = session.exchange_with(origin)
        return self.exchanges[origin]

    async def _get_session(self, proxy_url: str | None) -> _CarefulSession:
        """Return the aiohttp session for a proxy, or for none: aiobotocore's ``send`` asks for it.

        Raises:
            ConfigurationError: TLS or the proxy cannot be set up.
            ClientClosedError: The client has been closed.
        """
        if self._closed:
            raise ClientClosedError
        ready = self._ready.get(proxy_url)
        if ready is not None:
            return ready
        async with self._making:
            if self._closed:  # while this waited for the lock
                raise ClientClosedError
            if proxy_url not in self._ready:
                self._ready[proxy_url] = await self._new_session(proxy_url)
            return self._ready[proxy_url]

    async def _new_session(self, proxy_url: str | None) -> _CarefulSession:
        try:
            connector = await self._new_connector(proxy_url)
        except SETUP_ERRORS as error:
            raise ConfigurationError(tls_problem(self, error)) from None
        connector.connect = Handout(connector.connect)
        loop = asyncio.get_running_loop()
        connector._factory = functools.partial(Watchful, loop=loop)
        session: Any = ClientSession(
            connector=connector,
            timeout=self._timeout,
            skip_auto_headers={"CONTENT-TYPE"},
            auto_decompress=False,
            cookie_jar=DummyCookieJar(),
        )
        await self._exit_stack.enter_async_context(session)
        # aiohttp repeats GET, PUT and DELETE on a fresh connection when a pooled one breaks.
        # It does not tell, so that the answer to a repeated DELETE would be taken for the first.
        session._retry_connection = False
        timeout: Any = self._timeout
        return _CarefulSession(session, timeout)

    async def _new_connector(self, proxy_url: str | None) -> Any:
        """Make a pool of connections; where there is a proxy, as aiobotocore does."""
        if proxy_url is not None:
            return await self._create_connector(proxy_url)
        context = self._given_context
        if context is None:
            context = await asyncio.shield(asyncio.wrap_future(self._context))
        return TCPConnector(limit=self._max_pool_connections, ssl=context, **self._connector_args)

    def _build_ssl_contexts(self, proxy_url: str | None) -> Any:
        contexts = super()._build_ssl_contexts(proxy_url)
        return contexts if self._given_context is None else (self._given_context, contexts[1])

    def detach(self) -> contextlib.AsyncExitStack:
        """Leave the connections behind; the next request makes new ones.

        Returns:
            What closes the old ones.
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
    """Detach the connections of an HTTP session, which makes new ones when it is used next.

    Returns:
        What closes the old ones. A session that is not aiohttp's is closed and opened instead.
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


def _nobody_else_has_sent() -> None:
    attempt = current_attempt.get()
    if attempt is not None and attempt.sent is None:
        attempt.sent = False


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode()


class _Failed:
    """A request that has failed: aiobotocore's ``send`` meets the error where it would send."""

    def __init__(self, request: Any, error: Exception) -> None:
        self.url = request.url
        self._error = error

    @property
    def headers(self) -> Any:
        """Raise the error."""
        raise self._error


class _CarefulSession:
    """What aiobotocore needs of an aiohttp session, and the exchanges over its connections.

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
        """Make the exchange with an origin."""
        return Exchange(self._session, origin, self._timeout, self._send)

    async def request(self, method: str, **options: Any) -> Answer:
        """Send a request for aiobotocore and read its whole answer, up to the limit."""
        request = _plain_request(method, **options)
        if request is None:
            return await self._by_aiohttp(method, **options)
        if request.origin not in self._exchanges:
            self._exchanges[request.origin] = self.exchange_with(request.origin)
        response = await self._exchanges[request.origin].send(request, {}, left=math.inf)
        return Answer(options["url"], *response)

    async def _by_aiohttp(self, method: str, **options: Any) -> Answer:
        async with self._session.request(method, allow_redirects=False, **options) as response:
            return await Answer.read_from(response)

    async def _send(self, request: Prepared, extra: Mapping[str, str], *, left: float) -> Response:
        """Send a request in aiohttp's ordinary way."""
        timeout = self._timeout
        if timeout.sock_read is not None and timeout.sock_read >= left:
            timeout = self._no_limit  # what cannot be reached needs no timers
        answer = await self._by_aiohttp(
            request.method,
            url=URL(request.url, encoded=True),
            headers={**request.headers, **extra},
            data=request.body or None,
            timeout=timeout,
        )
        return Response(answer.status, answer.raw_headers, answer.body)


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
    """Make the request that aiobotocore sends; None for one that only aiohttp can send."""
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
class Answer:
    """An HTTP answer, read to its end; what aiobotocore needs of aiohttp's response."""

    url: Any
    status: int
    raw_headers: Sequence[tuple[bytes, bytes]]
    body: bytes

    def __post_init__(self) -> None:
        """Make the headers UTF-8, which aiobotocore takes for granted."""
        if not all(value.isascii() for _, value in self.raw_headers):
            headers = [(k, v.decode("utf-8", "replace").encode()) for k, v in self.raw_headers]
            object.__setattr__(self, "raw_headers", headers)

    @classmethod
    async def read_from(cls, response: ClientResponse) -> Answer:
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
        """Give the body."""
        return self.body


def _too_large(response: ClientResponse) -> InvalidResponseError:
    response.close()
    return too_large(response.status)
