"""The HTTP side: sockets, limits, signatures, faults; both protocols on one port."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import partial
from typing import TYPE_CHECKING, cast
from uuid import UUID

from aiohttp import web

from smsreg.emulator.core.errors import ServiceFault, front_door
from smsreg.emulator.core.service_model import SMS, SOCIAL, Doc, Operation, service_model
from smsreg.emulator.faults import Fault, Faults, service_fault
from smsreg.emulator.http.protocols import Answer, AwsJson, RestJson, WireProtocol
from smsreg.emulator.http.sigv4 import SignatureCheck, SignedRequest
from smsreg.emulator.received import Calls, ReceivedCall

if TYPE_CHECKING:
    import random
    from collections.abc import Awaitable, Callable

    from smsreg.emulator.dispatch import Engine

logger: logging.Logger = logging.getLogger("smsreg.emulator")

BODY_LIMIT = 16 * 1024 * 1024
"""Bytes; the largest blob of either model fits in as base64."""
_TOO_LARGE = "RequestEntityTooLargeException"


@dataclass(slots=True)
class ServerOptions:
    """How the server treats its clients."""

    host: str = "127.0.0.1"
    port: int = 0
    header_timeout: float = 20.0
    """Seconds that a new connection has for its first request's head."""
    body_timeout: float = 30.0
    """Seconds that a request's body may take."""
    wall_clock: Callable[[], float] = field(default=lambda: 0.0)
    check_signatures: bool = True


class Server:
    """Serves one engine on one address."""

    def __init__(
        self,
        engine: Engine,
        *,
        faults: Faults,
        calls: Calls,
        signatures: SignatureCheck,
        options: ServerOptions,
        request_ids: random.Random,
        after_write: Callable[[], Awaitable[None]] | None,
    ) -> None:
        self._engine = engine
        self._faults = faults
        self._calls = calls
        self._signatures = signatures
        self.options = options
        self._request_ids = request_ids
        self._after_write = after_write
        self._protocols: dict[bool, WireProtocol] = {}
        self._server: asyncio.Server | None = None
        self._web: web.Server | None = None
        self._timers: dict[object, asyncio.TimerHandle] = {}
        self.unexpected: list[BaseException] = []
        """Exceptions of the emulator's own code, which clients saw as an internal error."""

    async def start(self) -> int:
        """Listen; the port is the one that was asked for, or a free one for 0."""
        loop = asyncio.get_running_loop()
        self._web = web.Server(
            self._handle,
            access_log=None,
            keepalive_timeout=75.0,
            lingering_time=1.0,
            auto_decompress=False,
            max_line_size=64 * 1024,
            max_field_size=64 * 1024,
        )
        self._server = await loop.create_server(
            partial(self._connect, self._web),
            self.options.host,
            self.options.port,
            reuse_address=True,
        )
        return cast("int", self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening and close every connection at once."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        if self._server is not None:
            self._server.close()
        if self._web is not None:
            await self._web.shutdown(timeout=0.1)
        if self._server is not None:
            await self._server.wait_closed()
        self._server = self._web = None

    def _connect(self, server: web.Server) -> asyncio.Protocol:
        handler = server()
        loop = asyncio.get_running_loop()
        # A client that never finishes a head would otherwise hold its socket for ever.
        timer = loop.call_later(self.options.header_timeout, self._expire, handler)
        self._timers[handler] = timer
        return handler

    def _expire(self, handler: object) -> None:
        self._timers.pop(handler, None)
        _hang_up(handler)

    def _protocol(self, *, rest: bool) -> WireProtocol:
        """Made when first needed: a test that uses one service does not wait for both models."""
        known = self._protocols.get(rest)
        if known is None:
            known = RestJson(service_model(SOCIAL)) if rest else AwsJson(service_model(SMS))
            self._protocols[rest] = known
        return known

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        timer = self._timers.pop(request.protocol, None)
        if timer is not None:
            timer.cancel()
        request_id = str(UUID(int=self._request_ids.getrandbits(128), version=4))
        headers = _headers(request)
        rest = "x-amz-target" not in headers
        protocol = self._protocol(rest=rest)
        operation: Operation | None = None
        call: ReceivedCall | None = None
        fault: Fault | None = None
        wait = 0.0
        try:
            target = request.raw_path
            path, _, query = target.partition("?")
            body = await self._body(request)
            operation = protocol.route(request.method, path, headers)
            if self.options.check_signatures:
                signed = SignedRequest(request.method, target, headers, body)
                self._signatures.verify(signed, protocol.model.signing_name, rest=rest)
            raw = protocol.decode(operation, query, body)
            call = ReceivedCall(
                operation.service, operation.name, raw, self._engine.world.now(), request_id
            )
            self._calls.add(call)
            fault, wait = self._faults.strike(operation)
            answer = await self._work(protocol, operation, raw, fault)
        except ServiceFault as refused:
            answer = protocol.refuse(refused, request_id)
            if call is not None:
                call.error = refused.code
        except asyncio.TimeoutError:
            slow = front_door("RequestTimeoutException", "The body took too long", 408)
            answer = protocol.refuse(slow, request_id)
            answer.headers["Connection"] = "close"
        except Exception as problem:  # the emulator's own bug must not take the server down
            logger.exception("the emulator failed in %s", operation.name if operation else "?")
            self.unexpected.append(problem)
            answer = protocol.refuse(_internal(operation), request_id)
        if wait:
            await asyncio.sleep(wait)
        return await self._send(request, answer, fault, call, request_id)

    async def _work(
        self, protocol: WireProtocol, operation: Operation, raw: Doc, fault: Fault | None
    ) -> Answer:
        if fault is not None:
            if fault.kind in ("throttle", "error"):
                raise service_fault(fault, operation)
            if fault.kind == "drop_before":
                return _NOTHING
        document = self._engine.perform(operation, raw)
        if self._after_write is not None and not operation.is_read:
            await self._after_write()
        return protocol.answer(document)

    async def _body(self, request: web.BaseRequest) -> bytes:
        length = request.content_length
        if length is not None and length > BODY_LIMIT:
            raise front_door(_TOO_LARGE, f"A request has at most {BODY_LIMIT} bytes", 413)
        if request.headers.get("Expect", "").lower() == "100-continue":
            transport = request.transport
            if transport is not None:
                transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if not request.body_exists:
            return b""
        return await asyncio.wait_for(_read(request), self.options.body_timeout)

    async def _send(
        self,
        request: web.BaseRequest,
        answer: Answer,
        fault: Fault | None,
        call: ReceivedCall | None,
        request_id: str,
    ) -> web.StreamResponse:
        kind = fault.kind if fault is not None else None
        if kind in ("drop_before", "drop_after"):
            _hang_up(request.protocol)
            return web.Response(status=500)
        body = answer.body
        status = answer.status
        if kind == "malformed" and fault is not None:
            body, status = fault.body, 200
        if call is not None:
            call.status = status
        headers = {
            **answer.headers,
            "x-amzn-RequestId": request_id,
            "Date": formatdate(self.options.wall_clock(), usegmt=True),
        }
        if kind == "truncate":
            return await _half(request, status, headers, body)
        response = web.Response(status=status, headers=headers, body=body)
        if status in (408, 413):
            response.force_close()
        return response


_NOTHING = Answer(500, {}, b"")


async def _read(request: web.BaseRequest) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
        if size > BODY_LIMIT:
            raise front_door(_TOO_LARGE, f"A request has at most {BODY_LIMIT} bytes", 413)
        chunks.append(chunk)
    return b"".join(chunks)


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
        transport.close()  # what was written still goes out, unlike with an abort
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


def _internal(operation: Operation | None) -> ServiceFault:
    sms = operation is None or operation.service == SMS
    code = "InternalServerException" if sms else "InternalServiceException"
    return ServiceFault(code, "The emulator failed; its log says where", status=500)
