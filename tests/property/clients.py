"""A client of each service, talking to a server that keeps what it was sent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from smsreg import RetryPolicy
from tests.support.scripts import respond
from tests.support.server import Server

from .cases import CLIENTS

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from typing_extensions import Self

    from tests.support.server import Request

    from .cases import Case

T = TypeVar("T")


class Clients:
    """The clients, and the server they are pointed at, in an event loop of their own.

    hypothesis calls a test many times, so the tests are plain functions, and the loop is run for
    one call at a time.
    """

    def __init__(self) -> None:
        self._clients: dict[type, Any] = {}
        self._loop = asyncio.new_event_loop()
        self._server: Server

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
        return self._clients[case.client_type]

    @property
    def sent(self) -> list[Request]:
        """The requests that the server received."""
        return self._server.requests

    async def _start(self) -> None:
        self._server = Server(respond(), longest=None)
        await self._server.start()
        for client_type in CLIENTS:
            client = client_type(
                region_name="us-east-1",
                endpoint_url=self._server.url,
                aws_access_key_id="property",
                aws_secret_access_key="property",
                retry=RetryPolicy.none(),
            )
            self._clients[client_type] = client
            await client.open()

    async def _stop(self) -> None:
        for client in self._clients.values():
            await client.aclose()
        await self._server.stop()
