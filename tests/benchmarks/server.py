"""The server: responses from memory, in a separate process, with a port for each client.

Commands are lines of JSON on standard input, with settings to change. Each is replied to with a
line on standard output: the connections and requests of each port since the previous command.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import ssl
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.benchmarks.data import REFUSAL, listing_of, page
from tests.benchmarks.sides import CERTIFICATE

if TYPE_CHECKING:
    from collections.abc import Iterator

TARGET = re.compile(rb"\r\nx-amz-target: *([^\r]*)")


@dataclass
class Settings:
    """Settings that commands change: seconds before a response, and pages of a listing."""

    delay: float = 0.0
    pages: int = 10


@dataclass
class Port:
    """The connections and requests of one client."""

    settings: Settings
    opened: int = 0
    requests: int = 0


class Connection(asyncio.Protocol):
    def __init__(self, port: Port) -> None:
        self.port = port
        self.buffer = b""
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.port.opened += 1
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].lower()
            _, _, rest = head.partition(b"\r\ncontent-length:")
            total = end + 4 + int(rest.partition(b"\r\n")[0] or 0)
            if len(self.buffer) < total:
                return
            body, self.buffer = self.buffer[end + 4 : total], self.buffer[total:]
            self.port.requests += 1
            response = self.response(head, body)
            if self.port.settings.delay:
                loop = asyncio.get_running_loop()
                loop.call_later(self.port.settings.delay, self.transport.write, response)
            else:
                self.transport.write(response)

    def response(self, head: bytes, body: bytes) -> bytes:
        target = TARGET.search(head)
        operation = b"" if target is None else target[1].rpartition(b".")[2]
        listing = listing_of(operation)
        if listing is not None:
            asked = json.loads(body)
            index = int(asked.get("NextToken", "0"))
            last = index + 1 >= self.port.settings.pages
            return reply(page(listing, asked.get("MaxResults", 100), index, last=last))
        if operation == b"describepools":
            return reply(REFUSAL, b"400 Bad Request")
        if operation == b"createregistrationattachment":
            uploaded = hashlib.sha256(json.loads(body)["AttachmentBody"].encode()).hexdigest()
            return reply(json.dumps({"RegistrationAttachmentId": uploaded}).encode())
        return reply(b'{"MessageId":"m-0123456789abcdef"}')


def reply(content: bytes, status: bytes = b"200 OK") -> bytes:
    """Format a response."""
    return (
        b"HTTP/1.1 %b\r\nContent-Type: application/x-amz-json-1.0\r\n"
        b"x-amzn-RequestId: 01234567-89ab-cdef-0123-456789abcdef\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (status, len(content), content)
    )


async def serve(names: list[str]) -> None:
    """Serve two ports for each name, one of them with TLS, until standard input ends."""
    settings = Settings()
    ports = {name: Port(settings) for name in names}
    loop = asyncio.get_running_loop()
    numbers: dict[str, list[int]] = {}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, CERTIFICATE.with_suffix(".key"))
    for name, port in ports.items():
        for tls in (None, context):
            server = await loop.create_server(
                lambda port=port: Connection(port), "127.0.0.1", 0, backlog=2_000, ssl=tls
            )
            numbers.setdefault(name, []).append(server.sockets[0].getsockname()[1])
    done = asyncio.Event()

    def command() -> None:
        line = os.read(0, 4_096)
        if not line:
            loop.remove_reader(0)
            done.set()
            return
        for name, value in json.loads(line).items():
            setattr(settings, name, value)
        print(json.dumps({n: [port.opened, port.requests] for n, port in ports.items()}))
        sys.stdout.flush()
        for port in ports.values():
            port.opened = port.requests = 0

    loop.add_reader(0, command)
    print(json.dumps(numbers), flush=True)
    await done.wait()


class Service:
    """Controls the server's process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        found = self._read()
        self.ports: dict[str, int] = {name: plain for name, (plain, _) in found.items()}
        self.tls_ports: dict[str, int] = {name: tls for name, (_, tls) in found.items()}

    def set(self, **settings: Any) -> dict[str, tuple[int, int]]:
        """Change settings; return each client's connections and requests since the last call."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(settings) + "\n")
        self._process.stdin.flush()
        return {name: (opened, requests) for name, (opened, requests) in self._read().items()}

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        content: dict[str, Any] = json.loads(self._process.stdout.readline())
        return content


@contextmanager
def running(names: list[str]) -> Iterator[Service]:
    """Run the server in a separate process, with a port for each name."""
    command = [sys.executable, "-m", "tests.benchmarks.server", *names]
    with subprocess.Popen(  # noqa: S603 -- ourselves
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Service(process)
        finally:
            process.kill()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1:]))
