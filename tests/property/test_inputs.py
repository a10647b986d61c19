"""Random valid requests are accepted unchanged, and sent as botocore's serializer writes them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from botocore.awsrequest import create_request_object, prepare_request_dict
from botocore.serialize import create_serializer
from hypothesis import given
from hypothesis import strategies as st

from tests.support.sampling import RANDOM_CASES

from . import shapes
from .attributes import snake_case
from .cases import CASES, Case, budget

if TYPE_CHECKING:
    from tests.support.server import Request

    from .clients import Clients

pytestmark = pytest.mark.sampled

ENDPOINT = "http://127.0.0.1"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_sent_agrees_with_botocores_serializer(case: Case, clients: Clients) -> None:
    request_type = case.operation.request_type
    seen = 0

    @budget()
    @given(st.data())
    def check(data: st.DataObject) -> None:
        nonlocal seen
        seen += 1
        parameters = data.draw(
            shapes.request(case.input_shape, always=case.token), label="parameters"
        )
        request = request_type.from_boto(parameters)
        assert request.to_boto() == parameters
        assert request_type(**snake_case(case.input_shape, parameters)) == request
        by_method = data.draw(st.booleans(), label="by the method")
        client = clients.client(case)
        if by_method:
            members = {name: value for name, value in request if value is not None}
            call = getattr(client, case.method)(**members)
        else:
            call = client.send(request)
        clients.sent.clear()
        clients.run(call)
        (sent,) = clients.sent
        # Equal to the parameters; the order of its members determines that of the body.
        assert_serialized_alike(case, request.to_boto(), sent)

    check()
    assert seen >= RANDOM_CASES or case.input_shape is None or not case.input_shape.members


@pytest.mark.parametrize("case", CASES, ids=str)
def test_parameters_without_token_are_unchanged(case: Case) -> None:
    """The client adds the idempotency token; a model has only the members it was created with."""
    request_type = case.operation.request_type

    @budget()
    @given(st.data())
    def check(data: st.DataObject) -> None:
        parameters = data.draw(shapes.request(case.input_shape), label="parameters")
        assert request_type.from_boto(parameters).to_boto() == parameters

    check()


def assert_serialized_alike(case: Case, parameters: dict[str, Any], sent: Request) -> None:
    serializer = create_serializer(case.protocol, include_validation=True)
    expected = serializer.serialize_to_request(in_utc(parameters), case.model)
    prepare_request_dict(expected, ENDPOINT, context={"is_streaming_sigv4a": False})
    prepared = create_request_object(expected).prepare()
    assert sent.method == prepared.method
    assert sent.target == prepared.url.removeprefix(ENDPOINT)
    assert sent.body == (prepared.body or b"")
    headers = {name.lower(): value for name, value in expected["headers"].items()}
    assert {name: sent.headers.get(name) for name in headers} == headers


def in_utc(value: Any) -> Any:
    """Convert timestamps to UTC: botocore's serializer would send another zone's local time."""
    if isinstance(value, dict):
        return {key: in_utc(item) for key, item in value.items()}
    if isinstance(value, list):
        return [in_utc(item) for item in value]
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.timezone.utc)
    return value
