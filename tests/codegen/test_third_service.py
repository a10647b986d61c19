"""A third service is a table and a phrase book away: ``endusermessaging``, with no code changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from botocore import xform_name
from botocore.loaders import Loader

from smsreg._codegen.__main__ import main
from smsreg.errors import ServiceError

from .toys import THIRD, importable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from types import ModuleType

CREATED = 1_700_000_000


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    folder = tmp_path_factory.mktemp("third")
    assert main(["--tables", str(THIRD), "--output", str(folder)]) == 0
    with importable(folder, "end_user_messaging") as package:
        yield package


@pytest.fixture(scope="module")
def model() -> dict[str, Any]:
    return Loader().load_service_model("endusermessaging", "service-2")


def test_every_shape_is_there_and_its_schema_builds(
    package: ModuleType, model: dict[str, Any]
) -> None:
    for name, shape in model["shapes"].items():
        if shape.get("exception"):
            assert issubclass(getattr(package, name), ServiceError)
        elif shape["type"] == "structure":
            built = getattr(package, name)
            assert built.model_rebuild() is not False
            assert built.model_json_schema()["type"] == "object"
        elif "enum" in shape:
            assert [member.value for member in getattr(package, name)] == shape["enum"]
    for name in package.__all__:
        assert getattr(package, name) is not None
        assert name in dir(package)


def test_every_operation_is_there(package: ModuleType, model: dict[str, Any]) -> None:
    operations = package.EndUserMessagingClient.operations

    assert len(operations) == 27
    assert {o.name for o in operations.values()} == set(model["operations"])
    for method, operation in operations.items():
        assert method == operation.method_name == xform_name(operation.name)
        assert callable(getattr(package.EndUserMessagingClient, method))
        assert operation.request_type.__operation__ == method
        assert operation.result_type.__module__.startswith("end_user_messaging.")
        assert all(issubclass(error, ServiceError) for error in operation.error_types)


@pytest.fixture
async def server() -> AsyncIterator[tuple[str, list[tuple[str, str, Any]]]]:
    """A service that knows one brand profile, and takes down what it is asked."""
    seen: list[tuple[str, str, Any]] = []

    async def answer(request: web.Request) -> web.Response:
        body = await request.read()
        seen.append((request.method, request.path, json.loads(body) if body else None))
        if request.method == "GET":
            return web.json_response(
                {"message": "There is no such profile."},
                status=404,
                headers={"x-amzn-ErrorType": "ResourceNotFoundException"},
            )
        content = {"brandProfileId": "bp-1", "brandProfileName": "Bakery", "createdAt": CREATED}
        return web.json_response(content, headers={"x-amzn-RequestId": "r-1"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}", seen
    await runner.cleanup()


async def test_a_call_goes_there_and_back(
    package: ModuleType, server: tuple[str, list[tuple[str, str, Any]]]
) -> None:
    url, seen = server
    async with package.EndUserMessagingClient(
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id="third",
        aws_secret_access_key="third",
        client_token_factory=lambda: "token-1",
    ) as client:
        result = await client.create_brand_profile(brand_profile_name="Bakery")
        with pytest.raises(package.ResourceNotFoundException) as caught:
            await client.get_brand_profile(brand_profile_id="bp-2")

    assert type(result) is client.operations["create_brand_profile"].result_type
    assert result.brand_profile_id == "bp-1"
    assert result.created_at.timestamp() == CREATED
    assert result.response_metadata.request_id == "r-1"
    assert result.response_metadata.client_token == "token-1"
    assert caught.value.message == "There is no such profile."
    create, get = seen
    assert create[0] == "POST"
    assert create[2] == {"brandProfileName": "Bakery", "clientToken": "token-1"}
    assert get[0] == "GET"
    assert get[1].endswith("/bp-2")
