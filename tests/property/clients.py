"""A client of each service, and the server that records the requests of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smsreg import RetryPolicy
from tests.support.loops import OwnLoop
from tests.support.scripts import respond
from tests.support.server import Server

from .cases import CLIENTS

if TYPE_CHECKING:
    from tests.support.server import Request

    from .cases import Case


class Clients(OwnLoop):
    """The clients, and the server that they are connected to."""

    def client(self, case: Case) -> Any:
        return self._clients[case.client_type]

    @property
    def sent(self) -> list[Request]:
        """The requests that the server received."""
        return self._server.requests

    async def _start(self) -> None:
        self._clients: dict[type, Any] = {}
        self._server = await self._stack.enter_async_context(Server(respond(), longest=None))
        for client_type in CLIENTS:
            client = client_type(
                region_name="us-east-1",
                endpoint_url=self._server.url,
                aws_access_key_id="property",
                aws_secret_access_key="property",
                retry=RetryPolicy.none(),
            )
            self._clients[client_type] = await self._stack.enter_async_context(client)
