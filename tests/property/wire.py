"""A loopback server that keeps what it was sent, and both clients talking to it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from aiohttp import web

from smsreg import RetryPolicy

from .cases import CLIENTS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from typing_extensions import Self

    from .cases import Case

T = TypeVar("T")


@dataclass(frozen=True)
class Sent:
    """One HTTP request as it arrived."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class Wire:
    """Both clients, and the server they are pointed at, in an event loop of their own.

    hypothesis calls a test many times, so the tests are plain functions, and the loop is run for
    one call at a time.
    """

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.clients: dict[type, Any] = {}
        self._loop = asyncio.new_event_loop()
        app = web.Application(client_max_size=2**26)
        app.router.add_route("*", "/{path:.*}", self._keep)
        self._runner = web.AppRunner(app, access_log=None, max_line_size=2**16)

    def __enter__(self) -> Self:
        try:
            self.run(self._start())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.run(self._stop())
        finally:
            self._loop.close()

    def run(self, awaitable: Awaitable[T]) -> T:
        async def wait() -> T:
            return await awaitable

        return self._loop.run_until_complete(wait())

    def client(self, case: Case) -> Any:
        return self.clients[case.client_type]

    async def _start(self) -> None:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        for client_type in CLIENTS:
            client = client_type(
                region_name="us-east-1",
                endpoint_url=f"http://{host}:{port}",
                aws_access_key_id="property",
                aws_secret_access_key="property",
                retry=RetryPolicy.none(),
            )
            self.clients[client_type] = client
            await client.open()

    async def _stop(self) -> None:
        for client in self.clients.values():
            await client.aclose()
        await self._runner.cleanup()

    async def _keep(self, request: web.Request) -> web.Response:
        self.sent.append(
            Sent(request.method, request.raw_path, request.headers.copy(), await request.read())
        )
        return web.json_response({})
