"""Handlers on an aiobotocore client's events see, and can change, the calls of a typed client."""

from __future__ import annotations

import contextlib
import copy
import json
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from aiobotocore.awsrequest import AioAWSResponse
from botocore import UNSIGNED

from smsreg.errors import ServiceError, SmsregError
from tests.support.scripts import error, hang_up, respond
from tests.support.server import Server

from .conftest import JSON, NEWEST, REST, SAMPLES, Sample, borrowed, callers_session, every_service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from .conftest import Connect

    TakesFastPath = Callable[[Sample, Any], Awaitable[bool]]

pytestmark = pytest.mark.sampled

EVERY_CALL = (
    "provide-client-params",
    "before-parameter-build",
    "before-endpoint-resolution",
    "before-call",
    "request-created",
    "before-sign",
    "choose-signer",
    "before-send",
    "response-received",
    "needs-retry",
)
WITH_RESPONSE = ("before-parse", "after-call")
BROKEN = ("after-call-error",)
EVENTS = (*EVERY_CALL, *WITH_RESPONSE, *BROKEN)

SCOPES = (
    "{event}.{service}.{name}",
    "{event}.{service}",
    "{event}",
    "{event}.*.{name}",
    "{event}.{service}.*",
    "*.{service}.{name}",
)


def names(event: str, sample: Sample) -> list[str]:
    """Return all the names under which a handler for the event of the sample can be registered.

    botocore resolves endpoints for a service: that event's name has no operation.
    """
    scopes = SCOPES[1:3] if event == "before-endpoint-resolution" else SCOPES
    return [s.format(event=event, service=sample.service, name=sample.name) for s in scopes]


class Hook:
    """Records the names of the events that it is called with."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, event_name: str, **_: Any) -> None:
        self.seen.append(event_name.partition(".")[0])

    async def later(self, event_name: str, **_: Any) -> None:
        self(event_name)

    def take(self, event: str) -> int:
        """Return how often an event was seen since the previous ``take``."""
        seen, self.seen = self.seen, []
        return seen.count(event)


async def refused(sample: Sample, client: Any) -> SmsregError:
    with pytest.raises(SmsregError) as caught:
        await sample.call(client)
    return caught.value


def scripts(sample: Sample) -> tuple[Any, Any, Any]:
    return respond(200, sample.good), error(sample.error), hang_up


@every_service
@pytest.mark.parametrize("event", EVENTS)
async def test_a_hook_registered_later_sees_each_call_until_it_is_taken_off(
    event: str, sample: Sample, server: Server, connect: Connect, takes_fast_path: TakesFastPath
) -> None:
    good, bad, broken = scripts(sample)
    server.scripts = [good]
    hook = Hook()
    async with connect(sample, server) as client:
        events = client.aws_client.meta.events
        plain = await sample.call(client)
        for name in names(event, sample):
            server.scripts = [good]
            assert await takes_fast_path(sample, client)
            events.register(name, hook)
            watched = await sample.call(client)
            assert hook.take(event) == (event not in BROKEN)
            assert watched == plain
            assert watched.model_extra == plain.model_extra
            server.scripts = [bad]
            assert type(await refused(sample, client)).__name__ == sample.error
            assert hook.take(event) == (event not in BROKEN)
            server.scripts = [broken]
            await refused(sample, client)
            assert hook.take(event) == (event not in WITH_RESPONSE)
            server.scripts = [good]
            assert not await takes_fast_path(sample, client)
            events.unregister(name, hook)
            hook.take(event)
            assert await takes_fast_path(sample, client)
            assert hook.seen == []


@pytest.mark.parametrize("event", EVENTS)
async def test_a_hook_may_be_a_coroutine(event: str, server: Server, connect: Connect) -> None:
    hook = Hook()
    server.scripts = [hang_up if event in BROKEN else respond(200, JSON.good)]
    async with connect(JSON, server) as client:
        client.aws_client.meta.events.register(f"{event}.{JSON.service}", hook.later)
        if event in BROKEN:
            await refused(JSON, client)
        else:
            await JSON.call(client)
    assert hook.take(event) == 1


@every_service
@pytest.mark.parametrize("event", EVENTS)
async def test_a_hook_on_a_callers_session_sees_the_calls(
    event: str, sample: Sample, server: Server, connect: Connect
) -> None:
    session = callers_session()
    hooks = [Hook() for _ in names(event, sample)]
    for name, hook in zip(names(event, sample), hooks, strict=True):
        session.register(name, hook)
    good, bad, broken = scripts(sample)
    server.scripts = [good]
    async with connect(sample, server, session=session) as client:
        await sample.call(client)
        assert {hook.take(event) for hook in hooks} == {event not in BROKEN}
        server.scripts = [bad]
        assert type(await refused(sample, client)).__name__ == sample.error
        assert {hook.take(event) for hook in hooks} == {event not in BROKEN}
        server.scripts = [broken]
        await refused(sample, client)
        assert {hook.take(event) for hook in hooks} == {event not in WITH_RESPONSE}


async def test_a_hook_for_another_operation_changes_nothing(
    server: Server, connect: Connect, takes_fast_path: TakesFastPath
) -> None:
    hook = Hook()
    async with connect(JSON, server) as client:
        for event in EVENTS:
            name = f"{event}.{JSON.service}.SendTextMessage"
            client.aws_client.meta.events.register(name, hook)
        assert await takes_fast_path(JSON, client)
    assert hook.seen == []


async def test_a_callers_session_without_handlers_takes_the_fast_path(
    server: Server, connect: Connect, takes_fast_path: TakesFastPath
) -> None:
    async with connect(JSON, server, session=callers_session()) as client:
        assert await takes_fast_path(JSON, client)


@every_service
@pytest.mark.parametrize("event", ["provide-client-params", "before-parameter-build"])
async def test_parameters_changed(
    event: str, sample: Sample, server: Server, connect: Connect
) -> None:
    server.scripts = [respond(200, sample.good)]
    member = {JSON: "OptOutListName", REST: "flowName", NEWEST: "brandProfileName"}[sample]

    def change(params: dict[str, Any], **_: Any) -> dict[str, Any] | None:
        if event == "before-parameter-build":
            params[member] = "handler"
            return None
        return {**params, member: "handler"}

    async with connect(sample, server) as client:
        await sample.call(client)
        client.aws_client.meta.events.register(f"{event}.{sample.service}", change)
        await sample.call(client)
    assert [json.loads(sent.body)[member] for sent in server.requests] == ["mine", "handler"]


@every_service
async def test_endpoint_changed(sample: Sample, server: Server, connect: Connect) -> None:
    async with Server(respond(200, sample.good)) as other, connect(sample, server) as client:
        server.scripts = other.scripts

        def move(builtins: dict[str, Any], **_: Any) -> None:
            builtins["SDK::Endpoint"] = other.url

        await sample.call(client)
        client.aws_client.meta.events.register("before-endpoint-resolution", move)
        await sample.call(client)
        client.aws_client.meta.events.unregister("before-endpoint-resolution", move)
        await sample.call(client)
        assert (len(server.requests), len(other.requests)) == (2, 1)


@every_service
@pytest.mark.parametrize("event", ["before-call", "request-created", "before-sign", "before-send"])
async def test_header_added(event: str, sample: Sample, server: Server, connect: Connect) -> None:
    server.scripts = [respond(200, sample.good)]

    def add(**given: Any) -> None:
        request = given.get("request")
        headers = given["params"]["headers"] if request is None else request.headers
        headers["X-Handler"] = "here"

    async with connect(sample, server) as client:
        await sample.call(client)
        client.aws_client.meta.events.register(f"{event}.{sample.service}.{sample.name}", add)
        await sample.call(client)
    before, after = server.requests
    assert "x-handler" not in before.headers
    assert after.headers["x-handler"] == "here"
    signed = "x-handler" in after.headers["authorization"]
    assert signed == (event != "before-send")


@every_service
async def test_signer_chosen(sample: Sample, server: Server, connect: Connect) -> None:
    server.scripts = [respond(200, sample.good)]
    async with connect(sample, server) as client:
        await sample.call(client)
        client.aws_client.meta.events.register("choose-signer", lambda **_: UNSIGNED)
        await sample.call(client)
    assert ["authorization" in sent.headers for sent in server.requests] == [True, False]


class Body:
    """The body of a response, as aiobotocore reads it."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    async def read(self) -> bytes:
        return self._data


@every_service
@pytest.mark.parametrize("own_session", [True, False], ids=["own", "callers"])
async def test_before_send_returns_a_response(
    sample: Sample, server: Server, connect: Connect, *, own_session: bool
) -> None:
    options = {} if own_session else {"session": callers_session()}
    status, body = 200, sample.good
    headers = {"x-amzn-requestid": "handler"}

    def canned(request: Any, **_: Any) -> AioAWSResponse:
        return AioAWSResponse(request.url, status, headers, Body(json.dumps(body).encode()))

    async with connect(sample, server, **options) as client:
        await sample.call(client) if own_session and sample is JSON else None
        before = len(server.requests)
        client.aws_client.meta.events.register("before-send", canned)
        result = await sample.call(client)
        assert sample.changed_in(result) == sample.good[sample.changed[0]]
        assert result.response_metadata.request_id == "handler"
        status, body = 400, {"__type": sample.error, "message": "no"}
        headers["x-amzn-errortype"] = sample.error
        failure = await refused(sample, client)
        assert len(server.requests) == before
    assert type(failure).__name__ == sample.error
    assert isinstance(failure, ServiceError)
    assert (failure.message, failure.request_id, failure.http_status) == ("no", "handler", 400)


class Status:
    """The part that aiobotocore needs of a response that a before-call handler returns."""

    def __init__(self, status_code: int) -> None:
        self.status_code = status_code


@every_service
@pytest.mark.parametrize("metadata", [True, False], ids=["metadata", "bare"])
async def test_before_call_returns_a_response(
    sample: Sample, server: Server, connect: Connect, *, metadata: bool
) -> None:
    facts = {"RequestId": "handler", "HTTPStatusCode": 200, "HTTPHeaders": {}}
    extra: dict[str, Any] = {"ResponseMetadata": facts} if metadata else {}
    given: list[Any] = [(Status(200), {sample.changed[0]: "handler", **extra})]
    no = {"Error": {"Code": sample.error, "Message": "no"}, **extra}
    async with connect(sample, server) as client:
        await sample.call(client) if sample is JSON else None
        before = len(server.requests)
        client.aws_client.meta.events.register("before-call", lambda **_: given[0])
        result = await sample.call(client)
        assert sample.changed_in(result) == "handler"
        assert result.response_metadata.request_id == ("handler" if metadata else None)
        given[0] = (Status(400), no)
        failure = await refused(sample, client)
        assert len(server.requests) == before
    assert type(failure).__name__ == sample.error
    assert isinstance(failure, ServiceError)
    assert failure.message == "no"


@contextlib.asynccontextmanager
async def opened(kind: str, sample: Sample, server: Server, connect: Connect) -> AsyncIterator[Any]:
    """Open a client of one kind."""
    async with contextlib.AsyncExitStack() as stack:
        options: dict[str, Any] = {}
        if kind == "borrowed":
            options["aws_client"] = await stack.enter_async_context(borrowed(sample, server))
        elif kind == "callers":
            options["session"] = callers_session()
        yield await stack.enter_async_context(connect(sample, server, **options))


every_kind = pytest.mark.parametrize("kind", ["own", "callers", "borrowed"])


@every_service
@every_kind
@pytest.mark.parametrize("scope", ["{event}", "{event}.{service}.{name}"])
async def test_before_parse_changes_the_body(
    scope: str, kind: str, sample: Sample, server: Server, connect: Connect
) -> None:
    server.scripts = [respond(200, sample.good)]
    bodies: list[bytes] = []
    changed = {sample.changed[0]: "handler", "ofTomorrow": 1}

    def change(response_dict: dict[str, Any], **_: Any) -> None:
        bodies.append(response_dict["body"])
        response_dict["body"] = json.dumps(changed).encode()

    async with opened(kind, sample, server, connect) as client:
        await sample.call(client)
        name = scope.format(event="before-parse", service=sample.service, name=sample.name)
        client.aws_client.meta.events.register(name, change)
        result = await sample.call(client)
    assert [json.loads(body) for body in bodies] == [sample.good]
    assert sample.changed_in(result) == "handler"
    assert result.model_extra == {"ofTomorrow": 1}


@every_service
@every_kind
async def test_before_parse_adds_to_the_parsed_response(
    kind: str, sample: Sample, server: Server, connect: Connect
) -> None:
    server.scripts = [respond(200, sample.good), error(sample.error)]

    def add(customized_response_dict: dict[str, Any], **_: Any) -> None:
        customized_response_dict[sample.changed[0]] = "handler"

    async with opened(kind, sample, server, connect) as client:
        client.aws_client.meta.events.register("before-parse", add)
        assert sample.changed_in(await sample.call(client)) == "handler"
        failure = await refused(sample, client)
        assert isinstance(failure, ServiceError)
        assert failure.response[sample.changed[0]] == "handler"


@every_service
async def test_others_calls_of_a_borrowed_client_are_botocores(
    sample: Sample, server: Server, connect: Connect
) -> None:
    """The owner's own calls, and calls that a handler makes during a call of the typed client."""
    other, given = {
        JSON: ("delete_pool", {"PoolId": "1"}),
        REST: ("delete_whatsapp_flow", {"id": "1", "flowId": "1"}),
        NEWEST: ("delete_brand_profile", {"brandProfileId": "1"}),
    }[sample]
    server.scripts = [respond(200, b"<html>"), respond(200, b"<html>"), respond(200, sample.good)]
    seen: list[Any] = []
    async with (
        borrowed(sample, server) as owner_client,
        connect(sample, server, aws_client=owner_client) as client,
    ):

        async def call_other(**_: Any) -> None:
            owner_client.meta.events.unregister("before-call", call_other)
            seen.append(await getattr(owner_client, other)(**given))

        seen.append(await getattr(owner_client, other)(**given))
        owner_client.meta.events.register("before-call", call_other)
        assert (await sample.call(client)).model_extra != {}
    assert [list(parsed) for parsed in seen] == [["ResponseMetadata"]] * 2


def _set(parsed: Any, name: str) -> None:
    parsed[name] = "handler"


def _update(parsed: Any, name: str) -> None:
    parsed.update({name: "handler"})


def _or(parsed: Any, name: str) -> None:
    parsed |= {name: "handler"}


def _clear(parsed: Any, name: str) -> None:
    parsed.clear()
    parsed[name] = "handler"


def _pop(parsed: Any, name: str) -> None:
    parsed.pop(name)
    assert parsed.setdefault(name, "handler") == "handler"


def _delete(parsed: Any, name: str) -> None:
    del parsed[name]
    parsed.update([(name, "handler")])


CHANGES = [_set, _update, _or, _clear, _pop, _delete]


@every_service
@pytest.mark.parametrize("event", ["after-call", "response-received"])
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__[1:])
async def test_the_parsed_response_changed(
    change: Callable[[Any, str], None],
    event: str,
    sample: Sample,
    server: Server,
    connect: Connect,
) -> None:
    server.scripts = [respond(200, sample.good)]
    key = "parsed" if event == "after-call" else "parsed_response"
    async with connect(sample, server) as client:
        assert sample.changed_in(await sample.call(client)) == sample.good[sample.changed[0]]
        hook: Any = lambda **given: change(given[key], sample.changed[0])  # noqa: E731 -- a handler of one line
        client.aws_client.meta.events.register(event, hook)
        result = await sample.call(client)
        assert sample.changed_in(result) == "handler"


async def test_a_list_in_the_parsed_response_changed(server: Server, connect: Connect) -> None:
    server.scripts = [respond(200, REST.good)]

    def change(parsed: Any, **_: Any) -> None:
        parsed["validationErrors"].append("handler")

    async with connect(REST, server) as client:
        client.aws_client.meta.events.register("after-call", change)
        result = await REST.call(client)
    assert result.validation_errors == ["handler"]


READS: dict[str, Callable[[Any], Any]] = {
    "dict": dict,
    "unpacked": lambda parsed: {**parsed},
    "items": lambda parsed: dict(parsed.items()),
    "copy method": lambda parsed: parsed.copy(),
    "copy": copy.copy,
    "deep copy": copy.deepcopy,
    "pickle": lambda parsed: pickle.loads(pickle.dumps(parsed)),  # noqa: S301 -- our own
    "union": lambda parsed: parsed | {},
    "union from the right": lambda parsed: {} | parsed,
    "JSON": lambda parsed: json.loads(json.dumps(parsed)),
    "reversed": lambda parsed: {name: parsed[name] for name in reversed(parsed)},
    "get": lambda parsed: {name: parsed.get(name) for name in parsed.keys()},  # noqa: SIM118 -- the method is the subject
}


@every_service
@pytest.mark.parametrize("read", READS)
async def test_the_parsed_response_read(
    read: str, sample: Sample, server: Server, connect: Connect
) -> None:
    """A handler that reads the parsed response sees botocore's dictionary, and changes nothing."""
    server.scripts = [respond(200, sample.good)]
    seen: list[Any] = []
    async with connect(sample, server) as client:
        plain = await sample.call(client)
        client.aws_client.meta.events.register(
            "after-call", lambda parsed, **_: seen.append(READS[read](parsed))
        )
        result = await sample.call(client)
    members = {name: value for name, value in sample.good.items() if name.lower() != "tomorrow"}
    (dictionary,) = seen
    metadata = dictionary.pop("ResponseMetadata")
    assert dictionary == members
    assert metadata["HTTPStatusCode"] == 200
    assert metadata["RetryAttempts"] == 0
    assert result == plain
    assert result.model_extra == plain.model_extra != {}


@every_service
async def test_an_errors_parsed_response_changed(
    sample: Sample, server: Server, connect: Connect
) -> None:
    server.scripts = [error(sample.error, message="no")]

    def change(parsed: Any, **_: Any) -> None:
        parsed["Error"]["Message"] = "handler"

    async with connect(sample, server) as client:
        await refused(sample, client)
        client.aws_client.meta.events.register("after-call", change)
        failure = await refused(sample, client)
    assert isinstance(failure, ServiceError)
    assert failure.message == "handler"


@every_service
async def test_a_hook_that_raises(sample: Sample, server: Server, connect: Connect) -> None:
    class HandlerError(Exception):
        pass

    def fail(**_: Any) -> None:
        raise HandlerError

    async with connect(sample, server) as client:
        client.aws_client.meta.events.register("before-call", fail)
        with pytest.raises(HandlerError):
            await sample.call(client)
    assert server.requests == []


async def test_a_hooks_own_call_is_botocores(server: Server, connect: Connect) -> None:
    """A handler that calls another operation on the client gets botocore's exceptions."""
    seen: list[type] = []

    async def call_other(**_: Any) -> None:
        server.scripts = [error("ResourceNotFoundException")]
        try:
            await client.aws_client.delete_pool(PoolId="pool-1")
        except client.aws_client.exceptions.ResourceNotFoundException as caught:
            seen.append(type(caught))
        server.scripts = [respond(200, JSON.good)]

    async with connect(JSON, server) as client:
        events = client.aws_client.meta.events
        events.register(f"before-call.{JSON.service}.{JSON.name}", call_other)
        await JSON.call(client)
    assert len(seen) == 1
    assert len(server.requests) == 2


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
async def test_hooks_are_added_and_removed_during_calls(
    sample: Sample, server: Server, connect: Connect
) -> None:
    """A handler that unregisters itself does not disturb the current call."""
    server.scripts = [respond(200, sample.good)]
    seen: list[str] = []
    async with connect(sample, server) as client:
        events = client.aws_client.meta.events

        def once(**_: Any) -> None:
            seen.append("before-call")
            events.unregister("before-call", once)

        def after(**_: Any) -> None:
            seen.append("after-call")

        events.register("before-call", once)
        events.register("after-call", after)
        await sample.call(client)
        await sample.call(client)
    assert seen == ["before-call", "after-call", "after-call"]
