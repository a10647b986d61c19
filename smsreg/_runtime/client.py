"""The base of all clients: setup, opening and closing, and views."""

from __future__ import annotations

import asyncio
import copy
import uuid
from typing import TYPE_CHECKING, Any, TypeVar

from typing_extensions import Self

from smsreg._callbacks import check_callback
from smsreg._numbers import seconds
from smsreg._public import publish
from smsreg._runtime.calling import Calling, CallOptions
from smsreg._runtime.handle import Connection
from smsreg._runtime.retry.decision import RetryBudget
from smsreg._runtime.settings import Settings
from smsreg._runtime.tracebacks import outcome_of, stripped
from smsreg.errors import ConfigurationError
from smsreg.rate_limits._protocol import check_rate_limiter
from smsreg.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from smsreg._runtime.call_event import CallEvent
    from smsreg.rate_limits import RateLimiter

ClientT = TypeVar("ClientT", bound="ServiceClient")
"""Instead of Self, which Jedi resolves to the class that it is written in."""

DEFAULT_TIMEOUT = 60.0
"""Seconds for one logical call, unless the caller says otherwise."""


def _random_token() -> str:
    return str(uuid.uuid4())


class ServiceClient(Calling):
    """A typed client of one service, over an aiobotocore client.

    Nothing happens until the first call, which opens the client; ``async with`` opens and closes
    it, and ``aclose`` closes it too. Region, credentials, endpoint, profile and environment
    variables are found exactly as aiobotocore finds them.

    Args:
        region_name: AWS region, such as ``us-east-1``.
        endpoint_url: Where to send requests instead of the service's own endpoint. It must be
            https, unless it is a loopback address.
        profile_name: Profile of the AWS configuration files.
        aws_access_key_id: Access key id, together with the secret access key.
        aws_secret_access_key: Secret access key.
        aws_session_token: Session token of temporary credentials.
        session: An aiobotocore ``AioSession`` to take settings and credentials from.
        config: An aiobotocore ``AioConfig``: proxies, TLS, size of the connection pool and so on.
        aws_client: An open aiobotocore client of the service to borrow; it is never closed here.
        retry: When to make another attempt; by default 3 in all, or what ``AWS_MAX_ATTEMPTS`` says.
        timeout: Seconds for one logical call, all attempts and waits together. 60 by default.
        client_token_factory: Makes a ClientToken; by default a random UUID.
        rate_limiter: Awaited before each attempt, within ``timeout``; by default none. See
            ``smsreg.rate_limits``.
        on_call: Called with a ``CallEvent`` when a logical call has ended, however it ended. What
            it raises is logged and ends no call.
        allow_http: Let ``endpoint_url`` be http on hosts other than this one.

    Raises:
        ConfigurationError: The parameters do not go together, or one is unusable.
    """

    def __init__(
        self,
        *,
        region_name: str | None = None,
        endpoint_url: str | None = None,
        profile_name: str | None = None,
        aws_access_key_id: str | None = None,
        aws_secret_access_key: str | None = None,
        aws_session_token: str | None = None,
        session: Any = None,  # noqa: ANN401 -- aiobotocore has no types
        config: Any = None,  # noqa: ANN401 -- aiobotocore has no types
        aws_client: Any = None,  # noqa: ANN401 -- aiobotocore has no types
        retry: RetryPolicy | None = None,
        timeout: float | None = None,
        client_token_factory: Callable[[], str] | None = None,
        rate_limiter: RateLimiter | None = None,
        on_call: Callable[[CallEvent], object] | None = None,
        allow_http: bool = False,
    ) -> None:
        ready = outcome_of(
            self._set_up,
            {
                "region_name": region_name,
                "endpoint_url": endpoint_url,
                "allow_http": allow_http,
                "profile_name": profile_name,
                "aws_access_key_id": aws_access_key_id,
                "aws_secret_access_key": aws_secret_access_key,
                "aws_session_token": aws_session_token,
                "session": session,
                "config": config,
                "aws_client": aws_client,
            },
            retry=retry,
            timeout=timeout,
            client_token_factory=client_token_factory,
            rate_limiter=rate_limiter,
            on_call=on_call,
        )
        del self, region_name, endpoint_url, profile_name, session, config, aws_client
        del aws_access_key_id, aws_secret_access_key, aws_session_token
        ready.result()

    def _set_up(
        self,
        settings: dict[str, Any],
        *,
        retry: RetryPolicy | None,
        timeout: float | None,
        client_token_factory: Callable[[], str] | None,
        rate_limiter: RateLimiter | None,
        on_call: Callable[[CallEvent], object] | None,
    ) -> None:
        check_rate_limiter(rate_limiter)
        check_callback("on_call", on_call)
        _check_options(retry, client_token_factory)
        self._rate_limiter = rate_limiter
        self._on_call = on_call
        self._connection = Connection(
            Settings(
                service_name=self.service_name,
                botocore_version=self.botocore_version,
                **settings,
            )
        )
        self._budget = RetryBudget((retry or RetryPolicy()).capacity)
        self._is_view = False
        self._groups = {}
        self._options = CallOptions(
            retry=retry,
            timeout=DEFAULT_TIMEOUT if timeout is None else seconds("timeout", timeout),
            client_token_factory=client_token_factory or _random_token,
        )

    def __repr__(self) -> str:
        state = "closed" if self._connection.closed else "open"
        return f"<{type(self).__name__} {state}>"

    async def __aenter__(self: ClientT) -> ClientT:  # noqa: PYI019 -- for Jedi
        entering = stripped(self._enter)
        del self
        return await entering

    async def _enter(self: ClientT) -> ClientT:  # noqa: PYI019 -- for Jedi
        await self._opened()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def open(self) -> None:
        """Open the client now; without this, the first call does.

        Raises:
            ConfigurationError: Region, profile, endpoint or configuration are missing or unusable.
            CredentialsError: A provider of credentials failed, or took longer than ``timeout``.
            UnsupportedOperationError: The installed botocore does not know the service.
            ClientClosedError: The client has been closed.
        """
        opening = stripped(self._opened)
        del self
        await opening

    async def aclose(self) -> None:
        """Close the connections; calls after that raise ClientClosedError.

        A view leaves them to the client that it was made from, and a borrowed aiobotocore client
        stays open. Closing twice is fine.
        """
        if not self._is_view:
            closing = stripped(self._connection.aclose)
            del self
            await closing

    async def warm_up(self) -> None:
        """Do everything slow that the first calls would do.

        Open the client, fetch credentials and build the models.

        Raises:
            ConfigurationError: As in ``open``.
            CredentialsError: Credentials cannot be retrieved or used.
            ClientClosedError: The client has been closed.
        """
        warming = stripped(self._warm_up)
        del self
        await warming

    async def _warm_up(self) -> None:
        opened = (await self._opened()).opened
        await opened.credentials.fetch(self._options.timeout)
        for operation in self.operations.values():
            operation.request_type.model_rebuild()
            operation.result_type.model_rebuild()
            if hasattr(opened.client, operation.method_name):
                await opened.path.warm_up(operation)
            await asyncio.sleep(0)  # let other tasks run: this takes a while
        self._errors()

    def with_options(  # noqa: PYI019 -- for Jedi
        self: ClientT,
        *,
        retry: RetryPolicy | None = None,
        timeout: float | None = None,
        client_token_factory: Callable[[], str] | None = None,
    ) -> ClientT:
        """Return a view of this client with other options, which shares its connections.

        A view costs next to nothing: make one for a single call if you like.

        Args:
            retry: When to make another attempt; as before if None. The budget stays the client's.
            timeout: Seconds for one logical call; as before if None.
            client_token_factory: Makes a ClientToken; as before if None.
        """
        view = outcome_of(
            self._view, retry=retry, timeout=timeout, client_token_factory=client_token_factory
        )
        del self
        return view.result()

    def _view(
        self,
        *,
        retry: RetryPolicy | None,
        timeout: float | None,
        client_token_factory: Callable[[], str] | None,
    ) -> Self:
        _check_options(retry, client_token_factory)
        changes: dict[str, Any] = {}
        if retry is not None:
            changes["retry"] = retry
        if timeout is not None:
            changes["timeout"] = seconds("timeout", timeout)
        if client_token_factory is not None:
            changes["client_token_factory"] = client_token_factory
        view = copy.copy(self)
        view._is_view = True  # noqa: SLF001 -- our own class
        view._options = self._options._replace(**changes)  # noqa: SLF001 -- our own class
        return view


def _check_options(retry: object, client_token_factory: object) -> None:
    """Reject options of a client or a view that its calls could not use.

    Raises:
        ConfigurationError: ``retry`` is no policy, or the factory is no function.
    """
    if retry is not None and not isinstance(retry, RetryPolicy):
        raise ConfigurationError("retry must be a smsreg.RetryPolicy")
    check_callback("client_token_factory", client_token_factory)


publish("smsreg.types", ServiceClient)
