"""A thousand calls leak no memory, tasks or sockets."""

from __future__ import annotations

import asyncio
import gc
import sys
from typing import TYPE_CHECKING, Any

import pytest

from smsreg.errors import SmsregError
from tests.support.scripts import error, hang_up, respond
from tests.support.server import Server

from .conftest import open_sockets
from .samples import READ, REST_READ, TOKEN, UNSAFE, Sample, via

if TYPE_CHECKING:
    from .conftest import Connect

pytestmark = pytest.mark.sampled

CALLS = 1000


async def call_many(client: Any, sample: Sample, count: int) -> int:
    """Make calls in batches of ten; return how many failed."""
    failed = 0
    for _ in range(count // 10):
        batch = [sample.call(client) for _ in range(10)]
        for outcome in await asyncio.gather(*batch, return_exceptions=True):
            if isinstance(outcome, BaseException):
                assert isinstance(outcome, SmsregError)
                failed += 1
    return failed


def allocated() -> tuple[int, int]:
    gc.collect()
    return len(gc.get_objects()), sys.getallocatedblocks()


@pytest.mark.parametrize(
    "sample", [READ, TOKEN, REST_READ, UNSAFE, *via("ordinary", of=(READ,))], ids=str
)
async def test_a_thousand_calls(sample: Sample, connect: Connect) -> None:
    good = respond(200, sample.good)
    faults = [error("ValidationException", 400, "no"), respond(429, b""), hang_up]
    async with Server(good) as server, connect(sample, server.url, timeout=20) as client:
        server.scripts[:] = [*faults, good] * 25
        await call_many(client, sample, 100)
        server.requests.clear()
        server.accepted.clear()
        tasks, sockets, (objects, blocks) = len(asyncio.all_tasks()), open_sockets(), allocated()
        server.scripts[:] = [*([good] * 17), *faults] * 50
        failed = await call_many(client, sample, CALLS)
        server.requests.clear()
        server.accepted.clear()
        assert failed >= 10
        assert len(asyncio.all_tasks()) <= tasks + 10  # the server's, one per connection
        assert open_sockets() <= sockets + 20
        now_objects, now_blocks = allocated()
    assert now_objects - objects < CALLS / 2
    assert now_blocks - blocks < CALLS * 2


async def test_clients_opened_and_closed(connect: Connect) -> None:
    async with Server(respond(200, READ.good)) as server:

        async def use() -> None:
            async with connect(READ, server.url) as client:
                await READ.call(client)

        for _ in range(3):
            await use()
        sockets, (objects, _) = open_sockets(), allocated()
        for _ in range(5):
            await use()
        await asyncio.sleep(0.01)
        assert open_sockets() <= sockets
        assert allocated()[0] < objects + 500
