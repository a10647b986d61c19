"""Every mutating operation against the emulator, through a proxy that loses requests and responses.

A second emulator first receives the same request without losses, which shows its effect. Then the
client's outcome is compared with what the emulator has done.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import datetime as dt
import json
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from typing_extensions import Self

from smsreg import EndUserMessagingClient, RetryPolicy, SMSVoiceClient, SocialMessagingClient
from smsreg.emulator import Clock, Emulator
from smsreg.emulator.social_messaging.template_library import LIBRARY
from smsreg.errors import (
    ConnectError,
    OutcomeUnknownError,
    ServiceError,
    SmsregError,
    TransportError,
)
from tests.random_requests import MODELS, Generator, send
from tests.support.sampling import ALL_CASES

ROUNDS, SHARE = (200, 0.85) if ALL_CASES else (60, 0.7)
CALLS = 7
"""Calls in each round: with 200 rounds, about 15 of each operation in all. The share is that of
the operations of which one call is accepted."""
DRAWS = 12
"""Random requests that are sent to the second emulator until it accepts one."""
LOSSES = {"request": 0.2, "response": 0.25, "half the response": 0.05}
CLIENTS = {
    c.service_name: c for c in (SMSVoiceClient, SocialMessagingClient, EndUserMessagingClient)
}
MUTATING = [
    (name, operation)
    for name, client in CLIENTS.items()
    for operation in client.operations.values()
    if operation.idempotency != "read"
]


Refusal = tuple[str, Any, Any]
"""An error's code, reason and resource type."""


@dataclass
class Exchange:
    """One request that the proxy received, the emulator's response, and its state afterwards."""

    loss: str | None
    status: int | None = None
    document: Any = field(default=None, repr=False)
    state: Any = field(default=None, repr=False)

    @property
    def executed(self) -> bool:
        return self.status == 200


class LossyProxy:
    """Forwards requests to an emulator, and loses some of them or of the responses."""

    def __init__(self, emulator: Emulator, rng: random.Random) -> None:
        self.emulator = emulator
        self.exchanges: list[Exchange] = []
        self.losses: Counter[str] = Counter()
        self._chance = rng
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=2**24)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _loss(self) -> str | None:
        number, sum_ = self._chance.random(), 0.0
        for loss, share in LOSSES.items():
            sum_ += share
            if number < sum_:
                return loss
        return None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task: Any = asyncio.current_task()
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        port = int(self.emulator.url.rpartition(":")[2])
        from_emulator, to_emulator = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
        try:
            while await self._exchange(reader, writer, from_emulator, to_emulator):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client has finished
        finally:
            for one in (writer, to_emulator):
                one.close()
                with contextlib.suppress(OSError, asyncio.CancelledError):
                    await one.wait_closed()

    async def _exchange(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        from_emulator: asyncio.StreamReader,
        to_emulator: asyncio.StreamWriter,
    ) -> bool:
        request = await _message(reader)
        exchange = Exchange(self._loss())
        self.losses[str(exchange.loss)] += 1
        self.exchanges.append(exchange)
        if exchange.loss == "request":
            return False
        to_emulator.write(request)
        response = await _message(from_emulator)
        exchange.status = int(response.split(b" ", 2)[1])
        if exchange.executed:
            exchange.document = json.loads(response.partition(b"\r\n\r\n")[2] or b"{}")
            exchange.state = self.emulator.snapshot()
        if exchange.loss == "response":
            return False
        writer.write(response if exchange.loss is None else response[: len(response) // 2])
        await writer.drain()
        return exchange.loss is None


async def _message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return head + await reader.readexactly(int(line.partition(b":")[2]))
    return head


def as_boto(shape: Any, value: Any) -> Any:
    """Convert a value in wire format to boto3's form."""
    kind = shape.type_name
    if kind == "structure":
        return {name: as_boto(shape.members[name], item) for name, item in value.items()}
    if kind == "list":
        return [as_boto(shape.member, item) for item in value]
    if kind == "map":
        return {key: as_boto(shape.value, item) for key, item in value.items()}
    if kind == "blob":
        return base64.b64decode(value)
    if kind == "timestamp":
        return dt.datetime.fromtimestamp(value, dt.timezone.utc)
    return value


KNOWN = {
    "VerificationCode": ["123456"],
    "Policy": ['{"Version": "2012-10-17", "Statement": []}'],
    "metaApiVersion": ["v20.0"],
    "libraryTemplateName": [LIBRARY[0]["templateName"]],
    "OptOutListName": ["Default"],
    "RegistrationType": ["US_TOLL_FREE_REGISTRATION"],
    "FieldPath": ["companyInfo.companyName"],
}
"""Values that a request needs to be accepted, and that random values would not match."""


class Run:
    """Draws requests, makes calls, and compares their outcomes with their effects."""

    def __init__(self, emulator: Emulator, twin: Emulator, proxy: LossyProxy, http: Any) -> None:
        self.emulator, self.twin, self.proxy, self.http = emulator, twin, proxy, http
        self.generator = Generator(7)
        self.start = emulator.snapshot()
        self.seen: Counter[str] = Counter()
        self.accepted: Counter[str] = Counter()
        self.executed_again: set[str] = set()
        self.own_refusals: dict[str, set[Refusal]] = {}
        """The errors with which each operation is refused because of its own earlier effect."""
        self.likely_claims: list[tuple[str, Refusal]] = []
        self.problems_found: list[str] = []

    def plan(self) -> list[Any]:
        """Reset the state; return every operation, those that create first, removals last."""
        self.emulator.restore(self.start)
        self.generator.seen = {name: list(values) for name, values in KNOWN.items()}
        self.generator.learn("id", self.emulator.whatsapp_account_id)
        self.generator.learn("id", self.emulator.whatsapp_phone_number_id)
        plan = list(MUTATING)
        self.generator.chance.shuffle(plan)
        return sorted(plan, key=lambda entry: _phase(entry[1].name), reverse=True)

    async def draw(self, service: str, name: str) -> tuple[dict[str, Any], Refusal | None]:
        """Draw a request; return it and the error with which it is refused without losses."""
        shape = MODELS[service].operation_model(name).input_shape
        self.twin.restore(self.emulator.snapshot())
        for _ in range(DRAWS):
            params = self.generator.structure(shape)
            refused = await self.refusal(service, name, params)
            if refused is None:
                if again := await self.refusal(service, name, params):
                    self.own_refusals.setdefault(name, set()).add(again)
                break
        return params, refused

    async def refusal(self, service: str, name: str, params: dict[str, Any]) -> Refusal | None:
        """Send a request to the second emulator; return its error, or None if it is accepted."""
        _, code, document = await send(self.http, self.twin.url, service, name, params)
        return code and (code, document.get("Reason"), document.get("ResourceType"))

    async def call(self, client: Any, service: str, operation: Any) -> None:
        params, refused = await self.draw(service, operation.name)
        shape = MODELS[service].operation_model(operation.name).input_shape
        request = operation.request_type.from_boto(as_boto(shape, params))
        before, received = len(self.proxy.exchanges), len(self.emulator.calls)
        try:
            outcome = await client.send(request)
        except SmsregError as error:
            outcome = error
        exchanges = self.proxy.exchanges[before:]
        arrived = [exchange for exchange in exchanges if exchange.loss != "request"]
        assert len(self.emulator.calls) - received == len(arrived)
        for exchange in exchanges:
            self.generator.learn("", exchange.document)
        self.accepted[operation.name] += refused is None
        for problem in self.problems(operation, outcome, exchanges, refused):
            self.problems_found.append(f"{operation.name}: {problem}: {outcome!r} {exchanges}")

    def problems(
        self, operation: Any, outcome: Any, exchanges: list[Exchange], refused: Refusal | None
    ) -> list[str]:
        """Return the false claims of an outcome, and duplicate effects."""
        done = [exchange for exchange in exchanges if exchange.executed]
        found: list[str] = []
        self.seen[type(outcome).__name__ if isinstance(outcome, SmsregError) else "result"] += 1
        if len(done) > 1:
            self.executed_again.add(operation.name)
            if any(effect(one.state) != effect(done[0].state) for one in done):
                found.append("duplicate")
            if operation.idempotency == "unsafe":
                found.append("executed again")
        return found + [
            text
            for text, false in self.claims_of(operation, outcome, exchanges, done, refused)
            if false
        ]

    def claims_of(
        self,
        operation: Any,
        outcome: Any,
        exchanges: list[Exchange],
        done: list[Exchange],
        refused: Refusal | None,
    ) -> list[tuple[str, bool]]:
        """Return the ways in which an outcome can be false, each with whether it is."""
        if isinstance(outcome, OutcomeUnknownError):
            self.seen["likely done"] += outcome.likely_done
            if outcome.likely_done and refused is not None:
                # The claim is allowed if the refusal looks like that of a repeated request.
                self.likely_claims.append((operation.name, refused))
            return [
                ("false likely_done", outcome.likely_done and refused is None and not done),
                ("nothing was lost", not any(exchange.loss for exchange in exchanges)),
            ]
        if isinstance(outcome, (ConnectError, ServiceError)):
            return [("false failure", bool(done)), ("failed for no reason", refused is None)]
        if isinstance(outcome, TransportError):
            unsafe = operation.idempotency == "unsafe"
            return [("unsafe, and not unknown", unsafe), ("no loss", not exchanges[-1].loss)]
        return [("a result of nothing", not done)]


RENEWED = {"sequence", "_preview"}
"""Members that count calls, or that GetWhatsAppFlowPreview replaces each time."""


def effect(snapshot: Any) -> Any:
    """Return the state of an emulator without what a repetition changes by design."""
    if isinstance(snapshot, dict):
        return {key: effect(value) for key, value in snapshot.items() if key not in RENEWED}
    return [effect(item) for item in snapshot] if isinstance(snapshot, list) else snapshot


def _phase(name: str) -> int:
    """Return the phase of an operation: creating resources, using them, or removing them."""
    if name.startswith(("Create", "Request", "Post", "SendDestination")):
        return 0
    return 2 if name.startswith(("Delete", "Disassociate", "Release", "Discard")) else 1


async def test_every_mutating_operation_through_a_lossy_proxy(waits: Any) -> None:
    clock = Clock.fixed()
    policy = RetryPolicy(sleep=waits.sleep, capacity=10**9)
    async with contextlib.AsyncExitStack() as stack:
        enter = stack.enter_async_context
        options: dict[str, Any] = {
            "check_signatures": False,
            "seed": 7,
            "review_seconds": 0.0,
            "incomplete_submit": "deny",
            "verification_code": "123456",
        }
        emulator = await enter(Emulator(clock=clock, **options))
        twin = await enter(Emulator(clock=clock, **options))
        proxy = await enter(LossyProxy(emulator, random.Random(7)))  # noqa: S311 -- a script
        http = await enter(aiohttp.ClientSession())
        settings = {**emulator.client_options, "endpoint_url": proxy.url, "retry": policy}
        clients = {name: await enter(client(**settings)) for name, client in CLIENTS.items()}
        run = Run(emulator, twin, proxy, http)
        plan: list[Any] = []
        for _ in range(ROUNDS):
            for _ in range(CALLS):
                if not plan:
                    plan = run.plan()
                service, operation = plan.pop()
                await run.call(clients[service], service, operation)
        assert emulator.unexpected == twin.unexpected == []
    assert run.problems_found == []
    assert [
        (name, claim)
        for name, claim in run.likely_claims
        if claim not in run.own_refusals.get(name, {claim})
    ] == []
    # The test is only meaningful if most requests are accepted, and many are lost and repeated.
    assert len({o.name for _, o in MUTATING if run.accepted[o.name]}) > SHARE * len(MUTATING)
    assert all(proxy.losses[loss] > ROUNDS / 4 for loss in LOSSES)
    assert len(run.executed_again) > 40 * ROUNDS / 200
    assert run.seen["likely done"] > ROUNDS / 4
    assert len(run.own_refusals) > 20 * ROUNDS / 200
    assert run.seen["OutcomeUnknownError"] > ROUNDS / 2
