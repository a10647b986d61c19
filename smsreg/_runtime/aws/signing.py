# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportPrivateUsage=false
# aiobotocore ships no types.
"""Signs the requests of an aiobotocore client as its signer does, from cached parts."""

from __future__ import annotations

import copy
from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from aiobotocore.signers import AioRequestSigner
from botocore.auth import AUTH_TYPE_MAPS, SigV4Auth

from smsreg._runtime.aws.interception import SIGNING
from smsreg._runtime.aws.request_template import SECURITY_TOKEN
from smsreg._runtime.aws.signed_request import SignedRequest, shared_part
from smsreg._runtime.aws.sigv4 import Form, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smsreg._runtime.aws.hooks import Hooks
    from smsreg._runtime.call import Attempt
    from smsreg._runtime.retry.recovery import Recovery

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


class Signing:
    """Signs the requests of one client.

    Args:
        client: The aiobotocore client.
        recovery: Provides the time to sign with.
        hooks: Provide the credentials.
    """

    def __init__(self, client: Any, recovery: Recovery, hooks: Hooks) -> None:
        self._client = client
        self._signer: Any = client._request_signer
        self._recovery = recovery
        self._hooks = hooks

    def is_plain(
        self,
        context: Mapping[str, Any],
        headers: Any,
        patched: frozenset[str],
    ) -> bool:
        """Whether a request takes plain Signature Version 4, signed by an unmodified botocore.

        Args:
            context: botocore's context of the request.
            headers: The headers to sign, of any type with ``keys`` and ``values``.
            patched: The methods of aiobotocore that are patched.
        """
        signer, signing = self._signer, context.get("signing", {})
        return bool(
            self.is_own(patched)
            and signer.signature_version == "v4" == (context.get("auth_type") or "v4")
            and not self._client.meta.config.auth_scheme_preference
            and "payload_signing_enabled" not in context
            and not context.get("unsigned_payload")
            and "identity_cache" not in signing
            and signing.get("request_credentials", True)
            and {str}.issuperset(map(type, headers.values()))
            and _are_usual(tuple(headers.keys()))
        )

    def is_own(self, patched: frozenset[str]) -> bool:
        """Whether botocore's signer is its own, and signs with Signature Version 4 as shipped."""
        return (
            patched.isdisjoint(SIGNING)
            and AUTH_TYPE_MAPS["v4"] is SigV4Auth
            and type(self._signer) is AioRequestSigner
        )

    async def sign(self, params: dict[str, Any], attempt: Attempt) -> SignedRequest:
        """Sign a request from botocore's dictionary, and set the same keys in its context.

        Args:
            params: The dictionary.
            attempt: The attempt that sends it.
        """
        context: dict[str, Any] = params["context"]
        scope, token = await self._scope(SimpleNamespace(context=context))
        headers = tuple(params["headers"].items())
        shared = shared_part(params["method"], params["url"], headers, token)
        prepared = shared._replace(body=params["body"])
        stamp, authorization = self._signature(prepared.form, prepared.body, scope)
        policy, invocation = attempt.call.policy, attempt.call.invocation_id
        context["timestamp"] = stamp
        context["retries"] = {
            "invocation-id": invocation,
            "attempt": attempt.number,
            "max": policy.max_attempts,
        }
        extra = {
            "X-Amz-Date": stamp,
            "Authorization": authorization,
            "amz-sdk-invocation-id": invocation,
            "amz-sdk-request": f"attempt={attempt.number}; max={policy.max_attempts}",
        }
        return SignedRequest(prepared, extra, params)

    async def sign_observed(self, request: Any, name: str, patched: frozenset[str]) -> None:
        """Sign botocore's request, and fire the events of its signer in the same order.

        Args:
            request: The request.
            name: The name of the operation.
            patched: The methods of aiobotocore that are patched.
        """
        signer, events = self._signer, self._client.meta.events
        version = await signer._choose_signer(name, "standard", request.context)
        service = self._client.meta.service_model.service_id.hyphenize()
        await events.emit(
            f"before-sign.{service}.{name}",
            request=request,
            signing_name=signer.signing_name,
            region_name=signer.region_name,
            signature_version=version,
            request_signer=signer,
            operation_name=name,
        )
        if version == "v4" and self.can_sign(request, patched):
            await self.sign_object(request)
            return
        silent = copy.copy(signer)
        silent._event_emitter = _Chosen(version)
        await silent.sign(name, request)

    def can_sign(self, request: Any, patched: frozenset[str]) -> bool:
        """Whether botocore's request, which handlers may have changed, can be signed here."""
        return (
            not request.params
            and not request.auth_path
            and type(request.data) is bytes
            and self.is_plain(request.context, request.headers, patched)
        )

    async def sign_object(self, request: Any) -> None:
        """Sign botocore's request, which handlers may have changed."""
        scope, token = await self._scope(request)
        headers = request.headers
        signed = dict(headers.items())
        if token:
            signed[SECURITY_TOKEN] = token
        form = _form(request.method, request.url, tuple(signed.items()))
        stamp, authorization = self._signature(form, request.data, scope)
        request.context["timestamp"] = stamp
        added = {"X-Amz-Date": stamp, SECURITY_TOKEN: token, "Authorization": authorization}
        for header, value in added.items():
            if value:
                del headers[header]
                headers[header] = value

    async def _scope(self, request: Any) -> tuple[Scope, str | None]:
        """Return what to sign a request with, and the session token."""
        name, region = self._signer.signing_name, self._signer.region_name
        await self._hooks.provide_credentials(request, self._signer, name, region, "v4")
        signing = request.context["signing"]
        credentials = await signing["request_credentials"].get_frozen_credentials()
        scope = Scope(
            access_key=credentials.access_key,
            secret_key=credentials.secret_key,
            region=signing.get("region") or region,
            service=signing.get("signing_name") or name,
        )
        return scope, credentials.token

    def _signature(self, form: Form, body: bytes, scope: Scope) -> tuple[str, str]:
        """Return the values of ``X-Amz-Date`` and ``Authorization``, by the service's clock."""
        return form.sign(body, scope=scope, now=self._recovery.now() + self._recovery.offset)


class _Chosen:
    """Events of a signer whose handlers have been called.

    Args:
        version: The signature version that they have chosen.
    """

    def __init__(self, version: Any) -> None:
        self._version = version

    async def emit_until_response(self, *_: object, **__: object) -> tuple[None, Any]:
        """Return the signature version, for ``choose-signer``."""
        return None, self._version

    async def emit(self, *_: object, **__: object) -> list[Any]:
        """Call no handler of ``before-sign``."""
        return []


@lru_cache(maxsize=64)
def _are_usual(names: tuple[str, ...]) -> bool:
    """Whether headers have different names, and none that makes botocore sign differently."""
    lower = {name.lower() for name in names}
    return len(lower) == len(names) and UNUSUAL_HEADERS.isdisjoint(lower)


@lru_cache(maxsize=64)
def _form(method: str, url: str, headers: tuple[tuple[str, str], ...]) -> Form:
    return Form.of(method, url, dict(headers))
