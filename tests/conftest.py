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

import smsreg._runtime.aws.factory  # noqa: F401 -- loaded before any test's deadline starts
from smsreg import (
    RetryPolicy,
    SMSVoiceClient,
    end_user_messaging,
    sms_voice,
    social_messaging,
)
from tests.support import botocore_data
from tests.support.clients import CREDENTIALS, Delays
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
    """Run each test on an event loop whose time the test can advance."""
    return {"test": TestLoop}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep a sample of the cases unless all are requested; ``-k`` applies before sampling."""
    if not ALL_CASES:
        items[:], left_out = sample(items)
        config.hook.pytest_deselected(items=left_out)


@pytest.hookimpl(optionalhook=True)  # without xdist there is no such hook
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Let an idle worker take over tests of a busy one, so that all finish at the same time."""
    from xdist.scheduler import WorkStealingScheduling  # noqa: PLC0415 -- as above

    return WorkStealingScheduling(config, log) if config.getoption("dist") == "load" else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:  # noqa: ARG001 -- its signature
    """Start one worker more than there are cores, as tests also wait."""
    return (os.cpu_count() or 1) + 1


ENVIRONMENT = {
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    # No public server is ever contacted, and reading the system's certificates would take two
    # thirds of the time that opening a client takes.
    "AWS_CA_BUNDLE": str(TLS / "elsewhere.crt"),
    "SSL_CERT_FILE": str(TLS / "elsewhere.crt"),
}


@pytest.fixture(scope="session", autouse=True)
def _isolated_environment() -> Iterator[None]:
    """Hide the machine's AWS settings and proxies from the tests and the processes they start."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("AWS_", "_X_AMZN")) or name.lower().endswith("_proxy"):
                patch.delenv(name)
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session", autouse=True)
def _preloaded_modules() -> Iterator[None]:
    """Import the generated modules and load botocore's data before the first test."""
    for package in (sms_voice, social_messaging, end_user_messaging):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    with pytest.MonkeyPatch.context() as patch:
        botocore_data.share(patch)
        # The objects that exist now live until the process ends, so the collector skips them.
        # With so few tracked objects left, the default thresholds would trigger full collections
        # far too often.
        gc.collect()
        gc.freeze()
        gc.set_threshold(10_000, 10, 10)
        yield


@pytest.fixture(scope="module", autouse=True)
def _freeze_after_module() -> Iterator[None]:
    """Exclude what outlives a test module, such as a library's caches, from later collections."""
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
def waits() -> Delays:
    return Delays()


@pytest.fixture
def retry_policy(waits: Delays) -> Callable[..., RetryPolicy]:
    """``retry_policy(…)``: a policy that records its delays and whose jitter is always 1."""

    def make(**settings: Any) -> RetryPolicy:
        return RetryPolicy(**{"jitter": lambda: 1.0, "sleep": waits.sleep, **settings})

    return make
