"""Clients for scripted servers, and the watch over what a test leaves behind."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from aiobotocore.session import AioSession, get_session

from smsreg import RetryPolicy

from .samples import SECRET_KEY, SESSION_TOKEN, Sample

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
    for _ in range(50):  # the ends of connections travel through the loop
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if not others and open_sockets() <= before:
            break
        await asyncio.sleep(0.002)
    assert others == set()
    assert open_sockets() <= before
    gc.collect()


class Waits(list[float]):
    """The delays that were asked for; none of them is waited for."""

    async def sleep(self, seconds: float) -> None:
        self.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def policy(waits: Waits) -> RetryPolicy:
    return RetryPolicy(sleep=waits.sleep, jitter=lambda: 1.0)


@pytest.fixture
def connect(policy: RetryPolicy) -> Connect:
    """`async with connect(sample, url, **options) as client`: open, and by the sample's way."""

    @contextlib.asynccontextmanager
    async def open_client(sample: Sample, url: str, **options: Any) -> AsyncIterator[Any]:
        place = {"region_name": "us-east-1", "endpoint_url": url}
        ours = {"retry": policy, "timeout": TIMEOUT}
        async with contextlib.AsyncExitStack() as stack:
            if sample.way == "borrowed":
                theirs = get_session().create_client(
                    sample.client_type.service_name,
                    **place,
                    **CREDENTIALS,
                    config=options.pop("config", None),
                )
                ours["aws_client"] = await stack.enter_async_context(theirs)
            elif sample.way == "session":
                ours |= place | {"session": static_session()}
            else:
                ours |= place | ({} if "session" in options else CREDENTIALS)
            client = await stack.enter_async_context(sample.client_type(**{**ours, **options}))
            if sample.way == "long":
                client.aws_client.meta.events.register("before-send", look_on)
            yield client

    return open_client


def look_on(**_: Any) -> None:
    """A handler such as a user's: calls that are watched do not take the fast path."""


def static_session() -> AioSession:
    session = AioSession()
    session.set_credentials(*CREDENTIALS.values())
    return session
