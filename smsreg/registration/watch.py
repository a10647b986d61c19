"""Watches registrations: events are hints, the state is read, and polling continues."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from smsreg.errors import (
    InvalidEventError,
    RegistrationError,
    ServiceError,
    ThrottlingError,
    TransportError,
)
from smsreg.events import RegistrationStatusChange, parse_events
from smsreg.registration.problems import FormProblem
from smsreg.registration.status import whose_turn
from smsreg.registration.values import shown
from smsreg.sms_voice import RegistrationStatus, ResourceNotFoundException

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Iterable

    from smsreg.sms_voice import RegistrationInformation, SMSVoiceClient

LOGGER = logging.getLogger("smsreg")
MAX_IDS = 5
"""Most ids in one request; more are read by listing all registrations."""
_PAGE = 100
_SERVER_FAULT = 500


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A registration's status, at the start or after it changed.

    Attributes:
        registration_id: The registration.
        status: Its status now.
        version_number: The number of its newest version.
        previous: The status before; None at the start.
    """

    registration_id: str
    status: RegistrationStatus
    version_number: int | None
    previous: RegistrationStatus | None


@dataclass
class Watch:
    """One watch over a set of registrations."""

    client: SMSVoiceClient
    ids: tuple[str, ...]
    poll_interval: float
    sleep: Callable[[float], Awaitable[object]]
    known: dict[str, RegistrationInformation] = field(
        default_factory=dict["str", "RegistrationInformation"]
    )
    hints: set[str] = field(default_factory=set[str])
    hinted: asyncio.Event = field(default_factory=asyncio.Event)
    reconcile: asyncio.Future[Any] | None = None
    """The timer of the next poll of all registrations."""

    async def run(self, events: AsyncIterable[Any] | None) -> AsyncGenerator[StatusChange, None]:
        """Yield each status at the start, and then every change once."""
        found = await self._read(self.ids)
        missing = [identifier for identifier in self.ids if identifier not in found]
        if missing:
            problems = [
                FormProblem("", "registration_id", f"there is no registration {shown(name)}")
                for name in missing
            ]
            raise RegistrationError("not every registration can be watched", problems)
        for identifier in self.ids:
            yield self._note(found[identifier], None)
        listener = None if events is None else asyncio.create_task(self._listen(events))
        try:
            while not self._is_over():
                for change in await self._next_changes():
                    yield change
        finally:
            for task in (listener, self.reconcile):
                if task is not None:
                    await _stop(task)

    def _note(
        self, found: RegistrationInformation, previous: RegistrationStatus | None
    ) -> StatusChange:
        self.known[found.registration_id] = found
        return StatusChange(
            registration_id=found.registration_id,
            status=found.registration_status,
            version_number=found.current_version_number,
            previous=previous,
        )

    def _is_over(self) -> bool:
        """Whether only the owner can act on any of them."""
        turns = (whose_turn(known.registration_status) for known in self.known.values())
        return all(turn in ("you", "nobody") for turn in turns)

    async def _next_changes(self) -> list[StatusChange]:
        is_due = await self._pause()
        hints, self.hints = self.hints, set()
        self.hinted.clear()
        wanted = self.ids if is_due else tuple(hints)
        try:
            found = await self._read(wanted)
        except (ThrottlingError, TransportError):
            return []
        except ServiceError as error:
            if (error.http_status or 0) < _SERVER_FAULT:
                raise
            return []
        changes: list[StatusChange] = []
        for identifier in wanted:
            before, now = self.known[identifier], found.get(identifier)
            if now is None:
                now = before.model_copy(update={"registration_status": RegistrationStatus.DELETED})
            if _differs(before, now):
                changes.append(self._note(now, before.registration_status))
        return changes

    async def _pause(self) -> bool:
        """Wait for a hint, or for the next poll, which hints never postpone; True for the poll."""
        if self.reconcile is None:
            self.reconcile = asyncio.ensure_future(self.sleep(self.poll_interval))
        hint: asyncio.Future[Any] = asyncio.ensure_future(self.hinted.wait())
        try:
            await asyncio.wait({self.reconcile, hint}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _stop(hint)
        if not self.reconcile.done():
            return False
        ended, self.reconcile = self.reconcile, None
        ended.result()
        return True

    async def _read(self, ids: tuple[str, ...]) -> dict[str, RegistrationInformation]:
        """Read registrations; those that do not exist are left out."""
        if len(ids) > MAX_IDS:
            listing = self.client.describe_registrations(max_results=_PAGE)
            wanted = set(ids)
            return {
                item.registration_id: item
                for item in await listing.collect()
                if item.registration_id in wanted
            }
        try:
            listing = self.client.describe_registrations(registration_ids=list(ids))
            return {item.registration_id: item for item in await listing.collect()}
        except ResourceNotFoundException:
            if len(ids) == 1:
                return {}
        found: dict[str, RegistrationInformation] = {}
        for identifier in ids:
            found |= await self._read((identifier,))
        return found

    async def _listen(self, events: AsyncIterable[Any]) -> None:
        """Collect the ids that events name; without events only polling remains."""
        try:
            async for payload in events:
                for identifier in _subjects(payload):
                    if identifier in self.known:
                        self.hints.add(identifier)
                        self.hinted.set()
        except Exception as error:  # noqa: BLE001 -- anybody's source of events; hints only
            LOGGER.warning("watch goes on without events: %s", type(error).__name__)


def _differs(before: RegistrationInformation, now: RegistrationInformation) -> bool:
    """Return whether a status differs, or is the same but of a newer denial."""
    return (before.registration_status, before.latest_denied_version_number) != (
        now.registration_status,
        now.latest_denied_version_number,
    )


def _subjects(payload: Any) -> Iterable[str]:  # noqa: ANN401 -- an event, or a payload of one
    if isinstance(payload, RegistrationStatusChange):
        events: Iterable[Any] = [payload]
    else:
        try:
            events = parse_events(payload)
        except (InvalidEventError, TypeError):
            return []
    return [
        event.registration_id
        for event in events
        if isinstance(event, RegistrationStatusChange) and event.registration_id
    ]


async def _stop(task: asyncio.Future[Any]) -> None:
    """End a task; a cancellation of the caller propagates."""
    task.cancel()
    await asyncio.wait([task])
