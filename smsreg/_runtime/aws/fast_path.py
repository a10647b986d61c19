# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false
# aiobotocore ships no types.
"""The fast path of a call: signed, sent and read without botocore's machinery for one call.

It serialises with botocore's serialiser, signs as botocore does, and sends through the client's
own connections. Wherever a call depends on what it skips (a handler on an event, an instrumented,
extended or stubbed client, another signature, a proxy), it takes the ordinary path, with the same
result.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.auth import AUTH_TYPE_MAPS, SigV4Auth
from botocore.handlers import add_recursion_detection_header

from smsreg._runtime.aws.interception import Interception
from smsreg._runtime.aws.request_template import RequestTemplate
from smsreg._runtime.aws.response_reader import (
    FIRST_ERROR_STATUS,
    FIRST_SUCCESS,
    located,
    not_final,
)
from smsreg._runtime.aws.sigv4 import Scope
from smsreg._runtime.models.base import Result, attach
from smsreg._runtime.models.decode import decode
from smsreg._runtime.models.metadata import RawHeaders, Received, decoded
from smsreg._runtime.retry.classify import RefusedError
from smsreg.errors import InvalidResponseError

if TYPE_CHECKING:
    from smsreg._runtime.aws.credentials import Credentials
    from smsreg._runtime.aws.exchange import Response
    from smsreg._runtime.aws.http_session import HttpSession
    from smsreg._runtime.aws.ordinary_path import Path
    from smsreg._runtime.call import Attempt
    from smsreg._runtime.operation import Operation
    from smsreg._runtime.retry.recovery import Recovery

ResultT = TypeVar("ResultT", bound=Result)


class FastPath:
    """The fast path of one client's calls, with the request templates of its operations.

    Args:
        client: The aiobotocore client.
        session: Its HTTP session.
        recovery: Provides the time to sign with.
        credentials: The credentials to sign with.
        ordinary: The path of calls that cannot take this one.
    """

    def __init__(
        self,
        client: Any,
        session: HttpSession,
        *,
        recovery: Recovery,
        credentials: Credentials,
        ordinary: Path,
    ) -> None:
        self._client = client
        self._session = session
        self._recovery = recovery
        self._credentials = credentials
        self._ordinary = ordinary
        self.interception = Interception(client)
        self._templates: dict[str, RequestTemplate | None] = {}
        self._user_agent = ""

    async def send(
        self, operation: Operation[Any, ResultT], params: dict[str, Any], attempt: Attempt
    ) -> ResultT:
        """Make one attempt of a call, by the ordinary path where it cannot take this one."""
        template, patched = await self._template(operation, params)
        if template is None or AUTH_TYPE_MAPS["v4"] is not SigV4Auth:
            attempt.patched = patched
            return await self._ordinary.send(operation, params, attempt)
        credentials = (await self._credentials.of_call(attempt)).frozen
        request = template.request(params, credentials.token)
        stamp, authorization = request.form.sign(
            request.body,
            scope=Scope(
                credentials.access_key, credentials.secret_key, template.region, template.service
            ),
            now=self._recovery.now() + self._recovery.offset,
        )
        call = attempt.call
        extra = {
            "X-Amz-Date": stamp,
            "Authorization": authorization,
            "amz-sdk-invocation-id": call.invocation_id,
            "amz-sdk-request": f"attempt={attempt.number}; max={call.policy.max_attempts}",
        }
        if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
            add_recursion_detection_header({"headers": extra})
        session = self._session
        exchange = session.exchanges.get(request.origin)
        if exchange is None:
            exchange = await session.exchange_with(request.origin)
        response = await exchange.send(request, extra, left=call.deadline - call.clock())
        status, raw_headers, body = response
        if not FIRST_SUCCESS <= status < FIRST_ERROR_STATUS:
            raise _failure(template.model, response)
        try:
            result = decode(operation.result_type, body)
        except InvalidResponseError as error:
            raise located(error, status, RawHeaders(raw_headers)) from None
        attach(result, Received(status, raw_headers, attempt.number, call.client_token))
        return result

    async def warm_up(self, operation: Operation[Any, Any]) -> None:
        """Prepare what the first call of an operation would prepare."""
        template, _ = await self._template(operation, {})
        if template is not None:
            await self._session.warm_up()

    async def _template(
        self, operation: Operation[Any, Any], params: dict[str, Any]
    ) -> tuple[RequestTemplate | None, frozenset[str] | None]:
        """Return the template of an operation's requests, and the patched methods.

        Returns:
            None as the template where the call takes the ordinary path.
        """
        is_clear, patched = self.interception.of(operation)
        if not is_clear:
            return None, patched
        if operation.name not in self._templates:
            self._templates[operation.name] = await self._learn(operation, params)
        return self._templates[operation.name], patched

    async def _learn(
        self, operation: Operation[Any, Any], params: dict[str, Any]
    ) -> RequestTemplate | None:
        """Resolve an operation's endpoint and signature; None where it needs the ordinary path."""
        client = self._client
        model = client.meta.service_model.operation_model(operation.name)
        context: dict[str, Any] = {"client_config": client.meta.config}
        found = await client._resolve_endpoint_ruleset(model, params, context)
        url, headers, _ = found
        signing: dict[str, Any] = context.get("signing") or {}
        signer = client._request_signer
        version = context.get("auth_type") or model.resolved_auth_type or signer.signature_version
        region = signing.get("region") or signer.region_name
        if (
            not (version == signer.signature_version == "v4" and isinstance(region, str))
            or model.context_parameters
            or model.static_context_parameters
            or client.meta.config.auth_scheme_preference
            or client.meta.config.user_agent_appid
            or self._session.proxy_for(url) is not None
        ):
            return None
        serializer: Any = client._serializer
        self._user_agent = self._user_agent or client._user_agent_creator.to_string()
        return RequestTemplate(
            model=model,
            endpoint=url,
            headers={"User-Agent": self._user_agent, **(headers or {})},
            service=signing.get("signing_name") or signer.signing_name,
            region=region,
            # The inner serializer: the request is validated already, by more rules than botocore's.
            serializer=getattr(serializer, "_serializer", serializer),
        )


def _failure(model: Any, response: Response) -> Exception:
    """Return the exception for a response that is not a success."""
    from smsreg._runtime.aws.error_reader import read_error  # noqa: PLC0415 -- few calls fail

    headers = decoded(response.raw_headers)
    if response.status < FIRST_SUCCESS:
        return not_final(response.status, headers)
    error = read_error(model, response.status, headers, response.body)
    # botocore's count of its own retries, of which there are none: Call.run retries.
    error["ResponseMetadata"].update(RetryAttempts=0, MaxAttemptsReached=True)
    return RefusedError(error)
