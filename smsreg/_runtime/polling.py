"""Waiting for a resource, alone or together with hundreds of others.

Each waiter has a schedule of its own. Whoever is due first looks, and looks for every other waiter
of its group that is at least half-way to its next look, too: so the schedules fall into step, and
many waiters cost a few requests.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from smsreg._runtime.deadline import before
from smsreg._runtime.retry.classify import REDIRECTS, TRANSIENT_CODES, TRANSIENT_STATUSES
from smsreg.errors import (
    ActionRequiredError,
    ConfigurationError,
    ConnectError,
    InvalidResponseError,
    ServiceError,
    SmsregError,
    ThrottlingError,
    TransportError,
    WaiterFailedError,
    WaiterTimeoutError,
)
from smsreg.waiters import PollEvent

if TYPE_CHECKING:
    from smsreg._runtime.operation import Operation
    from smsreg.pagination import Paginator
    from smsreg.retry import RetryPolicy

IDS_PER_REQUEST = 5
PAGE = 100
UNSEEN_GRACE = 30.0
"""Seconds for which a resource may be missing, as reads lag behind writes."""

LAST_LOOK = 2.0
"""Seconds that a look has at least: the last one begins when the time for the wait is over."""

MOST_DOUBLINGS = 30
"""Enough for any delay to have reached its longest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """Where the reasons for a denial are read, in the service's operations and attributes."""

    statuses: frozenset[str]
    versions: Operation[Any, Any]
    values: Operation[Any, Any]
    number: str


@dataclass(frozen=True, kw_only=True)
class Waiter:
    """What a waiter looks at, and what it makes of it; written by the generator.

    Attributes:
        operation: The listing that describes the resource.
        ids: The listing's attribute that picks resources.
        id: The attribute of a description by which it is known, and the waiter's parameter.
        arn: The attribute with the ARN, by which it may be picked as well; None without one.
        parent: The waiter's parameter that the listing requires besides; None without one.
        status: The attribute with the status.
        success: Statuses that end the wait well.
        failure: Statuses from which success cannot come.
        action: Statuses in which the resource waits for its owner.
        timeout: Seconds to wait by default; None for as long as it takes.
        min_delay: Seconds between the first looks.
        max_delay: Seconds between looks in the end.
        denial: Where the reasons for a denial are read; None where there are none.
    """

    operation: Operation[Any, Any]
    ids: str
    id: str
    arn: str | None = None
    parent: str | None = None
    status: str
    success: frozenset[str]
    failure: frozenset[str]
    action: frozenset[str] = frozenset()
    timeout: float | None
    min_delay: float
    max_delay: float
    denial: Denial | None = None

    def identifies(self, description: Any, wanted: Any) -> bool:  # noqa: ANN401 -- any model
        """Whether a description is that of the resource that was asked for."""
        return wanted == getattr(description, self.id) or (
            self.arn is not None and wanted == getattr(description, self.arn)
        )


Listing = Callable[["Operation[Any, Any]", dict[str, Any]], "Paginator[Any, Any]"]
"""Makes the listing of an operation, given the request's members."""


@dataclass(eq=False, slots=True, kw_only=True)
class Wait:
    """One waiter's state.

    Attributes:
        wanted: The id, ARN or number that was asked for.
        elapsed: Seconds waited, looks included.
        due: When the next look is, in the group's time.
        delay: The length of the present pause.
        looks: How often somebody looked for it.
        seen: The last description.
        found: Whether the last look found it; None where that look failed.
        missing_since: When it was first missing since it was last found, in seconds waited.
        error: What made the last look fail for good.
    """

    wanted: Any
    elapsed: float = 0.0
    due: float = 0.0
    delay: float = 0.0
    looks: int = 0
    seen: Any = None
    found: bool | None = None
    missing_since: float | None = None
    error: SmsregError | None = None


@dataclass(slots=True)
class Group:
    """The waiters that one look can serve: same kind, same parent, same connections.

    Attributes:
        waits: The waiters.
        lock: Held while one of them looks.
        pages: How many pages the whole listing had when it was last read.
        ahead: Seconds by which the group's time is ahead of the loop's, where sleeping takes less
            than it is told to.
    """

    waits: list[Wait] = field(default_factory=list[Wait])
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    pages: int = 1
    ahead: float = 0.0

    def now(self) -> float:
        """The group's time."""
        return asyncio.get_running_loop().time() + self.ahead


Groups = dict[tuple[str, str, Any], Group]


@dataclass(slots=True, kw_only=True)
class Waiting:
    """One call of a waiter."""

    listing: Listing
    waiter: Waiter
    groups: Groups
    policy: RetryPolicy
    parent: Any
    timeout: float | None
    min_delay: float
    max_delay: float
    on_poll: Callable[[PollEvent], None] | None

    async def run(self, wanted: Any) -> Any:  # noqa: ANN401 -- a description
        """Look until the wait ends, and give the last description."""
        if not 0 <= self.min_delay <= self.max_delay:
            raise ConfigurationError("min_delay must be at least 0 and at most max_delay")
        waiter = self.waiter
        key = (waiter.operation.name, waiter.status, self.parent)
        group = self.groups.setdefault(key, Group())
        wait = Wait(wanted=wanted)
        group.waits.append(wait)
        try:
            return await self._loop(group, wait)
        finally:
            group.waits.remove(wait)
            if not group.waits:
                self.groups.pop(key, None)

    async def _loop(self, group: Group, wait: Wait) -> Any:  # noqa: ANN401 -- a description
        clock = asyncio.get_running_loop().time
        news = wait.looks
        while True:
            started = clock()
            in_time = await self._turn(group, wait, news)
            wait.elapsed += clock() - started
            if not in_time:
                raise self._timed_out(wait)
            if await self._over(wait):
                return wait.seen
            news = wait.looks
            pause = self._pause(wait)
            if self.on_poll is not None:
                self.on_poll(self._event(wait, pause))
            wait.delay, wait.due = pause, group.now() + pause
            await self.policy.sleep(pause)
            group.ahead = max(group.ahead, wait.due - clock())
            wait.elapsed += pause

    async def _turn(self, group: Group, wait: Wait, news: int) -> bool:
        """Look, unless somebody else has done so; say whether there was time for it."""
        end = math.inf
        if self.timeout is not None:
            left = self.timeout - wait.elapsed
            end = asyncio.get_running_loop().time() + max(left, LAST_LOOK)

        try:
            if wait.looks == news:
                async with before(end), group.lock:
                    if wait.looks == news:
                        await self._look(group, wait)
        except asyncio.TimeoutError:
            return False
        return True

    def _pause(self, wait: Wait) -> float:
        growth = 2.0 ** min(wait.looks - 1, MOST_DOUBLINGS)
        delay = min(self.min_delay * growth, self.max_delay)
        delay *= 0.5 + 0.5 * self.policy.jitter()
        if self.timeout is None:
            return delay
        left = self.timeout - wait.elapsed
        if left <= 0:
            raise self._timed_out(wait)
        return min(delay, left)

    def _event(self, wait: Wait, pause: float) -> PollEvent:
        return PollEvent(
            resource=str(wait.wanted),
            status=self._status(wait),
            description=wait.seen,
            elapsed=wait.elapsed,
            next_delay=pause,
        )

    def _status(self, wait: Wait) -> str | None:
        status = None if wait.seen is None else getattr(wait.seen, self.waiter.status)
        return None if status is None else str(status)

    def _timed_out(self, wait: Wait) -> WaiterTimeoutError:
        text = f"not there after {wait.elapsed:.0f} s: its status is {self._status(wait)}"
        return WaiterTimeoutError(text, last=wait.seen, elapsed=wait.elapsed)

    async def _over(self, wait: Wait) -> bool:
        """Whether the wait ended well; raises where it ended otherwise."""
        if wait.error is not None:
            raise wait.error
        _check_presence(wait)
        status = self._status(wait)
        if status in self.waiter.success:
            return True
        if status in self.waiter.failure:
            text = f"its status is {status}, from which it cannot come to what was waited for"
            raise WaiterFailedError(text, last=wait.seen, elapsed=wait.elapsed)
        if status in self.waiter.action:
            text = f"its status is {status}: its owner has to act"
            error = ActionRequiredError(text, last=wait.seen, elapsed=wait.elapsed)
            try:
                await self._read_reasons(wait, error)
            except SmsregError as unread:
                if _passes(unread):
                    return False
                raise error from unread
            raise error
        return False

    async def _read_reasons(self, wait: Wait, error: ActionRequiredError) -> None:
        denial = self.waiter.denial
        if denial is None or self._status(wait) not in denial.statuses:
            return  # what was said of an earlier version is not the reason
        number = getattr(wait.seen, denial.number)
        if number is None:
            return
        registration = wait.wanted if self.parent is None else self.parent
        of = {"registration_id": registration}
        versions = self.listing(denial.versions, {**of, "version_numbers": [number]})
        version = await versions.first()
        if version is not None:
            error.denied_reasons = list(version.denied_reasons or [])
            error.feedback = version.feedback
        values = self.listing(denial.values, {**of, "version_number": number})
        async for value in values:
            reasons = [text for text in (value.denied_reason, value.feedback) if text]
            if reasons:
                error.field_reasons[value.field_path] = reasons

    async def _look(self, group: Group, wait: Wait) -> None:
        """Look for this waiter, and for the others of its group that are half-way due."""
        now = group.now()
        waits = [w for w in group.waits if w is wait or w.due - now <= w.delay / 2]
        try:
            found = await self._fetch(group, waits)
        except SmsregError as error:
            passing = _passes(error)
            for each in waits if passing else [wait]:
                each.looks += 1
                each.found = None
            wait.error = None if passing else error
            return
        for each in waits:
            each.looks += 1
            matches = (item for item in found if self.waiter.identifies(item, each.wanted))
            seen = next(matches, None)
            each.found = seen is not None
            each.seen = seen or each.seen

    async def _fetch(self, group: Group, waits: list[Wait]) -> list[Any]:
        """Describe the resources: by their ids, or as one listing where that is cheaper."""
        wanted = list(dict.fromkeys(wait.wanted for wait in waits))
        batches = -(-len(wanted) // IDS_PER_REQUEST)
        if batches <= group.pages:
            found: list[Any] = []
            for start in range(0, len(wanted), IDS_PER_REQUEST):
                found += await self._described(wanted[start : start + IDS_PER_REQUEST])
            return found
        group.pages = 0
        found = []
        async for page in self._listing({"max_results": PAGE}).pages():
            group.pages += 1
            found += getattr(page, self._items()) or []
        return found

    async def _described(self, wanted: list[Any]) -> list[Any]:
        """Describe up to five; one that is missing must not hide the others."""
        try:
            return await self._listing({self.waiter.ids: wanted}).collect()
        except ServiceError as error:
            if error.code != "ResourceNotFoundException":
                raise
        if len(wanted) == 1:
            return []
        return [item for one in wanted for item in await self._described([one])]

    def _listing(self, members: dict[str, Any]) -> Paginator[Any, Any]:
        if self.waiter.parent is not None:
            members[self.waiter.parent] = self.parent
        return self.listing(self.waiter.operation, members)

    def _items(self) -> str:
        paging = self.waiter.operation.paging
        return "" if paging is None else paging.items


def _check_presence(wait: Wait) -> None:
    """Refuse to wait on for what has been missing for longer than reads lag behind writes."""
    if wait.found:
        wait.missing_since = None
    elif wait.found is False:
        if wait.missing_since is None:
            wait.missing_since = wait.elapsed
        if wait.elapsed - wait.missing_since > UNSEEN_GRACE:
            text = "there is no such resource" + (", not any more" if wait.seen else "")
            raise WaiterFailedError(text, last=wait.seen, elapsed=wait.elapsed)


def _passes(error: SmsregError) -> bool:
    """Whether a failed look says nothing about the next one."""
    if isinstance(error, InvalidResponseError):
        return error.http_status not in REDIRECTS
    if isinstance(error, ConnectError):
        return not error.untrusted
    if isinstance(error, (ThrottlingError, TransportError)):
        return True
    return isinstance(error, ServiceError) and (
        error.http_status in TRANSIENT_STATUSES or error.code in TRANSIENT_CODES
    )
