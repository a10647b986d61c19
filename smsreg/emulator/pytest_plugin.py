"""Fixtures for the tests of whoever uses the clients; pytest finds them by itself.

Every test that asks for one has an emulator of its own, in the event loop that the test runs in.
This module is loaded wherever pytest and smsreg are installed, so it imports nothing that takes
time: a fixture imports what it needs when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, cast

import pytest

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from smsreg import SMSVoiceClient, SocialMessagingClient
    from smsreg.emulator import Emulator

_LOOPS = "smsreg-loops"
_TEST_LOOP = "asyncio_default_test_loop_scope"


def pytest_configure(config: pytest.Config) -> None:
    """Add what the fixtures below rest on, where pytest-asyncio is there to run it."""
    try:
        config.getini(_TEST_LOOP)
    except ValueError:
        return  # it is not there, is switched off, or is too old
    from smsreg.emulator import pytest_loops  # noqa: PLC0415  # it imports pytest-asyncio

    config.pluginmanager.register(pytest_loops, _LOOPS)


@pytest.fixture
def smsreg_emulator(request: pytest.FixtureRequest) -> Emulator:
    """An emulator of both services that has just been started, for this test alone."""
    return cast("Emulator", request.getfixturevalue(f"_smsreg_running_{_loop_of(request)}"))


@pytest.fixture
def sms_voice_client(request: pytest.FixtureRequest, smsreg_emulator: Emulator) -> SMSVoiceClient:
    """A client of SMS and voice for `smsreg_emulator`, closed after the test."""
    from smsreg import SMSVoiceClient  # noqa: PLC0415  # it takes time

    client = SMSVoiceClient(**smsreg_emulator.client_options)
    _closing(request).push_async_callback(client.aclose)
    return client


@pytest.fixture
def social_messaging_client(
    request: pytest.FixtureRequest, smsreg_emulator: Emulator
) -> SocialMessagingClient:
    """A client of WhatsApp for `smsreg_emulator`, closed after the test."""
    from smsreg import SocialMessagingClient  # noqa: PLC0415  # it takes time

    client = SocialMessagingClient(**smsreg_emulator.client_options)
    _closing(request).push_async_callback(client.aclose)
    return client


def _closing(request: pytest.FixtureRequest) -> AsyncExitStack:
    """What is closed after the test and before its emulator."""
    return cast("AsyncExitStack", request.getfixturevalue(f"_smsreg_closing_{_loop_of(request)}"))


def _loop_of(request: pytest.FixtureRequest) -> str:
    """The scope of the event loop that the test runs in, or a failure that says what to do."""
    if not request.config.pluginmanager.hasplugin(_LOOPS):
        _fail(request, "needs pytest-asyncio: pip install 'pytest-asyncio>=1.0'")
    mark = cast("pytest.Item", request.node).get_closest_marker("asyncio")
    if mark is None:
        _fail(
            request,
            "is for tests that pytest-asyncio runs, as the emulator answers from the test's own "
            "event loop: make the test `async def`, and mark it with `@pytest.mark.asyncio` or set "
            '`asyncio_mode = "auto"`. A synchronous client, such as that of boto3, can be called '
            "in `asyncio.to_thread`.",
        )
    chosen = mark.kwargs.get("loop_scope", mark.kwargs.get("scope"))
    return str(chosen or request.config.getini(_TEST_LOOP) or "function")


def _fail(request: pytest.FixtureRequest, why: str) -> NoReturn:
    pytest.fail(f"the fixture {request.fixturename} {why}", pytrace=False)
