"""A threaded server, for tests that use several event loops."""

from __future__ import annotations

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

BODY = b'{"OptOutListName": "Default", "Pools": [], "MessageId": "m-1"}'


class Server(ThreadingHTTPServer):
    """Sends the same response to every request; counts requests and connections."""

    daemon_threads = True
    request_queue_size = 100

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests = 0
        self.connections = 0
        self.news = threading.Condition()
        self.hold = threading.Event()
        self.hold.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def wait_for(self, requests: int) -> None:
        """Wait until ``requests`` requests have been received."""
        with self.news:
            assert self.news.wait_for(lambda: self.requests >= requests, timeout=10)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):  # the client disconnected
            super().handle()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.news:
            self.server.requests += 1
            self.server.news.notify_all()
        self.server.hold.wait(10)
        self.send_response(200)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *_: object) -> None:
        """Log nothing to standard error."""


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    """Run a server during the block."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.hold.set()
            server.shutdown()
            thread.join()
