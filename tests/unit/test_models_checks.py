"""Validation of models: structures from results in requests, time zones, hidden values."""

from __future__ import annotations

import copy
import datetime as dt
import json
import pickle
import subprocess
import sys
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from smsreg import InvalidRequestError, InvalidResponseError
from smsreg._runtime.models.decode import decode
from smsreg._runtime.models.redaction import HIDDEN
from smsreg.sms_voice import (
    CreatePoolResult,
    DescribePoolsResult,
    DescribeRegistrationsRequest,
    DestinationCountryParameterKey,
    ListTagsForResourceResult,
    MessageType,
    PoolInformation,
    RcsContent,
    RegistrationFilter,
    RequestPhoneNumberRequest,
    SendNotifyTextMessageRequest,
    SendTextMessageRequest,
    Tag,
    TagResourceRequest,
    UpdateEventDestinationRequest,
)

ARN = "arn:aws:sms-voice:us-east-1:123456789012:pool/pool-1"
SECRET = "secret-+12065550142"
UTC = dt.timezone.utc
INDIA = dt.timezone(dt.timedelta(hours=5, minutes=30))


# --- structures taken from a result


def tags_of(*tags: dict[str, Any]) -> list[Tag]:
    tags_read = ListTagsForResourceResult.from_boto({"Tags": list(tags)}).tags
    assert tags_read is not None
    return tags_read


def test_a_complete_structure_of_a_result_is_accepted_in_a_request() -> None:
    request = TagResourceRequest(resource_arn=ARN, tags=tags_of({"Key": "a", "Value": "b"}))
    assert request.tags == [Tag(key="a", value="b")]
    again = TagResourceRequest.from_boto(
        {"ResourceArn": ARN, "Tags": tags_of({"Key": "a", "Value": "b"})}
    )
    assert again == request


@pytest.mark.parametrize(
    "tag",
    [
        {"Key": "a"},
        {"Key": "", "Value": "b"},
        {"Key": "a" * 200, "Value": "b"},
        {"Key": "a", "Value": "b", "New": 1},
    ],
    ids=["incomplete", "too short", "too long", "unknown member"],
)
def test_the_rules_of_requests_hold_for_what_came_out_of_a_result(tag: dict[str, Any]) -> None:
    tags = tags_of(tag)
    with pytest.raises(ValidationError):
        TagResourceRequest(resource_arn=ARN, tags=tags)
    with pytest.raises(InvalidRequestError):
        TagResourceRequest.from_boto({"ResourceArn": ARN, "Tags": tags})


def test_they_hold_at_any_depth() -> None:
    unchecked = RcsContent.model_construct(text=None)
    with pytest.raises(ValidationError):
        TypeAdapter(RcsContent).validate_python(unchecked)
    destination = UpdateEventDestinationRequest.model_validate(
        {
            "configuration_set_name": "c",
            "event_destination_name": "e",
            "sns_destination": {"topic_arn": "arn:aws:sns:us-east-1:123456789012:topic"},
        }
    ).sns_destination
    assert destination is not None
    broken = destination.model_copy(update={"topic_arn": "no arn"})
    with pytest.raises(ValidationError):
        UpdateEventDestinationRequest(
            configuration_set_name="c", event_destination_name="e", sns_destination=broken
        )


def test_unknown_members_of_a_structure_survive_a_dump_of_their_result() -> None:
    body = b'{"Tags": [{"Key": "a", "Value": "b", "New": {"Deep": 1}}, {"Value": "c"}]}'
    result = decode(ListTagsForResourceResult, body)
    assert result.model_dump()["tags"][0]["New"] == {"Deep": 1}
    assert ListTagsForResourceResult.model_validate_json(result.model_dump_json()) == result
    assert result.tags is not None
    assert result.tags[1].missing_members == ("key",)
    unset = result.model_dump(exclude_unset=True)["tags"]
    assert unset == [{"key": "a", "value": "b", "New": {"Deep": 1}}, {"value": "c"}]


def test_typed_dictionaries_in_place_of_structures() -> None:
    by_name = DescribeRegistrationsRequest.model_validate(
        {"filters": [{"name": "registration-status", "values": ["CREATED"]}]}
    )
    assert by_name.filters == [RegistrationFilter(name="registration-status", values=["CREATED"])]


# --- points in time


@pytest.mark.parametrize(
    "value",
    [
        dt.datetime(2026, 1, 2, 3, 4, 5),  # noqa: DTZ001 -- naive means UTC
        dt.datetime(2026, 1, 2, 8, 34, 5, tzinfo=INDIA),
        dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "2026-01-02T03:04:05",
        "2026-01-02T08:34:05+05:30",
        1767323045,
        1767323045.0,
    ],
)
def test_points_in_time_become_utc(value: Any) -> None:
    expected = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    read = [
        CreatePoolResult.from_boto({"CreatedTimestamp": value}),
        CreatePoolResult.model_validate({"created_timestamp": value}),
        DescribePoolsResult.from_boto({"Pools": [{"CreatedTimestamp": value}]}).pools[0],
        OwnResult.from_boto({"CreatedTimestamp": value}),
    ]
    if not isinstance(value, dt.datetime):
        body = json.dumps({"CreatedTimestamp": value}).encode()
        read += [decode(CreatePoolResult, body), CreatePoolResult.model_validate_json(body)]
    for model in read:
        assert model.created_timestamp == expected
        assert model.created_timestamp.utcoffset() == dt.timedelta(0)


class OwnResult(CreatePoolResult):
    """A user's own subclass, which reads as its base does."""


def test_a_point_in_time_outside_of_utcs_years() -> None:
    with pytest.raises(InvalidRequestError, match="years 1 to 9999"):
        CreatePoolResult.from_boto({"CreatedTimestamp": dt.datetime.min.replace(tzinfo=INDIA)})
    with pytest.raises(InvalidRequestError, match="valid datetime"):
        CreatePoolResult.from_boto({"CreatedTimestamp": "soon"})


# --- dumps, hashes and copies


def test_maps_with_enum_keys() -> None:
    request = SendTextMessageRequest(
        destination_phone_number="+12065550142",
        message_body="hi",
        destination_country_parameters={
            DestinationCountryParameterKey.IN_ENTITY_ID: "1",
        },
    )
    plain = request.to_boto()
    (key,) = plain["DestinationCountryParameters"]
    assert type(key) is str
    assert key == "IN_ENTITY_ID"
    assert SendTextMessageRequest.from_boto(plain) == request


def test_models_are_hashable_by_content() -> None:
    facts = {"Pools": [{"PoolId": "p"}], "NextToken": "t", "New": {"a": []}}
    one, two = DescribePoolsResult.from_boto(facts), DescribePoolsResult.from_boto(facts)
    other = DescribePoolsResult.from_boto({**facts, "Pools": [{"PoolId": "q"}]})
    assert len({one, two, other}) == 2
    context = {"a": "1", "b": "2"}
    requests = {
        SendTextMessageRequest(destination_phone_number="+12065550142", context=mapping)
        for mapping in (context, dict(reversed(context.items())))
    }
    assert len(requests) == 1
    assert hash(Tag(key="a", value="b")) == hash(tags_of({"Key": "a", "Value": "b"})[0])
    assert Tag(key="a", value="b") == tags_of({"Key": "a", "Value": "b"})[0]


class Job(BaseModel):
    payload: Any


@pytest.mark.parametrize(
    "made",
    [
        lambda: decode(DescribePoolsResult, b'{"Pools": [{"PoolId": "p"}]}').pools[0],
        lambda: tags_of({"Key": "a"})[0],
        lambda: PoolInformation.model_construct(pool_id="p"),
        lambda: pickle.loads(pickle.dumps(PoolInformation(pool_id="p"))),  # noqa: S301 -- our own
        lambda: copy.deepcopy(PoolInformation(pool_id="p")),
    ],
)
def test_any_instance_dumps_as_a_part_of_others(made: Any) -> None:
    model = made()
    assert json.loads(Job(payload=model).model_dump_json())["payload"] == model.model_dump()


def test_unpickled_in_a_fresh_process() -> None:
    state = pickle.dumps(CreatePoolResult.from_boto({"PoolId": "p", "Tags": [{"Key": "a"}]}))
    code = (
        "import pickle, sys, pydantic, typing\n"
        "model = pickle.loads(sys.stdin.buffer.read())\n"
        "Job = pydantic.create_model('Job', payload=(typing.Any, ...))\n"
        "print(Job(payload=model).model_dump_json(exclude_none=True))\n"
    )
    done = subprocess.run(  # noqa: S603 -- this interpreter
        [sys.executable, "-c", code], input=state, capture_output=True, check=True
    )
    assert json.loads(done.stdout)["payload"]["tags"] == [{"key": "a"}]


# --- values in errors


class Body(BaseModel):
    """A user's own model that contains smsreg's models twice."""

    tag: Tag
    tags: list[Tag] = []
    request: SendTextMessageRequest | None = None
    result: CreatePoolResult | None = None


BAD_REQUEST = {
    "destination_phone_number": SECRET,
    "message_body": SECRET * 999,
    "message_type": SECRET,
    "context": {f"{SECRET} key": "value", "ok": [SECRET]},
    "destination_country_parameters": {SECRET: SECRET},
    "time_to_live": SECRET,
    "dry_run": SECRET,
}


def shown(error: ValidationError) -> str:
    return "\n".join([str(error), repr(error), error.json(), repr(error.errors())])


def refuse_request() -> None:
    SendTextMessageRequest(**BAD_REQUEST)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize(
    "refuse",
    [
        refuse_request,
        lambda: SendTextMessageRequest.model_validate(BAD_REQUEST),
        lambda: SendTextMessageRequest.model_validate_json(json.dumps(BAD_REQUEST)),
        lambda: SendTextMessageRequest.model_validate_json(f'{{"message_body": "{SECRET}'),
        lambda: SendTextMessageRequest.model_validate(SECRET),
        lambda: SendTextMessageRequest.model_validate_strings({"destination_phone_number": SECRET}),
        lambda: TypeAdapter(SendTextMessageRequest).validate_python(BAD_REQUEST),
        lambda: TypeAdapter(list[SendTextMessageRequest]).validate_python([BAD_REQUEST]),
        lambda: TypeAdapter(Annotated[SendTextMessageRequest, Field()]).validate_python(
            BAD_REQUEST
        ),
        lambda: Body(tag={"key": SECRET * 9, "value": "v"}),  # type: ignore[arg-type]  # wrong on purpose
        lambda: Body(tag=Tag(key="k", value="v"), tags=[{"value": SECRET}]),  # type: ignore[list-item]  # wrong on purpose
        lambda: Body(tag=Tag(key="k", value="v"), request=BAD_REQUEST),  # type: ignore[arg-type]  # wrong on purpose
        lambda: Body(tag=Tag(key="k", value="v"), result={"tags": [{"key": [SECRET]}]}),  # type: ignore[arg-type]  # wrong on purpose
        lambda: CreatePoolResult.model_validate({"pool_id": [SECRET], "tags": [{"key": [SECRET]}]}),
        lambda: TypeAdapter(CreatePoolResult).validate_json(f'{{"PoolId": ["{SECRET}"]}}'),
        lambda: setattr(Tag(key="k", value="v"), "value", SECRET),
        lambda: RcsContent.model_validate({"text": {"text": SECRET * 999}, "file": SECRET}),
    ],
)
def test_refused_values_are_in_no_error(refuse: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        refuse()
    assert SECRET not in shown(caught.value)
    assert {detail["input"] for detail in caught.value.errors()} == {HIDDEN}
    json.dumps(caught.value.errors())
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_the_errors_still_describe_the_problem() -> None:
    with pytest.raises(ValidationError) as caught:
        refuse_request()
    found = {detail["loc"]: detail["type"] for detail in caught.value.errors()}
    assert found[("destination_phone_number",)] == "string_pattern_mismatch"
    assert found[("message_type",)] == "enum"
    assert found[("context", HIDDEN, "[key]")] == "string_pattern_mismatch"
    assert found[("context", "ok")] == "string_type"
    assert found[("destination_country_parameters", HIDDEN, "[key]")] == "enum"
    assert found[("dry_run",)] == "bool_type"
    with pytest.raises(ValidationError) as nested:
        Body(tag={"key": 1, "Colour": "red"})  # type: ignore[arg-type]  # wrong on purpose
    assert {detail["loc"] for detail in nested.value.errors()} == {
        ("tag", "key"),
        ("tag", "Value"),
        ("tag", "Colour"),
    }


def test_nested_keys_keep_their_path() -> None:
    class Outer(BaseModel):
        inner: SendNotifyTextMessageRequest

    with pytest.raises(ValidationError) as caught:
        Outer(inner={"template_variables": {f"{SECRET} a": 1, "b": 2}})  # type: ignore[arg-type]  # wrong on purpose
    locations = {detail["loc"] for detail in caught.value.errors()}
    assert ("inner", "template_variables", HIDDEN, "[key]") in locations
    assert ("inner", "template_variables", HIDDEN) in locations
    assert ("inner", "template_variables", "b") in locations


def test_refused_values_of_boto3s_dictionaries() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        SendTextMessageRequest.from_boto(
            {"DestinationPhoneNumber": SECRET, "Context": {f"{SECRET} key": [SECRET]}}
        )
    assert {path for path, _ in caught.value.problems} == {"DestinationPhoneNumber", "Context"}
    assert SECRET not in str(caught.value)
    assert caught.value.__context__ is None
    with pytest.raises(InvalidRequestError) as of_result:
        CreatePoolResult.from_boto({"PoolId": [SECRET]})
    assert of_result.value.__context__ is None
    with pytest.raises(InvalidResponseError) as of_response:
        decode(CreatePoolResult, json.dumps({"PoolId": [SECRET]}).encode())
    assert SECRET not in str(of_response.value)
    assert of_response.value.__context__ is None


class Strict(SendTextMessageRequest):
    """A user's subclass with its own rules, whose errors hide values too."""

    time_to_live: int | None = Field(default=None, le=5)


def test_a_users_subclass() -> None:
    with pytest.raises(ValidationError) as caught:
        Strict(destination_phone_number=SECRET, time_to_live=7)
    assert SECRET not in shown(caught.value)
    assert Strict(destination_phone_number="+12065550142", time_to_live=5).to_boto() == {
        "DestinationPhoneNumber": "+12065550142",
        "time_to_live": 5,
    }


def test_unknown_members_of_an_enum_made_on_purpose() -> None:
    request = RequestPhoneNumberRequest(
        iso_country_code="US",
        message_type=MessageType("TOMORROW"),
        number_capabilities=["SMS"],  # type: ignore[list-item]  # wrong on purpose
        number_type="TOLL_FREE",  # type: ignore[arg-type]  # wrong on purpose
    )
    assert request.to_boto()["MessageType"] == "TOMORROW"
    assert RequestPhoneNumberRequest.model_validate(request.model_dump()) == request
    with pytest.raises(InvalidRequestError):
        RequestPhoneNumberRequest.from_boto(request.to_boto())


RESPONSE = {"HTTPStatusCode": 200, "RequestId": "r-1"}


@pytest.mark.parametrize("structure", [CreatePoolResult, Tag, TagResourceRequest])
@pytest.mark.parametrize("given", [None, 5, "text", b"text", [], [("Key", "a")]])
def test_what_is_no_dictionary_is_refused(structure: Any, given: object) -> None:
    with pytest.raises(InvalidRequestError, match="Input should be a valid dictionary"):
        structure.from_boto(given)


@pytest.mark.parametrize(
    ("recorded", "attempts"),
    [({}, 1), ({"RetryAttempts": 2}, 3), ({"RetryAttempts": None}, 1), ({"RetryAttempts": "x"}, 1)],
)
def test_attempts_of_a_recorded_response(recorded: dict[str, object], attempts: int) -> None:
    result = CreatePoolResult.from_boto({"ResponseMetadata": RESPONSE | recorded})
    assert result.response_metadata.attempts == attempts
    assert result.response_metadata.request_id == "r-1"
