"""Clients for a loopback server, and a log handler that detects the path of their calls."""

from __future__ import annotations

import contextlib
import functools
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiobotocore.session import AioSession

from smsreg import EndUserMessagingClient, RetryPolicy, SMSVoiceClient, SocialMessagingClient
from tests.support.clients import CREDENTIALS
from tests.support.known import known_clients
from tests.support.scripts import respond
from tests.support.server import Server

Connect = Callable[..., AbstractAsyncContextManager[Any]]


@dataclass(frozen=True, eq=False)
class Sample:
    """One call, a valid response to it, and an error that the service models for it."""

    client_type: type[Any]
    method: str
    name: str
    service: str
    parameters: dict[str, Any] = field(repr=False)
    good: dict[str, Any] = field(repr=False)
    changed: tuple[str, str]  # a string member of the response: botocore's name and the attribute
    error: str

    def __str__(self) -> str:
        return self.method

    async def call(self, client: Any) -> Any:
        return await getattr(client, self.method)(**self.parameters)

    def changed_in(self, result: Any) -> str:
        return getattr(result, self.changed[1])


JSON = Sample(
    SMSVoiceClient,
    "delete_opt_out_list",
    "DeleteOptOutList",
    "pinpoint-sms-voice-v2",
    {"opt_out_list_name": "mine"},
    {"OptOutListName": "mine", "OptOutListArn": "arn:1", "Tomorrow": {"a": [1]}},
    ("OptOutListName", "opt_out_list_name"),
    "ConflictException",
)
REST = Sample(
    SocialMessagingClient,
    "create_whatsapp_flow",
    "CreateWhatsAppFlow",
    "socialmessaging",
    {"id": "waba-" + "0" * 32, "flow_name": "mine", "categories": ["OTHER"]},
    {"flowId": "1", "validationErrors": [], "tomorrow": {"a": [1]}},
    ("flowId", "flow_id"),
    "ValidationException",
)
NEWEST = Sample(
    EndUserMessagingClient,
    "update_brand_profile",
    "UpdateBrandProfile",
    "endusermessaging",
    {"brand_profile_id": "bp-1", "brand_profile_name": "mine"},
    {"brandProfileId": "bp-1", "brandProfileName": "mine", "tomorrow": {"a": [1]}},
    ("brandProfileId", "brand_profile_id"),
    "ConflictException",
)
SAMPLES = tuple(each for each in (JSON, REST, NEWEST) if each.client_type in known_clients())
every_service = pytest.mark.parametrize("sample", SAMPLES, ids=str)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """A server whose scripts the test sets; until then it responds with ``{}``."""
    async with Server(respond()) as server:
        yield server


@pytest.fixture
def connect() -> Connect:
    """``async with connect(sample, server, …) as client``: an open client, without retries."""

    @contextlib.asynccontextmanager
    async def open_client(sample: Sample, server: Server, **options: Any) -> AsyncIterator[Any]:
        settings = {"region_name": "us-east-1", "endpoint_url": server.url}
        if "aws_client" in options:
            settings = {}
        elif "session" not in options:
            settings |= CREDENTIALS
        settings |= {"retry": RetryPolicy.none(), "timeout": 10.0}
        async with sample.client_type(**{**settings, **options}) as client:
            yield client

    return open_client


def callers_session() -> AioSession:
    """Create a session as a caller would."""
    session = AioSession()
    session.set_credentials(*CREDENTIALS.values())
    return session


@contextlib.asynccontextmanager
async def borrowed(sample: Sample, server: Server, **options: Any) -> AsyncIterator[Any]:
    """Open an aiobotocore client as a caller would."""
    async with callers_session().create_client(
        sample.client_type.service_name,
        region_name="us-east-1",
        endpoint_url=server.url,
        **options,
    ) as client:
        yield client


class Watch(logging.Handler):
    """Detects the path of calls by what botocore logs about each.

    botocore logs each call of a handler, and each request that its endpoint sends. The fast path
    only calls handlers that others have registered.
    """

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self._fired = self._sent = 0

    def emit(self, record: logging.LogRecord) -> None:
        self._sent += record.funcName == "_do_get_response"
        self._fired += record.funcName == "_emit"

    def take(self) -> str:
        """Return the path of the calls since the previous ``take``."""
        fired, sent = self._fired, self._sent
        self._fired = self._sent = 0
        return "ordinary" if sent else "observed" if fired else "fast"


def ignore_event(**_: Any) -> None:
    """A handler as a user would register, which changes nothing."""


def take_path(path: str, client: Any) -> Callable[[], None]:
    """Make the calls of a typed client take a path; return a function that undoes it."""
    events = client.aws_client.meta.events
    if path == "observed":
        events.register("before-send", ignore_event)
        return functools.partial(events.unregister, "before-send", ignore_event)
    if path == "ordinary":  # a handler after smsreg's
        events.register_last("before-call", ignore_event)
        return functools.partial(events.unregister, "before-call", ignore_event)
    return lambda: None


@pytest.fixture
def watch() -> Iterator[Watch]:
    watch = Watch()
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as stack:
        for name in ("botocore.endpoint", "botocore.hooks"):
            logger = logging.getLogger(name)
            patch.setattr(
                logger, "propagate", False
            )  # pytest would format all records that it captures
            logger.addHandler(watch)
            stack.callback(logger.removeHandler, watch)
            stack.callback(logger.setLevel, logger.level)
            logger.setLevel(logging.DEBUG)
        yield watch


@pytest.fixture
def takes_fast_path(watch: Watch) -> Callable[[Sample, Any], Any]:
    """``await takes_fast_path(sample, client)``: whether a call fires no event."""

    async def check(sample: Sample, client: Any) -> bool:
        watch.take()
        with contextlib.suppress(Exception):
            await sample.call(client)
        return watch.take() == "fast"

    return check
