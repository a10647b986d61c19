# pyright: reportUnknownMemberType=false
# botocore ships no types.
"""What we hook into an aiobotocore client: each hook minds our own calls and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smsreg._runtime.aws.parsed_response import ParsedResponse
from smsreg._runtime.aws.sigv4 import Form, Scope
from smsreg._runtime.call import current_call

if TYPE_CHECKING:
    import contextlib
    from collections.abc import Callable

    from smsreg._runtime.aws.response_reader import Parsed, Reader
    from smsreg._runtime.retry.recovery import Repairs

_SIGV4 = "v4"


def install(
    client: Any,  # noqa: ANN401 -- aiobotocore has no types
    reader: Reader,
    repairs: Repairs,
    stack: contextlib.AsyncExitStack,
    *,
    own_session: bool,
) -> None:
    """Register the hooks on a client, to be taken off again with ``stack``."""
    service = client.meta.service_model.service_id.hyphenize()
    hooks = Hooks(reader, repairs)
    events = client.meta.events
    wanted: list[tuple[Callable[..., Any], str, Callable[..., Any]]] = [
        (events.register, f"before-sign.{service}", hooks.note_signer),
        (events.register, f"request-created.{service}", hooks.complete),
        # The last of all: by its whole name or by a part of it, others may change the answer.
        (events.register_last, "before-parse", hooks.read),
    ]
    if not own_session:
        # The first answer counts; a borrowed client's own retries would come on top of ours.
        wanted.append((events.register_first, f"needs-retry.{service}", retry_elsewhere))
    for register, event, hook in wanted:
        register(event, hook)
        stack.callback(events.unregister, event, hook)


def retry_elsewhere(**_: Any) -> bool | None:  # noqa: ANN401 -- botocore's
    """Tell botocore not to repeat a call of ours: the attempt loop decides that."""
    return None if current_call.get() is None else False


class Hooks:
    """Sees to the headers of each attempt, and reads its answer."""

    def __init__(self, reader: Reader, repairs: Repairs) -> None:
        self._reader = reader
        self._repairs = repairs

    def note_signer(
        self,
        request_signer: Any,  # noqa: ANN401 -- botocore's
        signing_name: str,
        region_name: str,
        signature_version: Any,  # noqa: ANN401 -- a string or botocore's UNSIGNED
        **_: Any,  # noqa: ANN401 -- botocore's
    ) -> None:
        """Remember who signs, in case that has to be done again."""
        call = current_call.get()
        if call is not None:
            call.signer = (request_signer, signing_name, region_name, signature_version)

    async def complete(self, request: Any, **_: Any) -> None:  # noqa: ANN401 -- botocore's
        """Count the attempt in the headers, and sign by the service's clock if ours is wrong.

        botocore's own handler writes the headers of the count, from what stands in the context.
        """
        call = current_call.get()
        if call is None:
            return
        request.context["retries"] = {
            "invocation-id": call.invocation_id,
            "attempt": call.attempt,
            "max": call.policy.max_attempts,
        }
        authorization = str(request.headers.get("Authorization") or "")
        call.access_key = authorization.partition("Credential=")[2].partition("/")[0] or None
        if not self._repairs.offset or call.signer is None or call.signer[3] != _SIGV4:
            return
        now = self._repairs.signing_time()
        signer, name, region, version = call.signer
        context: dict[str, str] = request.context.get("signing") or {}
        name, region = context.get("signing_name", name), context.get("region", region)
        auth = await signer.get_auth_instance(name, region, version)
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
        operation_model: Any,  # noqa: ANN401 -- botocore's
        response_dict: dict[str, Any],
        customized_response_dict: Parsed,
        **_: Any,  # noqa: ANN401 -- botocore's
    ) -> None:
        """Read the answer in place of botocore's parser, as the short way does.

        That parser reads a success of any content as an empty one, drops members that it does not
        know, and fails in many ways over members of an unexpected type. It is left nothing to
        read, and botocore puts into its result what it finds in the customized dictionary.
        """
        call = current_call.get()
        if call is None or call.operation.name != operation_model.name:
            return
        status: int = response_dict["status_code"]
        headers = {str(name).lower(): value for name, value in response_dict["headers"].items()}
        parsed = await self._reader.read(operation_model, status, headers, response_dict["body"])
        if isinstance(parsed, ParsedResponse):
            call.answer = parsed.model
        customized_response_dict.update({**parsed, **customized_response_dict})
        response_dict["body"] = b"{}"
