"""A client and its event loops: consecutive, concurrent, after a fork, and none."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiobotocore.config import AioConfig
from aiobotocore.credentials import AioCredentials
from aiobotocore.httpsession import AIOHTTPSession
from aiobotocore.session import AioSession, get_session
from botocore.loaders import Loader

from smsreg import RetryPolicy, SMSVoiceClient
from smsreg.errors import ClientClosedError, ConfigurationError

from .conftest import CREDENTIALS, ignore_event, open_sockets
from .threaded import Server, serving

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

pytestmark = pytest.mark.sampled

REGION = {"region_name": "us-east-1"}


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    """Replaces the fixture that needs a loop: no socket stays open, and no warning is raised."""
    gc.collect()
    before = open_sockets()
    yield
    gc.collect()
    assert settled(before)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


class Provider:
    """Returns credentials, and counts the calls."""

    def __init__(self) -> None:
        self.loads = 0

    async def load_credentials(self) -> AioCredentials:
        self.loads += 1
        await asyncio.sleep(0)
        return AioCredentials(*CREDENTIALS.values())


class CountingLoader(Loader):  # type: ignore[misc] # botocore has no types
    """Counts the service model files that are read."""

    reads = 0

    def load_data_with_path(self, name: str) -> Any:
        self.reads += 1
        return super().load_data_with_path(name)


class CallersSession(AIOHTTPSession):  # type: ignore[misc] # aiobotocore has no types
    """The caller's own HTTP session class."""


class Counted:
    """A client whose reads of models and credentials are counted."""

    def __init__(self, url: str, *, watched: bool, callers_session: bool = False) -> None:
        self.provider = Provider()
        self.loader = CountingLoader()
        self.watched = watched
        session = AioSession()
        session.register_component("credential_provider", self.provider)
        session.register_component("data_loader", self.loader)
        config = AioConfig(http_session_cls=CallersSession) if callers_session else None
        self.client = SMSVoiceClient(session=session, endpoint_url=url, config=config, **REGION)

    @property
    def counts(self) -> tuple[int, int]:
        return self.provider.loads, self.loader.reads

    async def use(self, calls: int = 1) -> None:
        await self.client.open()
        if self.watched:
            self.client.aws_client.meta.events.register("before-send", ignore_event)
        await asyncio.gather(*(self.client.describe_pools() for _ in range(calls)))


def settled(sockets: int) -> bool:
    """Return whether the open sockets fall to this number as the server's threads end."""
    for _ in range(200):
        if open_sockets() <= sockets:
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize("path", ["fast path", "ordinary path", "session class"])
def test_consecutive_runs(server: Server, path: str) -> None:
    """Every ``asyncio.run`` has its own connections; models and credentials are loaded once."""
    counted = Counted(
        server.url, watched=path == "ordinary path", callers_session=path == "session class"
    )
    before = open_sockets()
    asyncio.run(counted.use())
    counts, aws_client = counted.counts, counted.client.aws_client
    for run in range(2, 5):
        assert settled(before), "asyncio.run has closed what belonged to its loop"
        asyncio.run(counted.use(20))  # concurrently: locks of the previous loop do not block
        assert counted.counts == counts
        assert counted.client.aws_client is aws_client
        assert server.requests == 1 + 20 * (run - 1)
    assert counts[0] == 1
    asyncio.run(counted.client.aclose())
    with pytest.raises(ClientClosedError):
        asyncio.run(counted.client.describe_pools())


def test_a_warm_client_stays_warm(server: Server) -> None:
    counted = Counted(server.url, watched=False)
    asyncio.run(counted.client.warm_up())
    counts = counted.counts
    for _ in range(2):
        asyncio.run(counted.use())
    assert counted.counts == counts
    asyncio.run(counted.client.aclose())


def test_hooks_stay_where_they_were(server: Server) -> None:
    counted = Counted(server.url, watched=False)
    seen: list[str] = []
    asyncio.run(counted.client.open())
    counted.client.aws_client.meta.events.register("before-send", lambda **_: seen.append("sent"))
    asyncio.run(counted.use())
    asyncio.run(counted.use())
    assert seen == ["sent"] * 2
    asyncio.run(counted.client.aclose())


def static_client(url: str, **options: Any) -> SMSVoiceClient:
    return SMSVoiceClient(endpoint_url=url, **REGION, **CREDENTIALS, **options)


async def use(client: SMSVoiceClient) -> None:
    await client.describe_pools()


def test_views_move_along(server: Server) -> None:
    client = static_client(server.url)
    view = client.with_options(timeout=5, retry=RetryPolicy.none())
    for one in (view, client, view, client):
        asyncio.run(use(one))
    asyncio.run(client.aclose())
    with pytest.raises(ClientClosedError):
        asyncio.run(use(view))


def test_a_listing_begun_in_a_loop_that_has_ended(server: Server) -> None:
    client = static_client(server.url)
    listing = client.describe_pools()

    async def collect() -> None:
        await listing.collect()
        await listing

    for _ in range(2):
        asyncio.run(collect())
    asyncio.run(client.aclose())


def test_a_loop_that_is_closed_without_more_ado(server: Server) -> None:
    """As in code that creates a loop for each event and does not clean up before closing it."""
    client = static_client(server.url)
    for _ in range(3):
        loop = asyncio.new_event_loop()
        loop.run_until_complete(use(client))
        loop.run_until_complete(loop.shutdown_default_executor())
        with warnings.catch_warnings():  # the garbage collector closes its transports
            warnings.simplefilter("ignore", ResourceWarning)
            loop.close()
            asyncio.run(use(client))
            gc.collect()
    asyncio.run(client.aclose())
    assert server.requests == 6


# The garbage collector closes a coroutine whose loop is closed, outside of its context.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_loop_that_is_closed_in_mid_call(server: Server) -> None:
    """Calls of the second loop do not wait for locks held by calls of the first."""
    client = static_client(server.url)
    loop = asyncio.new_event_loop()
    server.hold.clear()

    async def begin() -> list[asyncio.Task[Any]]:
        tasks = [
            asyncio.ensure_future(client.describe_pools()),
            asyncio.ensure_future(client.wait_until_pool_active(pool_id="pool-1")),
            asyncio.ensure_future(client.wait_until_pool_active(pool_id="pool-2")),
        ]
        await asyncio.to_thread(server.wait_for, 2)
        return tasks

    tasks = loop.run_until_complete(begin())
    for task in tasks:
        task._log_destroy_pending = False  # type: ignore[attr-defined] # this is the point
    loop.run_until_complete(loop.shutdown_default_executor())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        loop.set_exception_handler(lambda *_: None)
        loop.close()
        server.hold.set()

        async def go_on() -> None:
            await asyncio.wait_for(use(client), 5)
            with pytest.raises(TimeoutError):
                await client.wait_until_pool_active(pool_id="pool-1", timeout=0)
            await client.aclose()

        asyncio.run(go_on())
        del tasks, task
        gc.collect()


def test_loops_that_take_turns(server: Server) -> None:
    """Loops that stop and run again, one at a time, as in notebooks and tests."""
    client = static_client(server.url)
    loops = [asyncio.new_event_loop() for _ in range(2)]
    for _ in range(3):
        for loop in loops:
            loop.run_until_complete(use(client))
    assert server.requests == 6
    loops[0].run_until_complete(client.aclose())
    for loop in loops:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def test_closed_after_its_loop(server: Server) -> None:
    client = static_client(server.url)
    asyncio.run(use(client))
    asyncio.run(client.aclose())
    asyncio.run(client.aclose())
    with pytest.raises(ClientClosedError):
        asyncio.run(use(client))


# --- two at a time


class Loop:
    """An event loop that runs in a thread."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()

    def run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    def end(self) -> None:
        async def shut_down() -> None:
            await self.loop.shutdown_asyncgens()
            await self.loop.shutdown_default_executor()

        self.run(shut_down())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


async def refused(client: SMSVoiceClient, match: str) -> None:
    view = client.with_options(timeout=1)
    uses: list[Callable[[], Awaitable[Any]]] = [
        client.describe_pools,
        client.describe_pools().collect,
        view.describe_pools,
        client.open,
        client.warm_up,
        client.aclose,
        lambda: client.send_text_message(destination_phone_number="+12065550100"),
        lambda: client.wait_until_pool_active(pool_id="pool-1"),
    ]
    for attempt in uses:
        with pytest.raises(ConfigurationError, match=match):
            await attempt()


def test_two_loops_that_run_at_the_same_time(server: Server) -> None:
    client = static_client(server.url)
    other = Loop()
    other.run(use(client))
    asyncio.run(refused(client, "another event loop"))
    assert server.requests == 1
    other.run(use(client))
    other.end()
    asyncio.run(use(client))
    assert server.requests == 3
    asyncio.run(client.aclose())


@pytest.mark.parametrize("round_", range(5))
def test_two_threads_that_open_one_client_at_once(server: Server, round_: int) -> None:
    client = static_client(server.url)
    loops = [Loop() for _ in range(4)]
    barrier = threading.Barrier(len(loops))
    ends: list[Any] = [None] * len(loops)

    def go(at: int) -> None:
        barrier.wait()
        try:
            loops[at].run(use(client))
        except ConfigurationError as error:
            ends[at] = error

    threads = [threading.Thread(target=go, args=(at,)) for at in range(len(loops))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(15)
    assert not any(thread.is_alive() for thread in threads), round_
    assert ends.count(None) == 1
    assert server.requests == 1
    for error in filter(None, ends):
        assert "another event loop" in str(error)
    loops[ends.index(None)].run(client.aclose())
    for loop in loops:
        loop.end()


# --- a fork, and no loop of asyncio's


def test_forked_process() -> None:
    script = Path(__file__).with_name("forking.py")
    done = subprocess.run(  # noqa: S603 -- our own script
        [sys.executable, str(script)], capture_output=True, text=True, timeout=30, check=False
    )
    expected = "child: refused\nparent: succeeded on 1\nchild: succeeded\nparent: succeeded\n"
    assert (done.returncode, done.stdout) == (0, expected), done


def drive(work: Any) -> Any:
    """Run a coroutine to its first suspension without asyncio, as another kind of loop would."""
    coroutine = work if hasattr(work, "send") else work.__await__()
    try:
        return coroutine.send(None)
    except StopIteration as end:
        return end.value
    finally:
        coroutine.close()


@pytest.mark.parametrize("opened", [False, True])
def test_a_loop_that_is_not_of_asyncio(server: Server, *, opened: bool) -> None:
    client = static_client(server.url)
    if opened:
        asyncio.run(use(client))
    for begin in (
        client.describe_pools,
        lambda: client.describe_pools().collect(),
        lambda: anext(client.describe_pools().__aiter__()),
        lambda: client.send_text_message(destination_phone_number="+12065550100"),
        lambda: client.wait_until_pool_active(pool_id="pool-1"),
        client.open,
        client.warm_up,
    ):
        with pytest.raises(ConfigurationError, match="asyncio"):
            drive(begin())
    assert server.requests == opened
    asyncio.run(client.aclose())


def test_a_borrowed_client_whose_loop_has_ended(server: Server) -> None:
    """The client belongs to that loop, and only its owner can open another one."""

    async def borrow() -> SMSVoiceClient:
        async with get_session().create_client(
            "pinpoint-sms-voice-v2", endpoint_url=server.url, **REGION, **CREDENTIALS
        ) as callers_session:
            client = SMSVoiceClient(aws_client=callers_session)
            await use(client)
        return client

    client = asyncio.run(borrow())
    with pytest.raises(ConfigurationError, match="aws_client"):
        asyncio.run(use(client))
    asyncio.run(client.aclose())
