"""The secrets of a model: everything in its sensitive members."""

from __future__ import annotations

import pytest

from smsreg._runtime.models import redaction
from smsreg.sms_voice import (
    CreateRegistrationAttachmentRequest,
    CreateRegistrationResult,
    SendTextMessageRequest,
)
from smsreg.social_messaging import SendWhatsAppMessageInput

PHONE, TEXT = "+12065550142", "your code is 4711"


def test_all_that_a_sensitive_member_holds_is_secret() -> None:
    value = {"a": ["one", {"deep": "two"}], "b": "abc", "c": "ab", "d": 4711, "e": None}
    assert list(redaction.secrets(value, hidden=True)) == ["one", "two", "abc"]
    assert list(redaction.secrets(value, hidden=False)) == []


def test_shortest_secret() -> None:
    assert redaction.SHORTEST_SECRET == 3
    assert list(redaction.secrets(["123", "12", ""], hidden=True)) == ["123"]


def test_values_of_enums_are_no_secrets() -> None:
    result = CreateRegistrationResult.from_boto({"RegistrationStatus": "CREATED"})
    assert list(redaction.secrets(result.registration_status, hidden=True)) == []


def test_a_model_in_a_sensitive_member_is_secret_as_a_whole() -> None:
    result = CreateRegistrationResult.from_boto({"RegistrationId": "registration-1"})
    assert list(redaction.secrets([result], hidden=False)) == []
    assert list(redaction.secrets([result], hidden=True)) == ["registration-1"]


def test_one_sensitive_member_does_not_make_the_next_one_so() -> None:
    request = SendTextMessageRequest(
        destination_phone_number=PHONE, protect_configuration_id="protect-7", message_body=TEXT
    )
    assert list(request.__secrets__()) == [PHONE, TEXT]
    assert "protect_configuration_id='protect-7'" in repr(request)


def test_secrets_in_a_blob_of_json() -> None:
    request = SendWhatsAppMessageInput(
        origination_phone_number_id="phone-number-id-1",
        message=b'{"to": "+12065550142", "text": {"body": "your code is 4711"}, "n": 1}',
        meta_api_version="v20.0",
    )
    assert {PHONE, TEXT} <= set(request.__secrets__())
    assert "v20.0" not in set(request.__secrets__())
    assert "4711" not in repr(request)


@pytest.mark.parametrize(
    ("blob", "content"),
    [
        (b'{"a": [1]}', {"a": [1]}),
        (b"no json", "no json"),
        (b"half \xff text", "half  text"),
        (b"x" * 4096, "x" * 4096),
        (b"x" * 4097, ""),
    ],
)
def test_content_of_a_blob(blob: bytes, content: object) -> None:
    assert redaction._content(blob) == content


def test_blobs_are_read_only_where_they_are_secret() -> None:
    assert list(redaction.secrets(b'"hello"', hidden=True)) == ["hello"]
    assert list(redaction.secrets(b'"hello"', hidden=False)) == []
    attachment = CreateRegistrationAttachmentRequest(attachment_body=b"%PDF secret")
    assert repr(attachment) == "CreateRegistrationAttachmentRequest(attachment_body=***)"
    assert list(attachment.__secrets__()) == ["%PDF secret"]


def test_falsy_members_are_shown_and_quoted_names_stay_readable() -> None:
    result = CreateRegistrationResult.from_boto({"RegistrationId": "", "Späte\n": 1, "Plain": 2})
    assert repr(result) == (
        "CreateRegistrationResult(registration_id='', Sp\\xe4te\\n=***, Plain=***)"
    )
