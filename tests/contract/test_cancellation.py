"""A paginated, retried call, cancelled at each of its await points, leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.clients import busy_connections
from tests.support.scripts import Reply, refusal

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator

    from smsreg import SMSVoiceClient
    from tests.support.server import Request, Server

IDS = [f"pool-{number}" for number in range(6)]


class UnreliablePages:
    """Three pages, each returned at the third attempt: after a lost response and a throttle."""

    def __init__(self) -> None:
        self.attempts: dict[str, int] = {}

    def __call__(self, seen: Request) -> Reply:
        call = seen.headers["amz-sdk-invocation-id"]
        self.attempts[call] = attempt = self.attempts.get(call, 0) + 1
        if attempt == 1:
            return Reply(fault="drop")
        if attempt == 2:
            return refusal("ThrottlingException")
        number = int(seen.params.get("NextToken", "0"))
        pools = [{"PoolId": IDS[2 * number + i]} for i in range(2)]
        more = {"NextToken": str(number + 1)} if number < 2 else {}
        return Reply({"Pools": pools, **more})


class CancelAt:
    """Drives a coroutine, and cancels its task at the n-th await.

    With ``late`` it cancels when the awaited future is done, but before the coroutine resumes: that
    result must not be lost.
    """

    def __init__(self, coroutine: Coroutine[Any, Any, Any], at: int, *, late: bool) -> None:
        self.coroutine = coroutine
        self.at = at
        self.late = late
        self.points = 0

    def __await__(self) -> Generator[Any, Any, Any]:
        task = asyncio.current_task()
        assert task is not None
        inner = self.coroutine.__await__()
        send: Any = inner.send
        value: Any = None
        while True:
            try:
                awaited = send(value)
            except StopIteration as end:
                return end.value
            self.points += 1
            if self.points == self.at:
                if self.late and awaited is not None:
                    awaited.add_done_callback(lambda _: task.cancel())
                else:
                    asyncio.get_running_loop().call_soon(task.cancel)
            try:
                value = yield awaited
            except BaseException as error:  # noqa: BLE001 -- handed on to the coroutine
                send, value = inner.throw, error
            else:
                send = inner.send


async def consume(client: SMSVoiceClient) -> list[str | None]:
    found: list[str | None] = []
    async for item in client.describe_pools():
        found.append(item.pool_id)
        await asyncio.sleep(0)
    return found


async def assert_nothing_left(
    client: SMSVoiceClient, server: Server, before: set[asyncio.Task[Any]]
) -> None:
    for _ in range(10):
        await asyncio.sleep(0)
        if asyncio.all_tasks() - before - server.tasks == set():
            break
    assert asyncio.all_tasks() - before - server.tasks == set()
    assert busy_connections(client) == 0
    # Each page that was returned has paid for its first retry; the cancelled call paid nothing.
    paid = 500 - client.retry_capacity
    assert paid in {0, 14, 28, 42}
    client._budget.left = 500


@pytest.fixture
async def server_and_client(
    serve: Any, open_client: Any, retry_policy: Any
) -> tuple[Server, SMSVoiceClient]:
    server: Server = await serve(UnreliablePages())
    client: SMSVoiceClient = open_client(server.url, retry=retry_policy())
    await client.open()
    assert await consume(client) == IDS
    client._budget.left = 500
    return server, client


@pytest.mark.parametrize("late", [False, True], ids=["waiting", "done"])
async def test_cancelled_at_each_await_point(
    server_and_client: tuple[Server, SMSVoiceClient], *, late: bool
) -> None:
    server, client = server_and_client
    before = asyncio.all_tasks() - server.tasks
    at = 0
    while True:
        at += 1
        driver = CancelAt(consume(client), at, late=late)

        async def drive(driver: CancelAt = driver) -> Any:
            return await driver

        task = asyncio.create_task(drive())
        await asyncio.wait([task])
        if driver.points < at:
            assert task.result() == IDS
            break
        assert task.cancelled(), at
        await assert_nothing_left(client, server, before)
    assert at > 12, "the call has more await points than that"
    gc.collect()
    client._budget.left = 500
    assert await consume(client) == IDS


async def test_cancelled_at_each_turn_of_the_loop(
    server_and_client: tuple[Server, SMSVoiceClient],
) -> None:
    """The same by iterations of the loop, which also covers each point of the prefetch."""
    server, client = server_and_client
    before = asyncio.all_tasks() - server.tasks
    turns = 0
    while True:
        task = asyncio.create_task(consume(client))
        for _ in range(turns):
            await asyncio.sleep(0)
        if task.done():
            assert task.result() == IDS
            break
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled(), turns
        await assert_nothing_left(client, server, before)
        turns += 1
    assert turns > 30, "the call takes more turns than that"
    gc.collect()
    client._budget.left = 500
    assert await consume(client) == IDS


async def test_closing_after_cancellations_closes_every_connection(
    serve: Any, open_client: Any, retry_policy: Any
) -> None:
    server: Server = await serve(UnreliablePages())
    client: SMSVoiceClient = open_client(server.url, retry=retry_policy())
    for at in range(1, 12):
        driver = CancelAt(consume(client), at, late=False)

        async def drive(driver: CancelAt = driver) -> Any:
            return await driver

        await asyncio.wait([asyncio.create_task(drive())])
    await client.aclose()
    for _ in range(200):
        if not server.open:
            break
        await asyncio.sleep(0.005)
    assert server.open == 0
    gc.collect()


async def test_cancelled_while_opening(serve: Any, open_client: Any, retry_policy: Any) -> None:
    """A call that opens the client is cancelled at each of its points; the next one opens it."""
    server: Server = await serve(lambda _: Reply({"Pools": []}))
    before = asyncio.all_tasks() - server.tasks
    at = 0
    while True:
        at += 1
        client: SMSVoiceClient = open_client(server.url, retry=retry_policy())

        async def call(client: SMSVoiceClient = client) -> Any:
            return await client.describe_pools()

        driver = CancelAt(call(), at, late=False)

        async def drive(driver: CancelAt = driver) -> Any:
            return await driver

        task = asyncio.create_task(drive())
        await asyncio.wait([task])
        if driver.points < at:
            break
        assert task.cancelled()
        assert (await client.describe_pools()).pools == []
        await client.aclose()
        for _ in range(5):
            await asyncio.sleep(0)
        assert asyncio.all_tasks() - before - server.tasks == set()
    assert at > 1
