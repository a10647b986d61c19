"""A server that remembers what of each request arrived, and ends an exchange at a chosen place.

It stops inside of a request, where the scripts of its base have not begun.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Any, Literal

from .server import Connection, Server

Place = Literal["accept", "first byte", "half the request", "headers", "half the response", "done"]
Ending = Literal["hang", "break"]


class Witness(Server):
    """Reads one request after another from each connection, up to a place where it stops.

    Attributes:
        arrived: Bytes of requests that were received, by the number of their connection.
        executed: The parameters of each request that arrived as a whole: it may have been
            carried out.
        stopped: Set when an exchange has come to the place where it stops.
    """

    def __init__(
        self,
        place: Place = "done",
        ending: Ending = "hang",
        *,
        body: bytes = b'{"Name": "of something"}',
    ) -> None:
        super().__init__(longest=None)
        self.place = place
        self.ending = ending
        self.body = body
        self.spared = 0
        self.arrived: dict[int, int] = {}
        self.executed: list[bytes] = []
        self.stopped = asyncio.Event()

    @property
    def heard(self) -> int:
        """Bytes that arrived, but for connections that a test used for something else."""
        return sum(size for number, size in self.arrived.items() if number > self.spared)

    def spare(self) -> None:
        """Leave what came so far out of the account."""
        self.spared = len(self.arrived)
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
        """Take part in one exchange; say whether the connection goes on."""
        reader, number = connection.reader, connection.number
        if self.place == "accept":
            return await self._stop(connection)
        self.arrived[number] += len(await reader.readexactly(1))
        if self.place == "first byte":
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
        if self.place == "half the request":
            self.arrived[number] += len(await reader.readexactly(size // 2))
            return await self._stop(connection)
        body = await reader.readexactly(size)
        self.arrived[number] += size
        self.executed.append(body)
        response = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(self.body), self.body)
        cut = {"headers": 20, "half the response": len(response) - len(self.body) // 2 - 1}
        await connection.send(response[: cut.get(self.place, len(response))])
        if self.place in cut:
            await asyncio.sleep(0.005)  # what was sent would be lost with the connection
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
def deaf_port() -> Any:
    """A port of this machine whose queue of connections is full: no SYN is answered."""
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
    """A port of this machine that nobody listens on, and that nobody else can take."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]
