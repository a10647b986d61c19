"""A server that records how much of each request it received, and interrupts an exchange.

It can stop in the middle of a request, where the scripts of its base class have not started.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Any, Literal

from .server import Connection, Server

Stage = Literal["accept", "first byte", "half the request", "headers", "half the response", "done"]
Ending = Literal["hang", "break"]


class InterruptingServer(Server):
    """Reads one request after another from each connection, up to the stage where it stops.

    Attributes:
        arrived: Bytes of requests that were received, by the number of their connection.
        executed: The body of each request that was received completely: a real service may have
            carried it out.
        stopped: Set when an exchange has reached the stage where it stops.
    """

    def __init__(
        self,
        stop_at: Stage = "done",
        ending: Ending = "hang",
        *,
        body: bytes = b'{"Name": "of something"}',
    ) -> None:
        super().__init__(longest=None)
        self.stop_at = stop_at
        self.ending = ending
        self.body = body
        self.ignored = 0
        self.arrived: dict[int, int] = {}
        self.executed: list[bytes] = []
        self.stopped = asyncio.Event()

    @property
    def bytes_received(self) -> int:
        """Bytes received, without the connections that were open at ``ignore_received``."""
        return sum(size for number, size in self.arrived.items() if number > self.ignored)

    def ignore_received(self) -> None:
        """Exclude everything received so far."""
        self.ignored = len(self.arrived)
        self.executed.clear()
        self.stopped.clear()

    def reset_all(self) -> None:
        """Reset every connection."""
        for connection in self.accepted:
            connection.reset()

    async def _talk(self, connection: Connection) -> None:
        self.arrived[connection.number] = 0
        while await self._exchange(connection):
            pass

    async def _exchange(self, connection: Connection) -> bool:
        """Serve one exchange; return whether the connection stays open."""
        reader, number = connection.reader, connection.number
        if self.stop_at == "accept":
            return await self._stop(connection)
        self.arrived[number] += len(await reader.readexactly(1))
        if self.stop_at == "first byte":
            return await self._stop(connection)
        head = await reader.readuntil(b"\r\n\r\n")
        self.arrived[number] += len(head)
        size = next(
            (
                int(line.partition(b":")[2])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length:")
            ),
            0,
        )
        if self.stop_at == "half the request":
            self.arrived[number] += len(await reader.readexactly(size // 2))
            return await self._stop(connection)
        body = await reader.readexactly(size)
        self.arrived[number] += size
        self.executed.append(body)
        response = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(self.body), self.body)
        cut = {"headers": 20, "half the response": len(response) - len(self.body) // 2 - 1}
        await connection.send(response[: cut.get(self.stop_at, len(response))])
        if self.stop_at in cut:
            await asyncio.sleep(0.005)  # an immediate reset would discard what was sent
            return await self._stop(connection)
        self.stopped.set()
        return True

    async def _stop(self, connection: Connection) -> bool:
        self.stopped.set()
        if self.ending == "break":
            connection.reset()
            return False
        while await connection.reader.read(2**16):  # until the peer gives up
            pass
        return False


@contextlib.contextmanager
def unresponsive_port() -> Any:
    """A local port whose accept queue is full, so that connecting to it hangs."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.settimeout(0)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@contextlib.contextmanager
def refusing_port() -> Any:
    """A local port that is reserved and refuses connections."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]
