"""The emulator as tests hold it."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from typing_extensions import Self

from smsreg.emulator import controls
from smsreg.emulator.catalogue import Catalogue
from smsreg.emulator.core.clock import Clock
from smsreg.emulator.core.settings import DEFAULT_QUOTAS, AccountTier, IncompleteSubmit, Settings
from smsreg.emulator.core.state import FORMAT, State
from smsreg.emulator.core.state_file import StateFile
from smsreg.emulator.core.world import World
from smsreg.emulator.dispatch import Engine
from smsreg.emulator.faults import Faults
from smsreg.emulator.http.server import Server, ServerOptions
from smsreg.emulator.http.sigv4 import SignatureCheck
from smsreg.emulator.received import Calls
from smsreg.emulator.social_messaging.accounts import FIRST_ACCOUNT, FIRST_PHONE_NUMBER

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from types import TracebackType

    from smsreg.emulator.core.service_model import Doc

ACCESS_KEY_ID = "emulator"
SECRET_ACCESS_KEY = "emulator"  # noqa: S105  # there is nothing behind it


class ClientOptions(TypedDict):
    """What a client of either service needs to reach an emulator."""

    endpoint_url: str
    region_name: str
    aws_access_key_id: str
    aws_secret_access_key: str


class Emulator:
    """A local stand-in for pinpoint-sms-voice-v2 and socialmessaging.

    A real HTTP server on 127.0.0.1 with its own account, its own time and its own bad days; any
    number of them live in one process without knowing of each other.

        async with Emulator() as emulator:
            client = session.create_client("pinpoint-sms-voice-v2", **emulator.client_options)
    """

    def __init__(
        self,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        clock: Clock | None = None,
        seed: int | None = None,
        review_seconds: float | None = 1.0,
        incomplete_submit: IncompleteSubmit = "refuse",
        attachment_limit: int = 5 * 1024 * 1024,
        account_tier: AccountTier = "PRODUCTION",
        read_delay: float = 0.0,
        quotas: Mapping[str, int] | None = None,
        spend_limits: Mapping[str, int] | None = None,
        verification_code: str | None = None,
        registration_types: Iterable[Mapping[str, Any]] = (),
        credentials: Mapping[str, str] | None = None,
        check_signatures: bool = True,
        wall_clock: Callable[[], float] = time.time,
        body_timeout: float = 30.0,
        header_timeout: float = 20.0,
        state_file: str | Path | None = None,
    ) -> None:
        unknown = set(quotas or ()) - set(DEFAULT_QUOTAS)
        if unknown:
            msg = f"unknown quotas: {', '.join(sorted(unknown))}"
            raise ValueError(msg)
        self.clock: Clock = clock or Clock()
        self.settings: Settings = Settings(
            review_seconds=review_seconds,
            incomplete_submit=incomplete_submit,
            attachment_limit=attachment_limit,
            account_tier=account_tier,
            read_delay=read_delay,
            quotas={**DEFAULT_QUOTAS, **(quotas or {})},
            spend_limits=dict(spend_limits or {}),
            verification_code=verification_code,
        )
        self.catalogue: Catalogue = Catalogue(registration_types)
        self.calls: Calls = Calls()
        self.faults: Faults = Faults(self.clock.now)
        self._seed = seed
        self._world = self._new_world()
        self._engine = Engine(self._world)
        self._file = StateFile(Path(state_file)) if state_file is not None else None
        options = ServerOptions(
            host=host,
            port=port,
            body_timeout=body_timeout,
            header_timeout=header_timeout,
            wall_clock=wall_clock,
            check_signatures=check_signatures,
        )
        keys = dict(credentials or {ACCESS_KEY_ID: SECRET_ACCESS_KEY})
        self._credentials = keys
        self._server = Server(
            self._engine,
            faults=self.faults,
            calls=self.calls,
            signatures=SignatureCheck(keys, wall_clock),
            options=options,
            request_ids=random.Random(seed),  # noqa: S311  # request ids are no secrets
            after_write=self._saver(),
        )
        self._url: str | None = None

    def _new_world(self) -> World:
        chance = random.Random(self._seed)  # noqa: S311  # ids are no secrets
        return World(State(), self.clock, chance, self.settings, self.catalogue)

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
        """Load the state file, where there is one, and listen."""
        if self._file is not None:
            document = self._file.load()
            if document is not None:
                self.restore(document)
        port = await self._server.start()
        host = self._server.options.host
        shown = f"[{host}]" if ":" in host else host
        self._url = f"http://{shown}:{port}"

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        await self._server.stop()
        if self._file is not None:
            await self._file.save(self._dump)
        self._url = None

    @property
    def url(self) -> str:
        """Where it listens."""
        if self._url is None:
            raise RuntimeError("the emulator is not running: use `async with Emulator() as …`")
        return self._url

    @property
    def client_options(self) -> ClientOptions:
        """Keyword arguments for a client, ours as well as boto3's."""
        key_id, secret = next(iter(self._credentials.items()))
        return {
            "endpoint_url": self.url,
            "region_name": self.settings.region,
            "aws_access_key_id": key_id,
            "aws_secret_access_key": secret,
        }

    whatsapp_account_id: str = FIRST_ACCOUNT
    """The WhatsApp Business account that is linked from the start."""
    whatsapp_phone_number_id: str = FIRST_PHONE_NUMBER
    """Its phone number."""

    async def advance(
        self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> None:
        """Move the emulator's time forward; what is due by then has happened."""
        self.clock.advance(days=days, hours=hours, minutes=minutes, seconds=seconds)

    def approve(self, identifier: str) -> None:
        """End the review of a registration (or of another thing that is PENDING) well, now.

        For a draft it says how its next review ends, in its own time.
        """
        controls.approve(self._world, identifier)

    def deny(
        self,
        identifier: str,
        reason: str = "The information could not be verified",
        *,
        field: str | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> None:
        """End a review badly, now, or the next one of a draft.

        `field` is the path of the field that the reason is about; `fields` gives several paths
        with a reason for each.
        """
        blamed = dict(fields or {})
        if field is not None:
            blamed[field] = reason
        controls.deny(self._world, identifier, reason, blamed)

    def revoke(self, identifier: str) -> None:
        """Take a registration's approval back."""
        controls.revoke(self._world, identifier)

    def require_authentication(self, identifier: str) -> None:
        """Halt a review until `approve` or `deny`, as when a brand's contact has to confirm."""
        controls.require_authentication(self._world, identifier)

    def fail_upload(self, attachment_id: str) -> None:
        """Let an attachment's upload end in UPLOAD_FAILED."""
        controls.fail_upload(self._world, attachment_id)

    def opt_out(self, opt_out_list: str, phone_number: str) -> None:
        """Have an end user opt out, which nobody but the end user can take back."""
        controls.opt_out(self._world, opt_out_list, phone_number)

    @property
    def messages(self) -> list[Doc]:
        """The messages that were sent, oldest first; the last 10,000."""
        return list(self._world.state.messages.values())

    def verification_code(self, identifier: str) -> str | None:
        """The code that was last sent to a verified destination number, until it is used."""
        return controls.verification_code(self._world, identifier)

    def add_registration_type(self, document: Mapping[str, Any]) -> None:
        """Add a type, in the form of the catalogue's data files, or replace a built-in one."""
        self.catalogue.add(document)

    @property
    def unexpected(self) -> list[BaseException]:
        """Exceptions in the emulator's own code; a test may want to see it empty."""
        return self._server.unexpected

    def snapshot(self) -> Doc:
        """The whole state and time as JSON values, independent of what happens next."""
        return self._document(self._world.state.dump())

    def restore(self, document: Mapping[str, Any]) -> None:
        """Go back to a snapshot, of this emulator or of another one."""
        if document.get("format") != FORMAT:
            raise ValueError("this is not a snapshot that this version can read")
        fresh = State()
        try:
            offset = float(document["clock_offset"])
            fresh.load(document["state"])
        except (KeyError, TypeError, AttributeError) as problem:
            raise ValueError("the snapshot is not whole") from problem
        # The engine and everybody else hold on to the state object itself.
        self._world.state.load(fresh.dump())
        self.clock.offset = offset
        self._engine.forget_past()

    def _document(self, state: Doc) -> Doc:
        return {"format": FORMAT, "clock_offset": self.clock.offset, "state": state}

    def _dump(self) -> str:
        offset = repr(self.clock.offset)
        state = self._world.state.dumps()
        return f'{{"format": {FORMAT}, "clock_offset": {offset}, "state": {state}}}\n'

    def _saver(self) -> Callable[[], Awaitable[None]] | None:
        file = self._file
        if file is None:
            return None

        async def save() -> None:
            await file.save(self._dump)

        return save
