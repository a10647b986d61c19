"""Models in a web framework: bodies, responses, its documentation and its refusals."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from fastapi import Body, FastAPI
from httpx import ASGITransport, AsyncClient, Response
from pydantic import TypeAdapter

from smsreg.sms_voice import (
    CreatePoolResult,
    CreateRegistrationAttachmentRequest,
    DescribePoolsResult,
    ListTagsForResourceResult,
    PutRegistrationFieldValueRequest,
    SendTextMessageRequest,
    Tag,
)
from smsreg.social_messaging import SendWhatsAppMessageInput

SECRET = "secret-+12065550142"
CONTENT = b"%PDF-1.4 \xfb\xff\xfe"
POOL = {"PoolId": "p", "Status": "OF_TOMORROW", "CreatedTimestamp": 1767323045, "New": [1]}

app = FastAPI()


@app.post("/attachments")
def attach(request: CreateRegistrationAttachmentRequest) -> dict[str, int]:
    return {"size": len(request.attachment_body or b"")}


@app.post("/messages")
def send(request: SendTextMessageRequest) -> SendTextMessageRequest:
    return request


@app.post("/both")
def both(request: PutRegistrationFieldValueRequest, tags: list[Tag] = Body()) -> list[Tag]:  # noqa: B008, ARG001 -- as in FastAPI's pages
    return tags


@app.get("/pools")
def pools() -> DescribePoolsResult:
    return DescribePoolsResult.from_boto({"Pools": [POOL]})


@app.get("/pool", response_model=CreatePoolResult, response_model_exclude_none=True)
def pool() -> Any:
    return CreatePoolResult.from_boto({**POOL, "Tags": [{"Key": "a"}]})


@app.post("/pool")
def echo(result: CreatePoolResult) -> CreatePoolResult:
    return result


@app.get("/tags")
def tags() -> ListTagsForResourceResult:
    return ListTagsForResourceResult.from_boto({"Tags": [{"Key": "a", "Value": "b"}]})


async def call(method: str, path: str, body: Any = None) -> Response:
    async with AsyncClient(transport=ASGITransport(app), base_url="http://127.0.0.1") as web:
        return await web.request(method, path, json=body)


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("name", ["AttachmentBody", "attachment_body"])
async def test_a_posted_blob(encode: Any, name: str) -> None:
    response = await call("POST", "/attachments", {name: encode(CONTENT).decode()})
    assert (response.status_code, response.json()) == (200, {"size": len(CONTENT)})


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/attachments", {"AttachmentBody": f"no base64: {SECRET}"}),
        ("/attachments", {"AttachmentUrl": f"{SECRET} \n"}),
        ("/messages", {"DestinationPhoneNumber": SECRET, "MessageBody": SECRET * 999}),
        ("/messages", {"DestinationPhoneNumber": SECRET, "Context": {f"{SECRET} key": [SECRET]}}),
        ("/messages", [SECRET]),
        ("/both", {"request": {"TextValue": [SECRET]}, "tags": [{"Key": SECRET * 9}]}),
        ("/pool", {"PoolId": [SECRET], "Tags": [{"Key": [SECRET]}]}),
    ],
)
async def test_a_refusal_has_no_value_in_it(path: str, body: Any) -> None:
    response = await call("POST", path, body)
    assert response.status_code == 422
    assert SECRET not in response.text
    assert response.json()["detail"]


async def test_bodies_and_responses() -> None:
    sent = {"DestinationPhoneNumber": "+12065550142", "Context": {"a": "b"}}
    response = await call("POST", "/messages", sent)
    assert response.status_code == 200
    assert {k: v for k, v in response.json().items() if v is not None} == sent
    tag = {"Key": "a", "Value": "b"}
    request = {"RegistrationId": "registration-1", "FieldPath": "a.b"}
    assert (await call("POST", "/both", {"request": request, "tags": [tag]})).json() == [tag]


async def test_results_as_responses_and_as_bodies() -> None:
    created = "2026-01-02T03:04:05Z"
    expected = {**POOL, "CreatedTimestamp": created, "Tags": [{"Key": "a"}]}
    assert (await call("GET", "/pool")).json() == expected
    (page,) = (await call("GET", "/pools")).json()["Pools"]
    assert page["Status"] == "OF_TOMORROW"
    assert page["PoolArn"] is None
    assert (await call("GET", "/tags")).json()["Tags"] == [{"Key": "a", "Value": "b"}]
    echoed = (await call("POST", "/pool", expected)).json()
    assert CreatePoolResult.model_validate(echoed) == CreatePoolResult.model_validate(expected)


def test_items_of_type_adapters() -> None:
    adapter = TypeAdapter(dict[str, list[CreatePoolResult | Tag]])
    value = {"a": [Tag(key="k", value="v"), CreatePoolResult.from_boto(POOL)]}
    assert adapter.validate_json(adapter.dump_json(value))["a"][1] == value["a"][1]


def property_of(model: Any, name: str, **options: Any) -> dict[str, Any]:
    return model.model_json_schema(**options)["properties"][name]


def test_schemas_describe_members() -> None:
    url = property_of(CreateRegistrationAttachmentRequest, "AttachmentUrl")
    assert url["description"].startswith("Where the file is in Amazon S3")
    assert url["writeOnly"]
    assert url["x-sensitive"]
    body = property_of(CreateRegistrationAttachmentRequest, "attachment_body", by_alias=False)
    assert {"type": "null"} in body["anyOf"]
    (blob,) = (choice for choice in body["anyOf"] if choice["type"] == "string")
    assert (blob["format"], blob["contentEncoding"]) == ("base64", "base64")
    assert blob["maxLength"] >= 6990508 * 4 / 3
    message = property_of(SendWhatsAppMessageInput, "message")
    assert message["contentEncoding"] == "base64"
    assert message["x-sensitive"]


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_schemas_of_results(mode: Any) -> None:
    schema = CreatePoolResult.model_json_schema(mode=mode)
    assert schema["description"].startswith("What ``create_pool`` returns.")
    assert schema.get("required", []) == []
    arn = schema["properties"]["PoolArn"]
    assert {choice["type"] for choice in arn["anyOf"]} == {"string", "null"}
    assert arn["description"] == "ARN of the pool."
    reference = schema["properties"]["Status"]["anyOf"][0]["$ref"].rsplit("/", 1)[1]
    status = schema["$defs"][reference]
    assert status["type"] == "string"
    assert "enum" not in status
    assert "ACTIVE" in status["examples"]
    tag = schema["properties"]["Tags"]["anyOf"][0]["items"]
    assert tag["title"] == "Tag"
    assert tag["properties"]["Key"]["description"]
    assert tag.get("required", []) == []


def test_a_schema_without_a_source_has_no_descriptions() -> None:
    namespace: dict[str, Any] = {"__name__": "smsreg_no_such_module", "Base": CreatePoolResult}
    exec("class Own(Base):\n    more: int | None = None\n", namespace)  # noqa: S102 -- a class without a source
    properties = namespace["Own"].model_json_schema()["properties"]
    assert "description" not in properties["more"]
    assert properties["PoolArn"]["description"]


async def test_the_documentation_of_an_application() -> None:
    document = (await call("GET", "/openapi.json")).json()
    parts = document["components"]["schemas"]
    names = [name for name in parts if name.startswith("SendTextMessageRequest")]
    for name in names:
        number = parts[name]["properties"]["DestinationPhoneNumber"]
        assert number["x-sensitive"]
        assert number["writeOnly"]
    assert names
