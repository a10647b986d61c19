"""Thousands of calls to a server that loses responses after it has done the work."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from aiobotocore.config import AioConfig

from smsreg import ConnectError, OutcomeUnknownError, RetryPolicy, ThrottlingError
from tests.support.scripts import Reply, refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.support.server import Request

CALLS = 2_000
AT_A_TIME = 50
SHARE = 0.3
FAULTS = ("drop", "delay", "late", "truncate", "throttle", "fail")
LATE = 1.5
CONFIG = AioConfig(read_timeout=0.5, max_pool_connections=AT_A_TIME)


class UnreliableService:
    """Does the work of each request, and then breaks three responses in ten.

    Which ones depends only on the call and the number of the attempt, not on the order in which
    calls happen to run.
    """

    def __init__(self, name: str, result: str, *, throttles_do_no_work: bool) -> None:
        self.name = name
        self.result = result
        self.throttles_do_no_work = throttles_do_no_work
        self.made: dict[str, str] = {}
        self.executed: Counter[str] = Counter()
        self.attempts: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()

    def __call__(self, seen: Request) -> Reply:
        key = seen.params[self.name]
        self.attempts[key] += 1
        chance = random.Random(f"7:{key}:{self.attempts[key]}")  # noqa: S311 -- reproducible faults
        fault = chance.choice(FAULTS) if chance.random() < SHARE else "none"
        self.faults[fault] += 1
        if fault == "throttle" and self.throttles_do_no_work:
            return refusal("ThrottlingException")
        return self.response(fault, {self.result: self.work(key)})

    def work(self, key: str) -> str:
        if self.name != "ClientToken" or key not in self.made:
            self.executed[key] += 1
            self.made[key] = f"made-{len(self.made)}-{self.executed[key]}"
        return self.made[key]

    @staticmethod
    def response(fault: str, content: dict[str, str]) -> Reply:
        if fault == "throttle":
            return refusal("ThrottlingException")
        if fault == "fail":
            return refusal("InternalServerException", 500)
        if fault in {"drop", "truncate"}:
            return Reply(content, fault=fault)
        return Reply(content, delay={"delay": 0.005, "late": LATE}.get(fault, 0.0))


async def call_all(call: Callable[[int], Awaitable[Any]]) -> list[Any]:
    """Make the calls, 50 at a time; return the result or error of each."""
    numbers = iter(range(CALLS))
    results: dict[int, Any] = {}

    async def result_of(number: int) -> Any:
        try:
            return await call(number)
        except Exception as error:  # noqa: BLE001 -- counted by its kind
            return error

    async def work() -> None:
        for number in numbers:
            results[number] = await result_of(number)

    await asyncio.gather(*(work() for _ in range(AT_A_TIME)))
    return [results[number] for number in range(CALLS)]


async def test_two_thousand_creates_make_two_thousand_resources(
    serve: Any, open_client: Any, waits: Any
) -> None:
    started = time.monotonic()
    service = UnreliableService("ClientToken", "RegistrationId", throttles_do_no_work=False)
    server = await serve(service)
    policy = RetryPolicy(max_attempts=20, capacity=1_000_000, sleep=waits.sleep)
    tokens = map("token-{}".format, itertools.count())  # the same faults on every run
    client = open_client(
        server.url, retry=policy, config=CONFIG, client_token_factory=tokens.__next__
    )
    await client.open()

    async def call(_: int) -> Any:
        return await client.create_registration(registration_type="US_TOLL_FREE_REGISTRATION")

    results = await call_all(call)
    assert [result for result in results if isinstance(result, Exception)] == []
    assert len(service.made) == CALLS
    assert set(service.executed.values()) == {1}
    for result in results:
        assert result.registration_id == service.made[result.response_metadata.client_token]
    assert len({result.registration_id for result in results}) == CALLS
    faulty = sum(service.faults.values()) - service.faults["none"]
    assert faulty / sum(service.faults.values()) > 0.28
    assert all(service.faults[fault] > 50 for fault in FAULTS)
    assert sum(service.attempts.values()) > CALLS * 1.25
    assert time.monotonic() - started < 30


async def test_no_message_is_sent_twice(serve: Any, open_client: Any, waits: Any) -> None:
    """Throttled requests do no work here: a throttle after sending would be undetectable."""
    started = time.monotonic()
    service = UnreliableService("MessageBody", "MessageId", throttles_do_no_work=True)
    server = await serve(service)
    policy = RetryPolicy(max_attempts=2, sleep=waits.sleep)
    client = open_client(server.url, retry=policy, config=CONFIG)
    await client.open()
    refused = 0

    async def call(number: int) -> Any:
        nonlocal refused
        port = await server.shut() if number == CALLS // 2 else 0
        if port:
            asyncio.get_running_loop().call_later(0.1, reopen, port)
        try:
            return await client.send_text_message(
                destination_phone_number="+14254147755", message_body=f"message {number}"
            )
        except ConnectError:
            refused += 1
            await asyncio.sleep(0.02)  # as a caller that backs off would
            raise

    opened: list[asyncio.Task[None]] = []

    def reopen(port: int) -> None:
        opened.append(asyncio.get_running_loop().create_task(server.start(port)))

    results = await call_all(call)
    await asyncio.gather(*opened)
    assert set(service.executed.values()) == {1}, "a message was executed twice"
    counts: Counter[str] = Counter()
    for number, result in enumerate(results):
        key = f"message {number}"
        if isinstance(result, OutcomeUnknownError):
            counts["unknown"] += 1
            assert result.likely_done is False
            assert result.__cause__ is not None
        elif isinstance(result, (ConnectError, ThrottlingError)):
            counts["not sent"] += 1
            assert key not in service.made
        else:
            counts["returned"] += 1
            assert result.message_id == service.made[key]
    assert counts.total() == CALLS
    assert counts["returned"] > CALLS * 0.6
    assert counts["unknown"] > CALLS * 0.15
    assert counts["not sent"] >= refused > 0
    assert len(service.made) >= counts["returned"]
    assert client.retry_capacity <= 500
    assert time.monotonic() - started < 30
