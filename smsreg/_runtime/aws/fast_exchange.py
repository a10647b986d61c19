# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportPrivateUsage=false
# aiobotocore ships no types.
"""The fast path of a call that has other listeners, or that a tool traces.

Such a call goes through the aiobotocore client, whose methods fire the first and the last of its
events. This package's handler, the last of all, returns a response to ``before-call``, so that
aiobotocore bypasses its endpoint. The request is created, signed, sent and read here instead, in
the same order, and the events in between are fired where there are other listeners. Where anything
else intercepts the call, the handler returns None, and the call takes the ordinary path.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from aiobotocore.endpoint import convert_to_response_dict
from aiobotocore.httpchecksum import apply_request_checksum, handle_checksum_body
from botocore.awsrequest import create_request_object
from botocore.compress import maybe_compress_request
from botocore.hooks import first_non_none_response

from smsreg._runtime.aws.hooks import parse
from smsreg._runtime.aws.http_session import http_session_of
from smsreg._runtime.aws.interception import CLIENT_METHODS, EXCHANGE, recording
from smsreg._runtime.aws.response_reader import FIRST_ERROR_STATUS, Parsed, read_success
from smsreg._runtime.aws.signed_request import SignedRequest, signed_object, unchanged
from smsreg._runtime.aws.signing import Signing
from smsreg._runtime.call import current_attempt
from smsreg._runtime.models.base import attach
from smsreg._runtime.models.metadata import RawHeaders, Received

if TYPE_CHECKING:
    import contextlib

    from smsreg._runtime.aws.hooks import Hooks
    from smsreg._runtime.aws.http_session import HttpSession
    from smsreg._runtime.aws.interception import Interception
    from smsreg._runtime.call import Attempt
    from smsreg._runtime.retry.recovery import Recovery

Response = tuple[Any, Parsed]
"""aiobotocore's response, and the dictionary parsed from it."""

SHOWN = frozenset({"before-parse", "response-received", "needs-retry", "after-call"})
"""The events whose handlers receive the dictionary parsed from a response."""
BEFORE_SIGNED = frozenset({"request-created", "choose-signer", "before-sign"})
"""The events whose handlers receive a request, or its context, before it is signed."""
SENDING = frozenset({"AioEndpoint._send", "AIOHTTPSession.send"})
"""The methods that receive a request that is ready to be sent."""
PREPARING = "AioEndpoint.prepare_request"
"""The method before those; OpenTelemetry's instrumentation adds a header there."""
AFTER_SIGNED = SENDING | {PREPARING}


class FastExchange:
    """Responds to the event ``before-call`` of a client's calls.

    Args:
        client: The aiobotocore client.
        recovery: Provides the time to sign with.
        hooks: The other hooks of this package on the client.
        interception: Detects what intercepts the client's calls.

    Attributes:
        client: The aiobotocore client.
        session: Its HTTP session.
        signing: Signs its requests.
        hooks: The other hooks of this package on the client.
        interception: Detects what intercepts the client's calls.
        service: The name of its service in the names of events.
    """

    def __init__(
        self, client: Any, recovery: Recovery, hooks: Hooks, interception: Interception
    ) -> None:
        self.client = client
        self.session: HttpSession = http_session_of(client)
        self.signing = Signing(client, recovery, hooks)
        self.hooks = hooks
        self.interception = interception
        self.service: str = client.meta.service_model.service_id.hyphenize()

    def install(self, stack: contextlib.AsyncExitStack) -> None:
        """Register with the client, as the last handler, for as long as the stack is open."""
        events = self.client.meta.events
        events.register_last("before-call", self.respond)
        stack.callback(events.unregister, "before-call", self.respond)

    async def respond(
        self, model: Any, params: Parsed, context: Parsed, **_: Any
    ) -> Response | None:
        """Send the request and return its response; None leaves both to aiobotocore's endpoint."""
        attempt = current_attempt.get()
        if attempt is None or attempt.call.operation.name != model.name:
            return None
        observed, patched = self.interception.observed(model.name), attempt.patched
        if observed is None or patched is None or not self._is_free(model.name, patched):
            return None
        maybe_compress_request(self.client.meta.config, params, model)
        apply_request_checksum(params)
        watched = _WatchedAttempt(self, attempt, model, params, observed=observed, patched=patched)
        try:
            return await watched.send()
        except Exception as error:
            if "after-call-error" in observed:
                await watched.emit("after-call-error", exception=error, context=context)
            raise

    def _is_free(self, name: str, patched: frozenset[str]) -> bool:
        """Whether only event handlers, and methods that are called here, intercept the call."""
        if recording():
            return False
        if not patched.isdisjoint(EXCHANGE):
            replaced = ", ".join(sorted(patched))
            self.interception.off(f"patched by a tool, or overridden: {replaced}")
            return False
        handlers = self.interception.handlers
        last = handlers("before-call", name)[-1], handlers("before-parse", name)[-1]
        return last == (self.respond, self.hooks.read)


class _WatchedAttempt:
    """One attempt of a call that has other listeners, from its request to its response.

    Args:
        exchange: The exchange of the client.
        attempt: The attempt.
        model: botocore's model of the operation.
        params: botocore's dictionary of the request.
        observed: The events that have other listeners.
        patched: The methods of aiobotocore that are patched.
    """

    __slots__ = (
        "_attempt",
        "_context",
        "_endpoint",
        "_exchange",
        "_model",
        "_observed",
        "_params",
        "_patched",
    )

    def __init__(
        self,
        exchange: FastExchange,
        attempt: Attempt,
        model: Any,
        params: Parsed,
        *,
        observed: frozenset[str],
        patched: frozenset[str],
    ) -> None:
        self._exchange = exchange
        self._endpoint: Any = exchange.client._endpoint
        self._attempt = attempt
        self._model = model
        self._params = params
        self._context: Parsed = params["context"]
        self._observed = observed
        self._patched = patched

    async def emit(self, event: str, **given: Any) -> Any:
        """Fire an event of the operation."""
        exchange = self._exchange
        name = f"{event}.{exchange.service}.{self._model.name}"
        return await exchange.client.meta.events.emit(name, **given)

    async def send(self) -> Response:
        """Send a request, and resend it as long as a handler of needs-retry requests that."""
        response: Any = None
        attempts = 1
        while True:
            request = await self._request(attempts, response)
            response, error = await self._get_response(request)
            if not await self._needs_retry(attempts, response, error):
                break
            attempts += 1
            request.reset_stream()
        if error is not None:
            raise error
        if "ResponseMetadata" in response[1]:
            response[1]["ResponseMetadata"]["RetryAttempts"] = attempts - 1
        sent: Response = response
        return sent

    async def _needs_retry(self, attempts: int, response: Any, error: Exception | None) -> bool:
        """Whether to resend; without other handlers, do what botocore's handler does.

        That allows the client's calls one attempt, since ``Call`` retries.
        """
        if "needs-retry" in self._observed:
            needed: bool = await self._endpoint._needs_retry(
                attempts, self._model, self._params, response, error
            )
            return needed
        retries = self._context.get("retries")
        if retries:
            retries["max"] = max(retries.get("max", 0), 1)
        if response is not None and "ResponseMetadata" in response[1]:
            response[1]["ResponseMetadata"]["MaxAttemptsReached"] = True
        return False

    async def _request(self, attempts: int, response: Any) -> Any:
        """Create and sign a request, with botocore's objects only where other code sees them."""
        exchange, params = self._exchange, self._params
        if not self._is_signed_first():
            self._endpoint._update_retries_context(self._context, attempts, response)
            return await self._create_request()
        signed = await exchange.signing.sign(params, self._attempt)
        if not self._is_seen_signed():
            return signed
        self._attempt.sent = None  # from here on other code may send it
        if PREPARING in self._patched:
            return self._endpoint.prepare_request(signed.to_request(self._model))
        return signed.to_prepared(self._model)

    def _is_seen_signed(self) -> bool:
        """Whether other code sees a request after it is signed, and before it is sent."""
        return "before-send" in self._observed or not self._patched.isdisjoint(AFTER_SIGNED)

    def _is_signed_first(self) -> bool:
        """Whether no other code sees a request before it is signed, and there is no proxy."""
        params = self._params
        return (
            self._observed.isdisjoint(BEFORE_SIGNED)
            and self._exchange.signing.is_plain(self._context, params["headers"], self._patched)
            and self._context.get("read_timeout") is None
            and not params.get("auth_path")
            and type(params["body"]) is bytes
            and self._exchange.session.proxy_for(params["url"]) is None
        )

    async def _create_request(self) -> Any:
        """Create a request and call the handlers of request-created, one of which signs it."""
        model, exchange = self._model, self._exchange
        request: Any = create_request_object(self._params)
        request.stream_output = model.has_streaming_output or model.has_event_stream_output
        given = {
            "request": request,
            "operation_name": model.name,
            "event_name": f"request-created.{exchange.service}.{model.name}",
        }
        signs = exchange.client._request_signer.handler
        for handler in exchange.interception.handlers("request-created", model.name):
            if handler == signs and await self._sign(request):
                continue
            returned = handler(**given)
            if inspect.isawaitable(returned):
                await returned
        signed = None
        if not self._is_seen_signed() and exchange.session.proxy_for(request.url) is None:
            signed = signed_object(request)
        return self._endpoint.prepare_request(request) if signed is None else signed

    async def _sign(self, request: Any) -> bool:
        """Sign a request that other handlers may have changed; return whether that can be done."""
        signing = self._exchange.signing
        if not signing.is_own(self._patched):
            return False
        if not self._observed.isdisjoint({"choose-signer", "before-sign"}):
            await signing.sign_observed(request, self._model.name, self._patched)
            return True
        if signing.can_sign(request, self._patched):
            await signing.sign_object(request)
            return True
        return False

    async def _get_response(self, request: Any) -> tuple[Response | None, Exception | None]:
        """Send a request once; return the response with its parsed dictionary, and the error."""
        response, error = await self._do_get_response(request)
        if "response-received" in self._observed:
            given: Parsed = {"response_dict": None, "parsed_response": None}
            if response is not None:
                given["response_dict"] = await convert_to_response_dict(response[0], self._model)
                given["parsed_response"] = response[1]
            await self.emit("response-received", **given, context=self._context, exception=error)
        return response, error

    async def _do_get_response(self, request: Any) -> tuple[Response | None, Exception | None]:
        http = None
        try:
            if "before-send" in self._observed:
                http = first_non_none_response(await self.emit("before-send", request=request))
            is_read = http is None and self._patched.isdisjoint(SENDING)
            if http is None:
                http = await self._send(request)
        except Exception as error:  # noqa: BLE001 -- as botocore does, which passes it to handlers
            return None, error
        unparsed = "before-parse" not in self._observed and "checksum" not in self._context
        if is_read and unparsed:
            return (http, self._parse(http.raw)), None
        content = await convert_to_response_dict(http, self._model)
        await handle_checksum_body(http, content, self._context, self._model)
        parsed: Parsed = {}
        given = {
            "operation_model": self._model,
            "response_dict": content,
            "customized_response_dict": parsed,
        }
        if "before-parse" in self._observed:
            await self.emit("before-parse", **given)
        else:
            await self._exchange.hooks.read(**given)
        return (http, parsed), None

    def _parse(self, read: Any) -> Parsed:
        """Return the dictionary of a response, or an empty one if no other code receives it."""
        attempt = self._attempt
        status, headers = read.status, RawHeaders(read.raw_headers)
        if status >= FIRST_ERROR_STATUS or self._is_shown():
            return parse(self._model, attempt, status, headers.decoded(), read.body)
        attempt.shown = False
        result = attempt.result = read_success(attempt.call.operation, status, headers, read.body)
        token = attempt.call.client_token
        attach(result, Received(status, read.raw_headers, attempt.number, token))
        return {}

    def _is_shown(self) -> bool:
        """Whether any other code receives the dictionary of a response."""
        methods = (self._attempt.call.operation.method_name, *CLIENT_METHODS)
        return not (self._observed.isdisjoint(SHOWN) and self._patched.isdisjoint(methods))

    async def _send(self, request: Any) -> Any:
        """Send a request with the client's HTTP session, directly unless sending is patched."""
        attempt, session = self._attempt, self._exchange.session
        if not self._patched.isdisjoint(SENDING):
            return await self._endpoint._send(request)
        signed = request if isinstance(request, SignedRequest) else unchanged(request)
        if signed is None:
            return await session.send_plain(request)
        if attempt.sent is None:
            attempt.sent = False
        return await signed.send_with(session, left=attempt.call.deadline - attempt.call.clock())
