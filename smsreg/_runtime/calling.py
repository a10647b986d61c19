"""From methods of a client to calls: requests, tokens, listings and waits."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeVar, cast

from smsreg._callbacks import check_callback
from smsreg._runtime.call import Call
from smsreg._runtime.deadline import running_loop
from smsreg._runtime.observers import observers
from smsreg._runtime.tracebacks import context_of_caller, outcome_of, strip, stripped
from smsreg.errors import InvalidRequestError, SmsregError, UnsupportedOperationError
from smsreg.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from smsreg._runtime.call_event import CallEvent
    from smsreg._runtime.handle import Connection, InUse
    from smsreg._runtime.models.base import Request, Result
    from smsreg._runtime.observation import Observation
    from smsreg._runtime.operation import Operation
    from smsreg._runtime.retry.decision import RetryBudget
    from smsreg._runtime.shared_poll import Groups
    from smsreg._runtime.tracebacks import Outcome
    from smsreg._runtime.waiter import Waiter
    from smsreg.errors import ServiceError
    from smsreg.pagination import Paginator
    from smsreg.rate_limits import RateLimiter
    from smsreg.waiters import PollEvent

RequestT = TypeVar("RequestT", bound="Request[Any]")
ResultT = TypeVar("ResultT", bound="Result")

logger = logging.getLogger("smsreg")


@lru_cache(maxsize=16)
def _default_policy(attempts: int | None) -> RetryPolicy:
    return RetryPolicy() if attempts is None else RetryPolicy(max_attempts=attempts)


class CallOptions(NamedTuple):
    """The options that views of a client can change."""

    retry: RetryPolicy | None
    timeout: float
    client_token_factory: Callable[[], str]


class Calling:
    """The implementation of generated methods; ``ServiceClient`` sets it up."""

    service_name: ClassVar[str]
    """botocore's name of the service."""
    service_id: ClassVar[str]
    """AWS's name of the service, by which tools that trace calls know it."""
    botocore_version: ClassVar[str]
    """The botocore whose model of the service this client mirrors."""
    operations: ClassVar[Mapping[str, Operation[Any, Any]]]
    """Every operation of the service, by the name of its method."""

    _connection: Connection
    _options: CallOptions
    _budget: RetryBudget
    _rate_limiter: RateLimiter | None
    _on_call: Callable[[CallEvent], object] | None
    _groups: Groups

    @property
    def retry_capacity(self) -> int:
        """The rest of the retry budget, which the client shares with its views."""
        return self._budget.left

    @property
    def aws_client(self) -> Any:  # noqa: ANN401 -- aiobotocore has no types
        """The aiobotocore client underneath.

        Raises:
            ConfigurationError: The client is not open yet.
        """
        opened = outcome_of(self._connection.get_opened)
        del self
        return opened.result().client

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
        call = stripped(self._observed, self._send, operation, request)
        del self, request
        result: ResultT = await call
        return result

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

    async def _call(
        self, operation: Operation[RequestT, ResultT], members: dict[str, Any]
    ) -> ResultT:
        """Call an operation; every generated method does this.

        It does what ``stripped`` does, without another frame.
        """
        handled = sys.exc_info()[1]
        call = self._observed(self._build_and_execute, operation, members)
        del self, members
        try:
            return await call
        except SmsregError as error:
            handled = context_of_caller(handled)  # this frame stays in the error's traceback
            raise strip(error, handled)  # noqa: B904 -- strip sets cause and context

    async def _build_and_execute(
        self,
        operation: Operation[RequestT, ResultT],
        members: dict[str, Any],
        observation: Observation | None = None,
    ) -> ResultT:
        token = operation.token
        if token is not None and members[token] is None:
            members[token] = self._new_token(operation)
        return await self._execute(operation, _build(operation, members), observation)

    def _observed(
        self,
        function: Callable[..., Coroutine[Any, Any, ResultT]],
        operation: Operation[Any, ResultT] | None,
        content: object,
    ) -> Coroutine[Any, Any, ResultT]:
        """Start a logical call, observed only for a callback, an observer or a debug log."""
        observation = self._observation(operation)
        if observation is None:
            return function(operation, content)
        return observation.observe(function, operation, content)

    def _observation(self, operation: Operation[Any, Any] | None) -> Observation | None:
        if self._on_call is None and not observers and not logger.isEnabledFor(logging.DEBUG):
            return None
        from smsreg._runtime.observation import observation_of  # noqa: PLC0415 -- few are observed

        return observation_of(self, operation, self._on_call)

    def _paginate(
        self, operation: Operation[RequestT, ResultT], members: dict[str, Any]
    ) -> Outcome[Paginator[ResultT, Any]]:
        """Return the listing of a paged operation; nothing is sent."""
        observation = self._observation(operation)
        listing = outcome_of(self._listing, operation, members)
        if observation is not None and listing.error is not None:
            observation.failed(listing.error)
        return listing

    def _listing(
        self, operation: Operation[RequestT, ResultT], members: dict[str, Any]
    ) -> Paginator[ResultT, Any]:
        from smsreg.pagination import Paginator  # noqa: PLC0415 -- not every program lists

        def fetch(request: Request[ResultT]) -> Coroutine[Any, Any, ResultT]:
            return stripped(self._observed, self._execute, operation, request)

        return Paginator(operation, _build(operation, members), fetch)

    def _with_token(
        self, operation: Operation[Any, Any], request: Request[ResultT]
    ) -> Request[ResultT]:
        token = operation.token
        if token is None or getattr(request, token) is not None:
            return request
        return _build(operation, {**request.__dict__, token: self._new_token(operation)})

    def _new_token(self, operation: Operation[Any, Any]) -> str:
        """Make a ClientToken; without one, a repeated call would do its effect twice."""
        token = cast("object", self._options.client_token_factory())
        if not isinstance(token, str):
            rule = f"client_token_factory must return text, not {type(token).__name__}"
            raise InvalidRequestError(operation.name, [(operation.token or "", rule)])
        return token

    async def _execute(
        self,
        operation: Operation[Any, ResultT],
        request: Request[ResultT],
        observation: Observation | None = None,
    ) -> ResultT:
        """Run the call of a request."""
        token = None if operation.token is None else getattr(request, operation.token)
        try:
            in_use, deadline = self._ready(), 0.0
            if in_use is None:
                deadline = running_loop().time() + self._options.timeout
                in_use = await self._connection.get(deadline)
            opened = in_use.opened
            if not hasattr(opened.client, operation.method_name):
                raise self._unsupported(operation)
        except SmsregError as error:
            _unsent(error, operation, token)
            raise
        params = request.to_boto()
        call = Call(
            operation=operation,
            policy=self._options.retry or _default_policy(opened.max_attempts),
            budget=self._budget,
            deadline=deadline or in_use.clock() + self._options.timeout,
            clock=in_use.clock,
            errors=self._known_errors,
            recovery=opened.recovery,
            secrets=request.__secrets__,
            client_token=token,
            limiter=self._rate_limiter,
            interrupts=in_use.interrupts,
        )
        if observation is not None:
            observation.follow(call)
        result: ResultT = await call.run(partial(opened.path.send, operation, params))
        return result

    def _ready(self) -> InUse | None:
        """Return the client where it is open in the running loop, so that nothing is awaited."""
        binding = self._connection.opened_at
        if binding is None or self._connection.closed:
            return None
        try:
            here = binding.loop is asyncio.get_running_loop() and binding.pid == os.getpid()
        except RuntimeError:  # no asyncio loop is running; opening raises the error
            return None
        return binding.in_use if here else None

    def _unsupported(self, operation: Operation[Any, Any]) -> UnsupportedOperationError:
        """Return the error of an operation that the installed botocore does not know."""
        text = (
            f"the installed botocore does not know {operation.name}: install botocore "
            f"{self.botocore_version} or newer, with the aiobotocore that goes with it"
        )
        return UnsupportedOperationError(text)

    async def _opened(self) -> InUse:
        """Open the client, unless it is open."""
        return await self._connection.get(running_loop().time() + self._options.timeout)

    def _policy(self) -> RetryPolicy:
        policy = self._options.retry
        return _default_policy(self._connection.max_attempts) if policy is None else policy

    def _wait(
        self,
        waiter: Waiter,
        wanted: object,
        **options: Any,  # noqa: ANN401 -- those of the next method
    ) -> Coroutine[Any, Any, Any]:
        """Wait for a resource; every generated waiter does this."""
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
    ) -> Any:  # noqa: ANN401 -- the resource's description
        from smsreg._runtime.polling import Waiting  # noqa: PLC0415 -- most programs do not wait
        from smsreg._runtime.shared_poll import Poller  # noqa: PLC0415 -- as above

        check_callback("on_poll", on_poll)
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
    @lru_cache(maxsize=16)
    def _known_errors(cls) -> Mapping[str, type[ServiceError]]:
        """As ``_errors``, without an import statement for each error."""
        return cls._errors()

    @classmethod
    def _errors(cls) -> Mapping[str, type[ServiceError]]:
        """The class of each error code that the service models."""
        msg = f"{cls.__name__} is not a service's client"
        raise TypeError(msg)


def _build(operation: Operation[RequestT, Any], members: dict[str, Any]) -> RequestT:
    """Build the request model; one error lists all problems."""
    present = {name: value for name, value in members.items() if value is not None}
    read = operation.__read_request__
    try:
        request: RequestT | None = read(present)
    except ValueError:  # pydantic's, which contains the rejected values
        request = None
    return _refused(operation, present) if request is None else request


def _refused(operation: Operation[RequestT, Any], present: dict[str, Any]) -> RequestT:
    """Build the request model with its own validator, whose errors omit the values."""
    from pydantic import ValidationError  # noqa: PLC0415 -- loaded by then

    from smsreg._runtime.models.problems import problems  # noqa: PLC0415 -- as above

    try:
        return operation.request_type(**present)
    except ValidationError as error:
        found = problems(error, attributes_of=operation.request_type)
        raise InvalidRequestError(operation.name, found) from None


def _unsent(error: SmsregError, operation: Operation[Any, Any], token: str | None) -> SmsregError:
    """Set on an error before the first attempt the attributes that every error of a call has."""
    error.operation_name, error.client_token = operation.name, token
    return error
