# pyright: reportUnknownMemberType=false
# botocore ships no types.
"""Hooks on an aiobotocore client; each acts only on calls of this package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.auth import AUTH_TYPE_MAPS

from smsreg._runtime.aws.response_reader import (
    FIRST_ERROR_STATUS,
    read_success,
    response_metadata,
)
from smsreg._runtime.aws.send_watch import SendWatch
from smsreg._runtime.aws.sigv4 import Form, Scope
from smsreg._runtime.call import current_attempt

if TYPE_CHECKING:
    import contextlib
    from collections.abc import Callable

    from smsreg._runtime.aws.credentials import Credentials
    from smsreg._runtime.aws.response_reader import Parsed
    from smsreg._runtime.call import Attempt
    from smsreg._runtime.retry.recovery import Recovery

_SIGV4 = "v4"


def install(
    client: Any,
    recovery: Recovery,
    credentials: Credentials,
    stack: contextlib.AsyncExitStack,
    *,
    own_session: bool,
    own_transport: bool,
) -> Hooks:
    """Register the hooks on a client; closing ``stack`` unregisters them.

    Args:
        client: The aiobotocore client.
        recovery: Provides the time to sign with.
        credentials: The credentials to sign with.
        stack: Unregisters the hooks when it closes.
        own_session: Whether this package created the client's aiobotocore session.
        own_transport: Whether its HTTP session is an ``HttpSession``, which records what is sent.
    """
    service = client.meta.service_model.service_id.hyphenize()
    watch = None if own_transport else stack.enter_context(SendWatch(client))
    hooks = Hooks(recovery, credentials, watch)
    events = client.meta.events
    wanted: list[tuple[Callable[..., Any], str, Callable[..., Any]]] = [
        (events.register, f"before-sign.{service}", hooks.provide_credentials),
        (events.register, f"request-created.{service}", hooks.complete),
        # The last of all: handlers registered for any part of its name may change the response.
        (events.register_last, "before-parse", hooks.read),
    ]
    if not own_session:
        # The first result counts; a borrowed client's own retries would multiply the attempts.
        wanted.append((events.register_first, f"needs-retry.{service}", stop_retry))
    for register, event, hook in wanted:
        register(event, hook)
        stack.callback(events.unregister, event, hook)
    return hooks


def stop_retry(**_: Any) -> bool | None:
    """Stop botocore from retrying a call of this package, which ``Call`` retries."""
    return None if current_attempt.get() is None else False


class Hooks:
    """Completes the headers of each attempt, and reads its response."""

    def __init__(
        self, recovery: Recovery, credentials: Credentials, watch: SendWatch | None
    ) -> None:
        self._recovery = recovery
        self._credentials = credentials
        self._watch = watch

    async def provide_credentials(
        self,
        request: Any,
        request_signer: Any,
        signing_name: str,
        region_name: str,
        signature_version: Any,
        **_: Any,
    ) -> None:
        """Fetch the credentials to sign with, and record the signer for a corrected signature."""
        attempt = current_attempt.get()
        if attempt is None:
            return
        attempt.signer = (request_signer, signing_name, region_name, signature_version)
        auth = AUTH_TYPE_MAPS.get(signature_version)
        signing: dict[str, Any] = request.context.setdefault("signing", {})
        if auth is not None and not auth.REQUIRES_TOKEN and "request_credentials" not in signing:
            signing["request_credentials"] = await self._credentials.of_call(attempt)

    async def complete(self, request: Any, **_: Any) -> None:
        """Count the attempt in the headers; sign by the service's clock if the local one is off.

        botocore's own handler writes the headers of the count from the context.
        """
        attempt = current_attempt.get()
        if attempt is None:
            return
        request.context["retries"] = {
            "invocation-id": attempt.call.invocation_id,
            "attempt": attempt.number,
            "max": attempt.call.policy.max_attempts,
        }
        if self._recovery.offset and attempt.signer is not None and attempt.signer[3] == _SIGV4:
            await self._sign_again(request, attempt.signer)
        if self._watch is not None:
            await self._watch.over(request.url)
        # From here on other code may send it: handlers, tools, an unwatched HTTP session.
        attempt.sent = None

    async def _sign_again(self, request: Any, signer_of: tuple[Any, str, str, Any]) -> None:
        now = self._recovery.now() + self._recovery.offset
        signer, name, region, version = signer_of
        context: dict[str, Any] = request.context.get("signing") or {}
        name, region = context.get("signing_name", name), context.get("region", region)
        ready = context.get("request_credentials")
        auth = await signer.get_auth_instance(name, region, version, request_credentials=ready)
        prepared = request.prepare()
        scope = Scope(
            access_key=auth.credentials.access_key,
            secret_key=auth.credentials.secret_key,
            region=region,
            service=name,
        )
        form = Form.of(request.method, prepared.url, dict(request.headers.items()))
        stamp, authorization = form.sign(prepared.body or b"", scope=scope, now=now)
        for header, value in (("X-Amz-Date", stamp), ("Authorization", authorization)):
            del request.headers[header]
            request.headers[header] = value

    async def read(
        self,
        operation_model: Any,
        response_dict: dict[str, Any],
        customized_response_dict: Parsed,
        **_: Any,
    ) -> None:
        """Read the response in place of botocore's parser, as the fast path does.

        That parser reads a success of any content as an empty one, drops unknown members, and
        fails with various errors on members of an unexpected type. It gets an empty body here, and
        botocore merges the customized dictionary into its result.
        """
        attempt = current_attempt.get()
        if attempt is None or attempt.call.operation.name != operation_model.name:
            return
        headers = {str(name).lower(): value for name, value in response_dict["headers"].items()}
        status, body = response_dict["status_code"], response_dict["body"]
        parsed = parse(operation_model, attempt, status, headers, body)
        customized_response_dict.update({**parsed, **customized_response_dict})
        response_dict["body"] = b"{}"


def parse(
    model: Any, attempt: Attempt, status: int, headers: dict[str, str], body: bytes
) -> Parsed:
    """Return botocore's dictionary of a response, and record the model of a success.

    Args:
        model: botocore's model of the operation.
        attempt: Records the model of the response.
        status: The status of the response.
        headers: Its headers, names in lower case.
        body: Its body.

    Raises:
        InvalidResponseError: It is not a final response, or not in the service's protocol.
    """
    if status >= FIRST_ERROR_STATUS:
        from smsreg._runtime.aws.error_reader import read_error  # noqa: PLC0415 -- few calls fail

        return read_error(model, status, headers, body)
    result = attempt.result = read_success(attempt.call.operation, status, headers, body)
    parsed: Parsed = result.to_boto()
    parsed["ResponseMetadata"] = response_metadata(status, headers)
    return parsed
