# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false
# aiobotocore ships no types.
"""Detects code that intercepts an aiobotocore client's calls, and that the fast path would skip.

That is event handlers, patched methods of aiobotocore or botocore, methods replaced on the client
itself, and botocore's history recorder.
"""

from __future__ import annotations

import logging
import operator
from itertools import repeat
from types import FunctionType
from typing import TYPE_CHECKING, Any

from aiobotocore.endpoint import AioEndpoint
from aiobotocore.httpsession import AIOHTTPSession
from aiobotocore.signers import AioRequestSigner
from botocore.auth import SigV4Auth
from botocore.history import get_global_history_recorder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smsreg._runtime.operation import Operation

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
"""The events of a call; the fast path fires those that have other listeners."""

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
    ("smsreg._runtime.aws.fast_exchange", "FastExchange.respond"),
    ("smsreg._runtime.aws.hooks", "Hooks.complete"),
    ("smsreg._runtime.aws.hooks", "Hooks.provide_credentials"),
    ("smsreg._runtime.aws.hooks", "Hooks.read"),
    ("smsreg._runtime.aws.hooks", "stop_retry"),
})  # fmt: skip
"""The handlers whose work the fast path does, or that do nothing for these services."""

CLIENT_METHODS = ("_make_api_call", "_emit_api_params", "_convert_to_request_dict", "_make_request")
OTHER_METHODS: tuple[tuple[Any, str], ...] = (
    (AioEndpoint, "make_request"),
    (AioEndpoint, "create_request"),
    (AioEndpoint, "prepare_request"),
    (AioEndpoint, "_send_request"),
    (AioEndpoint, "_get_response"),
    (AioEndpoint, "_do_get_response"),
    (AioEndpoint, "_send"),
    (AioRequestSigner, "handler"),
    (AioRequestSigner, "sign"),
    (AioRequestSigner, "get_auth_instance"),
    (AIOHTTPSession, "send"),
    (SigV4Auth, "add_auth"),
)
"""The methods that the fast path bypasses, and that instrumentation may replace."""

EXCHANGE = frozenset(
    {
        "_make_request",
        "AioEndpoint.make_request",
        "AioEndpoint.create_request",
        "AioEndpoint._send_request",
        "AioEndpoint._get_response",
        "AioEndpoint._do_get_response",
    }
)
"""The methods that are bypassed even where the fast path fires events; it calls the others."""

SIGNING = frozenset(
    {
        "AioRequestSigner.handler",
        "AioRequestSigner.sign",
        "AioRequestSigner.get_auth_instance",
        "SigV4Auth.add_auth",
    }
)
"""The signing methods that the fast path bypasses."""

logger = logging.getLogger("smsreg")

_history: Any = get_global_history_recorder()
_NONE: frozenset[str] = frozenset()


class Interception:
    """Detects what intercepts one client's calls.

    Args:
        client: The aiobotocore client.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._type: Any = type(client)
        self._others: Any = tuple(zip(*OTHER_METHODS, strict=True))  # the owners, and the names
        self._lookups: object = None
        self._observed: dict[str, frozenset[str]] = {}
        self._handlers: dict[tuple[str, str], Sequence[Any]] = {}
        self._patched: dict[str, tuple[list[object], frozenset[str]]] = {}
        self._warned = False

    def off(self, reason: str) -> None:
        """Warn once that calls of the client take the ordinary path permanently, and why."""
        if not self._warned:
            self._warned = True
            fast_path_off(reason)

    def of(self, operation: Operation[Any, Any]) -> tuple[bool, frozenset[str] | None]:
        """Return whether nothing intercepts an operation's calls, and which methods are patched."""
        patched = self.patched(operation)
        is_clear = patched == _NONE == self.observed(operation.name) and not recording()
        return is_clear, patched

    def observed(self, operation_name: str) -> frozenset[str] | None:
        """Return the events of an operation's calls that have other listeners.

        Returns:
            The names of the events; None where that cannot be determined.
        """
        if self._emitter() is None:
            self.off("this version of botocore has no _emitter or no _lookup_cache")
            return None
        observed = self._observed.get(operation_name)
        if observed is None:
            observed = self._observed[operation_name] = frozenset(
                event
                for event in EVENTS
                if not all(map(_is_known, self.handlers(event, operation_name)))
            )
        return observed

    def handlers(self, event: str, operation_name: str) -> Sequence[Any]:
        """Return the handlers of an event, in the order in which they are called."""
        emitter = self._emitter()
        found = self._handlers.get((event, operation_name))
        if found is None:
            service = self._client.meta.service_model.service_id.hyphenize()
            name = f"{event}.{service}.{operation_name}"
            found = self._handlers[event, operation_name] = emitter._handlers.prefix_search(name)
        return found

    def _emitter(self) -> Any:
        """Return botocore's emitter, and clear the caches here if its handlers have changed.

        It replaces its lookup cache whenever a handler is registered or unregistered, so that the
        identity of that cache shows whether the caches here are still valid.

        Returns:
            None for an emitter of another type.
        """
        emitter: Any = getattr(self._client.meta.events, "_emitter", None)
        lookups: object = getattr(emitter, "_lookup_cache", None)
        if lookups is None:
            return None
        if lookups is not self._lookups:
            self._lookups = lookups
            self._observed.clear()
            self._handlers.clear()
        return emitter

    def patched(self, operation: Operation[Any, Any]) -> frozenset[str] | None:
        """Return the methods that the fast path bypasses and that are patched or overridden.

        Returns:
            The names of the methods; None where one no longer exists.
        """
        names = (operation.method_name, *CLIENT_METHODS)
        replaced: set[str] = self._client.__dict__.keys() & names
        try:
            methods = [*map(getattr, repeat(self._type), names), *map(getattr, *self._others)]
        except AttributeError as error:
            self.off(f"this version of aiobotocore has no {error.name}")
            return None
        seen = self._patched.get(operation.name)
        if seen is None or not _are_same(methods, seen[0]):
            labels = (*names, *(f"{owner.__name__}.{name}" for owner, name in OTHER_METHODS))
            patched = frozenset(
                label
                for label, method in zip(labels, methods, strict=True)
                if not _is_shipped(method)
            )
            seen = self._patched[operation.name] = (methods, patched)
        return seen[1] | replaced if replaced else seen[1]


def recording() -> bool:
    """Whether botocore's history recorder is on."""
    return getattr(_history, "_enabled", True)  # it has no public property


def fast_path_off(reason: str) -> None:
    """Warn that calls of a client take the ordinary path permanently, and why."""
    logger.warning("the fast path is off, calls take more CPU time: %s", reason)


def _is_known(handler: object) -> bool:
    """Whether the fast path does a handler's work, or it does nothing for these services."""
    return (getattr(handler, "__module__", ""), getattr(handler, "__qualname__", "")) in KNOWN


def _are_same(methods: list[object], seen: list[object]) -> bool:
    """Whether methods are those that were seen before; one that is no function is patched in both.

    By identity: a wrapper may be equal to what it wraps, and be another object for each access.
    """
    return all(map(operator.is_, methods, seen)) or all(
        method is before or FunctionType not in {type(method), type(before)}
        for method, before in zip(methods, seen, strict=True)
    )


def _is_shipped(method: object) -> bool:
    """Whether a method is aiobotocore's or botocore's own."""
    if type(method) is not FunctionType:
        return False
    package = str(method.__globals__.get("__name__")).partition(".")[0]
    return package in {"aiobotocore", "botocore"}
