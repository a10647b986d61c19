"""The control API under `/_emulator/`: JSON, for tests and tools in any language."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, unquote

from aiohttp import web

from smsreg.emulator.control_calls import CALLS, ControlCall, NotFound, Params
from smsreg.emulator.core.errors import ServiceFault
from smsreg.emulator.core.safe_json import parse
from smsreg.emulator.core.scope import Scope
from smsreg.emulator.http.body import read_body
from smsreg.emulator.http.page import page

if TYPE_CHECKING:
    from smsreg.emulator.controlled import Controlled
    from smsreg.emulator.core.state_file import StateFile

PREFIX = "/_emulator"


class ControlApi:
    """Serves the control calls of one emulator."""

    def __init__(self, emulator: Controlled, state_file: StateFile | None) -> None:
        self._emulator = emulator
        self._state_file = state_file

    async def handle(
        self,
        request: web.BaseRequest,
        refusal: str | None,
        timeout: float,  # the server's limit, not its caller's
    ) -> web.Response:
        """The response to a request under the prefix; `refusal` is why it is refused, or None."""
        if refusal is not None:
            response = _error(403, refusal)
            response.force_close()
            return response
        path, _, query = request.raw_path.partition("?")
        parts = [unquote(part) for part in path.removeprefix(PREFIX).split("/")[1:]]
        if parts in ([], [""]):
            return page(request.method)
        status, message = 400, ""
        try:
            body = await read_body(request, timeout)
            return await self._respond(request.method, parts, query, body)
        except ServiceFault as fault:
            status = 404 if fault.code == "ResourceNotFoundException" else 400
            message = fault.message
        except asyncio.TimeoutError:
            message = "the body took too long"
        except NotFound as problem:
            status, message = 404, str(problem)
        except ValueError as problem:
            message = str(problem)
        except OSError as problem:
            status, message = 500, f"nothing was changed: {problem}"
        response = _error(status, message)
        if not request.content.at_eof():
            response.force_close()
        return response

    async def _respond(
        self, method: str, parts: list[str], query: str, body: bytes
    ) -> web.Response:
        name, arguments = _route(method, parts)
        call = ControlCall(
            emulator=self._emulator,
            scope=self._scope(query),
            arguments=arguments,
            params=_params(method, body),
        )
        act = CALLS[name]
        if method == "GET" or self._state_file is None:
            return web.json_response(act(call))
        with self._state_file.changing():
            result = act(call)
        await self._state_file.save()
        return web.json_response(result)

    def _scope(self, query: str) -> Scope:
        given: dict[str, str] = {}
        for key, value in parse_qsl(query, keep_blank_values=True, max_num_fields=10):
            if key not in ("account", "region") or key in given:
                msg = f"{ascii(key[:64])[1:-1]}: the query string has an account and a region only"
                raise ValueError(msg)
            given[key] = value
        default = self._emulator.accounts.default_scope
        return Scope.of(
            given.get("account", default.account_id), given.get("region", default.region)
        )


def _route(method: str, parts: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """The call's key in the table, and the value of the star in the key."""
    for key in CALLS:
        pattern = key[1:]
        if key[0] != method or len(pattern) != len(parts):
            continue
        if all(want in ("*", got) for want, got in zip(pattern, parts, strict=True)):
            return key, [got for want, got in zip(pattern, parts, strict=True) if want == "*"]
    shown = ascii("/".join(parts)[:200])[1:-1]
    msg = f"there is no control call {method} {PREFIX}/{shown}"
    raise NotFound(msg)


def _params(method: str, body: bytes) -> Params:
    if method == "GET" or not body.strip():
        return Params({})
    try:
        document = parse(body)
    except ValueError as problem:
        msg = f"the body is not JSON: {problem}"
        raise ValueError(msg) from None
    if not isinstance(document, dict):
        raise ValueError("the body is not a JSON object")  # noqa: TRY004  # content, not a call
    return Params(cast("dict[str, Any]", document))


def _error(status: int, message: str) -> web.Response:
    return web.json_response({"error": message}, status=status, dumps=json.dumps)
