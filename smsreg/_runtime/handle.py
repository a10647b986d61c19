"""The aiobotocore client underneath: opened once, when first needed, and shared by views.

It is used in one event loop at a time. Once that loop has ended, the client moves to the next loop
that uses it: its service model, credentials and hooks stay, its connections are detached.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from smsreg._gc import no_garbage
from smsreg._runtime.deadline import Interrupts, running_loop
from smsreg._runtime.single_flight import SingleFlight
from smsreg.errors import CallTimeoutError, ClientClosedError, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine

    from smsreg._runtime.aws.factory import Opened
    from smsreg._runtime.settings import Settings
    from smsreg.errors import SmsregError


class Connection:
    """An aiobotocore client, opened by the first call that needs it.

    Attributes:
        settings: The settings that it is opened with.
        closed: Whether it has been closed permanently.
        opened_at: The event loop that it is open in.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.closed = False
        self._opened: Opened | None = None
        self._stack = contextlib.AsyncExitStack()
        self._binding: LoopBinding | None = None
        self.opened_at: LoopBinding | None = None
        self._stopped: list[LoopBinding] = []
        self._claiming = threading.Lock()

    def get_opened(self) -> Opened:
        """Return the open aiobotocore client and its state.

        Raises:
            ConfigurationError: It is not open yet.
        """
        if self._opened is None:
            raise ConfigurationError("the client is not open yet: await client.open() first")
        return self._opened

    @property
    def max_attempts(self) -> int | None:
        """``max_attempts`` of the environment or profile; None also before opening."""
        return None if self._opened is None else self._opened.max_attempts

    @property
    def interrupts(self) -> Interrupts:
        """The group that ends the calls of the running loop when the client closes.

        Raises:
            ConfigurationError: The client is in use in another event loop or process.
        """
        return self._claim().interrupts

    async def get(self, deadline: float = math.inf) -> InUse:
        """Return the aiobotocore client and its state, opened if necessary.

        Args:
            deadline: The loop's time at which the caller times out.

        Raises:
            ClientClosedError: The client has been closed, perhaps during the wait.
            ConfigurationError: It cannot be opened, or is in use in another event loop or process.
            CredentialsError: A provider of credentials failed, or took until the deadline.
            CallTimeoutError: The deadline passed.
        """
        if self.closed:
            raise ClientClosedError
        binding = self._claim()
        if binding is self.opened_at and binding.in_use is not None:
            return binding.in_use
        block = binding.interrupts.block(deadline)
        try:
            with block:
                return await binding.opening.join()
        except asyncio.TimeoutError:
            if block.ended:
                raise ClientClosedError from None
        raise self._late(binding)

    def _late(self, binding: LoopBinding) -> SmsregError:
        """Return the error of a deadline that passes while the client is being opened."""
        provider = binding.opening.left_at
        if provider is None:
            return CallTimeoutError(
                "the request was not sent: opening the client took too long", sent=False
            )
        from smsreg._runtime.aws import credential_errors, factory  # noqa: PLC0415 -- loaded by then

        return credential_errors.too_late(provider, factory.profile_of(self.settings))

    async def _open(self, binding: LoopBinding) -> InUse:
        """Open the client, or move it to this loop from the one that used it before."""
        async with binding.lock:
            return await self._open_or_move(binding)

    async def _open_or_move(self, binding: LoopBinding) -> InUse:
        opened = self._opened
        if opened is None:
            # Imported here, as the import takes longer than the rest of opening.
            with no_garbage():
                from smsreg._runtime.aws import factory  # noqa: PLC0415 -- see above

            try:
                opened = await factory.open_client(self.settings, self._stack)
            except BaseException:
                await self._stack.aclose()
                raise
        elif self.opened_at is not binding:
            if self._borrowed:
                raise ConfigurationError(
                    "the aws_client was opened in an event loop that has ended: open one in this "
                    "loop, and make a client for it"
                )
            await self._leave(opened)
        if self.opened_at is not binding:
            self._opened, self.opened_at = opened, binding
            await binding.begin(opened)
        return binding.use(opened)

    async def _leave(self, opened: Opened) -> None:
        """Detach the connections of another loop, which no longer runs."""
        binding, self.opened_at = self.opened_at, None
        if binding is None:
            return
        if binding.pid != os.getpid():
            _abandoned.append((binding, await opened.leave_connections()))
        elif binding.loop.is_closed():
            await binding.end()
        else:  # its connections are closed when the loop ends, should it run again
            binding.keep(await opened.leave_connections())
            self._stopped.append(binding)
        for stopped in [each for each in self._stopped if each.loop.is_closed()]:
            self._stopped.remove(stopped)
            await stopped.end()

    def _claim(self) -> LoopBinding:
        """Make the running loop the one that uses the client.

        Raises:
            ConfigurationError: Another running loop uses it, in this process or, after a fork, in
                the parent; or no asyncio loop is running.
        """
        loop = running_loop()
        with self._claiming:  # by threads
            binding = self._binding
            if binding is None or not binding.is_here():
                if binding is not None and binding.loop.is_running():
                    raise ConfigurationError(
                        "this client is in use in another event loop that is running: make one in "
                        "each loop"
                        if binding.pid == os.getpid()
                        else "this client was in use before a fork: make one in each process"
                    )
                binding = self._binding = LoopBinding(loop, self._open)
                binding.interrupts.ended = self.closed
            return binding

    async def aclose(self) -> None:
        """Close the client, unless it is borrowed. Closing twice is fine.

        Calls end at once: those that are waiting as not sent, those that were sent as calls whose
        response is lost.

        Raises:
            ConfigurationError: The client is in use in another event loop or process; there, it
                stays open.
        """
        if self._binding is None or (self.closed and not self._binding.is_here()):
            self.closed = True
            return
        binding = self._claim()
        self.closed = True
        await binding.interrupts.end()
        async with binding.lock:
            opened, self._opened = self._opened, None
            if opened is not None and self.opened_at is not binding and not self._borrowed:
                await self._leave(opened)
            await self._stack.aclose()
            await binding.end()

    @property
    def _borrowed(self) -> bool:
        return self.settings.aws_client is not None


class InUse(NamedTuple):
    """An open client in the event loop that uses it.

    Attributes:
        opened: The client and its state.
        interrupts: Ends the calls that run in the loop.
        clock: Returns the loop's time.
    """

    opened: Opened
    interrupts: Interrupts
    clock: Callable[[], float]


class LoopBinding:
    """A client's binding to an event loop of a process.

    Attributes:
        loop: The loop.
        pid: The process.
        interrupts: Ends the calls that run in the loop.
        lock: Held while the client is opened or closed.
        opening: Opens the client, once for all waiters.
        in_use: The client, while it is open in the loop.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        work: Callable[[LoopBinding], Coroutine[Any, Any, InUse]],
    ) -> None:
        self.loop = loop
        self.opening = SingleFlight(lambda: work(self), where=_provider_at)
        self.pid = os.getpid()
        self.interrupts = Interrupts()
        self.lock = asyncio.Lock()
        self.in_use: InUse | None = None
        self._left = contextlib.AsyncExitStack()
        self._closing: AsyncGenerator[None, None] | None = None

    def is_here(self) -> bool:
        """Whether the loop is the running one of this process."""
        return self.loop is running_loop() and self.pid == os.getpid()

    def use(self, opened: Opened) -> InUse:
        """Return a client as this loop uses it."""
        return InUse(opened, self.interrupts, self.loop.time)

    async def begin(self, opened: Opened) -> None:
        """Arrange for the connections to be closed when the loop ends.

        ``asyncio.run`` and similar runners close the asynchronous generators of their loop.
        """
        self.in_use = self.use(opened)
        self._closing = self._close()
        await self._closing.__anext__()

    async def end(self) -> None:
        """Close the connections now."""
        if self._closing is not None:
            with contextlib.suppress(RuntimeError):  # it is being closed
                await self._closing.aclose()

    def keep(self, left: contextlib.AsyncExitStack) -> None:
        """Close detached connections when the loop ends, and leave the client untouched."""
        self.in_use = None
        self._left.push_async_callback(left.aclose)

    async def _close(self) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            in_use, self.in_use = self.in_use, None
            if in_use is not None:
                self.keep(await in_use.opened.leave_connections())
            await self._left.aclose()


_abandoned: list[tuple[LoopBinding, contextlib.AsyncExitStack]] = []
"""Connections that a forked process shares with its parent, which closing them would break."""


def _provider_at(coroutine: object) -> str | None:
    """Name the provider of credentials that opening waits for, None without any."""
    from smsreg._runtime.aws import credential_errors  # noqa: PLC0415 -- loaded by then

    return credential_errors.provider_at(coroutine)
