"""A server that remembers what of each request arrived, and ends an exchange at a chosen place."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import Any, Literal

from typing_extensions import Self

Place = Literal["accept", "first byte", "half the request", "headers", "half the response", "done"]
Ending = Literal["hang", "break"]


class Witness:
    """Reads one request after another from each connection, up to a place where it stops.

    Attributes:
        arrived: Bytes of requests that were received, by the number of their connection.
        executed: The parameters of each request that arrived as a whole: it may have been
            carried out.
        reached: Set when an exchange has come to the place where it stops.
    """

    def __init__(
        self,
        place: Place = "done",
        ending: Ending = "hang",
        *,
        body: bytes = b'{"Name": "of something"}',
    ) -> None:
        self.place = place
        self.ending = ending
        self.body = body
        self.spared = 0
        self.arrived: dict[int, int] = {}
        self.executed: list[bytes] = []
        self.reached = asyncio.Event()
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server

    @property
    def port(self) -> int:
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def heard(self) -> int:
        """Bytes that arrived, but for connections that a test used for something else."""
        return sum(size for number, size in self.arrived.items() if number > self.spared)

    def spare(self) -> None:
        """Leave what came so far out of the account."""
        self.spared = len(self.arrived)
        self.executed.clear()
        self.reached.clear()

    def shut(self) -> None:
        """Take no new connection."""
        self._server.close()

    def reset_all(self) -> None:
        """Reset every connection."""
        for writer in self._writers:
            _reset(writer)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=2**20)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task: Any = asyncio.current_task()
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._writers.append(writer)
        number = len(self.arrived) + 1
        self.arrived[number] = 0
        try:
            while await self._exchange(reader, writer, number):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the peer went away, or the test is over
        finally:
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> bool:
        """Take part in one exchange; say whether the connection goes on."""
        if self.place == "accept":
            return await self._stop(reader, writer)
        self.arrived[number] += len(await reader.readexactly(1))
        if self.place == "first byte":
            return await self._stop(reader, writer)
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
            return await self._stop(reader, writer)
        body = await reader.readexactly(size)
        self.arrived[number] += size
        self.executed.append(body)
        response = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(self.body), self.body)
        cut = {"headers": 20, "half the response": len(response) - len(self.body) // 2 - 1}
        writer.write(response[: cut.get(self.place, len(response))])
        await writer.drain()
        if self.place in cut:
            await asyncio.sleep(0.005)  # what was sent would be lost with the connection
            return await self._stop(reader, writer)
        self.reached.set()
        return True

    async def _stop(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        self.reached.set()
        if self.ending == "break":
            _reset(writer)
            return False
        while await reader.read(2**16):  # until the peer gives up
            pass
        return False


def _reset(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


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
