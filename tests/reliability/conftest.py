"""Clients for scripted servers, and the check that no test leaves tasks or sockets behind."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

import pytest
from aiobotocore.session import AioSession, get_session

from smsreg import RetryPolicy

from .samples import SECRET_KEY, SESSION_TOKEN, Sample

if TYPE_CHECKING:
    from tests.support.clients import Delays

CREDENTIALS = {
    "aws_access_key_id": "AKIATHROWAWAY",
    "aws_secret_access_key": SECRET_KEY,
    "aws_session_token": SESSION_TOKEN,
}
TIMEOUT = 20.0

Connect = Callable[..., AbstractAsyncContextManager[Any]]


def open_sockets() -> int:
    count = 0
    for name in os.listdir("/dev/fd"):  # noqa: PTH208 -- a directory of the kernel's, no files
        with contextlib.suppress(OSError):
            count += stat.S_ISSOCK(os.fstat(int(name)).st_mode)
    return count


@pytest.fixture(autouse=True)
async def _nothing_left() -> AsyncIterator[None]:
    """After each test: no task, no socket, and no warning about an unclosed resource."""
    await asyncio.sleep(0)
    before = open_sockets()
    yield
    for _ in range(50):  # connections close over several iterations of the loop
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if not others and open_sockets() <= before:
            break
        await asyncio.sleep(0.002)
    assert others == set()
    assert open_sockets() <= before
    gc.collect()


@pytest.fixture
def policy(waits: Delays) -> RetryPolicy:
    return RetryPolicy(sleep=waits.sleep, jitter=lambda: 1.0)


@pytest.fixture
def connect(policy: RetryPolicy) -> Connect:
    """`async with connect(sample, url, **options) as client`: open, on the sample's path."""

    @contextlib.asynccontextmanager
    async def open_client(sample: Sample, url: str, **options: Any) -> AsyncIterator[Any]:
        endpoint = {"region_name": "us-east-1", "endpoint_url": url}
        settings = {"retry": policy, "timeout": TIMEOUT}
        async with contextlib.AsyncExitStack() as stack:
            if sample.path == "borrowed":
                borrowed = get_session().create_client(
                    sample.client_type.service_name,
                    **endpoint,
                    **CREDENTIALS,
                    config=options.pop("config", None),
                )
                settings["aws_client"] = await stack.enter_async_context(borrowed)
            elif sample.path == "session":
                settings |= endpoint | {"session": static_session()}
            else:
                settings |= endpoint | ({} if "session" in options else CREDENTIALS)
            client = await stack.enter_async_context(sample.client_type(**{**settings, **options}))
            if sample.path == "ordinary":
                client.aws_client.meta.events.register("before-send", ignore_event)
            yield client

    return open_client


def ignore_event(**_: Any) -> None:
    """A handler such as a user's: calls whose events have handlers do not take the fast path."""


def static_session() -> AioSession:
    session = AioSession()
    session.set_credentials(*CREDENTIALS.values())
    return session
