"""All operations return the same results and errors on each path."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession
from hypothesis import given
from hypothesis import strategies as st

from smsreg import RetryPolicy
from smsreg.errors import SmsregError
from tests.property import shapes
from tests.property.cases import CASES, CLIENTS, Case, budget, service_model
from tests.support.clients import CREDENTIALS
from tests.support.loops import OwnLoop
from tests.support.sampling import RANDOM_CASES
from tests.support.scripts import respond
from tests.support.server import Server

from .conftest import Watch, callers_session, take_path
from .facts import facts
from .recording import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


pytestmark = pytest.mark.sampled

RESPONSES = max(2, RANDOM_CASES // 5)
"""Random responses for each operation, unless there are fewer different ones."""
CLIENT_PATHS = {
    "fast": "fast",
    "session fast": "fast",
    "observed": "observed",
    "session observed": "observed",
    "parsed read": "observed",
    "ordinary": "ordinary",
    "session ordinary": "ordinary",
    "borrowed": "ordinary",
}
"""The path that the calls of each client take."""


class EachPath(OwnLoop):
    """A server, and clients of all services for each path."""

    def __init__(self) -> None:
        super().__init__()
        self.clients: dict[tuple[type, str], Any] = {}
        self.server = Server(respond(), longest=600.0)

    async def _start(self) -> None:
        await self._stack.enter_async_context(self.server)
        endpoint = {"region_name": "us-east-1", "endpoint_url": self.server.url}
        for client_type in CLIENTS:
            for kind, path in CLIENT_PATHS.items():
                options: dict[str, Any] = {**endpoint, **CREDENTIALS}
                if kind == "borrowed":
                    # The retry attempts that botocore reports depend on its own retry settings.
                    config = AioConfig(retries={"total_max_attempts": 1, "mode": "standard"})
                    borrowed = AioSession().create_client(
                        client_type.service_name, config=config, **options
                    )
                    options = {"aws_client": await self._stack.enter_async_context(borrowed)}
                elif "session" in kind:
                    options = {**endpoint, "session": callers_session()}
                client = client_type(
                    retry=RetryPolicy.none(), client_token_factory=lambda: "token", **options
                )
                self.clients[client_type, kind] = await self._stack.enter_async_context(client)
                if kind == "parsed read":
                    events = client.aws_client.meta.events
                    events.register("after-call", lambda parsed, **_: dict(parsed))
                elif kind != "borrowed":
                    take_path(path, client)

    def call(self, case: Case, kind: str, request: Any) -> Any:
        """Return the result or the error of a call."""

        async def call() -> Any:
            try:
                return await self.clients[case.client_type, kind].send(request)
            except SmsregError as error:
                return error

        return self.run(call())


@pytest.fixture(scope="module")
def each_path() -> Iterator[EachPath]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            patch.delenv(name, raising=False)
        with EachPath() as each_path:
            yield each_path


def drawn(strategy: st.SearchStrategy[Any], number: int) -> Any:
    """Return a random value; number 0 is the simplest one."""
    found: list[Any] = []

    @budget(number + 1)
    @given(strategy)
    def draw(value: Any) -> None:
        found.append(value)

    draw()
    return found[-1]


@cache
def a_request(case: Case) -> Any:
    """Return a valid request of an operation."""
    return case.operation.request_type.from_boto(drawn(shapes.request(case.input_shape), 0))


@cache
def an_error(service: str, name: str, number: int) -> Any:
    """Return contents of an error's members, which differ for each number."""
    return drawn(shapes.body(service_model(service).shape_for(name)), number)


def agree(
    each_path: EachPath, case: Case, request: Any, watch: Watch, but: Sequence[str] = ()
) -> Any:
    """Make a call on each path; return the outcome, which has to be the same for all."""
    outcomes: dict[str, Any] = {}
    sent: dict[str, Any] = {}
    each_path.server.requests.clear()
    for kind in [kind for kind in CLIENT_PATHS if kind not in but]:
        watch.take()
        outcomes[kind] = each_path.call(case, kind, request)
        assert watch.take() == CLIENT_PATHS[kind]
        (request_seen,) = each_path.server.requests
        each_path.server.requests.clear()
        sent[kind] = plain({**vars(request_seen), "connection": 0})
    for kind in ("observed", "parsed read"):
        assert sent[kind] == sent["ordinary"]
    expected = facts(outcomes["fast"])
    for kind, outcome in outcomes.items():
        assert facts(outcome) == expected, kind
        if not isinstance(outcome, SmsregError):
            assert outcome == outcomes["fast"]
    return outcomes["fast"]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_responses(case: Case, each_path: EachPath, watch: Watch) -> None:
    request = a_request(case)

    @budget(RESPONSES)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        lenient = data.draw(st.booleans(), label="lenient")
        content = data.draw(shapes.body(case.output_shape, lenient=lenient), label="content")
        each_path.server.scripts = [respond(200, json.dumps(content).encode())]
        assert not isinstance(agree(each_path, case, request, watch), SmsregError)

    check()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_unknown_members_of_responses(case: Case, each_path: EachPath, watch: Watch) -> None:
    """Unknown members at the top level are kept on every path."""
    request = a_request(case)
    each_path.server.scripts = [respond(200, {"ofTomorrow": {"a": [1, "x"]}})]
    result = agree(each_path, case, request, watch)
    assert result.model_extra == {"ofTomorrow": {"a": [1, "x"]}}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_errors(case: Case, each_path: EachPath, watch: Watch) -> None:
    """Each error that the service models for the operation, and one that it does not model."""
    request, service = a_request(case), case.service.service_name
    statuses = {
        shape.name: shape.metadata.get("error", {}).get("httpStatusCode", 400)
        for shape in case.model.error_shapes
    }
    contents = {name: an_error(service, name, n) for n, name in enumerate(statuses)}
    contents["NobodyKnowsException"] = {"message": "no"}
    for name, content in contents.items():
        body = {**content, "__type": f"com.amazonaws#{name}"}
        headers = {"x-amzn-ErrorType": f"{name}:http://internal/"}
        each_path.server.scripts = [respond(statuses.get(name, 400), body, headers)]
        outcome = agree(each_path, case, request, watch)
        assert getattr(outcome.__cause__ or outcome, "code", None) == name


HEADER = {"x-amzn-ErrorType": "com.amazonaws#ValidationException:http://internal/"}
ODD = {
    "empty": respond(200, b""),
    "no JSON": respond(200, b"<html>"),
    "a list": respond(200, b"[]"),
    "null": respond(200, b"null"),
    "members of another type": respond(200, {"Pools": 7, "NextToken": {}}),
    "nulls in a list": respond(200, {"Pools": [None, {"PoolId": None}]}),
    "no UTF-8": respond(200, b'{"NextToken": "\xff"}'),
    "endless nesting": respond(200, b'{"a":' * 9000),
    "a redirect": respond(302, b"", {"Location": "/elsewhere"}),
    "an unknown success": respond(299, b"{}"),
    "an error without a body": respond(403, b""),
    "an error in the header": respond(400, b"", HEADER),
    "an error in HTML": respond(503, b"<html>"),
    "too many requests": respond(429, b""),
    "an error of odd members": respond(400, {"__type": 7, "message": []}),
    "odd members of an error": respond(400, {"Fields": 7, "message": "no"}, HEADER),
    "an error that is a list": respond(400, b"[]"),
}
FOLLOWED = {"a redirect"}
"""Responses that a borrowed client's HTTP session handles itself."""


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.method in {"describe_pools", "delete_whatsapp_flow"}],
    ids=str,
)
def test_odd_responses(case: Case, odd: str, each_path: EachPath, watch: Watch) -> None:
    each_path.server.scripts = [ODD[odd]]
    agree(each_path, case, a_request(case), watch, but=("borrowed",) if odd in FOLLOWED else ())
