"""Waiting for a resource, alone or together with hundreds of others.

Each waiter has a schedule of its own. The first one that is due polls for itself and for every
other waiter of its group that is at least half-way to its next poll: so the schedules synchronize,
and many waiters cost few requests. Each waiter receives only the result for its own resource: one
that is invalid, refused or cancelled does not affect the others.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from smsreg._numbers import seconds
from smsreg._runtime.denial import add_reasons
from smsreg._runtime.retry.classify import passes
from smsreg._runtime.shared_poll import Wait
from smsreg.errors import (
    ActionRequiredError,
    ClientClosedError,
    ConfigurationError,
    SmsregError,
    WaiterFailedError,
    WaiterTimeoutError,
)
from smsreg.waiters import PollEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from smsreg._runtime.deadline import Interrupts
    from smsreg._runtime.shared_poll import Group, Groups, Poller
    from smsreg.retry import RetryPolicy

UNSEEN_GRACE = 30.0
"""Seconds for which a resource may be missing, as reads lag behind writes."""

LAST_POLL = 2.0
"""The least seconds for a poll: the last one begins when the timeout of the wait has passed."""

MOST_DOUBLINGS = 30
"""Enough for any delay to reach its maximum."""


@dataclass(slots=True, kw_only=True)
class Waiting:
    """One call of a waiter.

    Attributes:
        poller: Polls, for this waiter and others.
        groups: The groups of the client's waiters.
        policy: Provides the jitter, and sleeps.
        interrupts: Ends the wait when the client closes.
        timeout: Seconds to wait at most; None for the waiter's default.
        min_delay: Seconds between the first polls; None for the waiter's default.
        max_delay: The most seconds between polls; None for the waiter's default.
        on_poll: Called after each poll that does not end the wait.
    """

    poller: Poller
    groups: Groups
    policy: RetryPolicy
    interrupts: Interrupts
    timeout: float | None
    min_delay: float | None
    max_delay: float | None
    on_poll: Callable[[PollEvent], None] | None
    _delays: tuple[float, float] = (0.0, 0.0)

    async def run(self, wanted: Any) -> Any:  # noqa: ANN401 -- a description
        """Poll until the wait ends, and return the last description.

        Raises:
            ConfigurationError: A timeout or delay is unusable.
            InvalidRequestError: The identifier breaks a rule of the service.
        """
        self._check()
        if self.poller.waiter.ids is not None:
            self.poller.request([wanted])  # so that a shared poll cannot fail on this one
        key, group = self.poller.group_of(self.groups, wanted)
        wait = Wait(wanted=wanted)
        group.waits.append(wait)
        try:
            return await self._loop(group, wait)
        finally:
            group.waits.remove(wait)
            if not group.waits:
                self.groups.pop(key, None)

    def _check(self) -> None:
        if self.timeout is not None:
            self.timeout = seconds("timeout", self.timeout, zero=True)
        for name, delay in (("min_delay", self.min_delay), ("max_delay", self.max_delay)):
            if delay is not None:
                seconds(name, delay, endless=False)
        waiter, least, most = self.poller.waiter, self.min_delay, self.max_delay
        if least is None:
            least = waiter.min_delay if most is None else min(waiter.min_delay, most)
        if most is None:
            most = max(waiter.max_delay, least)
        if least > most:
            raise ConfigurationError("min_delay must be at most max_delay")
        self._delays = least, most

    async def _loop(self, group: Group, wait: Wait) -> Any:  # noqa: ANN401 -- a description
        clock = asyncio.get_running_loop().time
        known = 0
        while True:
            started = clock()
            in_time = await self._polled(group, wait, known)
            wait.elapsed += clock() - started
            if not in_time:
                raise self._timed_out(wait)
            if await self._over(wait):
                return wait.seen
            known = wait.polls
            pause = self._pause(wait)
            if self.on_poll is not None:
                self.on_poll(self._event(wait, pause))
            wait.delay, wait.due = pause, group.now() + pause
            await self._sleep(pause)
            group.ahead = max(group.ahead, wait.due - clock())
            wait.elapsed += pause

    async def _polled(self, group: Group, wait: Wait, known: int) -> bool:
        """Wait for a poll after the known ones; return False if the time ran out before."""
        end = math.inf
        limit = self._limit(wait)
        if limit is not None:
            end = asyncio.get_running_loop().time() + max(limit - wait.elapsed, LAST_POLL)
        block = self.interrupts.block(end)
        try:
            with block:
                while wait.polls == known:
                    await self.poller.follow(group, wait)
        except asyncio.TimeoutError:
            if block.ended:
                raise ClientClosedError from None
            return False
        return True

    async def _sleep(self, pause: float) -> None:
        block = self.interrupts.block()
        try:
            with block:
                await self.policy.sleep(pause)
        except asyncio.TimeoutError:
            if block.ended:
                raise ClientClosedError from None
            raise

    def _limit(self, wait: Wait) -> float | None:
        return self.poller.waiter.timeout_for(wait.seen) if self.timeout is None else self.timeout

    def _pause(self, wait: Wait) -> float:
        least, most = self._delays
        delay = min(least * 2.0 ** min(wait.polls - 1, MOST_DOUBLINGS), most)
        delay = delay / 2 + self.policy.jittered(delay / 2)
        limit = self._limit(wait)
        if limit is None:
            return delay
        left = limit - wait.elapsed
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
        status = None if wait.seen is None else getattr(wait.seen, self.poller.waiter.status)
        return None if status is None else str(status)

    def _timed_out(self, wait: Wait) -> WaiterTimeoutError:
        status = self._status(wait) or "unknown"
        text = f"timed out after {wait.elapsed:.0f} s, last status {status}"
        return WaiterTimeoutError(text, last=wait.seen, elapsed=wait.elapsed)

    async def _over(self, wait: Wait) -> bool:
        """Return whether the wait has succeeded; raise where it has failed."""
        if wait.error is not None:
            raise wait.error
        _check_presence(wait)
        status = self._status(wait)
        if status in self.poller.waiter.success:
            return True
        if status in self.poller.waiter.failure:
            text = f"the status is {status}, from which the target status is unreachable"
            raise WaiterFailedError(text, last=wait.seen, elapsed=wait.elapsed)
        if status in self.poller.waiter.action:
            text = f"action required: the status is {status}"
            error = ActionRequiredError(text, last=wait.seen, elapsed=wait.elapsed)
            try:
                await self._add_reasons(error, status, wait.wanted)
            except SmsregError as unread:
                if passes(unread):
                    return False
                raise error from unread
            raise error
        return False

    async def _add_reasons(
        self, error: ActionRequiredError, status: str | None, wanted: object
    ) -> None:
        denial, parent = self.poller.waiter.denial, self.poller.parent
        # With any other status, the feedback on an earlier version is not the reason.
        if denial is not None and status in denial.statuses:
            owner = wanted if parent is None else parent
            await add_reasons(error, denial, self.poller.listing, owner)


def _check_presence(wait: Wait) -> None:
    """Fail the wait for a resource that is missing for longer than reads lag behind writes."""
    if wait.found:
        wait.missing_since = None
    elif wait.found is False:
        if wait.missing_since is None:
            wait.missing_since = wait.elapsed
        if wait.elapsed - wait.missing_since > UNSEEN_GRACE:
            text = "the resource no longer exists" if wait.seen else "the resource does not exist"
            raise WaiterFailedError(text, last=wait.seen, elapsed=wait.elapsed)
