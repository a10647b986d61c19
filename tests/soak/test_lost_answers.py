"""Thousands of calls through a server that loses answers after it has done the work."""

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


class Unlucky:
    """Does the work of each request, and then spoils three answers in ten.

    Which ones depends on the call and on the number of the try alone, not on the order in which
    calls come to run.
    """

    def __init__(self, name: str, result: str, *, throttles_are_true: bool) -> None:
        self.name = name
        self.result = result
        self.throttles_are_true = throttles_are_true
        self.made: dict[str, str] = {}
        self.executed: Counter[str] = Counter()
        self.tries: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()

    def __call__(self, seen: Request) -> Reply:
        key = seen.params[self.name]
        self.tries[key] += 1
        chance = random.Random(f"7:{key}:{self.tries[key]}")  # noqa: S311 -- a script that repeats
        fault = chance.choice(FAULTS) if chance.random() < SHARE else "none"
        self.faults[fault] += 1
        if fault == "throttle" and self.throttles_are_true:
            return refusal("ThrottlingException")
        return self.answer(fault, {self.result: self.work(key)})

    def work(self, key: str) -> str:
        if self.name != "ClientToken" or key not in self.made:
            self.executed[key] += 1
            self.made[key] = f"made-{len(self.made)}-{self.executed[key]}"
        return self.made[key]

    @staticmethod
    def answer(fault: str, content: dict[str, str]) -> Reply:
        if fault == "throttle":
            return refusal("ThrottlingException")
        if fault == "fail":
            return refusal("InternalServerException", 500)
        if fault in {"drop", "truncate"}:
            return Reply(content, fault=fault)
        return Reply(content, delay={"delay": 0.005, "late": LATE}.get(fault, 0.0))


async def all_of(call: Callable[[int], Awaitable[Any]]) -> list[Any]:
    """Make the calls, 50 at a time, and give what became of each."""
    numbers = iter(range(CALLS))
    ends: dict[int, Any] = {}

    async def end_of(number: int) -> Any:
        try:
            return await call(number)
        except Exception as error:  # noqa: BLE001 -- counted by its kind
            return error

    async def work() -> None:
        for number in numbers:
            ends[number] = await end_of(number)

    await asyncio.gather(*(work() for _ in range(AT_A_TIME)))
    return [ends[number] for number in range(CALLS)]


async def test_two_thousand_creates_make_two_thousand_resources(
    serve: Any, open_client: Any, waits: Any
) -> None:
    started = time.monotonic()
    service = Unlucky("ClientToken", "RegistrationId", throttles_are_true=False)
    server = await serve(service)
    policy = RetryPolicy(max_attempts=20, capacity=1_000_000, sleep=waits.sleep)
    tokens = map("token-{}".format, itertools.count())  # the same faults on every run
    client = open_client(
        server.url, retry=policy, config=CONFIG, client_token_factory=tokens.__next__
    )
    await client.open()

    async def call(_: int) -> Any:
        return await client.create_registration(registration_type="US_TOLL_FREE_REGISTRATION")

    ends = await all_of(call)
    assert [end for end in ends if isinstance(end, Exception)] == []
    assert len(service.made) == CALLS
    assert set(service.executed.values()) == {1}
    for end in ends:
        assert end.registration_id == service.made[end.response_metadata.client_token]
    assert len({end.registration_id for end in ends}) == CALLS
    spoiled = sum(service.faults.values()) - service.faults["none"]
    assert spoiled / sum(service.faults.values()) > 0.28
    assert all(service.faults[fault] > 50 for fault in FAULTS)
    assert sum(service.tries.values()) > CALLS * 1.25
    assert time.monotonic() - started < 30


async def test_no_message_is_sent_twice(serve: Any, open_client: Any, waits: Any) -> None:
    """Throttles are true here: a service that says so after it has sent could not be helped."""
    started = time.monotonic()
    service = Unlucky("MessageBody", "MessageId", throttles_are_true=True)
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
            await asyncio.sleep(0.02)  # as a sensible caller would
            raise

    opened: list[asyncio.Task[None]] = []

    def reopen(port: int) -> None:
        opened.append(asyncio.get_running_loop().create_task(server.start(port)))

    ends = await all_of(call)
    await asyncio.gather(*opened)
    assert set(service.executed.values()) == {1}, "a message was executed twice"
    counts: Counter[str] = Counter()
    for number, end in enumerate(ends):
        key = f"message {number}"
        if isinstance(end, OutcomeUnknownError):
            counts["unknown"] += 1
            assert end.likely_done is False
            assert end.__cause__ is not None
        elif isinstance(end, (ConnectError, ThrottlingError)):
            counts["not sent"] += 1
            assert key not in service.made
        else:
            counts["returned"] += 1
            assert end.message_id == service.made[key]
    assert counts.total() == CALLS
    assert counts["returned"] > CALLS * 0.6
    assert counts["unknown"] > CALLS * 0.15
    assert counts["not sent"] >= refused > 0
    assert len(service.made) >= counts["returned"]
    assert client.retry_capacity <= 500
    assert time.monotonic() - started < 30
