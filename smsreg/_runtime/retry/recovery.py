"""Recovery between two attempts: correct a wrong clock, refresh expired credentials."""

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
"""Services reject signatures that are 5 minutes off; a smaller offset is not the cause."""
PLAUSIBLE = 36_525 * 86_400.0
"""A machine without a battery clock starts in 1970, decades off; no clock is centuries off."""


class Signed(Protocol):
    """An attempt that the service rejected, and how it was signed.

    Attributes:
        late: Returns the error for a deadline that passes now; None for the call's own timeout.
        generation: The generation of the client's credentials that it was signed with.
        offset: The offset of the clock that it was signed by, in seconds.
    """

    late: Callable[[], SmsregError] | None
    generation: int
    offset: float

    @property
    def deadline(self) -> float:
        """The loop's time at which its call times out."""
        ...


class Renewable(Protocol):
    """Credentials that can be refreshed before their expiry date."""

    async def renew(self, call: Signed) -> bool:
        """Refresh them; return whether they differ from those that ``call`` was signed with."""
        ...


class Recovery:
    """Corrects the clock and refreshes the credentials of one client, for all its calls.

    Args:
        credentials: The credentials that sign its calls; None where they cannot be refreshed.
        now: Returns the machine's time, in seconds since 1970.

    Attributes:
        now: The same.
        offset: Seconds to add to ``now`` for the time to sign with; not 0 once the machine's clock
            has proved to be wrong.
    """

    def __init__(
        self, credentials: Renewable | None = None, now: Callable[[], float] = time.time
    ) -> None:
        self.now = now
        self.offset = 0.0
        self._credentials = credentials

    async def recover(self, failure: Failure, signed: Signed) -> bool:
        """Correct the cause of a failure, if possible.

        Args:
            failure: The failure of the attempt.
            signed: The attempt that the service rejected.

        Returns:
            Whether another attempt may succeed.

        Raises:
            CredentialsError: The credentials have expired, and new ones cannot be retrieved.
        """
        if failure.kind is Kind.SKEWED:
            return self.offset != signed.offset or self._set_clock(failure)
        if failure.kind is Kind.EXPIRED and self._credentials is not None:
            return await self._credentials.renew(signed)
        return False

    def _set_clock(self, failure: Failure) -> bool:
        """Use the service's clock from now on, if it is far from the one that was used."""
        if not isinstance(failure.error, ServiceError):
            return False
        metadata: dict[str, Any] = failure.error.response.get("ResponseMetadata") or {}
        headers: dict[str, str] = metadata.get("HTTPHeaders") or {}
        try:
            service_time = parsedate_to_datetime(str(headers.get("date", "")))
        except (ValueError, OverflowError):
            return False
        if service_time.tzinfo is None:
            service_time = service_time.replace(tzinfo=dt.timezone.utc)
        offset = service_time.timestamp() - self.now()
        if abs(offset - self.offset) <= TOLERANCE or abs(offset) > PLAUSIBLE:
            return False
        self.offset = offset
        return True
