# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false
# aiobotocore ships no types.
"""The short way of a call: from the point where the aiobotocore client has built the request.

A call goes through the aiobotocore client, which fires the events of its parameters, builds the
request and resolves the endpoint. Its ``before-call`` event lets a handler answer: this one signs,
sends and reads, with less ado than botocore. It steps aside, so that the client goes on by itself,
wherever somebody uses what it leaves out: another handler on an event that it does not fire,
another signature, a proxy, an HTTP session that is not ours.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from aiobotocore.awsrequest import AioAWSResponse
from botocore.exceptions import NoCredentialsError

from smsreg._runtime.attempts import current_call
from smsreg._runtime.sigv4 import Scope, sign

if TYPE_CHECKING:
    from smsreg._runtime.parser import Reader
    from smsreg._runtime.repair import Repairs
    from smsreg._runtime.transport import HttpSession

SKIPPED = (
    "request-created",
    "before-sign",
    "choose-signer",
    "before-send",
    "before-parse",
    "response-received",
    "needs-retry",
    "after-call-error",
)
"""The events that the short way does not fire."""

OURS = frozenset({
    ("aiobotocore.retries.standard", "AioRetryHandler.needs_retry"),
    ("aiobotocore.signers", "AioRequestSigner.handler"),
    ("botocore.handlers", "_set_auth_scheme_preference_signer"),
    ("botocore.handlers", "add_recursion_detection_header"),
    ("botocore.handlers", "add_retry_headers"),
    ("botocore.handlers", "inject_api_version_header_if_needed"),
    ("botocore.handlers", "set_operation_specific_signer"),
    ("botocore.useragent", "UserAgentString.rebuild_and_replace_user_agent_handler"),
    ("smsreg._runtime.hooks", "Hooks.complete"),
    ("smsreg._runtime.hooks", "Hooks.note_signer"),
    ("smsreg._runtime.hooks", "retry_elsewhere"),
    ("smsreg._runtime.short", "ShortWay.answer"),
})  # fmt: skip
"""The handlers whose work the short way does, or that have none for these services."""


class ShortWay:
    """Answers ``before-call`` on one aiobotocore client."""

    def __init__(
        self,
        client: Any,
        session: HttpSession,
        reader: Reader,
        repairs: Repairs,  # noqa: ANN401
    ) -> None:
        self._client = client
        self._session = session
        self._reader = reader
        self._repairs = repairs
        self._service = client.meta.service_model.service_id.hyphenize()
        self._lookups: object = None
        self._clear: dict[str, bool] = {}
        config = client.meta.config
        self._usable = not (
            config.auth_scheme_preference
            or config.tcp_keepalive
            or session.proxy_for(client.meta.endpoint_url)
        )

    async def answer(
        self,
        model: Any,  # noqa: ANN401 -- botocore's
        params: dict[str, Any],
        request_signer: Any,  # noqa: ANN401 -- botocore's
        context: dict[str, Any],
        **_: Any,  # noqa: ANN401 -- botocore's
    ) -> tuple[Any, Any] | None:
        """Carry the request out, or give None and leave it to the client."""
        call = current_call.get()
        if call is None or not self._usable or not self._unobserved(model.name):
            return None
        version = context.get("auth_type") or request_signer.signature_version
        if version != "v4":
            return None
        signing: dict[str, Any] = context.get("signing") or {}
        region = signing.get("region") or request_signer.region_name
        service = signing.get("signing_name") or request_signer.signing_name
        if "request_credentials" in signing or not isinstance(region, str):
            return None
        credentials = (await request_signer.get_auth_instance(service, region, version)).credentials
        if credentials is None:
            raise NoCredentialsError
        call.access_key = credentials.access_key
        url: str = params["url"]
        body: bytes = params["body"] or b""
        headers = {str(name): _text(value) for name, value in params["headers"].items()}
        if credentials.token:
            headers["X-Amz-Security-Token"] = credentials.token
        headers |= sign(
            params["method"],
            url,
            headers,
            body,
            scope=Scope(
                access_key=credentials.access_key,
                secret_key=credentials.secret_key,
                region=region,
                service=service,
            ),
            now=self._repairs.signing_time() or dt.datetime.now(dt.timezone.utc),
        )
        headers["amz-sdk-invocation-id"] = call.invocation_id
        headers["amz-sdk-request"] = f"attempt={call.attempt}; max={call.policy.max_attempts}"
        headers["Accept-Encoding"] = "identity"
        answer = await self._session.exchange(params["method"], url, headers, body)
        found = {
            name.decode("utf-8", "replace").lower(): value.decode("utf-8", "replace")
            for name, value in answer.raw_headers
        }
        parsed = await self._reader.read(model, answer.status, found, answer.body)
        return AioAWSResponse(url, answer.status, found, answer), parsed

    def _unobserved(self, operation_name: str) -> bool:
        """Whether nobody else listens to what the short way leaves out.

        The emitter starts a new cache of look-ups whenever a handler comes or goes, so that one
        look at it tells whether what was found out before still holds.
        """
        emitter: Any = getattr(self._client.meta.events, "_emitter", None)
        lookups: object = getattr(emitter, "_lookup_cache", None)
        if lookups is None:
            return False
        if lookups is not self._lookups:
            self._lookups = lookups
            self._clear.clear()
        clear = self._clear.get(operation_name)
        if clear is None:
            clear = self._clear[operation_name] = all(
                (getattr(handler, "__module__", ""), getattr(handler, "__qualname__", "")) in OURS
                for event in ("before-call", *SKIPPED)
                for handler in emitter._handlers.prefix_search(  # noqa: SLF001 -- no public look
                    f"{event}.{self._service}.{operation_name}"
                )
            )
        return clear


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
