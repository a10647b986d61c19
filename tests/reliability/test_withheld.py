"""What a service quotes of a request in an error is withheld from its texts and members."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from smsreg import RetryPolicy, sms_voice
from smsreg.errors import ServiceError
from tests.support.scripts import error
from tests.support.server import Server

from .samples import PHONE, READ, REST_UNSAFE, TEXT, UNSAFE, Sample

if TYPE_CHECKING:
    from .conftest import Connect

pytestmark = pytest.mark.sampled

DIGITS = PHONE[1:]
QUOTES = (PHONE, DIGITS, DIGITS[1:], PHONE[:-3], "1 (206) 555-0142", "%2B12065550142", TEXT[:24])
ONE_ATTEMPT = {"retry": RetryPolicy.none()}


@pytest.mark.parametrize("path", ["fast", "ordinary", "session", "borrowed"])
@pytest.mark.parametrize("sample", [UNSAFE, REST_UNSAFE], ids=str)
async def test_messages(sample: Sample, path: str, connect: Connect) -> None:
    quotes = " | ".join(QUOTES)
    script = error("ValidationException", message=f"not valid: {quotes} \x1b[31m\u202e")
    async with (
        Server(script) as server,
        connect(replace(sample, path=path), server.url, **ONE_ATTEMPT) as client,
    ):
        with pytest.raises(ServiceError) as info:
            await sample.call(client)
    for text in (info.value.message, str(info.value), repr(info.value)):
        assert text.isprintable()
        assert [quote for quote in QUOTES if quote in text] == []
    assert info.value.message.startswith("not valid: *** | ")
    assert quotes in info.value.response["Error"]["Message"]  # the response is kept unchanged


@pytest.mark.parametrize("path", ["fast", "ordinary", "session", "borrowed"])
async def test_modelled_members(path: str, connect: Connect) -> None:
    fields = [{"Name": "DestinationPhoneNumber", "Message": f"{quote} \x1b"} for quote in QUOTES]
    refused = error("ValidationException", Reason="FIELD_VALIDATION_FAILED", Fields=fields)
    conflict = error(
        "ConflictException",
        Reason=f"NEW_{DIGITS}",
        ResourceType="phone-number",
        ResourceId=f"number/{DIGITS}",
    )
    async with (
        Server(refused, conflict) as server,
        connect(replace(UNSAFE, path=path), server.url, **ONE_ATTEMPT) as client,
    ):
        with pytest.raises(sms_voice.ValidationException) as first:
            await UNSAFE.call(client)
        with pytest.raises(sms_voice.ConflictException) as second:
            await UNSAFE.call(client)
    assert first.value.reason == "FIELD_VALIDATION_FAILED"
    assert [field.name for field in first.value.fields] == ["DestinationPhoneNumber"] * len(QUOTES)
    messages = [field.message or "" for field in first.value.fields]
    assert [quote for quote in QUOTES if any(quote in text for text in messages)] == []
    assert all(text.isprintable() for text in messages)
    assert second.value.resource_type == "phone-number"
    assert (second.value.resource_id, second.value.reason) == ("number/***", "NEW_***")


async def test_a_reason_is_not_treated_as_a_quote(connect: Connect) -> None:
    """The service's own words are kept, even if they occur in a sensitive member of the request."""
    refused = error("ConflictException", Reason="PHONE_NUMBER_NOT_OPTED_OUT")
    words = {"destination_phone_number": PHONE, "message_body": "PHONE Conflict"}
    async with Server(refused) as server, connect(READ, server.url, **ONE_ATTEMPT) as client:
        with pytest.raises(sms_voice.ConflictException) as info:
            await client.send_text_message(**words)
    assert info.value.reason == "PHONE_NUMBER_NOT_OPTED_OUT"
    assert info.value.code == "ConflictException"
