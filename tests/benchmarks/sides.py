"""The sides that are compared: each sends a message, and lists registrations."""

from __future__ import annotations

import json
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

REGION = "us-east-1"
KEY, SECRET = "AKIAEXAMPLE", "throw-away"
NUMBER, TEXT = "+14254147755", "Your code is 4711."
DEFAULT_POOL = 10
"""Connections that botocore keeps at most unless it is told otherwise."""

Page = list[Any]
Facts = tuple[Any, ...]


class Side(Protocol):
    async def send(self) -> str: ...

    def pages(self, size: int) -> AsyncIterator[Page]: ...

    def facts(self, item: Any) -> Facts: ...


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

    async def pages(self, size: int) -> AsyncIterator[Page]:
        listing = self.client.get_paginator("describe_registrations")
        async for page in listing.paginate(PaginationConfig={"PageSize": size}):
            yield page["Registrations"]

    def facts(self, item: Any) -> Facts:
        return (
            item["RegistrationArn"],
            item["RegistrationId"],
            item["RegistrationType"],
            item["RegistrationStatus"],
            item["CurrentVersionNumber"],
            item.get("ApprovedVersionNumber"),
            item["AdditionalAttributes"],
            item["CreatedTimestamp"].timestamp(),
        )


class Naive(Raw):
    """aiobotocore as it is, and its dictionaries made into models."""

    def __init__(self, client: Any) -> None:
        super().__init__(client)
        from smsreg import sms_voice  # noqa: PLC0415 -- a side loads what it needs

        self.sent = sms_voice.SendTextMessageResult
        self.listed = sms_voice.DescribeRegistrationsResult

    async def send(self) -> str:
        answer = await self.client.send_text_message(
            DestinationPhoneNumber=NUMBER, MessageBody=TEXT
        )
        return self.sent.from_boto(answer).message_id or ""

    async def pages(self, size: int) -> AsyncIterator[Page]:
        listing = self.client.get_paginator("describe_registrations")
        async for page in listing.paginate(PaginationConfig={"PageSize": size}):
            yield self.listed.from_boto(page).registrations

    def facts(self, item: Any) -> Facts:
        return _model_facts(item)


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

    async def pages(self, size: int) -> AsyncIterator[Page]:
        async for page in self.client.describe_registrations(max_results=size).pages():
            yield page.registrations

    def facts(self, item: Any) -> Facts:
        return _model_facts(item)


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

    async def pages(self, size: int) -> AsyncIterator[Page]:
        token = None
        while True:
            page = await self.client.describe_registrations(max_results=size, next_token=token)
            yield page["registrations"]
            token = page.get("next_token")
            if token is None:
                return

    def facts(self, item: Any) -> Facts:
        return (
            item["registration_arn"],
            item["registration_id"],
            item["registration_type"],
            item["registration_status"],
            item["current_version_number"],
            item.get("approved_version_number"),
            item["additional_attributes"],
            item["created_timestamp"].timestamp(),
        )


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

    async def pages(self, size: int) -> AsyncIterator[Page]:
        members: dict[str, Any] = {"MaxResults": size}
        while True:
            page = await self.call("DescribeRegistrations", members)
            yield page["Registrations"]
            if "NextToken" not in page:
                return
            members["NextToken"] = page["NextToken"]

    def facts(self, item: Any) -> Facts:
        return (
            item["RegistrationArn"],
            item["RegistrationId"],
            item["RegistrationType"],
            item["RegistrationStatus"],
            item["CurrentVersionNumber"],
            item.get("ApprovedVersionNumber"),
            item["AdditionalAttributes"],
            item["CreatedTimestamp"],
        )


def _model_facts(item: Any) -> Facts:
    return (
        item.registration_arn,
        item.registration_id,
        item.registration_type,
        item.registration_status.value,
        item.current_version_number,
        item.approved_version_number,
        item.additional_attributes,
        item.created_timestamp.timestamp(),
    )


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
