"""The sides that are compared: each sends a message, and reads the listings."""

from __future__ import annotations

import json
import ssl
from base64 import b64encode
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tests.benchmarks.data import LISTINGS, POOL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.benchmarks.data import Listing

REGION = "us-east-1"
KEY, SECRET = "AKIAEXAMPLE", "throw-away"
NUMBER, TEXT = "+14254147755", "Your code is 4711."
FLAT = LISTINGS["registrations"]
DEFAULT_POOL = 10
"""botocore's default maximum of pooled connections."""

CERTIFICATE = Path(__file__).parents[1] / "support" / "tls" / "localhost.crt"
"""The certificate of the server's TLS ports, which the sides trust."""

Page = list[Any]


class DoneError(Exception):
    """A call that should have been refused succeeded."""


@dataclass(frozen=True)
class Link:
    """A side's connection settings.

    Attributes:
        port: The side's port on the server.
        pool: The most connections that it keeps.
        tls: Whether the port uses TLS.
        hook: An event of botocore's, and a handler for it.
    """

    port: int
    pool: int = DEFAULT_POOL
    tls: bool = False
    hook: tuple[str, Callable[..., Any]] | None = None

    @property
    def url(self) -> str:
        """The server's address."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def client_options(self) -> dict[str, Any]:
        """Return the options of aiobotocore's clients, which are smsreg's too."""
        options: dict[str, Any] = {
            "region_name": REGION,
            "endpoint_url": self.url,
            "aws_access_key_id": KEY,
            "aws_secret_access_key": SECRET,
        }
        if self.pool != DEFAULT_POOL:
            from aiobotocore.config import AioConfig  # noqa: PLC0415 -- a side loads what it needs

            options["config"] = AioConfig(max_pool_connections=self.pool)
        return options

    def session(self) -> Any:
        """Return an aiobotocore session, with the hook and the certificate if there are any."""
        from aiobotocore.session import AioSession  # noqa: PLC0415 -- a side loads what it needs

        session = AioSession()
        if self.tls:
            session.set_config_variable("ca_bundle", str(CERTIFICATE))
        if self.hook is not None:
            session.register(*self.hook)
        return session

    @property
    def is_plain(self) -> bool:
        """Whether smsreg can create its own session."""
        return not self.tls and self.hook is None


class Side(Protocol):
    async def send(self) -> str: ...

    def pages(self, size: int, listing: Listing = FLAT) -> AsyncIterator[Page]: ...

    async def fail(self) -> str:
        """Make a call that is refused with a modelled error, and return the resource it names."""
        ...

    async def attach(self, content: bytes) -> str:
        """Upload a file, and return the digest that the server computed."""
        ...

    def content(self, item: Any) -> Any:
        """Return an item as JSON would have it."""
        ...


class Raw:
    """aiobotocore as it is."""

    def __init__(self, client: Any) -> None:
        self.client = client

    @classmethod
    @asynccontextmanager
    async def open(cls, link: Link) -> AsyncIterator[Side]:
        options = link.client_options()
        async with link.session().create_client("pinpoint-sms-voice-v2", **options) as client:
            yield cls(client)

    async def send(self) -> str:
        response = await self.client.send_text_message(
            DestinationPhoneNumber=NUMBER, MessageBody=TEXT
        )
        return response["MessageId"]

    async def pages(self, size: int, listing: Listing = FLAT) -> AsyncIterator[Page]:
        pages = self.client.get_paginator(listing.method).paginate(
            **listing.request, PaginationConfig={"PageSize": size}
        )
        async for page in pages:
            yield page[listing.items]

    async def fail(self) -> str:
        try:
            await self.client.describe_pools(PoolIds=[POOL])
        except self.client.exceptions.ResourceNotFoundException as error:
            resource: str = error.response["ResourceId"]
            return resource
        raise DoneError

    async def attach(self, content: bytes) -> str:
        response = await self.client.create_registration_attachment(AttachmentBody=content)
        made: str = response["RegistrationAttachmentId"]
        return made

    def content(self, item: Any) -> Any:
        return plain(item)


class Naive(Raw):
    """aiobotocore as it is, with its dictionaries converted to models."""

    def __init__(self, client: Any) -> None:
        super().__init__(client)
        from smsreg import sms_voice  # noqa: PLC0415 -- a side loads what it needs

        self.sent = sms_voice.SendTextMessageResult
        self.operations = sms_voice.SMSVoiceClient.operations

    async def send(self) -> str:
        response = await self.client.send_text_message(
            DestinationPhoneNumber=NUMBER, MessageBody=TEXT
        )
        return self.sent.from_boto(response).message_id or ""

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
    async def open(cls, link: Link) -> AsyncIterator[Side]:
        from smsreg import SMSVoiceClient  # noqa: PLC0415 -- a side loads what it needs

        session = None if link.is_plain else link.session()
        async with SMSVoiceClient(session=session, **link.client_options()) as client:
            yield cls(client)

    async def send(self) -> str:
        response = await self.client.send_text_message(
            destination_phone_number=NUMBER, message_body=TEXT
        )
        return response.message_id or ""

    async def pages(self, size: int, listing: Listing = FLAT) -> AsyncIterator[Page]:
        listed = getattr(self.client, listing.method)(**listing.typed, max_results=size)
        async for page in listed.pages():
            yield getattr(page, listing.member)

    async def fail(self) -> str:
        from smsreg.sms_voice import ResourceNotFoundException  # noqa: PLC0415 -- as above

        try:
            await self.client.describe_pools(pool_ids=[POOL])
        except ResourceNotFoundException as error:
            return error.resource_id or ""
        raise DoneError

    async def attach(self, content: bytes) -> str:
        made = await self.client.create_registration_attachment(attachment_body=content)
        return made.registration_attachment_id or ""

    def content(self, item: Any) -> Any:
        return plain(item.to_boto())


class Peer:
    """capo-pinpoint-sms-voice-v2: typed dictionaries over its own HTTP stack."""

    package = "capo-pinpoint-sms-voice-v2"

    def __init__(self, client: Any) -> None:
        self.client = client

    @classmethod
    @asynccontextmanager
    async def open(cls, link: Link) -> AsyncIterator[Side]:
        import capo_pinpoint_sms_voice_v2 as capo  # noqa: PLC0415 -- a side loads what it needs
        from zapros import AsyncIOTransport, AsyncStdNetworkHandler  # noqa: PLC0415 -- as above

        handler = AsyncStdNetworkHandler(
            transport=AsyncIOTransport(ssl_context=_trusting()) if link.tls else None,
            http1={
                "max_connections_per_host": link.pool,
                "max_idle_connections_per_host": link.pool,
            },
        )
        client = capo.AsyncPinpointSMSVoiceV2Client(
            http_handler=handler,
            region=REGION,
            endpoint=link.url,
            credentials={"access_key": KEY, "secret_key": SECRET},
        )
        try:
            yield cls(client)
        finally:
            await handler.aclose()

    async def send(self) -> str:
        response = await self.client.send_text_message(NUMBER, message_body=TEXT)
        return response["message_id"]

    async def pages(self, size: int, listing: Listing = FLAT) -> AsyncIterator[Page]:
        token = None
        call = getattr(self.client, listing.method)
        while True:
            page = await call(**listing.typed, max_results=size, next_token=token)
            yield page[listing.member]
            token = page.get("next_token")
            if token is None:
                return

    async def fail(self) -> str:
        from capo_pinpoint_sms_voice_v2.errors import (  # noqa: PLC0415 -- as above
            ResourceNotFoundException,
        )

        try:
            await self.client.describe_pools(pool_ids=[POOL])
        except ResourceNotFoundException as error:
            resource: str = error.data["resource_id"]
            return resource
        raise DoneError

    async def attach(self, content: bytes) -> str:
        made = await self.client.create_registration_attachment(attachment_body=content)
        attachment: str = made["registration_attachment_id"]
        return attachment

    def content(self, item: Any) -> Any:
        return plain(item)


class Bare:
    """aiohttp alone, unsigned, with plain JSON: less than any client of the service can do."""

    def __init__(self, session: Any, url: str) -> None:
        self.session = session
        self.url = url

    @classmethod
    @asynccontextmanager
    async def open(cls, link: Link) -> AsyncIterator[Side]:
        from aiohttp import ClientSession, TCPConnector  # noqa: PLC0415 -- as above

        trusted = _trusting() if link.tls else True
        async with ClientSession(connector=TCPConnector(limit=link.pool, ssl=trusted)) as session:
            yield cls(session, f"{link.url}/")

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
        response = await self.call("SendTextMessage", members)
        message: str = response["MessageId"]
        return message

    async def pages(self, size: int, listing: Listing = FLAT) -> AsyncIterator[Page]:
        members: dict[str, Any] = {**listing.request, "MaxResults": size}
        while True:
            page = await self.call(listing.operation, members)
            yield page[listing.items]
            if "NextToken" not in page:
                return
            members["NextToken"] = page["NextToken"]

    async def fail(self) -> str:
        refused = await self.call("DescribePools", {"PoolIds": [POOL]})
        resource: str = refused["ResourceId"]
        return resource

    async def attach(self, content: bytes) -> str:
        members = {"AttachmentBody": b64encode(content).decode()}
        made = await self.call("CreateRegistrationAttachment", members)
        attachment: str = made["RegistrationAttachmentId"]
        return attachment

    def content(self, item: Any) -> Any:
        return plain(item)


def plain(value: Any) -> Any:
    """Normalise the items of all sides: names without case and underscores, times as datetimes."""
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
    """Return the names of the sides that can be measured: the peer may not be installed."""
    try:
        version(Peer.package)
    except PackageNotFoundError:
        return [name for name in SIDES if name != "peer"]
    return list(SIDES)


def opened(name: str, link: Link) -> AbstractAsyncContextManager[Side]:
    """Open a side's client."""
    context: AbstractAsyncContextManager[Side] = SIDES[name].open(link)
    return context


def _trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=CERTIFICATE)
