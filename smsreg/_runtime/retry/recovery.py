# pyright: reportUnknownMemberType=false
# aiobotocore ships no types.
"""What can be put right between two attempts: a wrong clock, and credentials that have run out."""

from __future__ import annotations

import asyncio
import datetime as dt
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from smsreg._runtime.retry.classify import Kind
from smsreg.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from smsreg._runtime.retry.classify import Failure

TOLERANCE = dt.timedelta(minutes=4)
"""Services refuse signatures from 5 minutes on; a smaller difference is not the reason."""


PLAUSIBLE = dt.timedelta(days=36525)
"""A machine without a clock of its own starts in 1970 and is decades off; no clock is centuries."""


def utc_now() -> dt.datetime:
    """Tell the machine's time."""
    return dt.datetime.now(dt.timezone.utc)


class Repairs:
    """What one client has learned about its clock and its credentials, for all its calls.

    Attributes:
        offset: What to add to the machine's clock.
        credentials: botocore's credentials, if they can be refreshed.
    """

    def __init__(self, credentials: Any = None, now: Callable[[], dt.datetime] = utc_now) -> None:  # noqa: ANN401
        self.offset = dt.timedelta(0)
        self.credentials = credentials
        self._now = now
        self._lock = asyncio.Lock()

    def signing_time(self) -> dt.datetime:
        """Tell the time to sign with: the machine's, or the service's where they differ much."""
        return self._now() + self.offset

    async def mend(self, failure: Failure, *, access_key: str | None, offset: dt.timedelta) -> bool:
        """Try to do away with the reason for a failure.

        Args:
            failure: What the service refused.
            access_key: The id of the access key that the refused request was signed with.
            offset: The offset of the clock that it was signed by.

        Returns:
            Whether another attempt has better prospects.
        """
        if failure.kind is Kind.SKEWED:
            return self.offset != offset or self._set_clock(failure)
        if failure.kind is Kind.EXPIRED:
            return await self._refresh(access_key)
        return False

    def _set_clock(self, failure: Failure) -> bool:
        """Go by the service's clock from now on, if it is far from the one that was used."""
        if not isinstance(failure.error, ServiceError):
            return False
        metadata: dict[str, Any] = failure.error.response.get("ResponseMetadata") or {}
        headers: dict[str, str] = metadata.get("HTTPHeaders") or {}
        try:
            theirs = parsedate_to_datetime(str(headers.get("date", "")))
        except (ValueError, OverflowError):
            return False
        if theirs.tzinfo is None:
            theirs = theirs.replace(tzinfo=dt.timezone.utc)
        now = self._now()
        offset = theirs - now
        if abs(offset - self.offset) <= TOLERANCE or abs(offset) > PLAUSIBLE:
            return False
        self.offset = offset
        return True

    async def _refresh(self, access_key: str | None) -> bool:
        """Get new credentials, once for however many calls that need them."""
        refresh = getattr(self.credentials, "_protected_refresh", None)
        if refresh is None:  # they are fixed
            return False
        async with self._lock:
            frozen = await self.credentials.get_frozen_credentials()
            if frozen.access_key != access_key:
                return True  # somebody else has done it
            try:
                await refresh(is_mandatory=True)
            except Exception:  # noqa: BLE001 -- a provider may raise anything
                return False  # the refusal that led here says more
        return True
