"""aiohttp's server, with an end to the wait for a request."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class WebServer(web.Server):
    """aiohttp's, whose connections have only so long for their first request's head."""

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
        """A client that never finishes a head would otherwise hold its socket for ever."""
        super().connection_made(handler, transport)
        loop = asyncio.get_running_loop()
        self._timers[handler] = loop.call_later(self._header_timeout, transport.abort)

    def connection_lost(
        self, handler: web.RequestHandler, exc: BaseException | None = None
    ) -> None:
        """What waits for a client that has gone goes too."""
        super().connection_lost(handler, exc)
        self.head_arrived(handler)

    def head_arrived(self, handler: object) -> None:
        """The connection's first request is there: it has stopped the timer."""
        timer = self._timers.pop(handler, None)
        if timer is not None:
            timer.cancel()
