# pyright: reportUnknownMemberType=false
# botocore ships no types.
"""What we hook into an aiobotocore client: each hook minds our own calls and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smsreg._runtime.attempts import current_call
from smsreg._runtime.parser import check_answer
from smsreg._runtime.sigv4 import Form, Scope

if TYPE_CHECKING:
    import contextlib
    from collections.abc import Callable

    from smsreg._runtime.repair import Repairs

_SIGV4 = "v4"


def install(
    client: Any,  # noqa: ANN401 -- aiobotocore has no types
    repairs: Repairs,
    stack: contextlib.AsyncExitStack,
    *,
    own_parser: bool,
) -> None:
    """Register the hooks on a client, to be taken off again with ``stack``."""
    service = client.meta.service_model.service_id.hyphenize()
    hooks = Hooks(repairs)
    wanted: list[tuple[str, Callable[..., Any]]] = [
        (f"before-sign.{service}", hooks.note_signer),
        (f"request-created.{service}", hooks.complete),
    ]
    if not own_parser:
        wanted.append((f"before-parse.{service}", check_answer))
    events = client.meta.events
    for event, hook in wanted:
        events.register(event, hook)
        stack.callback(events.unregister, event, hook)
    if not own_parser:
        # The first answer counts; a borrowed client's own retries would come on top of ours.
        events.register_first(f"needs-retry.{service}", retry_elsewhere)
        stack.callback(events.unregister, f"needs-retry.{service}", retry_elsewhere)


def retry_elsewhere(**_: Any) -> bool | None:  # noqa: ANN401 -- botocore's
    """Tell botocore not to repeat a call of ours: the attempt loop decides that."""
    return None if current_call.get() is None else False


class Hooks:
    """Sees to the headers of each attempt."""

    def __init__(self, repairs: Repairs) -> None:
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
