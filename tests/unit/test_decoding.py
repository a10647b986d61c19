"""Decoding bytes to results: strict about JSON, lenient about members."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from pydantic import ValidationError

from smsreg import InvalidRequestError, InvalidResponseError
from smsreg._runtime.models.decode import decode
from smsreg.sms_voice import (
    CreateRegistrationResult,
    DescribePoolsRequest,
    DescribePoolsResult,
    MessageType,
    PoolInformation,
    PoolStatus,
    RcsContent,
    SendTextMessageRequest,
)
from smsreg.social_messaging import DeleteWhatsAppFlowOutput
from tests.support.known import ClientType, known_clients


def test_members_of_every_kind() -> None:
    result = decode(
        CreateRegistrationResult,
        b'{"RegistrationId": "r", "CreatedTimestamp": 1767225600.5, "Tags": [], "New": {"a": 1}}',
    )
    assert result.registration_id == "r"
    assert result.created_timestamp == dt.datetime(2026, 1, 1, 0, 0, 0, 500_000, dt.timezone.utc)
    assert result.tags == []
    assert result.model_extra == {"New": {"a": 1}}


def test_attribute_names_are_no_members() -> None:
    result = decode(CreateRegistrationResult, b'{"registration_id": "r"}')
    assert result.registration_id is None


def test_explicit_nulls_are_left_out() -> None:
    page = decode(DescribePoolsResult, b'{"Pools": [null, {"PoolId": "p", "Status": null}]}')
    assert page == DescribePoolsResult(pools=[PoolInformation(pool_id="p")])


@pytest.mark.parametrize("client", known_clients())
def test_halves_of_surrogate_pairs_are_spelt_out(client: ClientType) -> None:
    for operation in client.operations.values():
        body = {"unheard": ["\ud83d", {"\ud83d": 1}]}
        result = decode(operation.result_type, json.dumps(body).encode())
        assert result.model_extra == {"unheard": [r"\ud83d", {r"\ud83d": 1}]}
        assert json.loads(result.model_dump_json())["unheard"] == result.model_extra["unheard"]
    text = b'{"Pools": [{"PoolId": "cut \\ud83d \\ud83d\\ude00", "Status": "\\uDE00"}]}'
    page = decode(DescribePoolsResult, text)
    assert page == DescribePoolsResult(
        pools=[PoolInformation(pool_id=r"cut \ud83d 😀", status=PoolStatus(r"\uDE00"))]
    )
    assert DescribePoolsResult.model_validate_json(page.model_dump_json()) == page


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"<html>", "not JSON"),
        (b'{"Pools": [', "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b'"text"', "not a JSON object"),
        (b'{"NextToken": NaN}', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"Pools": 7, "NextToken": ["secret"]}', "NextToken, Pools"),
        (b'{"Pools": [{"PoolId": 7}]}', "Pools"),
    ],
)
def test_invalid_responses(body: bytes, reason: str) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        decode(DescribePoolsResult, body)
    assert reason in str(caught.value)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_response_without_members_may_be_empty() -> None:
    assert decode(DeleteWhatsAppFlowOutput, b"") == DeleteWhatsAppFlowOutput()
    with pytest.raises(InvalidResponseError):
        decode(DeleteWhatsAppFlowOutput, b"[]")


def test_a_tagged_union_has_one_member() -> None:
    with pytest.raises(ValidationError, match="Exactly one member must be set"):
        RcsContent()
    names = list(RcsContent.model_fields)
    assert len(names) > 1


def test_enums_in_requests_are_known_or_made_on_purpose() -> None:
    phone = "+14254147755"
    with pytest.raises(ValidationError):
        SendTextMessageRequest(destination_phone_number=phone, message_type="PROMOTIONALL")  # type: ignore[arg-type]  # wrong on purpose
    request = SendTextMessageRequest(
        destination_phone_number=phone, message_type=MessageType("FROM_TOMORROW")
    )
    assert request.to_boto()["MessageType"] == "FROM_TOMORROW"


def test_a_request_that_does_not_fit_lists_its_problems() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        DescribePoolsRequest.from_boto({"PoolIds": ["a", "b c"], "MaxResults": 0, "Strange": 1})
    assert sorted(path for path, _ in caught.value.problems) == [
        "MaxResults", "PoolIds[1]", "Strange",
    ]  # fmt: skip
