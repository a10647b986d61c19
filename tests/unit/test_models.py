"""Models are frozen, compared by content, picklable, and hide personal data."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
from typing import Any

import pytest
from pydantic import ValidationError

from smsreg import InvalidRequestError
from smsreg._runtime.models.base import attach
from smsreg._runtime.models.metadata import Received, ResponseMetadata
from smsreg.sms_voice import (
    CreateRegistrationAttachmentRequest,
    CreateRegistrationRequest,
    CreateRegistrationResult,
    DescribeRegistrationsResult,
    RegistrationInformation,
    RegistrationStatus,
    SendTextMessageRequest,
    Tag,
)

PHONE, TEXT = "+12065550142", "your code is 4711"
FACTS = {
    "RequestId": "r-1",
    "HTTPStatusCode": 200,
    "HTTPHeaders": {"date": "today"},
    "RetryAttempts": 2,
}
RESPONSE = {
    "RegistrationId": "registration-1",
    "RegistrationStatus": "CREATED",
    "CreatedTimestamp": dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.timezone.utc),
    "Tags": [{"Key": "a", "Value": ""}],
    "OfTomorrow": {"Deep": [1]},
}
RESULT = CreateRegistrationResult.from_boto({**RESPONSE, "ResponseMetadata": FACTS})
BARE = CreateRegistrationResult.from_boto(RESPONSE)
REQUEST = CreateRegistrationRequest(
    registration_type="US_TOLL_FREE_REGISTRATION", tags=[Tag(key="a", value="b")]
)


def test_personal_data_is_not_shown() -> None:
    request = SendTextMessageRequest(
        destination_phone_number=PHONE, message_body=TEXT, context={"order": "4711-x"}
    )
    for text in (repr(request), str(request), f"{request}", repr([request])):
        assert "destination_phone_number=***" in text
        assert "message_body=***" in text
        assert PHONE not in text
        assert TEXT not in text
        assert "4711" not in text


def test_attachments_are_not_shown() -> None:
    request = CreateRegistrationAttachmentRequest(attachment_body=b"%PDF secret")
    assert "secret" not in repr(request)


def test_unset_members_are_not_shown() -> None:
    assert repr(REQUEST) == (
        "CreateRegistrationRequest(registration_type='US_TOLL_FREE_REGISTRATION', "
        "tags=[Tag(key='a', value='b')])"
    )


def test_unknown_members_are_named_but_not_shown() -> None:
    response = {"Secret\x1b": TEXT, "RegistrationId": "r"}
    text = repr(CreateRegistrationResult.from_boto(response))
    assert TEXT not in text
    assert text.isprintable()
    assert "Secret\\x1b=***" in text


def test_personal_data_is_in_no_error() -> None:
    with pytest.raises(ValidationError) as caught:
        SendTextMessageRequest(destination_phone_number=PHONE * 9, message_body=TEXT * 999)
    assert PHONE not in str(caught.value)
    assert TEXT not in str(caught.value)
    with pytest.raises(InvalidRequestError) as refused:
        SendTextMessageRequest.from_boto({"DestinationPhoneNumber": PHONE * 9})
    assert PHONE not in str(refused.value)
    assert sorted(path for path, _ in refused.value.problems) == ["DestinationPhoneNumber"]


def test_secrets_of_a_request() -> None:
    request = SendTextMessageRequest(
        destination_phone_number=PHONE, message_body=TEXT, context={"key": "value", "k": "no"}
    )
    assert set(request.__secrets__()) == {PHONE, TEXT, "value"}


def test_models_are_frozen() -> None:
    with pytest.raises(ValidationError):
        REQUEST.registration_type = "other"
    with pytest.raises(ValidationError):
        RESULT.registration_id = "other"


def test_equality_is_by_content_without_metadata() -> None:
    assert RESULT == BARE
    assert RESULT.response_metadata != BARE.response_metadata
    assert CreateRegistrationResult.from_boto({**RESPONSE, "RegistrationId": "other"}) != RESULT
    assert CreateRegistrationResult.from_boto({**RESPONSE, "OfTomorrow": 2}) != RESULT


def test_metadata() -> None:
    facts = RESULT.response_metadata
    assert (facts.request_id, facts.http_status, facts.attempts) == ("r-1", 200, 3)
    assert facts.headers == {"date": "today"}
    assert facts.client_token is None
    assert "today" not in repr(facts)
    assert BARE.response_metadata == ResponseMetadata()
    assert BARE.response_metadata.headers == {}
    odd = CreateRegistrationResult.from_boto({"ResponseMetadata": None})
    assert odd.response_metadata == ResponseMetadata()
    no_headers = ResponseMetadata.from_boto({"HTTPHeaders": None})
    assert no_headers == ResponseMetadata()


def received() -> CreateRegistrationResult:
    """Return a result as a call does, whose metadata object has not been created yet."""
    result = CreateRegistrationResult(registration_id="r")
    headers = ((b"X-Amzn-RequestId", b"r-9"), (b"Date", b"today"), (b"X-Odd", b"\xff"))
    attach(result, Received(200, headers, 2, "token"))
    return result


@pytest.mark.parametrize(
    "read",
    [
        lambda result: result,
        copy.copy,
        copy.deepcopy,
        lambda result: result.model_copy(),
        lambda result: pickle.loads(pickle.dumps(result)),  # noqa: S301 -- our own
    ],
    ids=["as it is", "copy", "deepcopy", "model_copy", "pickle"],
)
def test_metadata_is_created_on_first_access(read: Any) -> None:
    facts = read(received()).response_metadata
    assert facts == ResponseMetadata(
        request_id="r-9",
        http_status=200,
        attempts=2,
        headers={"x-amzn-requestid": "r-9", "date": "today", "x-odd": "\ufffd"},
        client_token="token",
    )
    assert received() == CreateRegistrationResult(registration_id="r")


def test_metadata_is_made_once() -> None:
    result = received()
    assert result.response_metadata is result.response_metadata
    assert result.response_metadata.headers is result.response_metadata.headers


def test_metadata_is_no_part_of_dumps() -> None:
    for dump in (RESULT.model_dump(), RESULT.to_boto()):
        assert not [key for key in dump if "etadata" in key]
    assert "r-1" not in RESULT.model_dump_json()
    assert "r-1" not in repr(RESULT)


@pytest.mark.parametrize("model", [RESULT, BARE, REQUEST], ids=["result", "bare", "request"])
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickling(model: Any, protocol: int) -> None:
    again = pickle.loads(pickle.dumps(model, protocol))  # noqa: S301 -- our own
    assert type(again) is type(model)
    assert again == model
    assert again.to_boto() == model.to_boto()
    assert again.model_fields_set == model.model_fields_set
    if model is not REQUEST:
        assert again.response_metadata == model.response_metadata
        assert again.model_extra == {"OfTomorrow": {"Deep": [1]}}


@pytest.mark.parametrize(
    "duplicate",
    [copy.copy, copy.deepcopy, lambda model: model.model_copy(update={"registration_id": "r-2"})],
    ids=["copy", "deepcopy", "model_copy"],
)
def test_copies_keep_the_metadata(duplicate: Any) -> None:
    again = duplicate(RESULT)
    assert again is not RESULT
    assert again.response_metadata == RESULT.response_metadata
    assert again.to_boto().keys() == RESULT.to_boto().keys()
    assert duplicate(BARE).response_metadata == ResponseMetadata()


def test_a_deep_copy_shares_nothing_that_can_change() -> None:
    again = copy.deepcopy(RESULT)
    assert again.tags is not RESULT.tags
    assert again == RESULT


def test_from_and_to_boto() -> None:
    assert RESULT.to_boto() == {k: v for k, v in RESPONSE.items() if k != "OfTomorrow"}
    assert RESULT.registration_status is RegistrationStatus.CREATED
    assert REQUEST.to_boto() == {
        "RegistrationType": "US_TOLL_FREE_REGISTRATION",
        "Tags": [{"Key": "a", "Value": "b"}],
    }
    assert CreateRegistrationRequest.from_boto(REQUEST.to_boto()) == REQUEST


def test_explicit_nulls_are_missing_members() -> None:
    page = DescribeRegistrationsResult.from_boto(
        {"Registrations": [None, {"RegistrationId": "r", "AdditionalAttributes": {"a": None}}]}
    )
    assert page.registrations == [
        RegistrationInformation(registration_id="r", additional_attributes={})
    ]


def test_missing_members() -> None:
    assert BARE.missing_members == (
        "registration_arn",
        "registration_type",
        "current_version_number",
    )
    with pytest.raises(InvalidRequestError) as caught:
        CreateRegistrationResult.from_boto({"RegistrationId": ["no", "string"]})
    assert [path for path, _ in caught.value.problems] == ["RegistrationId"]


def test_metadata_is_a_value() -> None:
    metadata = ResponseMetadata(request_id="r", headers={"a": "b"}, client_token="t")
    assert pickle.loads(pickle.dumps(metadata)) == metadata  # noqa: S301 -- our own
    assert pickle.loads(pickle.dumps(ResponseMetadata())) == ResponseMetadata()  # noqa: S301 -- our own
    with pytest.raises(AttributeError):
        metadata.request_id = "x"  # type: ignore[misc]  # refused
