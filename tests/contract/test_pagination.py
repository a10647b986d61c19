"""Listings: awaited, iterated, by pages, collected, prefetching one page, and cleaned up."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from smsreg import InvalidRequestError, PaginationError, Paginator, RetryPolicy, SMSVoiceClient
from smsreg.errors import ServiceError, ThrottlingError, TransportError
from smsreg.sms_voice import (
    DescribePoolsResult,
    DescribeRegistrationsRequest,
    DescribeRegistrationVersionsResult,
)
from tests.support.clients import busy_connections
from tests.support.loops import advance_time
from tests.support.scripts import Reply, refusal, replies
from tests.support.server import Request, Server

KIND = "US_TOLL_FREE_REGISTRATION"
PAGES = 4


def pool(number: int) -> dict[str, Any]:
    return {"PoolId": f"pool-{number}", "Status": "ACTIVE"}


def page_of(seen: Request) -> int:
    return int(seen.params.get("NextToken", "page-0").removeprefix("page-"))


class PagedPools:
    """Handles DescribePools with pages of two; ``special`` has other replies for some of them."""

    def __init__(self, pages: int = PAGES, **special: list[Reply]) -> None:
        self.pages = pages
        self.special = special

    def __call__(self, seen: Request) -> Reply:
        number = page_of(seen)
        special = self.special.get(f"page_{number}")
        if special:
            return special.pop(0)
        return Reply(self.page(number))

    def page(self, number: int) -> dict[str, Any]:
        content: dict[str, Any] = {"Pools": [pool(2 * number), pool(2 * number + 1)]}
        if number + 1 < self.pages:
            content["NextToken"] = f"page-{number + 1}"
        return content


IDS = [f"pool-{number}" for number in range(2 * PAGES)]


@pytest.fixture
async def serve_pages(serve: Any, open_client: Any, retry_policy: Any) -> Any:
    """``await serve_pages(handler)``: a running server and an open client."""

    async def start(handler: Any) -> tuple[Server, SMSVoiceClient]:
        server = await serve(handler)
        client: SMSVoiceClient = open_client(server.url, retry=retry_policy())
        await client.open()
        return server, client

    return start


def client_tasks(server: Server, before: set[asyncio.Task[Any]]) -> set[asyncio.Task[Any]]:
    return asyncio.all_tasks() - before - server.tasks


async def assert_no_task_left(server: Server, before: set[asyncio.Task[Any]]) -> None:
    """Assert that the client has no task left after some iterations of the loop."""
    for _ in range(20):
        await asyncio.sleep(0)
    assert client_tasks(server, before) == set()


# --- ways to use a listing


async def test_the_call_itself_sends_nothing(serve_pages: Any) -> None:
    server, client = await serve_pages(PagedPools())
    listing = client.describe_pools()
    assert isinstance(listing, Paginator)
    await asyncio.sleep(0.01)
    assert server.requests == []
    assert repr(listing) == "<Paginator of DescribePools>"


async def test_awaited_it_is_its_first_page(serve_pages: Any) -> None:
    server, client = await serve_pages(PagedPools())
    page = await client.describe_pools(max_results=2)
    assert isinstance(page, DescribePoolsResult)
    assert [p.pool_id for p in page.pools or []] == IDS[:2]
    assert page.next_token == "page-1"
    assert page.response_metadata.attempts == 1
    await asyncio.sleep(0.01)
    assert [seen.params for seen in server.requests] == [{"MaxResults": 2}]


async def test_a_page_by_its_token(serve_pages: Any) -> None:
    _, client = await serve_pages(PagedPools())
    page = await client.describe_pools(next_token="page-3")
    assert [p.pool_id for p in page.pools or []] == IDS[6:]
    assert page.next_token is None


async def test_iterated_it_is_every_item(serve_pages: Any) -> None:
    server, client = await serve_pages(PagedPools())
    assert [p.pool_id async for p in client.describe_pools(max_results=2)] == IDS
    assert [seen.params for seen in server.requests] == [
        {"MaxResults": 2},
        *({"MaxResults": 2, "NextToken": f"page-{number}"} for number in range(1, PAGES)),
    ]


async def test_iterated_from_a_token(serve_pages: Any) -> None:
    _, client = await serve_pages(PagedPools())
    assert [p.pool_id async for p in client.describe_pools(next_token="page-2")] == IDS[4:]


async def test_every_use_starts_from_the_beginning(serve_pages: Any) -> None:
    server, client = await serve_pages(PagedPools())
    listing = client.describe_pools()
    for _ in range(2):
        assert [p.pool_id async for p in listing] == IDS
        assert [p.pool_id for p in (await listing).pools or []] == IDS[:2]
        assert len([page async for page in listing.pages()]) == PAGES
        assert len(await listing.collect()) == len(IDS)
    one, two = aiter(listing), aiter(listing)
    assert (await anext(one)).pool_id == (await anext(two)).pool_id == IDS[0]
    assert len(server.requests) >= 4 * PAGES


@pytest.mark.parametrize("prefetch", [False, True])
async def test_pages_have_their_other_members(client: SMSVoiceClient, *, prefetch: bool) -> None:
    made = await client.create_registration(registration_type=KIND)
    registration = made.registration_id or ""
    listing = client.describe_registration_versions(registration_id=registration)
    pages = [page async for page in listing.pages(prefetch=prefetch)]
    assert [type(page) for page in pages] == [DescribeRegistrationVersionsResult]
    assert pages[0].registration_id == registration
    assert pages[0].registration_arn == made.registration_arn
    assert pages[0].response_metadata.http_status == 200


@pytest.mark.parametrize(
    ("limit", "items", "requests"),
    [(None, 8, 4), (0, 0, 0), (1, 1, 1), (2, 2, 1), (3, 3, 2), (8, 8, 4), (100, 8, 4)],
)
async def test_collect(serve_pages: Any, limit: int | None, items: int, requests: int) -> None:
    server, client = await serve_pages(PagedPools())
    found = await client.describe_pools().collect(limit=limit)
    assert [p.pool_id for p in found] == IDS[:items]
    await asyncio.sleep(0.01)
    assert len(server.requests) == requests


async def test_a_negative_limit_is_refused(serve_pages: Any) -> None:
    server, client = await serve_pages(PagedPools())
    with pytest.raises(InvalidRequestError) as caught:
        await client.describe_pools().collect(limit=-1)
    assert caught.value.problems[0][0] == "limit"
    assert server.requests == []


async def test_first(serve_pages: Any) -> None:
    server, client = await serve_pages(PagedPools())
    first = await client.describe_pools().first()
    assert first is not None
    assert first.pool_id == IDS[0]
    await asyncio.sleep(0.01)
    assert len(server.requests) == 1
    server.scripts[:] = [replies(lambda _: Reply({"Pools": []}))]
    assert await client.describe_pools().first() is None
    server.scripts[:] = [replies(lambda _: Reply({}))]
    assert await client.describe_pools().first() is None
    assert await client.describe_pools().collect() == []


async def test_empty_pages_with_a_token_go_on(serve_pages: Any) -> None:
    empty = [Reply({"Pools": [], "NextToken": "page-1"})]
    bare = [Reply({"NextToken": "page-2"})]
    _, client = await serve_pages(PagedPools(page_0=[*empty] * 3, page_1=[*bare] * 3))
    assert [p.pool_id async for p in client.describe_pools()] == IDS[4:]
    first = await client.describe_pools().first()
    assert first is not None
    assert first.pool_id == IDS[4]
    assert len([page async for page in client.describe_pools().pages()]) == PAGES


async def test_an_empty_token_ends_it(serve_pages: Any) -> None:
    _, client = await serve_pages(PagedPools(page_0=[Reply({"Pools": [pool(0)], "NextToken": ""})]))
    assert len(await client.describe_pools().collect()) == 1


async def test_a_refusal_before_anything_is_sent(serve_pages: Any) -> None:
    server, client = await serve_pages(PagedPools())
    with pytest.raises(InvalidRequestError):
        client.describe_pools(max_results=101)
    assert server.requests == []


async def test_every_listing_of_both_services_is_a_paginator(
    client: SMSVoiceClient, social: Any
) -> None:
    for one in (client, social):
        paged = [op for op in one.operations.values() if op.paginated]
        assert len(paged) == (28 if one is client else 5)
    assert len(await client.describe_registrations().collect()) == 0
    assert await social.list_linked_whatsapp_business_accounts().first() is not None


async def test_many_registrations_in_many_pages(client: SMSVoiceClient) -> None:
    made = [
        (await client.create_registration(registration_type=KIND)).registration_id
        for _ in range(23)
    ]
    found = [r.registration_id async for r in client.describe_registrations(max_results=5)]
    assert found == made
    page = await client.send(DescribeRegistrationsRequest(max_results=5))
    rest = client.describe_registrations(max_results=5, next_token=page.next_token)
    assert [r.registration_id async for r in rest] == made[5:]


# --- failures after the first page


@pytest.mark.parametrize("tokens", [["a", "a"], ["a", "b", "a"], ["a", "b", "b"]])
@pytest.mark.parametrize("prefetch", [False, True])
async def test_a_repeated_token(serve_pages: Any, tokens: list[str], *, prefetch: bool) -> None:
    left = list(tokens)
    _, client = await serve_pages(lambda _: Reply({"Pools": [pool(0)], "NextToken": left.pop(0)}))
    pages = client.describe_pools().pages(prefetch=prefetch)
    with pytest.raises(PaginationError) as caught:
        [page async for page in pages]
    assert caught.value.next_token == tokens[-1]
    assert left == []


async def test_the_token_that_it_began_with_is_one_seen_before(serve_pages: Any) -> None:
    _, client = await serve_pages(lambda _: Reply({"Pools": [pool(0)], "NextToken": "page-9"}))
    with pytest.raises(PaginationError):
        await client.describe_pools(next_token="page-9").collect()


async def test_a_loop_after_an_error_is_over(serve_pages: Any) -> None:
    _, client = await serve_pages(lambda _: Reply({"Pools": [pool(0)], "NextToken": "a"}))
    pages = client.describe_pools().pages()
    await anext(pages)
    with pytest.raises(PaginationError):
        await anext(pages)
    with pytest.raises(StopAsyncIteration):
        await anext(pages)


DENIED = refusal("AccessDeniedException")
FAILURES = [
    ([DENIED], ServiceError),
    ([refusal("ThrottlingException")] * 3, ThrottlingError),
    ([Reply(fault="drop")] * 3, TransportError),
    ([Reply(b"[]")] * 3, TransportError),
]


@pytest.mark.parametrize(("replies", "expected"), FAILURES)
@pytest.mark.parametrize("kind", ["items", "pages", "pages-by-hand", "collect"])
async def test_a_failure_has_the_token_to_go_on_from(
    serve_pages: Any, replies: list[Reply], expected: type[ServiceError], kind: str
) -> None:
    _, client = await serve_pages(PagedPools(page_2=list(replies)))
    listing = client.describe_pools()
    found: list[str | None] = []

    async def consume() -> None:
        if kind == "items":
            async for item in listing:
                found.append(item.pool_id)  # noqa: PERF401 -- what came before counts
        elif kind == "collect":
            await listing.collect()
        else:
            async for page in listing.pages(prefetch=kind == "pages"):
                found.extend(item.pool_id for item in page.pools or [])

    with pytest.raises(expected) as caught:
        await consume()
    assert caught.value.next_token == "page-2"
    assert caught.value.operation_name == "DescribePools"
    assert found == ([] if kind == "collect" else IDS[:4])
    rest = client.describe_pools(next_token=caught.value.next_token)
    assert [p.pool_id async for p in rest] == IDS[4:]


async def test_a_failure_at_the_start(serve_pages: Any) -> None:
    _, client = await serve_pages(PagedPools(page_0=[DENIED], page_1=[DENIED]))
    with pytest.raises(ServiceError) as caught:
        await client.describe_pools().collect()
    assert caught.value.next_token is None
    with pytest.raises(ServiceError) as caught:
        await client.describe_pools(next_token="page-1").collect()
    assert caught.value.next_token == "page-1"


async def test_retries_apply_to_single_pages(serve_pages: Any, waits: Any) -> None:
    twice = {f"page_{number}": [Reply(fault="drop")] * 2 for number in range(PAGES)}
    server, client = await serve_pages(PagedPools(**twice))
    assert [p.pool_id async for p in client.describe_pools()] == IDS
    assert len(server.requests) == 3 * PAGES
    assert waits == [0.05, 0.1] * PAGES
    ids = [seen.headers["amz-sdk-invocation-id"] for seen in server.requests]
    assert len(set(ids)) == PAGES
    assert client.retry_capacity == 500 - 14 * PAGES


async def test_the_deadline_is_page_by_page(serve_pages: Any) -> None:
    server, client = await serve_pages(PagedPools(page_2=[Reply(fault="stall")]))
    view = client.with_options(timeout=5, retry=RetryPolicy.none())
    task = asyncio.create_task(view.describe_pools().collect())
    await server.received(3)
    advance_time(5)
    with pytest.raises(TransportError) as caught:
        await task
    assert caught.value.next_token == "page-2"
    assert len(server.requests) == 3


# --- prefetching one page


async def test_one_page_is_fetched_ahead_and_no_more(serve_pages: Any) -> None:
    server, client = await serve_pages(PagedPools())
    expected = [2, 3, 4, 4]
    async for _ in client.describe_pools().pages():
        await server.received(expected[0])
        await asyncio.sleep(0.03)
        assert len(server.requests) == expected.pop(0)
    assert expected == []


class ThreadedServer(ThreadingHTTPServer):
    """Serves the pages from its own threads, so also while the event loop is blocked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.arrived: list[float] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ThreadedServer

    def do_POST(self) -> None:
        self.server.arrived.append(time.monotonic())
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        number = int(asked.get("NextToken", "page-0").removeprefix("page-"))
        content = json.dumps(PagedPools().page(number)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Log nothing to standard error."""


async def test_the_next_page_is_requested_while_the_consumer_blocks_the_loop(
    open_client: Any,
) -> None:
    ends: list[float] = []
    with ThreadedServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            async for _ in open_client(server.url).describe_pools().pages():
                time.sleep(0.1)  # noqa: ASYNC251 -- this is the point
                ends.append(time.monotonic())
        finally:
            server.shutdown()
            thread.join()
    assert len(ends) == PAGES
    assert all(arrived < end for arrived, end in zip(server.arrived[1:], ends, strict=False))


async def test_a_consumer_that_is_quick_gets_its_pages_without_tasks(serve_pages: Any) -> None:
    _, client = await serve_pages(PagedPools())
    tasks: list[Any] = []
    loop = asyncio.get_running_loop()
    loop.set_task_factory(lambda loop, work, **options: counted(tasks, loop, work, options))
    pages = client.describe_pools().pages()
    await anext(pages)  # the consumer's speed is not known yet
    fetched_ahead = len(tasks)
    async for _ in pages:
        pass
    loop.set_task_factory(None)
    assert fetched_ahead > 0
    assert not [task for task in tasks[fetched_ahead:] if "fetch" in repr(task)]


def counted(tasks: list[Any], loop: Any, work: Any, options: Any) -> asyncio.Task[Any]:
    task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **options)
    tasks.append(task)
    return task


async def test_a_page_that_a_cancelled_consumer_did_not_receive_is_returned_again(
    serve_pages: Any,
) -> None:
    _, client = await serve_pages(PagedPools())
    for turns in range(40):
        pages = client.describe_pools().pages()
        found: list[Any] = []
        task = asyncio.ensure_future(anext(pages))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            found += (await task).pools
        async for page in pages:
            found += page.pools
        assert [item.pool_id for item in found] == IDS


async def test_items_are_served_while_the_next_page_is_fetched(serve_pages: Any) -> None:
    server, client = await serve_pages(PagedPools(page_1=[Reply(fault="stall")]))
    view = client.with_options(timeout=5, retry=RetryPolicy.none())
    found: asyncio.Queue[str | None] = asyncio.Queue()

    async def consume() -> None:
        async for item in view.describe_pools():
            await found.put(item.pool_id)

    task = asyncio.create_task(consume())
    await server.received(2)
    assert [await found.get() for _ in range(2)] == IDS[:2]
    advance_time(5)
    with pytest.raises(TransportError):
        await task
    assert found.empty()
    assert len(server.requests) == 2


async def test_without_prefetch_nothing_is_fetched_ahead(serve_pages: Any) -> None:
    server, client = await serve_pages(PagedPools())
    number = 0
    async for _ in client.describe_pools().pages(prefetch=False):
        number += 1
        await asyncio.sleep(0.02)
        assert len(server.requests) == number
    assert number == PAGES


async def test_a_failed_prefetch_is_raised_when_its_page_is_requested(serve_pages: Any) -> None:
    _, client = await serve_pages(PagedPools(page_1=[DENIED]))
    pages = client.describe_pools().pages()
    page = await anext(pages)
    await asyncio.sleep(0.03)
    assert len(page.pools or []) == 2
    with pytest.raises(ServiceError) as caught:
        await anext(pages)
    assert caught.value.next_token == "page-1"


async def test_a_failed_prefetch_that_nobody_requests(serve_pages: Any) -> None:
    server, client = await serve_pages(PagedPools(page_1=[DENIED]))
    before = asyncio.all_tasks() - server.tasks
    async for _ in client.describe_pools().pages():
        await asyncio.sleep(0.03)
        break
    await assert_no_task_left(server, before)  # an exception never retrieved causes a warning
    gc.collect()


# --- cleaning up


@pytest.mark.parametrize("kind", ["items", "pages"])
@pytest.mark.parametrize("end", ["break", "exception", "cancel"])
async def test_leaving_a_loop_early(serve_pages: Any, kind: str, end: str) -> None:
    server, client = await serve_pages(PagedPools(page_1=[Reply(fault="stall")]))
    before = asyncio.all_tasks() - server.tasks

    async def consume() -> None:
        listing = client.describe_pools()
        async for _ in listing if kind == "items" else listing.pages():
            await server.received(2)
            if end == "break":
                break
            if end == "exception":
                raise KeyError
            await asyncio.sleep(60)

    task = asyncio.create_task(consume())
    if end == "cancel":
        await server.received(2)
        task.cancel()
    await asyncio.wait([task])
    await assert_no_task_left(server, before)
    expected = {"break": None, "exception": KeyError, "cancel": asyncio.CancelledError}[end]
    failed = asyncio.CancelledError if task.cancelled() else type(task.exception())
    assert failed is (expected or type(None))
    assert client.retry_capacity == 500
    assert busy_connections(client) == 0
    server.scripts[:] = [replies(PagedPools())]
    assert len(await client.describe_pools().collect()) == len(IDS)


async def test_pages_can_be_closed(serve_pages: Any) -> None:
    server, client = await serve_pages(PagedPools(page_1=[Reply(fault="stall")]))
    before = asyncio.all_tasks() - server.tasks
    pages = client.describe_pools().pages()
    await pages.aclose()
    with pytest.raises(StopAsyncIteration):
        await anext(pages)
    pages = client.describe_pools().pages()
    await anext(pages)
    await server.received(2)
    await pages.aclose()
    assert client_tasks(server, before) == set()
    with pytest.raises(StopAsyncIteration):
        await anext(pages)
    await pages.aclose()


async def test_a_cancelled_page_can_be_asked_for_again(serve_pages: Any) -> None:
    server, client = await serve_pages(PagedPools(page_1=[Reply(fault="stall")]))
    pages = client.describe_pools().pages()
    await anext(pages)
    task = asyncio.ensure_future(anext(pages))
    await server.received(2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    found = [item.pool_id async for page in pages for item in page.pools or []]
    assert found == IDS[2:]
    assert page_of(server.requests[2]) == 1


async def test_an_abandoned_page_returns_its_budget(serve_pages: Any) -> None:
    drops = [Reply(fault="drop")] * 2
    server, client = await serve_pages(PagedPools(page_1=[*drops, Reply(fault="stall")]))
    before = asyncio.all_tasks() - server.tasks
    async for _ in client.describe_pools().pages():
        await server.received(4)
        assert client.retry_capacity == 500 - 28
        break
    await assert_no_task_left(server, before)
    assert client.retry_capacity == 500


def test_a_loop_that_is_closed_takes_its_pages_with_it() -> None:
    """An iterator that is dropped after its loop has closed does not use the loop."""

    async def leave() -> Any:
        server = Server(replies(PagedPools(page_1=[Reply(fault="stall")])))
        await server.start()
        client = SMSVoiceClient(
            region_name="us-east-1",
            endpoint_url=server.url,
            aws_access_key_id="a",
            aws_secret_access_key="b",
        )
        pages = client.describe_pools().pages()
        await anext(pages)
        await client.aclose()
        await server.stop()
        return pages

    pages = asyncio.run(leave())
    del pages
    gc.collect()
