"""Polling for many waiters at a time: one poll serves a group of them.

Each waiter receives only the result for its own resource: one that is invalid, refused or cancelled
does not affect the others.
"""

from __future__ import annotations

import asyncio
import copy
import math
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from smsreg._runtime.retry.classify import passes
from smsreg.errors import ServiceError, SmsregError

if TYPE_CHECKING:
    from smsreg._runtime.operation import Operation
    from smsreg._runtime.waiter import Waiter
    from smsreg.pagination import Paginator

Listing = Callable[["Operation[Any, Any]", dict[str, Any]], "Paginator[Any, Any]"]
"""Returns the listing of an operation, given the request's members."""

Lookup = Callable[["Operation[Any, Any]", dict[str, Any]], Coroutine[Any, Any, Any]]
"""Calls an operation, given the request's members."""


@dataclass(eq=False, slots=True, kw_only=True)
class Wait:
    """One waiter's state.

    Attributes:
        wanted: The id, ARN or number of the resource.
        elapsed: Seconds waited, polls included.
        due: When the next poll is due, in the group's time.
        delay: The length of the present pause.
        polls: The number of polls for it so far.
        seen: The last description.
        found: Whether the last poll found it; None where that poll failed.
        missing_since: When it was first missing since it was last found, in seconds waited.
        error: The permanent error of the last poll.
    """

    wanted: Any
    elapsed: float = 0.0
    due: float = 0.0
    delay: float = 0.0
    polls: int = 0
    seen: Any = None
    found: bool | None = None
    missing_since: float | None = None
    error: SmsregError | None = None


@dataclass(eq=False, slots=True)
class Poll:
    """A poll in flight, and how many waiters wait for its end."""

    task: asyncio.Task[None]
    followers: int = 0


@dataclass(slots=True)
class Group:
    """The waiters that one poll can serve: same kind, same parent, same connections.

    Attributes:
        waits: The waiters.
        poll: The latest poll; there is one at a time.
        pages: The number of pages of the whole listing when it was last read; infinity where it may
            not be read.
        ahead: Seconds by which the group's time is ahead of the loop's, where sleeping takes less
            time than requested.
    """

    waits: list[Wait] = field(default_factory=list[Wait])
    poll: Poll | None = None
    pages: float = 1
    ahead: float = 0.0

    def now(self) -> float:
        """The group's time."""
        return asyncio.get_running_loop().time() + self.ahead


GroupKey = tuple[asyncio.AbstractEventLoop, str, str, Any, Hashable]
Groups = dict[GroupKey, Group]


@dataclass(frozen=True, slots=True, kw_only=True)
class Poller:
    """Polls for the waiters of a group.

    Attributes:
        listing: Returns a listing.
        lookup: Describes one resource.
        waiter: The description of the waiter.
        parent: The parent that the listing requires, or None.
        options: The options of the view: waiters share polls only where these are equal.
    """

    listing: Listing
    lookup: Lookup
    waiter: Waiter
    parent: Any
    options: Hashable

    def group_of(self, groups: Groups, wanted: Hashable) -> tuple[GroupKey, Group]:
        """Return the group to poll with, and its key; groups of closed loops are dropped.

        Where a request describes one resource, a group consists of the waiters of that resource.
        """
        for key in [key for key in groups if key[0].is_closed()]:
            del groups[key]
        loop = asyncio.get_running_loop()
        of = wanted if self.waiter.ids is None else self.parent
        key = (loop, self.waiter.operation.name, self.waiter.status, of, self.options)
        return key, groups.setdefault(key, Group())

    async def follow(self, group: Group, wait: Wait) -> None:
        """Wait for the end of the poll in flight, or of a new one.

        The poll continues when the waiter that began it is cancelled, as long as another waits.
        """
        poll = group.poll
        if poll is None or poll.task.done():
            poll = group.poll = Poll(asyncio.create_task(self._poll(group, wait)))
        poll.followers += 1
        try:
            await asyncio.wait([poll.task])
        except asyncio.CancelledError:
            if poll.followers == 1 and not poll.task.done():
                poll.task.cancel()
                await asyncio.wait([poll.task])
            raise
        finally:
            poll.followers -= 1
        if not poll.task.cancelled():
            poll.task.result()

    async def _poll(self, group: Group, first: Wait) -> None:
        """Poll for a waiter, and for the others of its group that are half-way to their next."""
        now = group.now()
        waits = [w for w in group.waits if w is first or w.due - now <= w.delay / 2]
        found = _Found()
        await self._fetch(group, found, list(dict.fromkeys(wait.wanted for wait in waits)))
        for wait in waits:
            wait.polls += 1
            error = found.errors.get(wait.wanted)
            if error is not None:
                wait.found = None
                wait.error = None if passes(error) else copy.copy(error)
                continue
            matches = (
                one for one in found.descriptions if self.waiter.identifies(one, wait.wanted)
            )
            seen = next(matches, None)
            wait.found = seen is not None
            wait.seen = seen or wait.seen

    async def _fetch(self, group: Group, found: _Found, wanted: list[Any]) -> None:
        """Describe resources: by their ids, or as one listing where that is cheaper."""
        most = self.waiter.most_ids
        batches = -(-len(wanted) // most)
        if batches > group.pages and await self._read_listing(group, found, wanted):
            return
        for start in range(0, len(wanted), most):
            if not await self._describe(found, wanted[start : start + most]):
                found.fail(wanted[start:])
                return

    async def _read_listing(self, group: Group, found: _Found, wanted: list[Any]) -> bool:
        """Read the whole listing; return False where the service refuses that."""
        pages = 0
        try:
            async for page in self.request(None).pages():
                pages += 1
                found.descriptions += list(getattr(page, page.__items__) or [])
        except SmsregError as error:
            if isinstance(error, ServiceError) and not passes(error):
                group.pages = math.inf
                return False
            found.error = error
            found.fail(wanted)
        else:
            group.pages = pages
        return True

    async def _describe(self, found: _Found, wanted: list[Any]) -> bool:
        """Describe the resources of one request; return whether to continue with further requests.

        A refusal may concern only one of them, so it is narrowed down to that one.
        """
        try:
            found.descriptions += await self._read(wanted)
        except ServiceError as error:
            if passes(error):
                found.error = error
                return False
            if len(wanted) > 1:
                for one in wanted:
                    if not await self._describe(found, [one]):
                        return False
            elif error.code != self.waiter.missing:
                found.errors[wanted[0]] = error
        except SmsregError as error:
            found.error = error
            return False
        return True

    async def _read(self, wanted: list[Any]) -> list[Any]:
        if self.waiter.ids is None:
            return [await self.lookup(self.waiter.operation, {self.waiter.id: wanted[0]})]
        return await self.request(wanted).collect()

    def request(self, wanted: list[Any] | None) -> Paginator[Any, Any]:
        """Return the listing of some resources, or of all."""
        members: dict[str, Any] = {}
        if wanted is not None and self.waiter.ids is not None:
            members[self.waiter.ids] = wanted
        elif self.waiter.operation.paging is not None:
            members[self.waiter.operation.paging.limit] = self.waiter.page_size
        if self.waiter.parent is not None:
            members[self.waiter.parent] = self.parent
        return self.listing(self.waiter.operation, members)


@dataclass(eq=False, slots=True)
class _Found:
    """The results of a poll.

    Attributes:
        descriptions: The descriptions.
        errors: The errors, by the wanted resource.
        error: The error that ended the poll early.
    """

    descriptions: list[Any] = field(default_factory=list[Any])
    errors: dict[Any, SmsregError] = field(default_factory=dict[Any, SmsregError])
    error: SmsregError | None = None

    def fail(self, wanted: list[Any]) -> None:
        """Record the error that ended the poll for all resources that it has not reached."""
        if self.error is not None:
            self.errors = {**dict.fromkeys(wanted, self.error), **self.errors}
