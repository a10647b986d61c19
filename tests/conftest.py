"""Fixtures that several test folders share."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from smsreg import RetryPolicy, SMSVoiceClient
from tests.wire import CREDENTIALS, Handler, Server, Waits

Serve = Callable[[Handler], Awaitable[Server]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """``await serve(handler)``: a running server, stopped after the test."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(handler: Handler) -> Server:
            server = Server(handler)
            await server.start()
            stack.push_async_callback(server.stop)
            return server

        yield start


@pytest.fixture
async def open_client() -> AsyncIterator[Callable[..., Any]]:
    """``open_client(server.url, …)``: a client for the scripted server, closed after the test."""
    async with contextlib.AsyncExitStack() as stack:

        def make(url: str, client_type: type[Any] = SMSVoiceClient, **options: Any) -> Any:
            settings = {"region_name": "us-east-1", "endpoint_url": url, **CREDENTIALS, **options}
            client = client_type(**settings)
            stack.push_async_callback(client.aclose)
            return client

        yield make


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def exact(waits: Waits) -> Callable[..., RetryPolicy]:
    """``exact(…)``: a policy whose waits are recorded, and whose jitter is pinned to 1."""

    def make(**settings: Any) -> RetryPolicy:
        return RetryPolicy(**{"jitter": lambda: 1.0, "sleep": waits.sleep, **settings})

    return make


@pytest.fixture
def no_settings(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The machine's own AWS settings have no say; gives the means to make others."""
    for name in os.environ:
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    return monkeypatch
