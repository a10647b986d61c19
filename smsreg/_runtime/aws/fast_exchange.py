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
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from aiobotocore.endpoint import convert_to_response_dict
from aiobotocore.httpchecksum import apply_request_checksum, handle_checksum_body
from aiobotocore.signers import AioRequestSigner
from botocore.auth import AUTH_TYPE_MAPS, SigV4Auth
from botocore.awsrequest import create_request_object
from botocore.compress import maybe_compress_request
from botocore.hooks import first_non_none_response

from smsreg._runtime.aws.http_session import http_session_of
from smsreg._runtime.aws.interception import CLIENT_METHODS, EXCHANGE, SIGNING, recording
from smsreg._runtime.aws.request_template import SECURITY_TOKEN
from smsreg._runtime.aws.response_reader import FIRST_ERROR_STATUS, Parsed
from smsreg._runtime.aws.sigv4 import Form, Scope
from smsreg._runtime.aws.unseen_request import UnseenRequest, sign
from smsreg._runtime.call import current_attempt

if TYPE_CHECKING:
    import contextlib
    from collections.abc import Collection

    from smsreg._runtime.aws.hooks import Hooks
    from smsreg._runtime.aws.http_session import HttpSession
    from smsreg._runtime.aws.interception import Interception
    from smsreg._runtime.call import Attempt
    from smsreg._runtime.retry.recovery import Recovery

Response = tuple[Any, Parsed]
"""aiobotocore's response, and the dictionary parsed from it."""

SHOWN = frozenset({"before-parse", "response-received", "needs-retry", "after-call"})
"""The events whose handlers receive the dictionary parsed from a response."""
UNUSUAL_HEADERS = frozenset({
    "accept-encoding",
    "amz-sdk-invocation-id",
    "amz-sdk-request",
    "authorization",
    "date",
    "host",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-security-token",
})  # fmt: skip
"""Headers of an unsigned request that make botocore sign differently."""
SEEN = frozenset({"request-created", "choose-signer", "before-sign", "before-send"})
SENDING = frozenset({"AioEndpoint._send", "AIOHTTPSession.send"})
"""The events, and the methods, that receive a request before it is sent."""
PREPARING = "AioEndpoint.prepare_request"
"""Another method that receives it; OpenTelemetry's instrumentation adds a header there."""


class FastExchange:
    """Responds to the event ``before-call`` of a client's calls.

    Args:
        client: The aiobotocore client.
        recovery: Provides the time to sign with.
        hooks: The other hooks of this package on the client.
        interception: Detects what intercepts the client's calls.
    """

    def __init__(
        self, client: Any, recovery: Recovery, hooks: Hooks, interception: Interception
    ) -> None:
        self._client = client
        self._session: HttpSession = http_session_of(client)
        self._recovery = recovery
        self._hooks = hooks
        self._interception = interception

    def install(self, stack: contextlib.AsyncExitStack) -> None:
        """Register with the client, as the last handler, for as long as the stack is open."""
        events = self._client.meta.events
        events.register_last("before-call", self.respond)
        stack.callback(events.unregister, "before-call", self.respond)

    async def respond(
        self, model: Any, params: Parsed, context: Parsed, **_: Any
    ) -> Response | None:
        """Send the request and return its response; None leaves both to aiobotocore's endpoint."""
        attempt = current_attempt.get()
        if attempt is None or attempt.call.operation.name != model.name:
            return None
        if not self._is_free(attempt):
            return None
        maybe_compress_request(self._client.meta.config, params, model)
        apply_request_checksum(params)
        try:
            return await self._send_request(params, model, attempt)
        except Exception as error:
            if self._observed("after-call-error", model):
                await self._emit("after-call-error", model, exception=error, context=context)
            raise

    def _is_free(self, attempt: Attempt) -> bool:
        """Whether only event handlers, and methods that are called here, intercept the call."""
        name, patched = attempt.call.operation.name, attempt.patched
        if patched is None or recording():
            return False
        if not patched.isdisjoint(EXCHANGE):
            replaced = ", ".join(sorted(patched))
            self._interception.off(f"patched by a tool, or overridden: {replaced}")
            return False
        handlers = self._interception.handlers
        last = handlers("before-call", name)[-1], handlers("before-parse", name)[-1]
        return last == (self.respond, self._hooks.read)

    def _shows(self, attempt: Attempt) -> bool:
        """Whether any other code receives botocore's dictionary of a response."""
        operation, patched = attempt.call.operation, attempt.patched
        observed = self._interception.observed(operation.name)
        return (
            observed is None
            or not observed.isdisjoint(SHOWN)
            or patched is None
            or not patched.isdisjoint((operation.method_name, *CLIENT_METHODS))
        )

    def _observed(self, event: str, model: Any) -> bool:
        """Whether an event has other listeners."""
        observed = self._interception.observed(model.name)
        return observed is None or event in observed

    async def _emit(self, event: str, model: Any, **given: Any) -> Any:
        service = model.service_model.service_id.hyphenize()
        return await self._client.meta.events.emit(f"{event}.{service}.{model.name}", **given)

    async def _send_request(self, params: Parsed, model: Any, attempt: Attempt) -> Response:
        """Send a request, and resend it as long as a handler of needs-retry requests that."""
        endpoint = self._client._endpoint
        context = params["context"]
        response: Any = None
        attempts = 1
        while True:
            endpoint._update_retries_context(context, attempts, response)
            request = await self._request(params, model, attempt)
            response, error = await self._get_response(request, model, context, attempt)
            if error is None and not attempt.shown and response[0].status_code < FIRST_ERROR_STATUS:
                break  # no handler decides, and no one sees what botocore's handler would record
            if not await endpoint._needs_retry(attempts, model, params, response, error):
                break
            attempts += 1
            request.reset_stream()
        if error is not None:
            raise error
        if "ResponseMetadata" in response[1]:
            response[1]["ResponseMetadata"]["RetryAttempts"] = attempts - 1
        sent: Response = response
        return sent

    async def _request(self, params: Parsed, model: Any, attempt: Attempt) -> Any:
        """Create and sign a request, without botocore's objects where no other code sees them."""
        if not self._is_unseen(params, model, attempt):
            return await self._create_request(params, model, attempt)
        signer = self._client._request_signer
        request = await sign(params, signer, attempt, hooks=self._hooks, recovery=self._recovery)
        if attempt.patched is None or PREPARING not in attempt.patched:
            return request
        attempt.sent = None  # from here on other code may send it
        return self._client._endpoint.prepare_request(request.for_preparation(model))

    def _is_unseen(self, params: Parsed, model: Any, attempt: Attempt) -> bool:
        """Whether no other code sees a request before it is sent, and it goes through no proxy."""
        observed = self._interception.observed(model.name)
        return (
            observed is not None
            and observed.isdisjoint(SEEN)
            and (attempt.patched or set()).isdisjoint(SENDING)
            and self._has_plain_signature(params["context"], params["headers"].items(), attempt)
            and params["context"].get("read_timeout") is None
            and not params.get("auth_path")
            and type(params["body"]) is bytes
            and self._session.proxy_for(params["url"]) is None
        )

    async def _create_request(self, params: Parsed, model: Any, attempt: Attempt) -> Any:
        """Create a request and call the handlers of request-created, one of which signs it."""
        request = create_request_object(params)
        request.stream_output = model.has_streaming_output or model.has_event_stream_output
        service = model.service_model.service_id.hyphenize()
        given = {
            "request": request,
            "operation_name": model.name,
            "event_name": f"request-created.{service}.{model.name}",
        }
        for handler in self._interception.handlers("request-created", model.name):
            signs = handler == self._client._request_signer.handler
            if signs and self._can_sign(request, model, attempt):
                await self._sign(request)
                continue
            returned = handler(**given)
            if inspect.isawaitable(returned):
                await returned
        return self._client._endpoint.prepare_request(request)

    def _can_sign(self, request: Any, model: Any, attempt: Attempt) -> bool:
        """Whether a request that other handlers may have changed can be signed here."""
        return (
            not self._observed("choose-signer", model)
            and not self._observed("before-sign", model)
            and not request.params
            and not request.auth_path
            and type(request.data) is bytes
            and self._has_plain_signature(request.context, request.headers.items(), attempt)
        )

    def _has_plain_signature(
        self, context: Parsed, headers: Collection[tuple[str, Any]], attempt: Attempt
    ) -> bool:
        """Whether a request takes plain Signature Version 4, signed by an unmodified botocore."""
        signer, signing = self._client._request_signer, context.get("signing", {})
        names = {name.lower() for name, _ in headers}
        return bool(
            (attempt.patched or set()).isdisjoint(SIGNING)
            and AUTH_TYPE_MAPS["v4"] is SigV4Auth
            and type(signer) is AioRequestSigner
            and signer.signature_version == "v4" == (context.get("auth_type") or "v4")
            and not self._client.meta.config.auth_scheme_preference
            and "payload_signing_enabled" not in context
            and not context.get("unsigned_payload")
            and "identity_cache" not in signing
            and signing.get("request_credentials", True)
            and UNUSUAL_HEADERS.isdisjoint(names)
            and len(names) == len(headers)
            and all(type(value) is str for _, value in headers)
        )

    async def _sign(self, request: Any) -> None:
        """Sign a request as botocore's signer does."""
        signer, headers = self._client._request_signer, request.headers
        name, region = signer.signing_name, signer.region_name
        await self._hooks.note_signer(request, signer, name, region, "v4")
        signing = request.context["signing"]
        credentials = await signing["request_credentials"].get_frozen_credentials()
        signed = dict(headers.items())
        if credentials.token:
            signed[SECURITY_TOKEN] = credentials.token
        form = _form(request.method, request.url, tuple(signed.items()))
        scope = Scope(
            access_key=credentials.access_key,
            secret_key=credentials.secret_key,
            region=signing.get("region") or region,
            service=signing.get("signing_name") or name,
        )
        now = self._recovery.now() + self._recovery.offset
        stamp, authorization = form.sign(request.data, scope=scope, now=now)
        request.context["timestamp"] = stamp
        added = {
            "X-Amz-Date": stamp,
            SECURITY_TOKEN: credentials.token,
            "Authorization": authorization,
        }
        for header, value in added.items():
            if value:
                del headers[header]
                headers[header] = value

    async def _send(self, request: Any, attempt: Attempt) -> Any:
        """Send a request with the client's HTTP session, directly unless sending is patched."""
        if isinstance(request, UnseenRequest):
            left = attempt.call.deadline - attempt.call.clock()
            return await request.send_with(self._session, left=left)
        if (attempt.patched or set()).isdisjoint(SENDING):
            return await self._session.send_plain(request)
        return await self._client._endpoint._send(request)

    async def _get_response(
        self, request: Any, model: Any, context: Parsed, attempt: Attempt
    ) -> Any:
        """Send a request once; return the response with its parsed dictionary, and the error."""
        response, error = await self._do_get_response(request, model, context, attempt)
        if self._observed("response-received", model):
            given: Parsed = {"response_dict": None, "parsed_response": None}
            if response is not None:
                given["response_dict"] = await convert_to_response_dict(response[0], model)
                given["parsed_response"] = response[1]
            await self._emit("response-received", model, **given, context=context, exception=error)
        return response, error

    async def _do_get_response(
        self, request: Any, model: Any, context: Parsed, attempt: Attempt
    ) -> Any:
        http = None
        try:
            if self._observed("before-send", model):
                http = first_non_none_response(
                    await self._emit("before-send", model, request=request)
                )
            if http is None:
                http = await self._send(request, attempt)
        except Exception as error:  # noqa: BLE001 -- as botocore does, which passes it to handlers
            return None, error
        content = await convert_to_response_dict(http, model)
        await handle_checksum_body(http, content, context, model)
        attempt.shown = self._shows(attempt)
        parsed: Parsed = {}
        if self._observed("before-parse", model):
            await self._emit(
                "before-parse",
                model,
                operation_model=model,
                response_dict=content,
                customized_response_dict=parsed,
            )
        else:
            await self._hooks.read(model, content, parsed)
        return (http, parsed), None


@lru_cache(maxsize=64)
def _form(method: str, url: str, headers: tuple[tuple[str, str], ...]) -> Form:
    return Form.of(method, url, dict(headers))
