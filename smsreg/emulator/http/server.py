"""The HTTP server: sockets, limits, signatures, faults; every protocol on one port."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, cast

from aiohttp import web

from smsreg.emulator.core.errors import ServiceFault, common_error, unwritten
from smsreg.emulator.core.service_model import END_USER, SMS, SOCIAL, STS, Operation, service_model
from smsreg.emulator.end_user_messaging import media
from smsreg.emulator.end_user_messaging.resources import SERVICE as END_USER_SIGNING_NAME
from smsreg.emulator.faults import Fault, Faults, service_fault
from smsreg.emulator.http.body import ClientGone, read_body
from smsreg.emulator.http.control import PREFIX, ControlApi
from smsreg.emulator.http.protocols import AwsJson, RestJson, WireProtocol, WireResponse
from smsreg.emulator.http.query import AwsQuery
from smsreg.emulator.http.sigv4 import SignatureCheck, SignedRequest, claimed_scope, claimed_service
from smsreg.emulator.http.web_server import WebServer
from smsreg.emulator.received import Calls, ReceivedCall

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping

    from smsreg.emulator.accounts import Accounts
    from smsreg.emulator.core.service_model import Doc
    from smsreg.emulator.core.state_file import StateFile
    from smsreg.emulator.dispatch import Engine
    from smsreg.emulator.http.access import AccessRule

logger: logging.Logger = logging.getLogger("smsreg.emulator")

_UNEXPECTED_KEPT = 100
_Kind = Literal["json", "rest", "end_user", "query"]


@dataclass(slots=True)
class ServerOptions:
    """The options of the server."""

    access: AccessRule
    host: str = "127.0.0.1"
    port: int = 0
    header_timeout: float = 20.0
    """Timeout in seconds of the first request's head on a new connection."""
    body_timeout: float = 30.0
    """Timeout in seconds of a request's body."""
    wall_clock: Callable[[], float] = field(default=lambda: 0.0)
    check_signatures: bool = True


@dataclass(slots=True)
class _Exchange:
    """The state of one request in flight."""

    request: web.BaseRequest
    request_id: str
    headers: dict[str, str]
    protocol: WireProtocol
    call: ReceivedCall | None = None
    fault: Fault | None = None
    wait: float = 0.0


class Server:
    """Serves the accounts of one emulator on one address."""

    def __init__(
        self,
        accounts: Accounts,
        *,
        faults: Faults,
        calls: Calls,
        signatures: SignatureCheck,
        options: ServerOptions,
        request_ids: random.Random,
        control: ControlApi,
        state_file: StateFile | None,
    ) -> None:
        self._accounts = accounts
        self._faults = faults
        self._calls = calls
        self._signatures = signatures
        self.options = options
        self._request_ids = request_ids
        self._control = control
        self._state_file = state_file
        self._protocols: dict[_Kind, WireProtocol] = {}
        self._server: asyncio.Server | None = None
        self._web: WebServer | None = None
        self.unexpected: list[BaseException] = []
        """Exceptions of the emulator's own code, which clients saw as an internal error."""

    async def start(self) -> int:
        """Listen, and return the port: the configured one, or a free one for 0.

        Raises:
            OSError: The address is not of this machine, or is in use.
        """
        loop = asyncio.get_running_loop()
        self._web = WebServer(self._handle, self.options.header_timeout)
        host, port = self.options.host, self.options.port
        try:
            self._server = await loop.create_server(self._web, host, port, reuse_address=True)
        except (OSError, OverflowError, UnicodeError) as problem:
            msg = f"cannot listen on {host} port {port}: {problem}"
            raise OSError(msg) from None
        return cast("int", self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening and close every connection at once."""
        if self._server is not None:
            self._server.close()
        if self._web is not None:
            await self._web.shutdown(timeout=0.1)
        if self._server is not None:
            await self._server.wait_closed()
        self._server = self._web = None

    def _protocol(self, request: web.BaseRequest, headers: Mapping[str, str]) -> WireProtocol:
        """The protocol, created on first use: a test of one service does not load every model."""
        kind: _Kind = "rest"
        if "x-amz-target" in headers:
            kind = "json"
        elif request.rel_url.raw_path == "/":
            form = headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
            kind = "query" if form or "Action" in request.rel_url.query else "rest"
        elif _is_end_user(request, headers):
            kind = "end_user"
        known = self._protocols.get(kind)
        if known is None:
            known = self._protocols[kind] = _PROTOCOLS[kind]()
        return known

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        cast("WebServer", self._web).head_arrived(request.protocol)
        request_id = _request_id(self._request_ids)
        headers = _headers(request)
        protocol = self._protocol(request, headers)
        exchange = _Exchange(request, request_id, headers, protocol)
        control = f"{request.raw_path.partition('?')[0]}/".startswith(f"{PREFIX}/")
        try:
            refusal = self.options.access.refusal(headers, own_page=control)
            if control:
                return await self._control.handle(request, refusal, self.options.body_timeout)
            if request.raw_path.startswith(media.PREFIX):
                return await self._media(request, refusal)
            response = await self._respond(exchange, refusal)
        except ServiceFault as refused:
            response = self._refuse(exchange, refused)
        except asyncio.TimeoutError:
            slow = common_error("RequestTimeoutException", "The body took too long", 408)
            response = self._refuse(exchange, slow)
        except ClientGone:
            return web.Response()  # never sent: the client has disconnected
        except Exception as problem:  # a bug of the emulator must not crash the server
            logger.exception("the emulator failed in %s", request.raw_path.partition("?")[0][:200])
            self.unexpected.append(problem)
            del self.unexpected[:-_UNEXPECTED_KEPT]
            response = self._refuse(exchange, _internal(protocol))
        if exchange.wait:
            await asyncio.sleep(exchange.wait)
        return await self._send(exchange, response)

    async def _respond(self, exchange: _Exchange, refusal: str | None) -> WireResponse:
        if refusal is not None:
            raise common_error("AccessDeniedException", refusal, 403)
        request, headers, protocol = exchange.request, exchange.headers, exchange.protocol
        target = request.raw_path
        body = await read_body(request, self.options.body_timeout)
        operation = protocol.route(request.method, target, headers, body)
        if self.options.check_signatures:
            signed = SignedRequest(request.method, target, headers, body)
            service = protocol.model.signing_name
            self._signatures.verify(signed, service, rest=protocol.rest)
        engine = self._accounts.engine(claimed_scope(headers, self._accounts.default_scope))
        raw = protocol.decode(operation, target, body)
        exchange.call = ReceivedCall(
            operation.service,
            operation.name,
            raw,
            engine.world.now(),
            exchange.request_id,
            scope=engine.world.scope,
        )
        self._calls.add(exchange.call, len(target) + len(body))
        exchange.fault, exchange.wait = self._faults.strike(operation, engine.world.scope)
        if exchange.fault is not None:
            if exchange.fault.kind in ("throttle", "error"):
                raise service_fault(exchange.fault, operation)
            if exchange.fault.kind == "drop_before":
                return _NOTHING
        engine.world.endpoint = f"http://{headers.get('host', '')}"
        document = await self._perform(engine, operation, raw)
        return protocol.respond(operation, document, exchange.request_id)

    async def _media(self, request: web.BaseRequest, refusal: str | None) -> web.Response:
        """Serve a presigned link to a file, with errors in the form of S3."""
        try:
            if refusal is not None:
                raise common_error("AccessDenied", refusal, 403)
            body = await read_body(request, self.options.body_timeout)
            scope = media.scope_of(request.raw_path)
            if scope not in self._accounts.scopes:
                raise common_error("NoSuchKey", "There is no such file", 404)
            world = self._accounts.engine(scope).world
            if self._state_file is None or request.method != "PUT":
                kind, content = media.follow(world, request.method, request.raw_path, body)
            else:
                with self._state_file.changing():
                    kind, content = media.follow(world, request.method, request.raw_path, body)
                try:
                    await self._state_file.save()
                except OSError as problem:
                    raise unwritten(problem) from None
        except ServiceFault as refused:
            text = f"<Error><Code>{refused.code}</Code><Message>{refused.message}</Message></Error>"
            return web.Response(
                status=refused.status or 400, text=text, content_type="application/xml"
            )
        return web.Response(body=content, content_type=kind)

    async def _perform(self, engine: Engine, operation: Operation, raw: Doc) -> Doc:
        if self._state_file is None or operation.is_read:
            return engine.perform(operation, raw)
        with self._state_file.changing():
            document = engine.perform(operation, raw)
        try:
            await self._state_file.save()
        except OSError as problem:
            raise unwritten(problem) from None
        return document

    def _refuse(self, exchange: _Exchange, fault: ServiceFault) -> WireResponse:
        if exchange.call is not None:
            exchange.call.error = fault.code
        return exchange.protocol.refuse(fault, exchange.request_id)

    async def _send(self, exchange: _Exchange, wire_response: WireResponse) -> web.StreamResponse:
        fault = exchange.fault
        kind = fault.kind if fault is not None else None
        if kind in ("drop_before", "drop_after"):
            _hang_up(exchange.request.protocol)
            return web.Response(status=500)
        body = wire_response.body
        status = wire_response.status
        if kind == "malformed" and fault is not None:
            body, status = fault.body, 200
        if exchange.call is not None:
            exchange.call.status = status
        headers = {
            **wire_response.headers,
            "x-amzn-RequestId": exchange.request_id,
            "Date": _date(int(self.options.wall_clock())),
        }
        if kind == "truncate":
            return await _half(exchange.request, status, headers, body)
        response = web.Response(status=status, headers=headers, body=body)
        if status in (403, 408, 413):
            response.force_close()
        return response


_PROTOCOLS: dict[_Kind, Callable[[], WireProtocol]] = {
    "json": lambda: AwsJson(service_model(SMS)),
    "rest": lambda: RestJson(service_model(SOCIAL)),
    "end_user": lambda: RestJson(service_model(END_USER)),
    "query": lambda: AwsQuery(service_model(STS)),
}
_NOTHING = WireResponse(500, {}, b"")


def _request_id(chance: random.Random) -> str:
    """A random UUID of version 4."""
    digits = f"{chance.getrandbits(128) & _NOT_FIXED | _FIXED:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


_NOT_FIXED = ~(0xF000 << 64 | 0xC000 << 48)
_FIXED = 4 << 76 | 0x8000 << 48
"""The version and the variant of a UUID, at their places."""


@lru_cache(maxsize=4)
def _date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


def _is_end_user(request: web.BaseRequest, headers: Mapping[str, str]) -> bool:
    """Whether a request is for endusermessaging: by its signature, else by its path."""
    claimed = claimed_service(headers)
    if claimed is None:
        return request.raw_path.startswith(_END_USER_PATHS)
    return claimed == END_USER_SIGNING_NAME


_END_USER_PATHS = ("/v1/brand-profiles", "/v1/jobs", "/v1/notify-code-", "/v1/tags/arn")


async def _half(
    request: web.BaseRequest, status: int, headers: dict[str, str], body: bytes
) -> web.StreamResponse:
    response = web.StreamResponse(
        status=status, headers={**headers, "Content-Length": str(len(body))}
    )
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    transport = request.transport
    if transport is not None:
        transport.close()  # buffered data is still sent, unlike with an abort
    return response


def _headers(request: web.BaseRequest) -> dict[str, str]:
    result: dict[str, str] = {}
    for name, value in request.headers.items():
        key = name.lower()
        result[key] = f"{result[key]},{value}" if key in result else value
    return result


def _hang_up(handler: object) -> None:
    transport = cast("asyncio.Transport | None", getattr(handler, "transport", None))
    if transport is not None:
        transport.abort()


def _internal(protocol: WireProtocol) -> ServiceFault:
    code = "InternalServiceException" if protocol.rest else "InternalServerException"
    return ServiceFault(code, "The emulator failed; its log says where", status=500)
