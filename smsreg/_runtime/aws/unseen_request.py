# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportPrivateUsage=false
# aiobotocore ships no types.
"""Requests of the aiobotocore client that no other code sees before they are sent.

They are signed and sent from the client's request dictionary, without botocore's request objects.
"""

from __future__ import annotations

from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from botocore.awsrequest import create_request_object

from smsreg._runtime.aws.exchange import Prepared, head_of
from smsreg._runtime.aws.request_template import SECURITY_TOKEN
from smsreg._runtime.aws.sigv4 import Form, Scope, host_of

if TYPE_CHECKING:
    from smsreg._runtime.aws.hooks import Hooks
    from smsreg._runtime.aws.http_session import HttpSession
    from smsreg._runtime.call import Attempt
    from smsreg._runtime.retry.recovery import Recovery


class UnseenRequest(NamedTuple):
    """A signed request.

    Attributes:
        prepared: The request, without the headers of the attempt.
        extra: The headers of the attempt.
        params: botocore's dictionary of the request.
    """

    prepared: Prepared
    extra: dict[str, str]
    params: dict[str, Any]

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"  # its content is the caller's

    def for_preparation(self, model: Any) -> Any:
        """Return botocore's request for ``prepare_request``, where a tool has patched that."""
        headers = {**self.params["headers"], "X-Amz-Date": self.extra["X-Amz-Date"]}
        if SECURITY_TOKEN in self.prepared.headers:
            headers[SECURITY_TOKEN] = self.prepared.headers[SECURITY_TOKEN]
        request = create_request_object({**self.params, "headers": {**headers, **self.extra}})
        request.stream_output = model.has_streaming_output or model.has_event_stream_output
        return request

    def reset_stream(self) -> None:
        """Do nothing: the body is bytes."""

    async def send_with(self, session: HttpSession, *, left: float) -> Any:
        """Send it, and return or raise what aiobotocore's session would.

        Args:
            session: The HTTP session.
            left: Seconds until the caller's own deadline.
        """
        try:
            exchange = await session.exchange_with(self.prepared.origin)
            response = await exchange.send(self.prepared, self.extra, left=left)
        except Exception as error:  # noqa: BLE001 -- aiobotocore wraps each of them
            return await session.fail(create_request_object(self.params).prepare(), error)
        return await session.response_of(self.prepared.url, response)


async def sign(
    params: dict[str, Any], signer: Any, attempt: Attempt, *, hooks: Hooks, recovery: Recovery
) -> UnseenRequest:
    """Sign a request as botocore's signer does, and set the same keys in its context.

    Args:
        params: botocore's dictionary of the request.
        signer: The client's signer.
        attempt: The attempt that sends it.
        hooks: Fetch the credentials.
        recovery: Provides the time to sign with.
    """
    context: dict[str, Any] = params["context"]
    name, region = signer.signing_name, signer.region_name
    await hooks.note_signer(SimpleNamespace(context=context), signer, name, region, "v4")
    signing = context["signing"]
    credentials = await signing["request_credentials"].get_frozen_credentials()
    scope = Scope(
        access_key=credentials.access_key,
        secret_key=credentials.secret_key,
        region=signing.get("region") or region,
        service=signing.get("signing_name") or name,
    )
    headers = tuple(params["headers"].items())
    prepared = _prepared(params["method"], params["url"], headers, credentials.token)
    body: bytes = params["body"]
    now = recovery.now() + recovery.offset
    stamp, authorization = prepared.form.sign(body, scope=scope, now=now)
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
    return UnseenRequest(prepared._replace(body=body), extra, params)


@lru_cache(maxsize=64)
def _prepared(
    method: str, url: str, headers: tuple[tuple[str, str], ...], token: str | None
) -> Prepared:
    """Prepare the part that requests share."""
    given = dict(headers)
    if token:
        given[SECURITY_TOKEN] = token
    form = Form.of(method, url, given)
    given["Accept-Encoding"] = "identity"
    parts = urlsplit(url)
    return Prepared(
        method=method,
        url=url,
        origin=f"{parts.scheme}://{parts.netloc}",
        headers=given,
        body=b"",
        form=form,
        head=head_of(method, url, host_of(url, given), given),
    )
