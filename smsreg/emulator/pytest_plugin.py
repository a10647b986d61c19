"""Fixtures for the tests of whoever uses the clients; pytest finds them by itself.

Every test that asks for one has an emulator of its own, in the event loop that the test runs in.
This module is loaded wherever pytest and smsreg are installed, so it imports nothing that takes
time: a fixture imports what it needs when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, cast

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AsyncExitStack

    from smsreg import EndUserMessagingClient, SMSVoiceClient, SocialMessagingClient
    from smsreg.emulator import Emulator

_LOOPS = "smsreg-loops"
_ANYIO = "smsreg-anyio"
_TEST_LOOP = "asyncio_default_test_loop_scope"


def pytest_configure(config: pytest.Config) -> None:
    """Register what the fixtures below depend on, for the installed async plugins."""
    if config.pluginmanager.hasplugin("anyio"):
        from smsreg.emulator import pytest_anyio

        config.pluginmanager.register(pytest_anyio, _ANYIO)
    try:
        config.getini(_TEST_LOOP)
    except ValueError:
        return  # it is not installed, is disabled, or is too old
    from smsreg.emulator import pytest_loops

    config.pluginmanager.register(pytest_loops, _LOOPS)


@pytest.fixture
def smsreg_emulator(request: pytest.FixtureRequest) -> Emulator:
    """An emulator of the three services that has just been started, for this test alone."""
    return cast("Emulator", request.getfixturevalue(f"_smsreg_running_{_loop_of(request)}"))


@pytest.fixture
def smsreg_emulator_thread() -> Iterator[Emulator]:
    """An emulator in a thread of its own, for this test alone, which need not be asynchronous."""
    from smsreg.emulator import Emulator
    from smsreg.emulator.pytest_lifetimes import raise_unexpected

    with Emulator.in_thread() as emulator:
        yield emulator
        raise_unexpected(emulator)


@pytest.fixture
def sms_voice_client(request: pytest.FixtureRequest, smsreg_emulator: Emulator) -> SMSVoiceClient:
    """A client of SMS and voice for `smsreg_emulator`, closed after the test."""
    from smsreg import SMSVoiceClient

    client = SMSVoiceClient(**smsreg_emulator.client_options)
    _closing(request).push_async_callback(client.aclose)
    return client


@pytest.fixture
def social_messaging_client(
    request: pytest.FixtureRequest, smsreg_emulator: Emulator
) -> SocialMessagingClient:
    """A client of WhatsApp for `smsreg_emulator`, closed after the test."""
    from smsreg import SocialMessagingClient

    client = SocialMessagingClient(**smsreg_emulator.client_options)
    _closing(request).push_async_callback(client.aclose)
    return client


@pytest.fixture
def end_user_messaging_client(
    request: pytest.FixtureRequest, smsreg_emulator: Emulator
) -> EndUserMessagingClient:
    """A client of profiles and passcodes for `smsreg_emulator`, closed after the test."""
    from smsreg import EndUserMessagingClient

    client = EndUserMessagingClient(**smsreg_emulator.client_options)
    _closing(request).push_async_callback(client.aclose)
    return client


def _closing(request: pytest.FixtureRequest) -> AsyncExitStack:
    """What is closed after the test and before its emulator."""
    return cast("AsyncExitStack", request.getfixturevalue(f"_smsreg_closing_{_loop_of(request)}"))


def _loop_of(request: pytest.FixtureRequest) -> str:
    """What runs the test: a scope of pytest-asyncio's loops, anyio, or a failure that says how."""
    plugins = request.config.pluginmanager
    mark = cast("pytest.Item", request.node).get_closest_marker("asyncio")
    if plugins.hasplugin(_ANYIO) and "anyio_backend" in request.fixturenames:
        if request.getfixturevalue("anyio_backend_name") != "asyncio":
            _fail(
                request,
                'runs on asyncio only: let the fixture `anyio_backend` return "asyncio"',
            )
        return "anyio"
    if not plugins.hasplugin(_LOOPS) and not plugins.hasplugin(_ANYIO):
        _fail(request, "needs pytest-asyncio: pip install 'pytest-asyncio>=1.0' (or anyio)")
    if mark is None or not plugins.hasplugin(_LOOPS):
        _fail(
            request,
            "is for tests that pytest-asyncio or anyio runs, as the emulator responds from the "
            "test's own event loop: make the test `async def`, and mark it with "
            '`@pytest.mark.asyncio` (or set `asyncio_mode = "auto"`) or with '
            "`@pytest.mark.anyio`. For synchronous tests there is `smsreg_emulator_thread`.",
        )
    chosen = mark.kwargs.get("loop_scope", mark.kwargs.get("scope"))
    return str(chosen or request.config.getini(_TEST_LOOP) or "function")


def _fail(request: pytest.FixtureRequest, why: str) -> NoReturn:
    pytest.fail(f"the fixture {request.fixturename} {why}", pytrace=False)
