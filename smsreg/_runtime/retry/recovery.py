"""What can be corrected between two attempts: a wrong clock, and credentials that have expired."""

from __future__ import annotations

import datetime as dt
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Protocol

from smsreg._runtime.retry.classify import Kind
from smsreg.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from smsreg._runtime.retry.classify import Failure
    from smsreg.errors import SmsregError

TOLERANCE = 4 * 60.0
"""Services refuse signatures from 5 minutes on; a smaller difference is not the reason."""
PLAUSIBLE = 36_525 * 86_400.0
"""A machine without a clock of its own starts in 1970 and is decades off; no clock is centuries."""


class Signed(Protocol):
    """An attempt that the service refused, and how it was signed.

    Attributes:
        late: Makes the error of a deadline that passes now; None for the call's own.
        generation: Which of the client's credentials it was signed with.
        offset: The offset of the clock that it was signed by, in seconds.
    """

    late: Callable[[], SmsregError] | None
    generation: int
    offset: float

    @property
    def deadline(self) -> float:
        """The loop's time at which its call ends."""
        ...


class Renewable(Protocol):
    """Credentials that can be refreshed before their own date."""

    async def renew(self, call: Signed) -> bool:
        """Refresh them; whether there are others now than ``call`` was signed with."""
        ...


class Repairs:
    """What one client has learned about its clock, and its credentials, for all its calls.

    Args:
        credentials: What its calls are signed with; None where they cannot be refreshed.
        now: Tells the machine's time, in seconds since 1970.

    Attributes:
        now: The same.
        offset: The seconds to add to it for the time to sign with: the service's, where the
            machine's is far from it.
    """

    def __init__(
        self, credentials: Renewable | None = None, now: Callable[[], float] = time.time
    ) -> None:
        self.now = now
        self.offset = 0.0
        self._credentials = credentials

    async def mend(self, failure: Failure, signed: Signed) -> bool:
        """Try to do away with the reason for a failure.

        Args:
            failure: What the service refused.
            signed: The attempt that it refused.

        Returns:
            Whether another attempt has better prospects.

        Raises:
            CredentialsError: The credentials have expired, and others cannot be retrieved.
        """
        if failure.kind is Kind.SKEWED:
            return self.offset != signed.offset or self._set_clock(failure)
        if failure.kind is Kind.EXPIRED and self._credentials is not None:
            return await self._credentials.renew(signed)
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
        offset = theirs.timestamp() - self.now()
        if abs(offset - self.offset) <= TOLERANCE or abs(offset) > PLAUSIBLE:
            return False
        self.offset = offset
        return True
