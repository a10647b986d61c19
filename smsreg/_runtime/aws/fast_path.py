# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false
# aiobotocore ships no types.
"""The short way of a call through an aiobotocore client.

botocore's ``creating-client-class`` event lets a handler add a base class to a client. Ours
overrides the one method that all calls of a client go through: where nobody watches, it serialises
with botocore's serialiser, signs, sends and reads, with less ado than botocore. It steps aside, so
that the client goes its ordinary way with the same result, wherever somebody uses what it leaves
out: a handler on an event, an instrumented, extended or stubbed client, another signature, a
proxy, an HTTP session that is not ours.
"""

from __future__ import annotations

import logging
import operator
import os
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import FunctionType
from typing import TYPE_CHECKING, Any

from aiobotocore.client import AioBaseClient
from aiobotocore.endpoint import AioEndpoint
from aiobotocore.httpsession import AIOHTTPSession
from aiobotocore.signers import AioRequestSigner
from botocore.auth import SigV4Auth
from botocore.handlers import add_recursion_detection_header
from botocore.history import get_global_history_recorder

from smsreg._runtime.aws.request_template import Place
from smsreg._runtime.aws.sigv4 import Scope
from smsreg._runtime.call import Attempt, current_attempt

if TYPE_CHECKING:
    from collections.abc import Generator

    from smsreg._runtime.aws.credentials import Credentials
    from smsreg._runtime.aws.http_session import HttpSession
    from smsreg._runtime.aws.response_reader import Reader
    from smsreg._runtime.retry.recovery import Repairs

EVENTS = (
    "provide-client-params",
    "before-parameter-build",
    "before-endpoint-resolution",
    "before-call",
    "request-created",
    "before-sign",
    "choose-signer",
    "before-send",
    "before-parse",
    "response-received",
    "needs-retry",
    "after-call",
    "after-call-error",
)
"""The events of a call, none of which the short way fires."""

KNOWN = frozenset({
    ("aiobotocore.retries.standard", "AioRetryHandler.needs_retry"),
    ("aiobotocore.signers", "AioRequestSigner.handler"),
    ("botocore.handlers", "_handle_request_validation_mode_member"),
    ("botocore.handlers", "_set_auth_scheme_preference_signer"),
    ("botocore.handlers", "add_recursion_detection_header"),
    ("botocore.handlers", "add_retry_headers"),
    ("botocore.handlers", "generate_idempotent_uuid"),
    ("botocore.handlers", "inject_api_version_header_if_needed"),
    ("botocore.handlers", "set_operation_specific_signer"),
    ("botocore.retries.standard", "RetryQuotaChecker.release_retry_quota"),
    ("botocore.useragent", "UserAgentString.rebuild_and_replace_user_agent_handler"),
    ("smsreg._runtime.aws.hooks", "Hooks.complete"),
    ("smsreg._runtime.aws.hooks", "Hooks.note_signer"),
    ("smsreg._runtime.aws.hooks", "Hooks.read"),
    ("smsreg._runtime.aws.hooks", "retry_elsewhere"),
})  # fmt: skip
"""The handlers whose work the short way does, or that have none for these services."""

FIRST_ERROR_STATUS = 300

logger = logging.getLogger("smsreg")

_CLIENT_ATTRIBUTES = (
    "_request_signer",
    "_resolve_endpoint_ruleset",
    "_serializer",
    "_user_agent_creator",
)
"""Private attributes of a client that the fast path uses."""

_CLIENT_METHODS = (
    "_make_api_call",
    "_emit_api_params",
    "_convert_to_request_dict",
    "_make_request",
)
_OTHER_METHODS: tuple[tuple[Any, str], ...] = (
    (AioEndpoint, "make_request"),
    (AioEndpoint, "create_request"),
    (AioEndpoint, "prepare_request"),
    (AioEndpoint, "_send_request"),
    (AioEndpoint, "_get_response"),
    (AioEndpoint, "_do_get_response"),
    (AioEndpoint, "_send"),
    (AioRequestSigner, "handler"),
    (AioRequestSigner, "sign"),
    (AIOHTTPSession, "send"),
    (SigV4Auth, "add_auth"),
)
"""What the short way does not call; tools that instrument calls put theirs in its place."""


_history: Any = get_global_history_recorder()


def _is_shipped(method: object) -> bool:
    """Whether a method is the one that came with aiobotocore or botocore."""
    if type(method) is not FunctionType:
        return False
    package = str(method.__globals__.get("__name__")).partition(".")[0]
    return package in {"aiobotocore", "botocore"}


@dataclass(kw_only=True, eq=False, repr=False)
class ShortWay:
    """What the short way needs, and has learned, for one client.

    Attributes:
        reader: Reads answers.
        repairs: Knows the time to sign with.
        credentials: What is signed with.
        session: The HTTP session, once the client has made it; None for one that is not ours.
    """

    reader: Reader
    repairs: Repairs
    credentials: Credentials
    session: HttpSession | None = None
    _lookups: object = None
    _clear: dict[str, bool] = field(default_factory=dict[str, bool])
    _places: dict[str, Place] = field(default_factory=dict[str, "Place"])
    _agent: str = ""
    _methods: tuple[object, ...] = ()
    _warned: bool = False

    def _off(self, reason: str) -> None:
        """Warn, once, that calls of the client take the ordinary path for good, and why."""
        if not self._warned:
            self._warned = True
            logger.warning("the fast path is off, calls take more CPU time: %s", reason)

    def untouched(self, client_type: Any) -> bool:  # noqa: ANN401 -- aiobotocore has no types
        """Whether nobody put a method of theirs in the place of one that the short way leaves out.

        Args:
            client_type: The client's class, or a view of it without our base.
        """
        try:
            methods = (
                *[getattr(client_type, name) for name in _CLIENT_METHODS],
                *[getattr(owner, name) for owner, name in _OTHER_METHODS],
            )
        except AttributeError as error:
            self._off(f"this version of aiobotocore has no {error.name}")
            return False
        # By identity: a wrapper may be equal to what it wraps.
        if not (self._methods and all(map(operator.is_, methods, self._methods))):
            if not all(map(_is_shipped, methods)):
                names = (
                    *_CLIENT_METHODS,
                    *(f"{owner.__name__}.{name}" for owner, name in _OTHER_METHODS),
                )
                patched = [
                    name
                    for name, method in zip(names, methods, strict=True)
                    if not _is_shipped(method)
                ]
                self._off(f"patched by a tool, or overridden: {', '.join(patched)}")
                return False
            self._methods = methods
        return not getattr(_history, "_enabled", True)  # it has no public look

    async def carry(
        self,
        client: Any,  # noqa: ANN401 -- aiobotocore has no types
        attempt: Attempt,
        operation_name: str,
        params: dict[str, Any],
    ) -> dict[str, Any] | None:
        """Carry a call out, or give None and leave it to the client."""
        session = self.session
        if session is None or not self._unobserved(client, operation_name):
            return None
        place = self._places.get(operation_name)
        if place is None:
            if self._lacks(client):
                return None
            place = self._places[operation_name] = await self._place(client, operation_name, params)
        if not place.usable:
            return None
        signer = client._request_signer  # noqa: SLF001 -- as its own methods do
        ready = await self.credentials.of_call(attempt)
        auth = await signer.get_auth_instance(
            place.service, place.region, "v4", request_credentials=ready
        )
        if type(auth) is not SigV4Auth:
            return None
        request = place.request(params, auth.credentials.token)
        headers = request.headers
        headers["X-Amz-Date"], headers["Authorization"] = request.form.sign(
            request.body,
            scope=Scope(
                auth.credentials.access_key,
                auth.credentials.secret_key,
                place.region,
                place.service,
            ),
            now=self.repairs.signing_time(),
        )
        call = attempt.call
        headers["amz-sdk-invocation-id"] = call.invocation_id
        headers["amz-sdk-request"] = f"attempt={attempt.number}; max={call.policy.max_attempts}"
        if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
            add_recursion_detection_header(request._asdict())
        answer = await session.exchange(
            request.method,
            request.url,
            headers,
            request.body,
            left=call.deadline - call.clock(),
        )
        found = {
            name.decode("utf-8", "replace").lower(): value.decode("utf-8", "replace")
            for name, value in answer.raw_headers
        }
        parsed = await self.reader.read(place.model, answer.status, found, answer.body)
        # What botocore says of its own attempts, of which it has one: the attempt loop is ours.
        parsed["ResponseMetadata"].update(RetryAttempts=0, MaxAttemptsReached=True)
        if answer.status >= FIRST_ERROR_STATUS:
            code = parsed["Error"].get("Code")
            raise client.exceptions.from_code(code)(parsed, operation_name)
        return parsed

    async def warm_up(self, client: Any, operation_name: str) -> None:  # noqa: ANN401
        """Do what is done once, before the first call of an operation."""
        session = self.session
        if (
            session is not None
            and self._unobserved(client, operation_name)
            and not self._lacks(client)
        ):
            place = await self._place(client, operation_name, {})
            self._places[operation_name] = place
            if place.usable:
                await session.warm_up()

    def _lacks(self, client: Any) -> bool:  # noqa: ANN401 -- aiobotocore has no types
        """Whether a client has not all that the fast path uses of it."""
        missing = [name for name in _CLIENT_ATTRIBUTES if not hasattr(client, name)]
        if missing:
            self._off(f"this version of aiobotocore has no {', '.join(missing)}")
        return bool(missing)

    async def _place(self, client: Any, operation_name: str, params: dict[str, Any]) -> Place:  # noqa: ANN401
        """Find out where an operation's requests go, and how they are signed, once."""
        model = client.meta.service_model.operation_model(operation_name)
        context: dict[str, Any] = {"client_config": client.meta.config}
        found = await client._resolve_endpoint_ruleset(model, params, context)  # noqa: SLF001 -- as above
        url, headers, _ = found
        signing: dict[str, Any] = context.get("signing") or {}
        signer = client._request_signer  # noqa: SLF001 -- as above
        version = context.get("auth_type") or model.resolved_auth_type or signer.signature_version
        region = signing.get("region") or signer.region_name
        serializer: Any = client._serializer  # noqa: SLF001 -- as above
        self._agent = self._agent or client._user_agent_creator.to_string()  # noqa: SLF001 -- as above
        session = self.session
        return Place(
            model=model,
            endpoint=url,
            headers={"User-Agent": self._agent, **(headers or {})},
            service=signing.get("signing_name") or signer.signing_name,
            region=region,
            # The request has been checked already, by more rules than botocore's own.
            serializer=getattr(serializer, "_serializer", serializer),
            usable=(
                version == signer.signature_version == "v4"
                and isinstance(region, str)
                and not model.context_parameters
                and not model.static_context_parameters
                and not client.meta.config.auth_scheme_preference
                and not client.meta.config.user_agent_appid
                and session is not None
                and session.proxy_for(url) is None
            ),
        )

    def _unobserved(self, client: Any, operation_name: str) -> bool:  # noqa: ANN401
        """Whether nobody else listens to the events of an operation's calls.

        The emitter starts a new cache of look-ups whenever a handler comes or goes, so that one
        look at it tells whether what was found out before still holds.
        """
        emitter: Any = getattr(client.meta.events, "_emitter", None)
        lookups: object = getattr(emitter, "_lookup_cache", None)
        if lookups is None:
            self._off("this version of botocore has no _emitter or no _lookup_cache")
            return False
        if lookups is not self._lookups:
            self._lookups = lookups
            self._clear.clear()
        clear = self._clear.get(operation_name)
        if clear is None:
            service = client.meta.service_model.service_id.hyphenize()
            clear = self._clear[operation_name] = all(
                (getattr(handler, "__module__", ""), getattr(handler, "__qualname__", "")) in KNOWN
                for event in EVENTS
                for handler in emitter._handlers.prefix_search(  # noqa: SLF001 -- no public look
                    f"{event}.{service}.{operation_name}"
                )
            )
        return clear


_making: ContextVar[ShortWay | None] = ContextVar("smsreg_making", default=None)


@contextmanager
def offering(way: ShortWay, session: Any) -> Generator[None]:  # noqa: ANN401
    """Give the client that ``session`` makes in this context the short way, and no other client."""
    session.register("creating-client-class", _add_base)
    token = _making.set(way)
    try:
        yield
    finally:
        _making.reset(token)
        session.unregister("creating-client-class", _add_base)


def _add_base(base_classes: list[type], **_: Any) -> None:  # noqa: ANN401 -- botocore's
    making = _making.get()
    if making is None:
        return
    way: ShortWay = making

    class ShortClient(AioBaseClient):  # type: ignore[misc] # aiobotocore has no types
        async def _make_api_call(self, operation_name: str, api_params: dict[str, Any]) -> Any:  # noqa: ANN401
            attempt = current_attempt.get()
            if (
                attempt is not None
                and attempt.call.operation.name == operation_name  # and not a handler's own call
                and way.untouched(super(ShortClient, type(self)))
            ):
                parsed = await way.carry(self, attempt, operation_name, api_params)
                if parsed is not None:
                    return parsed
            return await super()._make_api_call(operation_name, api_params)

    base_classes.insert(0, ShortClient)
