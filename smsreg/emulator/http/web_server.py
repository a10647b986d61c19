"""aiohttp's server, with a timeout for the first request of a connection."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class WebServer(web.Server):
    """aiohttp's server, with a timeout for the head of a connection's first request."""

    def __init__(
        self,
        handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
        header_timeout: float,
    ) -> None:
        super().__init__(
            handler,
            access_log=None,
            keepalive_timeout=75.0,
            lingering_time=1.0,
            auto_decompress=False,
            max_line_size=64 * 1024,
            max_field_size=64 * 1024,
        )
        self._header_timeout = header_timeout
        self._timers: dict[object, asyncio.TimerHandle] = {}

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Start the timer: a client that never completes a head would keep its socket."""
        super().connection_made(handler, transport)
        loop = asyncio.get_running_loop()
        self._timers[handler] = loop.call_later(self._header_timeout, transport.abort)

    def connection_lost(
        self, handler: web.RequestHandler, exc: BaseException | None = None
    ) -> None:
        """Cancel the timer of a closed connection."""
        super().connection_lost(handler, exc)
        self.head_arrived(handler)

    def head_arrived(self, handler: object) -> None:
        """Cancel the timer, as the connection's first request has arrived."""
        timer = self._timers.pop(handler, None)
        if timer is not None:
            timer.cancel()
