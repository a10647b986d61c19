# pyright: reportPrivateUsage=false
"""Pooled connections that are looked at before they are used again."""

from __future__ import annotations

import select
from typing import TYPE_CHECKING, Any, cast

from aiohttp.client_proto import ResponseHandler

from smsreg._runtime.call import current_attempt

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp.connector import Connection


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

    async def __call__(self, *arguments: Any, **keywords: Any) -> Connection:  # noqa: ANN401
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
