"""A listing used as a coroutine, and as an iterable."""

from __future__ import annotations

import asyncio
import gc
import inspect
import sys
import warnings
from collections.abc import AsyncIterator, Coroutine
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest

from smsreg import EndUserMessagingClient, RetryPolicy, SMSVoiceClient, SocialMessagingClient
from smsreg.errors import CallTimeoutError, ServiceError
from smsreg.sms_voice import DescribePoolsResult
from tests.support.clients import busy_connections
from tests.support.scripts import Reply, refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.support.server import Request, Server

pytestmark = pytest.mark.sampled

ONE = Reply({"Pools": [{"PoolId": "pool-1"}, {"PoolId": "pool-2"}], "NextToken": "more"})


@pytest.fixture
async def server(serve: Any) -> Server:
    started: Server = await serve(lambda _: ONE)
    return started


@pytest.fixture
def client(server: Server, open_client: Any) -> SMSVoiceClient:
    opened: SMSVoiceClient = open_client(server.url)
    return opened


# --- as a coroutine


async def by_task(listing: Any) -> Any:
    return await asyncio.create_task(listing)


async def by_ensure_future(listing: Any) -> Any:
    return await asyncio.ensure_future(listing)


async def by_wait_for(listing: Any) -> Any:
    return await asyncio.wait_for(listing, 5)


async def by_shield(listing: Any) -> Any:
    return await asyncio.shield(listing)


async def by_gather(listing: Any) -> Any:
    first, second = await asyncio.gather(listing, listing)
    assert first is second, "gather runs one coroutine once"
    return first


async def by_thread(listing: Any) -> Any:
    loop = asyncio.get_running_loop()
    return await asyncio.to_thread(
        lambda: asyncio.run_coroutine_threadsafe(listing, loop).result(5)
    )


async def by_yield_from(listing: Any) -> Any:
    async def wrapped() -> Any:
        return await listing

    return await asyncio.create_task(wrapped())


CONSUMERS = [by_task, by_ensure_future, by_wait_for, by_shield, by_gather, by_thread, by_yield_from]
if sys.version_info >= (3, 11):

    async def by_group(listing: Any) -> Any:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(listing)
        return task.result()

    CONSUMERS.append(by_group)


@pytest.mark.parametrize("consume", CONSUMERS)
async def test_the_first_page_by(
    consume: Callable[[Any], Awaitable[Any]], client: SMSVoiceClient, server: Server
) -> None:
    page = await consume(client.describe_pools(max_results=2))
    assert isinstance(page, DescribePoolsResult)
    assert page.next_token == "more"
    assert len(server.requests) == 1


async def test_a_listing_is_a_coroutine_and_can_be_used_again(client: SMSVoiceClient) -> None:
    listing = client.describe_pools()
    assert isinstance(listing, Coroutine)
    assert asyncio.iscoroutine(listing)
    assert inspect.isawaitable(listing)
    pages = [await listing, await asyncio.create_task(listing), await by_shield(listing)]
    assert [page.next_token for page in pages] == ["more"] * 3


async def test_two_tasks_of_one_listing_do_not_meet(client: SMSVoiceClient) -> None:
    listing = client.describe_pools()
    tasks = [asyncio.create_task(listing) for _ in range(5)]
    tasks[2].cancel()
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(ends.pop(2), asyncio.CancelledError)
    assert len({id(end) for end in ends}) == 4
    assert all(isinstance(end, DescribePoolsResult) for end in ends)


async def test_an_error_is_raised_from_the_task(serve: Any, open_client: Any) -> None:
    server = await serve(lambda _: refusal("AccessDeniedException"))
    listing = open_client(server.url).describe_pools()
    for _ in range(2):
        with pytest.raises(ServiceError, match="AccessDenied"):
            await asyncio.create_task(listing)


@pytest.mark.parametrize("turns", [0, 1, 2, 40])
async def test_a_cancelled_task_leaves_nothing(serve: Any, open_client: Any, turns: int) -> None:
    server = await serve(lambda _: Reply(fault="stall"))
    client = open_client(server.url)
    await client.open()
    before = asyncio.all_tasks() - server.tasks
    task = asyncio.create_task(client.describe_pools())
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0)
    assert asyncio.all_tasks() - server.tasks == before
    assert busy_connections(client) == 0


async def test_a_coroutine_that_is_closed(serve: Any, open_client: Any) -> None:
    server = await serve(lambda _: Reply(fault="stall"))
    client = open_client(server.url)
    await client.open()
    listing = client.describe_pools()
    listing.close()  # it has not started
    listing.send(None)
    listing.close()
    with pytest.raises(KeyError):
        listing.throw(KeyError())
    assert busy_connections(client) == 0


async def test_none_of_it_warns_of_a_coroutine_that_was_never_awaited(
    client: SMSVoiceClient,
) -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        client.describe_pools()
        listing = client.describe_pools()
        async for _ in listing.pages(prefetch=False):
            break
        async for _ in listing:
            break
        await listing.first()
        task = asyncio.create_task(client.describe_pools())
        task.cancel()
        await asyncio.wait([task])
        client.describe_pools().close()
        del listing, task
        gc.collect()
    assert [str(one.message) for one in told] == []


# --- as an iterable


async def test_a_plain_loop_over_a_listing(client: SMSVoiceClient, server: Server) -> None:
    listing: Any = client.describe_pools()
    for use in (lambda: [*listing], lambda: list(listing), lambda: dict(listing)):
        with pytest.raises(TypeError, match="async for"):
            use()
    assert server.requests == []


async def test_a_plain_loop_over_a_page(client: SMSVoiceClient) -> None:
    page: Any = await client.describe_pools()
    for use in (lambda: [*page], lambda: list(page), lambda: dict(page)):
        with pytest.raises(TypeError, match="async for") as caught:
            use()
        assert "'pools'" in str(caught.value)


@pytest.mark.parametrize("service", [SMSVoiceClient, SocialMessagingClient, EndUserMessagingClient])
def test_every_page_names_what_can_be_iterated(service: type[Any]) -> None:
    pages = {
        operation.result_type: operation.paging.items
        for operation in service.operations.values()
        if operation.paginated
    }
    assert pages
    for result, items in pages.items():
        assert items in result.model_fields
        with pytest.raises(TypeError, match=f"async for|'{items}'"):
            list(result())
    for operation in service.operations.values():
        if not operation.paginated:  # pydantic's iteration over the fields is unchanged
            assert isinstance(dict(operation.result_type()), dict)


async def test_pages_stay_what_pydantic_makes_of_them(client: SMSVoiceClient) -> None:
    page = await client.describe_pools()
    assert DescribePoolsResult.from_boto(page.to_boto()) == page
    assert page.model_copy() == page
    assert page.model_dump()["pools"][0]["pool_id"] == "pool-1"
    assert page.to_boto()["NextToken"] == "more"
    assert "pool-1" in repr(page)


# --- iterators that another task closes


class StallingPages:
    """Pages of two items; a page whose number is in ``stalled`` never arrives."""

    def __init__(self, *stalled: int, last: int = 5) -> None:
        self.stalled = stalled
        self.last = last

    def __call__(self, seen: Request) -> Reply:
        number = int(seen.params.get("NextToken", "0"))
        if number in self.stalled:
            return Reply(fault="stall")
        pools = [{"PoolId": f"pool-{2 * number + at}"} for at in (0, 1)]
        more = {"NextToken": str(number + 1)} if number < self.last else {}
        return Reply({"Pools": pools, **more})


IDS = [f"pool-{number}" for number in range(12)]


def iterator(client: SMSVoiceClient, kind: str) -> Any:
    listing = client.describe_pools()
    return {
        "items": listing.__aiter__,
        "pages": listing.pages,
        "no-prefetch": lambda: listing.pages(prefetch=False),
    }[kind]()


kinds = pytest.mark.parametrize("kind", ["items", "pages", "no-prefetch"])


@kinds
@pytest.mark.parametrize("stalled", [0, 1])
@pytest.mark.parametrize("tasks", [1, 3])
async def test_closed_while_others_wait_for_a_page(
    serve: Any, open_client: Any, kind: str, stalled: int, tasks: int
) -> None:
    server = await serve(StallingPages(stalled))
    client = open_client(server.url)
    await client.open()
    before = asyncio.all_tasks() - server.tasks
    each = iterator(client, kind)
    for _ in range(stalled * (2 if kind == "items" else 1)):
        await anext(each)
    consumers = [asyncio.create_task(anext(each)) for _ in range(tasks)]
    await server.received(stalled + 1)
    await asyncio.gather(each.aclose(), each.aclose())
    done, waiting = await asyncio.wait(consumers, timeout=1)
    assert not waiting
    assert not any(task.cancelled() for task in done)
    assert {type(task.exception()) for task in done} == {StopAsyncIteration}
    with pytest.raises(StopAsyncIteration):
        await anext(each)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() - server.tasks == before
    assert busy_connections(client) == 0
    assert client.retry_capacity == 500
    assert len(server.requests) == stalled + 1


@kinds
@pytest.mark.parametrize("turns", range(0, 60, 3))
async def test_closed_at_any_moment(serve: Any, open_client: Any, kind: str, turns: int) -> None:
    server = await serve(StallingPages())
    client = open_client(server.url)
    await client.open()
    before = asyncio.all_tasks() - server.tasks
    each = iterator(client, kind)

    async def consume() -> list[Any]:
        return [one async for one in each]

    consumers = [asyncio.create_task(consume()) for _ in range(2)]
    for _ in range(turns):
        await asyncio.sleep(0)
    await each.aclose()
    ends = await asyncio.wait_for(asyncio.gather(*consumers), 1)
    assert sum(map(len, ends)) <= len(IDS)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() - server.tasks == before
    assert busy_connections(client) == 0


@kinds
async def test_tasks_that_share_an_iterator_get_each_item_once(
    serve: Any, open_client: Any, kind: str
) -> None:
    server = await serve(StallingPages())
    each = iterator(open_client(server.url), kind)
    found: list[Any] = []

    async def consume() -> None:
        async for one in each:
            found.append(one)
            await asyncio.sleep(0)

    await asyncio.gather(*(consume() for _ in range(4)))
    items = found if kind == "items" else [item for page in found for item in page.pools]
    assert sorted(item.pool_id for item in items) == sorted(IDS)
    assert len(server.requests) == 6


async def test_a_failure_is_the_consumers_own_when_another_closes(
    serve: Any, open_client: Any
) -> None:
    """An error of the fetch is not hidden by the end of the iteration."""
    server = await serve(StallingPages(0))
    client = open_client(server.url).with_options(timeout=0.05, retry=RetryPolicy.none())
    pages = client.describe_pools().pages()
    task = asyncio.create_task(anext(pages))
    with pytest.raises(CallTimeoutError):
        await task
    await pages.aclose()


async def test_iterators_are_what_aclosing_takes(serve: Any, open_client: Any) -> None:
    server = await serve(StallingPages())
    listing = open_client(server.url).describe_pools()
    async with aclosing(listing.__aiter__()) as items:
        assert isinstance(items, AsyncIterator)
        assert (await anext(items)).pool_id == "pool-0"
    async with aclosing(listing.pages()) as pages:
        assert isinstance(pages, AsyncIterator)
        assert len((await anext(pages)).pools or []) == 2


async def test_dropped_in_another_thread(serve: Any, open_client: Any) -> None:
    """The collector may run in any thread: the prefetch ends in its own loop."""
    server = await serve(StallingPages(1))
    client = open_client(server.url)
    await client.open()
    before = asyncio.all_tasks() - server.tasks
    stalled = [client.describe_pools().pages()]
    await anext(stalled[0])
    await server.received(2)
    await asyncio.to_thread(stalled.clear)
    for _ in range(20):
        await asyncio.sleep(0)
    assert asyncio.all_tasks() - server.tasks == before
    assert busy_connections(client) == 0
