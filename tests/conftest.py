"""Fixtures that several test folders share."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import pkgutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest

import smsreg._runtime.aws.factory  # noqa: F401 -- no test should have to load it
from smsreg import (
    RetryPolicy,
    SMSVoiceClient,
    end_user_messaging,
    sms_voice,
    social_messaging,
)
from tests.support import botocore_data
from tests.support.clients import CREDENTIALS, Waits
from tests.support.loops import TestLoop
from tests.support.sampling import ALL_CASES, sample
from tests.support.scripts import Handler, replies
from tests.support.server import TLS, Server

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


def pytest_asyncio_loop_factories() -> dict[str, type[TestLoop]]:
    """Run each test on a loop whose time it can move on."""
    return {"test": TestLoop}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run a sample where not all cases are asked for; what ``-k`` leaves is sampled."""
    if not ALL_CASES:
        items[:], left_out = sample(items)
        config.hook.pytest_deselected(items=left_out)


@pytest.hookimpl(optionalhook=True)  # without xdist there is no such hook
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Let a worker that is done take over tests of another one, so that all end together."""
    from xdist.scheduler import WorkStealingScheduling  # noqa: PLC0415 -- as above

    return WorkStealingScheduling(config, log) if config.getoption("dist") == "load" else None


ENVIRONMENT = {
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    # No public server is ever asked, and all the certificates of the world take a while to read:
    # two thirds of the time that opening a client takes.
    "AWS_CA_BUNDLE": str(TLS / "elsewhere.crt"),
    "SSL_CERT_FILE": str(TLS / "elsewhere.crt"),
}


@pytest.fixture(scope="session", autouse=True)
def _settings_of_the_machine_have_no_say() -> Iterator[None]:
    """No setting of AWS's tools and no proxy is in the way of a test, nor of what it starts."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("AWS_", "_X_AMZN")) or name.lower().endswith("_proxy"):
                patch.delenv(name)
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session", autouse=True)
def _all_is_loaded_once() -> Iterator[None]:
    """Load what tests need before the first one."""
    for package in (sms_voice, social_messaging, end_user_messaging):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    with pytest.MonkeyPatch.context() as patch:
        botocore_data.share(patch)
        # What there is now stays until the process ends: no collection need look at it. With so
        # little left, Python would collect all of the rest again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(10_000, 10, 10)
        yield


@pytest.fixture(scope="module", autouse=True)
def _left_of_a_module() -> Iterator[None]:
    """No collection need look again at what a module leaves, such as the caches of a library."""
    yield
    gc.collect()
    gc.freeze()


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """``await serve(handler)``: a running server, stopped after the test."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(handler: Handler) -> Server:
            return await stack.enter_async_context(Server(replies(handler), longest=None))

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
