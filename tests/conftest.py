"""Fixtures that several test folders share."""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import botocore.session
import pytest
from botocore.loaders import create_loader

from smsreg import EndUserMessagingClient, RetryPolicy, SMSVoiceClient, SocialMessagingClient
from tests.wire import CREDENTIALS, Handler, Server, Waits

Serve = Callable[[Handler], Awaitable[Server]]
LONGEST_ID = 80


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name long values by their lengths.

    pytest puts a test's name into the environment, where a process that the test starts could not
    take one of 200,000 characters.
    """
    if isinstance(val, str | bytes) and len(val) > LONGEST_ID:
        return f"{argname}_of_{len(val)}"
    return None


@pytest.fixture(scope="session", autouse=True)
def _botocores_files_are_read_once() -> Iterator[None]:
    """Let all sessions share botocore's data, as all clients of one session do.

    Each would parse the same files again: two thirds of the time that opening a client takes. A
    session that is told of files of its own (``AWS_DATA_PATH``) reads by itself.
    """
    shared = create_loader()
    for name in ("endpoints", "partitions", "sdk-default-configuration"):
        shared.load_data(name)
    for client_type in (SMSVoiceClient, SocialMessagingClient, EndUserMessagingClient):
        for kind in ("service-2", "endpoint-rule-set-1"):
            shared.load_service_model(client_type.service_name, kind)

    def load(search_path: str | None = None) -> Any:
        return shared if search_path is None else create_loader(search_path)

    # What there is now stays: no collection need look at it.
    gc.collect()
    gc.freeze()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", load)
        yield
    gc.unfreeze()


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
