"""The aiobotocore client underneath: opened once, when first needed, and shared by views."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import TYPE_CHECKING, Any

from smsreg._gc import no_garbage
from smsreg._runtime.deadline import Interrupts
from smsreg.errors import ClientClosedError, ConfigurationError

if TYPE_CHECKING:
    from smsreg._runtime.aws.factory import Opened
    from smsreg._runtime.settings import Settings


class Connection:
    """An aiobotocore client, opened by the first one who needs it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.closed = False
        self.interrupts = Interrupts()
        self._opened: Opened | None = None
        self._lock = asyncio.Lock()
        self._stack = contextlib.AsyncExitStack()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pid = os.getpid()

    def get_client(self) -> Any:  # noqa: ANN401 -- aiobotocore has no types
        """The open aiobotocore client.

        Raises:
            ConfigurationError: It is not open yet.
        """
        if self._opened is None:
            raise ConfigurationError("the client is not open yet: await client.open() first")
        return self._opened.client

    @property
    def max_attempts(self) -> int | None:
        """What environment or profile say about attempts; None before opening, too."""
        return None if self._opened is None else self._opened.max_attempts

    def ready(self) -> Opened | None:
        """Give what ``get`` gives where that needs no wait, else None."""
        self.check()
        return self._opened

    async def get(self) -> Opened:
        """Give the aiobotocore client and what goes with it, opened if need be."""
        if (opened := self.ready()) is not None:
            return opened
        async with self._lock:
            self.check()
            if self._opened is None:
                # Imported here, as it takes longer than everything else that this package does.
                with no_garbage():
                    from smsreg._runtime.aws import factory  # noqa: PLC0415

                self._opened = await factory.open_client(self.settings, self._stack)
                self._pid = os.getpid()
                self._loop = asyncio.get_running_loop()
        return self._opened

    def check(self) -> None:
        """Refuse work after closing, in another event loop, and in a forked process.

        Raises:
            ClientClosedError: The client has been closed.
            ConfigurationError: The event loop or the process is not the one that opened it.
        """
        if self.closed:
            raise ClientClosedError("this client has been closed: make a new one")
        self._check_place()

    def _check_place(self) -> None:
        if self._loop is None:
            return
        if self._pid != os.getpid():
            raise ConfigurationError("this client was opened before a fork: make one per process")
        if self._loop is not asyncio.get_running_loop():
            raise ConfigurationError(
                "this client was opened in another event loop: make one in each loop"
            )

    async def aclose(self) -> None:
        """Close what was opened here; a borrowed client stays open. A second time is fine.

        Raises:
            ConfigurationError: The event loop or the process is not the one that opened it; there,
                it stays open.
        """
        self._check_place()
        self.closed = True
        async with self._lock:
            await self._stack.aclose()
            self._opened = self._loop = None
