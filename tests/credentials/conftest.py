"""A message service, a token service, and clients that need tokens to send messages."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest

import smsreg._runtime.aws.factory  # noqa: F401 -- no test with a deadline should load it
from smsreg import RetryPolicy, SMSVoiceClient
from tests.support.scripts import Reply, refusal

from .sources import Source, SourceSettings, Tokens

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Serve
    from tests.support.server import Request, Server

MESSAGE = {"destination_phone_number": "+14254147755", "message_body": "hello"}
TIMEOUT = 20.0
"""Long enough for any machine; tests of deadlines define their own."""


class MessageService:
    """Accepts requests that are signed with the key ``oldest`` or one fetched later."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.oldest = ""

    def __call__(self, seen: Request) -> Reply:
        key = seen.headers["authorization"].partition("Credential=")[2].partition("/")[0]
        self.keys.append(key)
        if key < self.oldest:
            return refusal("ExpiredTokenException", 403)
        return Reply({"MessageId": f"m-{len(self.keys)}"})


@pytest.fixture(autouse=True)
def env(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment in which sources write their settings; fetches are not retried."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    return monkeypatch


@pytest.fixture(autouse=True)
async def _no_task_left() -> AsyncIterator[None]:
    """No task outlives a test."""
    yield
    for _ in range(100):
        if asyncio.all_tasks() == {asyncio.current_task()}:
            return
        await asyncio.sleep(0.005)
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.fixture
def tokens() -> Tokens:
    return Tokens()


@pytest.fixture
def messages() -> MessageService:
    return MessageService()


Start = Callable[..., Awaitable[Any]]


class Services:
    """Both running services, and clients for them."""

    def __init__(self, settings: SourceSettings, messages: Server, tokens: Server) -> None:
        self.settings = settings
        self.messages = messages
        self.tokens = tokens
        self._stack = contextlib.AsyncExitStack()

    def client(self, source: Source | None = None, **options: Any) -> SMSVoiceClient:
        found = {} if source is None else dict(source.setup(self.settings))
        client = SMSVoiceClient(**{
            "region_name": "us-east-1",
            "endpoint_url": self.messages.url,
            "timeout": TIMEOUT,
            "retry": RetryPolicy(jitter=lambda: 0.0),
            **found,
            **options,
        })  # fmt: skip
        self._stack.push_async_callback(client.aclose)
        return client

    async def aclose(self) -> None:
        await self._stack.aclose()


@pytest.fixture
async def services(
    serve: Serve,
    env: pytest.MonkeyPatch,
    tmp_path: Path,
    tokens: Tokens,
    messages: MessageService,
) -> AsyncIterator[Services]:
    token_server, message_server = await serve(tokens), await serve(messages)
    services = Services(
        SourceSettings(env, tmp_path, token_server.url), message_server, token_server
    )
    yield services
    await services.aclose()


async def send(client: SMSVoiceClient) -> str | None:
    return (await client.send_text_message(**MESSAGE)).message_id


async def send_many(client: SMSVoiceClient, number: int = 50) -> None:
    await asyncio.gather(*(send(client) for _ in range(number)))
