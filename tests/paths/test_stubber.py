"""botocore's Stubber responds to the calls of a typed client, too."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import StubResponseError
from botocore.stub import ANY, Stubber

from smsreg.errors import ServiceError, SmsregError

from .conftest import JSON, Sample, borrowed, callers_session, every_service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tests.support.server import Server

    from .conftest import Connect

    TakesFastPath = Callable[[Sample, Any], Awaitable[bool]]

pytestmark = pytest.mark.sampled

SENT = {
    "DeleteOptOutList": {"OptOutListName": "mine"},
    "CreateWhatsAppFlow": {"id": ANY, "flowName": "mine", "categories": ["OTHER"]},
    "UpdateBrandProfile": {"brandProfileId": "bp-1", "brandProfileName": "mine"},
}

REQUIRED: dict[str, dict[str, Any]] = {
    "UpdateBrandProfile": {
        "brandProfileId": "bp-1",
        "brandProfileArn": "arn:aws:sms-voice:us-east-1:1:brand-profile/bp-1",
        "brandProfileName": "mine",
        "status": "ACTIVE",
        "deletionProtectionEnabled": False,
        "createdAt": dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc),
        "updatedAt": dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc),
    }
}
"""Members that the Stubber requires in a response."""


@contextlib.asynccontextmanager
async def opened(kind: str, sample: Sample, server: Server, connect: Connect) -> AsyncIterator[Any]:
    """Open a client of one kind, and make its first call."""
    async with contextlib.AsyncExitStack() as stack:
        options: dict[str, Any] = {}
        if kind == "borrowed":
            options["aws_client"] = await stack.enter_async_context(borrowed(sample, server))
        elif kind == "session":
            options["session"] = callers_session()
        client = await stack.enter_async_context(connect(sample, server, **options))
        with contextlib.suppress(SmsregError):  # the response is invalid for some operations
            await sample.call(client)
        server.requests.clear()
        yield client


@every_service
@pytest.mark.parametrize("kind", ["own", "session", "borrowed"])
async def test_a_stubber_responds(
    kind: str, sample: Sample, server: Server, connect: Connect, takes_fast_path: TakesFastPath
) -> None:
    async with opened(kind, sample, server, connect) as client:
        stubber = Stubber(client.aws_client)
        member, attribute = sample.changed
        facts = {"RequestId": "stubbed", "HTTPStatusCode": 200, "HTTPHeaders": {"a": "b"}}
        whole = REQUIRED.get(sample.name, {})
        stubber.add_response(sample.method, {**whole, member: "bare"}, SENT[sample.name])
        full_response = {**whole, member: "full", "ResponseMetadata": facts}
        stubber.add_response(sample.method, full_response)
        stubber.add_client_error(
            sample.method,
            service_error_code=sample.error,
            service_message="no",
            http_status_code=409,
            response_meta={"RequestId": "stubbed"},
        )
        stubber.add_client_error(sample.method, service_error_code="NobodyKnows")
        with stubber:
            assert getattr(await sample.call(client), attribute) == "bare"
            full = await sample.call(client)
            assert getattr(full, attribute) == "full"
            assert full.response_metadata.request_id == "stubbed"
            assert full.response_metadata.headers == {"a": "b"}
            with pytest.raises(ServiceError) as caught:
                await sample.call(client)
            assert type(caught.value).__name__ == sample.error
            assert (caught.value.message, caught.value.http_status) == ("no", 409)
            assert caught.value.request_id == "stubbed"
            with pytest.raises(ServiceError) as caught:
                await sample.call(client)
            assert type(caught.value) is ServiceError
            assert caught.value.code == "NobodyKnows"
            stubber.assert_no_pending_responses()
        assert server.requests == []
        assert await takes_fast_path(sample, client) == (kind != "borrowed")
        assert len(server.requests) == 1


async def test_a_stubber_that_expects_something_else(server: Server, connect: Connect) -> None:
    async with opened("own", JSON, server, connect) as client:
        stubber = Stubber(client.aws_client)
        stubber.add_response(JSON.method, {}, {"OptOutListName": "another"})
        # Stubber's error, converted to the package's tree like botocore's other exceptions
        with stubber, pytest.raises((SmsregError, StubResponseError)):
            await JSON.call(client)
    assert server.requests == []
