"""What both clients share: one typed call into the pipeline."""

from __future__ import annotations

import asyncio
import copy
import uuid
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from pydantic import ValidationError
from typing_extensions import Self

from smsreg._numbers import seconds
from smsreg._runtime.aws.parsed_response import ParsedResponse, unchanged
from smsreg._runtime.call import Attempt, Call
from smsreg._runtime.deadline import running_loop
from smsreg._runtime.handle import Connection
from smsreg._runtime.models.base import Request, Result, problems
from smsreg._runtime.models.metadata import ResponseMetadata
from smsreg._runtime.observation import check_on_call, observation_of
from smsreg._runtime.retry.budget import RetryBudget
from smsreg._runtime.settings import Settings
from smsreg._runtime.tracebacks import outcome_of, stripped
from smsreg.errors import (
    InvalidRequestError,
    InvalidResponseError,
    ServiceError,
    SmsregError,
    UnsupportedOperationError,
)
from smsreg.pagination import Paginator
from smsreg.rate_limits._protocol import check_rate_limiter
from smsreg.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from types import TracebackType

    from smsreg._runtime.aws.factory import Opened
    from smsreg._runtime.observation import CallEvent, Observation
    from smsreg._runtime.operation import Operation, Waiter
    from smsreg._runtime.shared_poll import Groups
    from smsreg._runtime.tracebacks import Outcome
    from smsreg.rate_limits import RateLimiter
    from smsreg.waiters import PollEvent

ClientT = TypeVar("ClientT", bound="ServiceClient")
"""Instead of Self, which Jedi takes for the class that it is written in."""
RequestT = TypeVar("RequestT", bound="Request[Any]")
ResultT = TypeVar("ResultT", bound=Result)

DEFAULT_TIMEOUT = 60.0
"""Seconds for one logical call, unless the caller says otherwise."""


@lru_cache(maxsize=16)
def _default_policy(attempts: int | None) -> RetryPolicy:
    return RetryPolicy() if attempts is None else RetryPolicy(max_attempts=attempts)


def _random_token() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class CallOptions:
    """What views of a client may differ in."""

    retry: RetryPolicy | None
    timeout: float
    client_token_factory: Callable[[], str]


class ServiceClient:
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
        retry: When to try again; by default 3 attempts, or what ``AWS_MAX_ATTEMPTS`` says.
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

    service_name: ClassVar[str]
    """botocore's name of the service."""
    service_id: ClassVar[str]
    """AWS's name of the service, by which tools that trace calls know it."""
    botocore_version: ClassVar[str]
    """The botocore whose model of the service this client mirrors."""
    operations: ClassVar[Mapping[str, Operation[Any, Any]]]
    """Every operation of the service, by the name of its method."""

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
        check_on_call(on_call)
        self._rate_limiter = rate_limiter
        self._on_call = on_call
        self._connection = Connection(
            Settings(service_name=self.service_name, operations=self.operations, **settings)
        )
        self._budget = RetryBudget((retry or RetryPolicy()).capacity)
        self._is_view = False
        self._groups: Groups = {}
        self._options = CallOptions(
            retry=retry,
            timeout=DEFAULT_TIMEOUT if timeout is None else seconds("timeout", timeout),
            client_token_factory=client_token_factory or _random_token,
        )

    def __repr__(self) -> str:
        state = "closed" if self._connection.closed else "open"
        return f"<{type(self).__name__} {state}>"

    async def __aenter__(self: ClientT) -> ClientT:  # noqa: PYI019 -- for Jedi
        entering = stripped(self._opened)
        del self
        return await entering

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
            ClientClosedError: The client has been closed.
        """
        opening = stripped(self._opened)
        del self
        await opening

    async def _opened(self) -> Self:
        await self._connection.get(self._deadline())
        return self

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
        """Do now everything slow that first calls would do.

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
        opened = await self._connection.get(self._deadline())
        await opened.credentials.fetch(self._options.timeout)
        for operation in self.operations.values():
            operation.request_type.model_rebuild()
            operation.result_type.model_rebuild()
            if opened.way is not None and hasattr(opened.client, operation.method_name):
                await opened.way.warm_up(opened.client, operation.name)
            await asyncio.sleep(0)  # let others run: this takes a while
        self._errors()

    def with_options(  # noqa: PYI019 -- for Jedi
        self: ClientT,
        *,
        retry: RetryPolicy | None = None,
        timeout: float | None = None,
        client_token_factory: Callable[[], str] | None = None,
    ) -> ClientT:
        """Give a view of this client that behaves differently and shares its connections.

        A view costs next to nothing: make one for a single call if you like.

        Args:
            retry: When to try again; as before if None. The retry budget stays the client's.
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
        changes: dict[str, Any] = {}
        if retry is not None:
            changes["retry"] = retry
        if timeout is not None:
            changes["timeout"] = seconds("timeout", timeout)
        if client_token_factory is not None:
            changes["client_token_factory"] = client_token_factory
        view = copy.copy(self)
        view._is_view = True  # noqa: SLF001 -- our own class
        view._options = replace(self._options, **changes)  # noqa: SLF001 -- our own class
        return view

    @property
    def aws_client(self) -> Any:  # noqa: ANN401 -- aiobotocore has no types
        """The aiobotocore client underneath.

        Raises:
            ConfigurationError: The client is not open yet.
        """
        client = outcome_of(self._connection.get_client)
        del self
        return client.result()

    @property
    def retry_capacity(self) -> int:
        """What is left of the retry budget, which the client shares with its views."""
        return self._budget.left

    async def send(self, request: Request[ResultT]) -> ResultT:
        """Call the operation that a request model belongs to.

        Args:
            request: A request of this service, such as a ``CreateRegistrationRequest``.

        Returns:
            The operation's result; for a paged operation its one page.

        Raises:
            InvalidRequestError: It is not a request of this service.
        """
        operation = self.operations.get(getattr(request, "__operation__", ""))
        call: Coroutine[Any, Any, ResultT] = self._observed(self._send, operation, request)
        del self, request
        return await call

    async def _send(
        self,
        operation: Operation[Any, ResultT] | None,
        request: Request[ResultT],
        observation: Observation | None = None,
    ) -> ResultT:
        if operation is None or not isinstance(request, operation.request_type):
            rule = f"{type(request).__name__} is not a request of {self.service_name}"
            raise InvalidRequestError(None, [("", rule)])
        return await self._execute(operation, self._with_token(operation, request), observation)

    def _call(
        self, operation: Operation[RequestT, ResultT], members: dict[str, Any]
    ) -> Coroutine[Any, Any, ResultT]:
        """Call an operation: what every generated method comes down to."""
        return self._observed(self._build_and_execute, operation, members)

    async def _build_and_execute(
        self,
        operation: Operation[RequestT, ResultT],
        members: dict[str, Any],
        observation: Observation | None = None,
    ) -> ResultT:
        token = operation.token
        if token is not None and members[token] is None:
            members[token] = self._options.client_token_factory()
        return await self._execute(operation, _build(operation, members), observation)

    def _observed(
        self,
        function: Callable[..., Coroutine[Any, Any, ResultT]],
        operation: Operation[Any, ResultT] | None,
        content: object,
    ) -> Coroutine[Any, Any, ResultT]:
        """Start a logical call; nothing is observed of it that nobody is told."""
        observation = self._observation(operation)
        if observation is None:
            return stripped(function, operation, content)
        return stripped(observation.observe, function, operation, content)

    def _observation(self, operation: Operation[Any, Any] | None) -> Observation | None:
        return observation_of(self, operation, self._on_call)

    def _paginate(
        self, operation: Operation[RequestT, ResultT], members: dict[str, Any]
    ) -> Outcome[Paginator[ResultT, Any]]:
        """Make the listing of a paged operation; nothing is sent."""
        observation = self._observation(operation)
        listing = outcome_of(self._listing, operation, members)
        if observation is not None and listing.error is not None:
            observation.failed(listing.error)
        return listing

    def _listing(
        self, operation: Operation[RequestT, ResultT], members: dict[str, Any]
    ) -> Paginator[ResultT, Any]:
        def fetch(request: Request[ResultT]) -> Coroutine[Any, Any, ResultT]:
            return self._observed(self._execute, operation, request)

        return Paginator(operation, _build(operation, members), fetch)

    def _with_token(
        self, operation: Operation[Any, Any], request: Request[ResultT]
    ) -> Request[ResultT]:
        token = operation.token
        if token is None or getattr(request, token) is not None:
            return request
        return _build(operation, {**request.__dict__, token: self._options.client_token_factory()})

    async def _execute(
        self,
        operation: Operation[Any, ResultT],
        request: Request[ResultT],
        observation: Observation | None = None,
    ) -> ResultT:
        """Carry a request through the attempt loop and the aiobotocore client."""
        deadline = self._deadline()
        token = None if operation.token is None else getattr(request, operation.token)
        try:
            opened = self._connection.ready() or await self._connection.get(deadline)
            method = self._method(opened, operation)
        except SmsregError as error:
            _unsent(error, operation, token)
            raise
        call = Call(
            operation=operation,
            policy=self._policy(),
            budget=self._budget,
            deadline=deadline,
            clock=running_loop().time,
            errors=self._errors,
            repairs=opened.repairs,
            secrets=request.secrets,
            client_token=token,
            limiter=self._rate_limiter,
            interrupts=self._connection.interrupts,
        )
        if observation is not None:
            observation.follow(call)
        arguments = request.to_boto()

        async def send(attempt: Attempt) -> ResultT:
            return _read(operation, await method(**arguments), attempt)

        return await call.run(send)

    def _deadline(self) -> float:
        return running_loop().time() + self._options.timeout

    def _method(self, opened: Opened, operation: Operation[Any, Any]) -> Callable[..., Any]:
        method: Callable[..., Any] | None = getattr(opened.client, operation.method_name, None)
        if method is None:
            text = (
                f"the installed botocore does not know {operation.name}: install botocore "
                f"{self.botocore_version} or newer, with the aiobotocore that goes with it"
            )
            raise UnsupportedOperationError(text)
        return method

    def _policy(self) -> RetryPolicy:
        policy = self._options.retry
        if policy is not None:
            return policy
        return _default_policy(self._connection.max_attempts)

    def _wait(self, waiter: Waiter, wanted: object, **options: Any) -> Coroutine[Any, Any, Any]:  # noqa: ANN401
        """Wait for a resource: what every generated waiter comes down to."""
        return stripped(self._wait_for, waiter, wanted, **options)

    async def _wait_for(
        self,
        waiter: Waiter,
        wanted: object,
        *,
        parent: object = None,
        timeout: float | None = None,
        min_delay: float | None = None,
        max_delay: float | None = None,
        on_poll: Callable[[PollEvent], None] | None = None,
    ) -> Any:  # noqa: ANN401 -- a description of what was waited for
        from smsreg._runtime.polling import Waiting  # noqa: PLC0415 -- most programs do not wait
        from smsreg._runtime.shared_poll import Poller  # noqa: PLC0415 -- as above

        waiting = Waiting(
            poller=Poller(
                listing=self._listing,
                lookup=self._call,
                waiter=waiter,
                parent=parent,
                options=(self._options.retry, self._options.timeout),
            ),
            groups=self._groups,
            policy=self._policy(),
            interrupts=self._connection.interrupts,
            timeout=timeout,
            min_delay=min_delay,
            max_delay=max_delay,
            on_poll=on_poll,
        )
        return await waiting.run(wanted)

    @classmethod
    def _errors(cls) -> Mapping[str, type[ServiceError]]:
        """The class of each error code that the service models."""
        raise TypeError(f"{cls.__name__} is not a service's client")  # noqa: EM102


def _build(operation: Operation[RequestT, Any], members: dict[str, Any]) -> RequestT:
    """Make the request model, with everything that is wrong listed in one error."""
    given = {name: value for name, value in members.items() if value is not None}
    try:
        return operation.request_type(**given)
    except ValidationError as error:
        raise InvalidRequestError(operation.name, problems(error)) from None


def _read(operation: Operation[Any, ResultT], parsed: dict[str, Any], attempt: Attempt) -> ResultT:
    """Take the model out of what the aiobotocore client gave, or make it from the dictionary."""
    metadata = ResponseMetadata.from_boto(
        parsed.get("ResponseMetadata") or {},  # a hook that answers may leave it out
        attempts=attempt.number,
        client_token=attempt.call.client_token,
    )
    if isinstance(parsed, ParsedResponse):
        model = parsed.model
    else:
        model = None if attempt.answer is None else unchanged(parsed, attempt.answer)
    if model is not None:
        return cast("ResultT", model).with_metadata(metadata)
    members = {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
    try:
        result = operation.result_type.from_boto(members)
    except InvalidRequestError as error:
        names = ", ".join(path for path, _ in error.problems)
        msg = f"members of the answer have another type than the service's model says: {names}"
        raise InvalidResponseError(msg) from None
    return result.with_metadata(metadata)


def _unsent(error: SmsregError, operation: Operation[Any, Any], token: str | None) -> SmsregError:
    """Put onto an error from before the first attempt what every error of a call tells."""
    error.operation_name, error.client_token = operation.name, token
    return error
