# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportPrivateUsage=false
# aiobotocore ships no types; its private names are listed below.
"""Credentials as a step of its own, before a request is signed.

botocore fetches credentials while it signs, in whichever call signs first. Here they are fetched
before signing, once for all calls that wait for them, and every failure is a CredentialsError.
botocore's signer receives credentials that are ready to use.

Relies on these private names of aiobotocore's refreshable credentials:
``_frozen_credentials``, ``_mandatory_refresh_timeout``, ``_refresh_lock``, ``_protected_refresh``,
``_refresh_using``. A test fails when one of them no longer exists.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
import traceback
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from aiobotocore._helpers import resolve_awaitable
from aiobotocore.credentials import AioCredentials, AioRefreshableCredentials
from botocore import UNSIGNED
from botocore.exceptions import NoCredentialsError

from smsreg._runtime.aws import credential_errors as errors
from smsreg._runtime.aws.log_filter import fetching
from smsreg._runtime.deadline import before
from smsreg._runtime.single_flight import SingleFlight
from smsreg.errors import CredentialsError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from smsreg.errors import SmsregError

PAUSE = 60.0
"""Seconds after a failed refresh until credentials that are still valid are refreshed again."""
PATIENCE = 1.0
"""Seconds for which a call waits at most for new credentials while the present ones are valid."""


class Waiter(Protocol):
    """An attempt of a call that waits for credentials.

    Attributes:
        late: Returns the error for a deadline that passes now; None for the call's own timeout.
        generation: The generation of the credentials that it was signed with.
    """

    late: Callable[[], SmsregError] | None
    generation: int

    @property
    def deadline(self) -> float:
        """The loop's time at which the call times out."""
        ...


class Ready:
    """Credentials that are ready to sign with; implements what botocore's signer requires."""

    __slots__ = ("frozen",)

    def __init__(self, frozen: Any) -> None:
        self.frozen = frozen

    async def get_frozen_credentials(self) -> Any:
        """Return botocore's immutable credentials."""
        return self.frozen


class _Present(NamedTuple):
    """botocore's frozen credentials, None unless they are valid, and whether a refresh is due."""

    frozen: Any
    due: bool


class Credentials:
    """The credentials of one client.

    Args:
        held: botocore's credentials, of any kind; None where none were found.
        clock: Returns a monotonic time in seconds.
    """

    def __init__(
        self,
        held: Any = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._held: Any = held
        self._session: Any = None
        self._profile: str | None = None
        self._unsigned = False
        self._clock = clock
        self._fetching = SingleFlight(self._fetch, where=errors.provider_at)
        self._renewing = SingleFlight(self._renew, where=errors.provider_at)
        self._seen: Any = object()  # compares equal to no credentials
        self._fault: str | None = None
        self._ready = Ready(None)
        self._generation = 0
        self._not_before = self._futile_until = -1.0

    def take_over(self, signer: Any, session: Any, profile: str | None) -> None:
        """Take over the credentials that an aiobotocore client has resolved.

        Args:
            signer: botocore's signer of the client, which has no public name for its credentials.
            session: The session that resolves them later where none were found; None without one.
            profile: The name of the profile, for errors.
        """
        self._held = getattr(signer, "_credentials", None)
        self._unsigned = signer.signature_version is UNSIGNED
        self._session, self._profile = session, profile

    async def of_call(self, call: Waiter) -> Ready:
        """Return the credentials to sign a call with, fetched if necessary.

        Raises:
            CredentialsError: There are none, or they cannot be retrieved or used.
        """
        held: Any = self._held
        method = getattr(type(held), "get_frozen_credentials", None)
        if method is AioCredentials.get_frozen_credentials:  # static credentials never expire
            frozen = await held.get_frozen_credentials()
        else:
            frozen = await self._fetched(call)
        self._record(frozen)
        if self._fault is not None:
            reason = f"AWS credentials cannot be used: {self._fault}"
            raise CredentialsError(reason, provider=self._method, profile=self._profile)
        call.generation = self._generation
        return self._ready

    async def fetch(self, timeout: float) -> None:
        """Fetch credentials ahead of the first call, if calls are signed.

        Args:
            timeout: The most seconds that this may take.

        Raises:
            CredentialsError: There are none, or they cannot be retrieved or used in time.
        """
        if self._unsigned:
            return
        now = asyncio.get_running_loop().time()
        late: CredentialsError | None = None
        waiter = _Warmup(now + timeout)
        try:
            with before(waiter.deadline):
                await self.of_call(waiter)
        except asyncio.TimeoutError:
            late = self._late()
        if late is not None:
            raise late

    async def renew(self, call: Waiter) -> bool:
        """Refresh credentials that the service reports as expired, regardless of their expiry date.

        Args:
            call: The call that was rejected.

        Returns:
            Whether the credentials now differ from those that the call was signed with.

        Raises:
            CredentialsError: They cannot be retrieved.
        """
        present = await self._present()
        if present.frozen is not None:
            self._record(present.frozen)
        if not call.generation:
            return False  # it was not signed with these credentials
        if self._generation == call.generation and self._clock() >= self._futile_until:
            call.late = self._late
            self._record(await self._renewing.join())
            call.late = None
            if self._generation == call.generation:
                self._futile_until = self._clock() + PAUSE
        return self._generation != call.generation

    async def aclose(self, error: SmsregError) -> None:
        """Stop fetching; every waiter fails with ``error``."""
        await self._fetching.aclose(error)
        await self._renewing.aclose(error)

    async def _fetched(self, call: Waiter) -> Any:
        """Return credentials that can expire, fetched if necessary."""
        present = await self._present()
        if present.frozen is None:
            call.late = self._late
            frozen = await self._fetching.join()
            call.late = None
            return frozen
        if present.due and not self._fetching.running and self._clock() >= self._not_before:
            return await self._refreshed(call.deadline)
        return present.frozen

    async def _present(self) -> _Present:
        """Return the credentials at hand and whether a refresh is due, without waiting."""
        held: Any = self._held
        method = getattr(type(held), "get_frozen_credentials", None)
        if method is AioCredentials.get_frozen_credentials:
            return _Present(await held.get_frozen_credentials(), due=False)
        if method is not AioRefreshableCredentials.get_frozen_credentials:
            return _Present(None, due=True)  # an unknown kind: its state cannot be inspected
        try:
            due = bool(held.refresh_needed())
            must = due and held.refresh_needed(held._mandatory_refresh_timeout)
        except Exception:  # noqa: BLE001 -- an invalid expiry date: a fetch reports it
            due = must = True
        return _Present(None if must else held._frozen_credentials, due)

    async def _refreshed(self, deadline: float) -> Any:
        """Refresh credentials that expire soon; if that fails, the present ones are still valid."""
        now = asyncio.get_running_loop().time()
        soon = before(min(now + PATIENCE, (now + deadline) / 2))
        with contextlib.suppress(CredentialsError, asyncio.TimeoutError), soon:
            await self._fetching.join()
        if self._held.refresh_needed():
            self._not_before = self._clock() + PAUSE
        return self._held._frozen_credentials

    async def _fetch(self) -> Any:
        """Fetch valid credentials, as botocore does."""
        return await self._guarded(self._frozen)

    async def _frozen(self) -> Any:
        if self._held is None and self._session is not None:
            self._held = await self._session.get_credentials()
        if self._held is None:
            raise NoCredentialsError
        return await resolve_awaitable(self._held.get_frozen_credentials())

    async def _renew(self) -> Any:
        """Fetch credentials again although their expiry date has not passed."""
        return await self._guarded(self._renewed)

    async def _renewed(self) -> Any:
        held: Any = self._held
        if isinstance(held, AioRefreshableCredentials):
            async with held._refresh_lock:
                if held._frozen_credentials == self._seen:
                    _forget(held)
                    await held._protected_refresh(is_mandatory=True)
        return await self._frozen()

    async def _guarded(self, work: Callable[[], Awaitable[Any]]) -> Any:
        """Run a provider, which may raise anything; the error does not reference its exception."""
        try:
            with fetching():
                return await work()
        except asyncio.CancelledError as error:
            await end_helpers(error)
            raise
        except Exception as error:  # noqa: BLE001 -- see above
            failure = self._failure(error)
        raise failure

    def _record(self, frozen: Any) -> None:
        """Record new credentials as the next generation, together with any fault in them."""
        if frozen == self._seen:
            return
        self._seen, self._ready, self._fault = frozen, Ready(frozen), _fault(frozen)
        self._generation += 1
        self._futile_until = -1.0

    @property
    def _method(self) -> str | None:
        method: str | None = getattr(self._held, "method", None)
        return method

    def _failure(self, error: Exception) -> CredentialsError:
        provider = self._method
        if isinstance(error, NoCredentialsError):
            provider = provider or _last_resort(self._session)
        return errors.credentials_error(
            error, provider=provider, profile=self._profile, secrets=self._secrets()
        )

    def _late(self) -> CredentialsError:
        """Return the error of a deadline that passes while credentials are being fetched."""
        provider = self._fetching.left_at or self._renewing.left_at or self._method
        return errors.too_late(provider, self._profile)

    def _secrets(self) -> list[str]:
        frozen = getattr(self._held, "_frozen_credentials", None)
        values = (getattr(frozen, name, None) for name in ("secret_key", "token"))
        return [value for value in values if isinstance(value, str) and value]


class _Warmup:
    """A waiter for credentials that belongs to no call."""

    generation = 0
    late: Callable[[], SmsregError] | None = None

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline


async def end_helpers(error: BaseException) -> None:
    """Kill the helper programs that a cancelled fetch was waiting for."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        for value in list(frame.f_locals.values()):
            if isinstance(value, asyncio.subprocess.Process) and value.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    value.kill()
                await value.wait()


def _forget(held: Any) -> None:
    """Drop botocore's cache entry for these credentials, which a refresh would return again."""
    fetcher = getattr(held._refresh_using, "__self__", None)
    cache, key = getattr(fetcher, "_cache", None), getattr(fetcher, "_cache_key", None)
    if cache is not None and key in cache:
        del cache[key]


def _last_resort(session: Any) -> str | None:
    """Name the instance metadata service where the provider chain includes it."""
    if session is None or os.environ.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true":
        return None
    resolver = session.get_component("credential_provider")
    methods = [getattr(provider, "METHOD", None) for provider in getattr(resolver, "providers", ())]
    return "iam-role" if "iam-role" in methods else None


def _fault(frozen: Any) -> str | None:
    """Describe why credentials cannot be used to sign; headers allow only printable ASCII."""
    for attribute, name, optional in (
        ("access_key", "access key id", False),
        ("secret_key", "secret access key", False),
        ("token", "session token", True),
    ):
        value = getattr(frozen, attribute, None)
        if optional and not value:
            continue
        if not isinstance(value, str) or not value:
            return f"the {name} is missing"
        if not value.isascii() or not value.isprintable() or " " in value:
            return (
                f"the {name} has a character that none has, such as a line break or a space: "
                "check how it was copied"
            )
    return None
