"""The sides that are compared: each sends a message, and reads the listings."""

from __future__ import annotations

import json
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Protocol

from tests.benchmarks.data import LISTINGS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.benchmarks.data import Listing

REGION = "us-east-1"
KEY, SECRET = "AKIAEXAMPLE", "throw-away"
NUMBER, TEXT = "+14254147755", "Your code is 4711."
FLAT = LISTINGS["registrations"]
DEFAULT_POOL = 10
"""Connections that botocore keeps at most unless it is told otherwise."""

Page = list[Any]


class Side(Protocol):
    async def send(self) -> str: ...

    def pages(self, size: int, listing: Listing = FLAT) -> AsyncIterator[Page]: ...

    def content(self, item: Any) -> Any:
        """Return an item as JSON would have it."""
        ...


class Raw:
    """aiobotocore as it is."""

    def __init__(self, client: Any) -> None:
        self.client = client

    @classmethod
    @asynccontextmanager
    async def open(cls, port: int, pool: int) -> AsyncIterator[Side]:
        from aiobotocore.config import AioConfig  # noqa: PLC0415 -- a side loads what it needs
        from aiobotocore.session import AioSession  # noqa: PLC0415

        async with AioSession().create_client(
            "pinpoint-sms-voice-v2",
            region_name=REGION,
            endpoint_url=f"http://127.0.0.1:{port}",
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            config=None if pool == DEFAULT_POOL else AioConfig(max_pool_connections=pool),
        ) as client:
            yield cls(client)

    async def send(self) -> str:
        answer = await self.client.send_text_message(
            DestinationPhoneNumber=NUMBER, MessageBody=TEXT
        )
        return answer["MessageId"]

    async def pages(self, size: int, listing: Listing = FLAT) -> AsyncIterator[Page]:
        pages = self.client.get_paginator(listing.method).paginate(
            **listing.request, PaginationConfig={"PageSize": size}
        )
        async for page in pages:
            yield page[listing.items]

    def content(self, item: Any) -> Any:
        return plain(item)


class Naive(Raw):
    """aiobotocore as it is, and its dictionaries made into models."""

    def __init__(self, client: Any) -> None:
        super().__init__(client)
        from smsreg import sms_voice  # noqa: PLC0415 -- a side loads what it needs

        self.sent = sms_voice.SendTextMessageResult
        self.operations = sms_voice.SMSVoiceClient.operations

    async def send(self) -> str:
        answer = await self.client.send_text_message(
            DestinationPhoneNumber=NUMBER, MessageBody=TEXT
        )
        return self.sent.from_boto(answer).message_id or ""

    async def pages(self, size: int, listing: Listing = FLAT) -> AsyncIterator[Page]:
        pages = self.client.get_paginator(listing.method).paginate(
            **listing.request, PaginationConfig={"PageSize": size}
        )
        listed = self.operations[listing.method].result_type
        async for page in pages:
            yield getattr(listed.from_boto(page), listing.member)

    def content(self, item: Any) -> Any:
        return plain(item.to_boto())


class Typed:
    """smsreg."""

    def __init__(self, client: Any) -> None:
        self.client = client

    @classmethod
    @asynccontextmanager
    async def open(cls, port: int, pool: int) -> AsyncIterator[Side]:
        from smsreg import SMSVoiceClient  # noqa: PLC0415 -- a side loads what it needs

        config = None
        if pool != DEFAULT_POOL:
            from aiobotocore.config import AioConfig  # noqa: PLC0415

            config = AioConfig(max_pool_connections=pool)
        async with SMSVoiceClient(
            region_name=REGION,
            endpoint_url=f"http://127.0.0.1:{port}",
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            config=config,
        ) as client:
            yield cls(client)

    async def send(self) -> str:
        answer = await self.client.send_text_message(
            destination_phone_number=NUMBER, message_body=TEXT
        )
        return answer.message_id or ""

    async def pages(self, size: int, listing: Listing = FLAT) -> AsyncIterator[Page]:
        listed = getattr(self.client, listing.method)(**listing.typed, max_results=size)
        async for page in listed.pages():
            yield getattr(page, listing.member)

    def content(self, item: Any) -> Any:
        return plain(item.to_boto())


class Peer:
    """capo-pinpoint-sms-voice-v2: typed dictionaries over an HTTP stack of its own."""

    package = "capo-pinpoint-sms-voice-v2"

    def __init__(self, client: Any) -> None:
        self.client = client

    @classmethod
    @asynccontextmanager
    async def open(cls, port: int, pool: int) -> AsyncIterator[Side]:
        import capo_pinpoint_sms_voice_v2 as capo  # noqa: PLC0415 -- a side loads what it needs
        from zapros import AsyncStdNetworkHandler  # noqa: PLC0415

        handler = AsyncStdNetworkHandler(
            http1={"max_connections_per_host": pool, "max_idle_connections_per_host": pool}
        )
        client = capo.AsyncPinpointSMSVoiceV2Client(
            http_handler=handler,
            region=REGION,
            endpoint=f"http://127.0.0.1:{port}",
            credentials={"access_key": KEY, "secret_key": SECRET},
        )
        try:
            yield cls(client)
        finally:
            await handler.aclose()

    async def send(self) -> str:
        answer = await self.client.send_text_message(NUMBER, message_body=TEXT)
        return answer["message_id"]

    async def pages(self, size: int, listing: Listing = FLAT) -> AsyncIterator[Page]:
        token = None
        call = getattr(self.client, listing.method)
        while True:
            page = await call(**listing.typed, max_results=size, next_token=token)
            yield page[listing.member]
            token = page.get("next_token")
            if token is None:
                return

    def content(self, item: Any) -> Any:
        return plain(item)


class Bare:
    """aiohttp alone, unsigned, with plain JSON: less than any client of the service can do."""

    def __init__(self, session: Any, url: str) -> None:
        self.session = session
        self.url = url

    @classmethod
    @asynccontextmanager
    async def open(cls, port: int, pool: int) -> AsyncIterator[Side]:
        from aiohttp import ClientSession, TCPConnector  # noqa: PLC0415 -- as above

        async with ClientSession(connector=TCPConnector(limit=pool)) as session:
            yield cls(session, f"http://127.0.0.1:{port}/")

    async def call(self, operation: str, members: dict[str, Any]) -> dict[str, Any]:
        headers = {
            "X-Amz-Target": f"PinpointSMSVoiceV2.{operation}",
            "Content-Type": "application/x-amz-json-1.0",
        }
        body = json.dumps(members).encode()
        async with self.session.post(self.url, data=body, headers=headers) as response:
            content: dict[str, Any] = json.loads(await response.read())
        return content

    async def send(self) -> str:
        members = {"DestinationPhoneNumber": NUMBER, "MessageBody": TEXT}
        answer = await self.call("SendTextMessage", members)
        message: str = answer["MessageId"]
        return message

    async def pages(self, size: int, listing: Listing = FLAT) -> AsyncIterator[Page]:
        members: dict[str, Any] = {**listing.request, "MaxResults": size}
        while True:
            page = await self.call(listing.operation, members)
            yield page[listing.items]
            if "NextToken" not in page:
                return
            members["NextToken"] = page["NextToken"]

    def content(self, item: Any) -> Any:
        return plain(item)


def plain(value: Any) -> Any:
    """Make the items of all sides comparable: names without case and underscores, times as such."""
    if isinstance(value, dict):
        return {
            str(name).replace("_", "").lower(): plain(member)
            for name, member in value.items()
            if member is not None
        }
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.timestamp() if isinstance(value, datetime) else value


SIDES: dict[str, Any] = {"raw": Raw, "naive": Naive, "peer": Peer, "bare": Bare, "smsreg": Typed}
"""Every side by its name; the ratios are to the first one."""


def present() -> list[str]:
    """Give the names of the sides that can be measured here: the peer may not be installed."""
    try:
        version(Peer.package)
    except PackageNotFoundError:
        return [name for name in SIDES if name != "peer"]
    return list(SIDES)


def opened(name: str, port: int, pool: int = DEFAULT_POOL) -> AbstractAsyncContextManager[Side]:
    """Open a side's client."""
    context: AbstractAsyncContextManager[Side] = SIDES[name].open(port, pool)
    return context
