"""An emulator for each test, and plain aiobotocore clients for it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import ClientError

from smsreg.emulator import Clock, Emulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

CONFIG = AioConfig(retries={"max_attempts": 0}, read_timeout=20, connect_timeout=20)
_SESSION = get_session()


@pytest.fixture
def connect() -> Callable[..., Any]:
    """`async with connect(emulator) as (sms, social)`: the two plain clients."""

    @contextlib.asynccontextmanager
    async def open_clients(emulator: Emulator, **changes: Any) -> AsyncIterator[tuple[Any, Any]]:
        options = {**emulator.boto_options, "config": CONFIG, **changes}
        async with (
            _SESSION.create_client("pinpoint-sms-voice-v2", **options) as sms,
            _SESSION.create_client("socialmessaging", **options) as social,
        ):
            yield sms, social

    return open_clients


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """An emulator whose clock is fixed unless it is advanced."""
    async with Emulator(clock=Clock.fixed(), seed=1) as running:
        yield running
        assert running.unexpected == []


@pytest.fixture
async def clients(emulator: Emulator, connect: Callable[..., Any]) -> AsyncIterator[Any]:
    async with connect(emulator) as pair:
        yield pair


@pytest.fixture
async def sms(clients: Any) -> Any:
    return clients[0]


@pytest.fixture
async def social(clients: Any) -> Any:
    return clients[1]


@pytest.fixture
def refused() -> Callable[..., Any]:
    """`await refused(call, "ConflictException", "REASON")`: the error response of a call."""

    async def check(call: Any, code: str, reason: str | None = None) -> dict[str, Any]:
        with pytest.raises(ClientError) as caught:
            await call
        response: dict[str, Any] = caught.value.response
        assert response["Error"]["Code"] == code, response
        assert response.get("Reason") == reason, response
        return response

    return check
