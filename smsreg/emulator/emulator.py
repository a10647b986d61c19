"""The emulator that tests create."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import Self

from smsreg.emulator import pushes
from smsreg.emulator.accounts import Accounts
from smsreg.emulator.catalogue import Catalogue
from smsreg.emulator.client_options import BotoOptions, ClientOptions, hermetic
from smsreg.emulator.controlled import Controlled
from smsreg.emulator.controls import Controls
from smsreg.emulator.core.clock import Clock
from smsreg.emulator.core.events import EventLog
from smsreg.emulator.core.scope import Scope
from smsreg.emulator.core.settings import DEFAULT_QUOTAS, AccountTier, IncompleteSubmit, Settings
from smsreg.emulator.core.state_file import StateFile
from smsreg.emulator.decisions import Decisions
from smsreg.emulator.faults import Faults
from smsreg.emulator.http.access import AccessRule
from smsreg.emulator.http.control import ControlApi
from smsreg.emulator.http.server import Server, ServerOptions
from smsreg.emulator.http.sigv4 import SignatureCheck
from smsreg.emulator.http.sink import EventSink, check_url
from smsreg.emulator.received import Calls
from smsreg.emulator.social_messaging.accounts import FIRST_ACCOUNT, FIRST_PHONE_NUMBER
from smsreg.emulator.thread import LoopThread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping
    from types import TracebackType

    from smsreg.emulator.core.service_model import Doc
    from smsreg.emulator.core.world import World
    from smsreg.emulator.dispatch import Engine

ACCESS_KEY_ID = "emulator"
_PUSH_SECONDS = 0.25
SECRET_ACCESS_KEY = "emulator"  # noqa: S105  # there is nothing behind it


class _Done:
    """An awaitable that is already complete."""

    def __await__(self) -> Generator[None, None, None]:
        yield from ()


class Emulator(Controlled):
    """A local stand-in for pinpoint-sms-voice-v2, socialmessaging and endusermessaging.

    A real HTTP server on 127.0.0.1 with its own accounts, clock and faults; any number of them run
    independently in one process.

        async with Emulator() as emulator:
            async with SMSVoiceClient(**emulator.client_options) as client:
                ...

    Raises:
        ValueError: A setting is invalid; the message begins with its name.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        region: str = "us-east-1",
        account_id: str = "123456789012",
        clock: Clock | None = None,
        seed: int | None = None,
        review_seconds: float | None = 1.0,
        incomplete_submit: IncompleteSubmit = "refuse",
        attachment_limit: int = 5 * 1024 * 1024,
        account_tier: AccountTier = "PRODUCTION",
        read_delay: float = 0.0,
        quotas: Mapping[str, int] | None = None,
        spend_limits: Mapping[str, int] | None = None,
        receipts: bool = True,
        verification_code: str | None = None,
        registration_types: Iterable[Mapping[str, Any]] = (),
        credentials: Mapping[str, str] | None = None,
        check_signatures: bool = True,
        wall_clock: Callable[[], float] = time.time,
        body_timeout: float = 30.0,
        header_timeout: float = 20.0,
        state_file: str | Path | None = None,
        allow_hosts: Iterable[str] = (),
        events_to: str | None = None,
    ) -> None:
        self.clock: Clock = clock or Clock()
        self.settings: Settings = Settings(
            region=region,
            account_id=account_id,
            review_seconds=review_seconds,
            incomplete_submit=incomplete_submit,
            attachment_limit=attachment_limit,
            account_tier=account_tier,
            read_delay=read_delay,
            quotas={**DEFAULT_QUOTAS, **(quotas or {})},
            spend_limits=dict(spend_limits or {}),
            receipts=receipts,
            verification_code=verification_code,
        )
        self.settings.check()
        self.catalogue: Catalogue = Catalogue(registration_types)
        self.calls: Calls = Calls()
        self._log = EventLog()
        self.faults: Faults = Faults(self.clock.now, self._log.disturb)
        self._accounts = Accounts(self.clock, self.settings, self.catalogue, seed, self._log)
        self._file: StateFile | None = None
        if state_file is not None:
            path = Path(state_file).expanduser().absolute()
            self._file = StateFile(path, self._accounts)
        self._credentials = dict(credentials or {ACCESS_KEY_ID: SECRET_ACCESS_KEY})
        self._server = Server(
            self._accounts,
            faults=self.faults,
            calls=self.calls,
            signatures=SignatureCheck(self._credentials, wall_clock),
            options=ServerOptions(
                access=AccessRule(host, allow_hosts),
                host=host,
                port=port,
                body_timeout=body_timeout,
                header_timeout=header_timeout,
                wall_clock=wall_clock,
                check_signatures=check_signatures,
            ),
            request_ids=random.Random(seed),
            control=ControlApi(self, self._file),
            state_file=self._file,
        )
        self._events_to = events_to
        self._sink: EventSink | None = None
        if events_to is not None:
            check_url(events_to)
        self._url: str | None = None
        self._settling: asyncio.Task[None] | None = None

    @staticmethod
    @contextlib.contextmanager
    def in_thread(**settings: Any) -> Generator[Emulator]:
        """Run one in a thread of its own, for synchronous code, with the constructor's settings.

            with Emulator.in_thread() as emulator:
                client = boto3.client("pinpoint-sms-voice-v2", **emulator.boto_options)

        Its methods can be called from any thread, and `advance` needs no `await`.
        """
        emulator = ThreadedEmulator(**settings)
        emulator.thread.run()
        try:
            yield emulator
        finally:
            emulator.thread.end()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Load the state file, where there is one, and listen.

        Raises:
            OSError: The address is taken, or another emulator uses the state file.
            ValueError: The state file has something else in it.
        """
        if self._file is not None:
            self._load(self._file)
        try:
            port = await self._server.start()
        except BaseException:
            if self._file is not None:
                self._file.close()
            raise
        self._settling = asyncio.create_task(self._keep_settling())
        if self._events_to is not None:
            self._sink = EventSink(self._events_to)
            self._sink.start()
            self._log.listen(self._sink.put)
        host = self._server.options.host
        shown = f"[{host}]" if ":" in host else host
        self._url = f"http://{shown}:{port}"

    def _load(self, file: StateFile) -> None:
        document = file.open()
        try:
            if document is not None:
                self._accounts.load(document)
        except ValueError as problem:
            file.close()
            raise file.refusal(problem) from None
        file.begin(exists=document is not None)

    async def stop(self) -> None:
        """Close every connection, stop listening and write the state file.

        Raises:
            OSError: The state file could not be written.
        """
        was_running, self._url = self._url is not None, None
        if self._settling is not None:
            self._settling.cancel()
            await asyncio.wait([self._settling])
            self._settling = None
        if self._sink is not None:
            self._log.unlisten(self._sink.put)
            await self._sink.stop()
            self._sink = None
        await self._server.stop()
        if self._file is not None and was_running:
            try:
                await self._file.save()
                await self._file.finish()
            finally:
                self._file.close()

    @property
    def url(self) -> str:
        """The URL that it listens on."""
        if self._url is None:
            raise RuntimeError("the emulator is not running: use `async with Emulator() as …`")
        return self._url

    @property
    def boto_options(self) -> BotoOptions:
        """Endpoint, Region and the two keys, for boto3 and any other client."""
        key_id, secret = next(iter(self._credentials.items()))
        return {
            "endpoint_url": self.url,
            "region_name": self.settings.region,
            "aws_access_key_id": key_id,
            "aws_secret_access_key": secret,
        }

    @property
    def client_options(self) -> ClientOptions:
        """Keyword arguments for smsreg's clients.

        Besides `boto_options` they have a session and a configuration, by which no proxy,
        profile, CA bundle or endpoint of the environment changes where the client leads.
        """
        return hermetic(self.boto_options)

    whatsapp_account_id: str = FIRST_ACCOUNT
    """The WhatsApp Business account that is linked from the start."""
    whatsapp_phone_number_id: str = FIRST_PHONE_NUMBER
    """Its phone number."""

    def advance(
        self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> Awaitable[None]:
        """Move the emulator's clock forward at once; everything due by then is executed.

        The returned awaitable is already complete: awaiting it is optional.

        Raises:
            ValueError: Time would go back, or beyond the dates that clients can show.
        """
        self.clock.advance(days=days, hours=hours, minutes=minutes, seconds=seconds)
        self._settle()
        return _Done()

    def controls(self, account_id: str | None = None, region: str | None = None) -> Controls:
        """The controls of the resources of another account or Region.

        Without either they are those of the default account and Region, which the methods below
        control as well.
        """
        default = self._accounts.default_scope
        scope = Scope.of(account_id or default.account_id, region or default.region)
        return Controls(self._accounts.engine(scope).world)

    @property
    def events(self) -> list[Doc]:
        """The last 10,000 events pushed, in order, each as its destination receives it."""
        return self.events_of(None)

    def events_of(self, scope: Scope | None) -> list[Doc]:
        """The events of one account and Region, or of all."""
        self._settle()
        return self._log.bodies(scope)

    def on_event(self, callback: Callable[[Doc], object]) -> None:
        """Call a function with everything that is pushed from now on.

        It is called in the emulator's event loop, also for what is due without a call, within a
        quarter of a second. What it raises is logged.
        """
        self._log.listen(callback)

    def _settle(self) -> None:
        for engine in self._accounts:
            pushes.settle(engine.world)
        self._log.flush()

    async def _keep_settling(self) -> None:
        """Push what becomes due between calls, while there are listeners."""
        while True:
            await asyncio.sleep(_PUSH_SECONDS)
            if self._log.has_listeners:
                self._settle()

    def add_registration_type(self, document: Mapping[str, Any]) -> None:
        """Add a type, in the form of the catalogue's data files, or replace a built-in one."""
        self.catalogue.add(document)

    @property
    def unexpected(self) -> list[BaseException]:
        """The last 100 exceptions in the emulator's own code; a test may expect none."""
        return self._server.unexpected

    def snapshot(self) -> Doc:
        """The whole state and time as JSON values, independent of what happens next."""
        return self._accounts.dump()

    def restore(self, document: Mapping[str, Any]) -> None:
        """Restore a snapshot of this emulator or of another one.

        Raises:
            ValueError: It is incomplete or malformed; the message says where. Nothing is changed.
        """
        self._accounts.load(document)

    def reset(self) -> None:
        """Reset to the initial state: no resources, clock offset, faults or received calls."""
        self._accounts.reset()
        self.faults.clear()
        self.calls.clear()
        self._log.clear()

    @property
    def accounts(self) -> Accounts:
        """The accounts and Regions that calls were made for."""
        return self._accounts

    @property
    def _engine(self) -> Engine:
        return self._accounts.engine(self._accounts.default_scope)

    @property
    def _world(self) -> World:
        return self._engine.world


class ThreadedEmulator(Emulator):
    """An emulator whose own loop executes the calls of other threads.

    So a verdict never interleaves with a call in flight.
    """

    def __init__(self, **settings: Any) -> None:
        self.thread: LoopThread = LoopThread(self)
        super().__init__(**settings)


def _asked(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(self: ThreadedEmulator, *arguments: Any, **keywords: Any) -> Any:
        return self.thread.do(lambda: method(self, *arguments, **keywords))

    return call


for _name, _member in {**vars(Decisions), **vars(Emulator)}.items():
    if _name.startswith("_") or _name in ("in_thread", "start", "stop"):
        continue
    if isinstance(_member, property) and _member.fget is not None:
        setattr(ThreadedEmulator, _name, property(_asked(_member.fget)))
    elif callable(_member):
        setattr(ThreadedEmulator, _name, _asked(_member))
