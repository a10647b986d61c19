"""Handlers on an aiobotocore client's events: each sees, and can change, the calls of ours."""

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

    IsShort = Callable[[Sample, Any], Awaitable[bool]]

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
ANSWERED = ("before-parse", "after-call")
BROKEN = ("after-call-error",)
EVENTS = (*EVERY_CALL, *ANSWERED, *BROKEN)

SCOPES = (
    "{event}.{service}.{name}",
    "{event}.{service}",
    "{event}",
    "{event}.*.{name}",
    "{event}.{service}.*",
    "*.{service}.{name}",
)


def names(event: str, sample: Sample) -> list[str]:
    """Give all the names by which an event of the sample's calls can be asked for.

    botocore resolves endpoints for a service: that event's name has no operation.
    """
    scopes = SCOPES[1:3] if event == "before-endpoint-resolution" else SCOPES
    return [s.format(event=event, service=sample.service, name=sample.name) for s in scopes]


class Hook:
    """Keeps the names of the events that it sees."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, event_name: str, **_: Any) -> None:
        self.seen.append(event_name.partition(".")[0])

    async def later(self, event_name: str, **_: Any) -> None:
        self(event_name)

    def take(self, event: str) -> int:
        """How often an event was seen since the last look."""
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
    event: str, sample: Sample, server: Server, connect: Connect, is_short: IsShort
) -> None:
    good, bad, broken = scripts(sample)
    server.scripts = [good]
    hook = Hook()
    async with connect(sample, server) as client:
        events = client.aws_client.meta.events
        plain = await sample.call(client)
        for name in names(event, sample):
            server.scripts = [good]
            assert await is_short(sample, client)
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
            assert hook.take(event) == (event not in ANSWERED)
            server.scripts = [good]
            assert not await is_short(sample, client)
            events.unregister(name, hook)
            hook.take(event)
            assert await is_short(sample, client)
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
        assert {hook.take(event) for hook in hooks} == {event not in ANSWERED}


async def test_a_hook_for_another_operation_changes_nothing(
    server: Server, connect: Connect, is_short: IsShort
) -> None:
    hook = Hook()
    async with connect(JSON, server) as client:
        for event in EVENTS:
            name = f"{event}.{JSON.service}.SendTextMessage"
            client.aws_client.meta.events.register(name, hook)
        assert await is_short(JSON, client)
    assert hook.seen == []


async def test_a_callers_session_takes_the_fast_path_where_nobody_listens(
    server: Server, connect: Connect, is_short: IsShort
) -> None:
    async with connect(JSON, server, session=callers_session()) as client:
        assert await is_short(JSON, client)


@every_service
@pytest.mark.parametrize("event", ["provide-client-params", "before-parameter-build"])
async def test_parameters_changed(
    event: str, sample: Sample, server: Server, connect: Connect
) -> None:
    server.scripts = [respond(200, sample.good)]
    member = {JSON: "OptOutListName", REST: "flowName", NEWEST: "brandProfileName"}[sample]

    def change(params: dict[str, Any], **_: Any) -> dict[str, Any] | None:
        if event == "before-parameter-build":
            params[member] = "theirs"
            return None
        return {**params, member: "theirs"}

    async with connect(sample, server) as client:
        await sample.call(client)
        client.aws_client.meta.events.register(f"{event}.{sample.service}", change)
        await sample.call(client)
    assert [json.loads(sent.body)[member] for sent in server.requests] == ["mine", "theirs"]


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
        headers["X-Theirs"] = "here"

    async with connect(sample, server) as client:
        await sample.call(client)
        client.aws_client.meta.events.register(f"{event}.{sample.service}.{sample.name}", add)
        await sample.call(client)
    before, after = server.requests
    assert "x-theirs" not in before.headers
    assert after.headers["x-theirs"] == "here"
    signed = "x-theirs" in after.headers["authorization"]
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
    """What aiobotocore reads an answer from."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    async def read(self) -> bytes:
        return self._data


@every_service
@pytest.mark.parametrize("own_session", [True, False], ids=["own", "callers"])
async def test_before_send_answers(
    sample: Sample, server: Server, connect: Connect, *, own_session: bool
) -> None:
    options = {} if own_session else {"session": callers_session()}
    status, body = 200, sample.good
    headers = {"x-amzn-requestid": "theirs"}

    def canned(request: Any, **_: Any) -> AioAWSResponse:
        return AioAWSResponse(request.url, status, headers, Body(json.dumps(body).encode()))

    async with connect(sample, server, **options) as client:
        await sample.call(client) if own_session and sample is JSON else None
        before = len(server.requests)
        client.aws_client.meta.events.register("before-send", canned)
        result = await sample.call(client)
        assert sample.changed_in(result) == sample.good[sample.changed[0]]
        assert result.response_metadata.request_id == "theirs"
        status, body = 400, {"__type": sample.error, "message": "no"}
        headers["x-amzn-errortype"] = sample.error
        failure = await refused(sample, client)
        assert len(server.requests) == before
    assert type(failure).__name__ == sample.error
    assert isinstance(failure, ServiceError)
    assert (failure.message, failure.request_id, failure.http_status) == ("no", "theirs", 400)


class Status:
    """What aiobotocore needs of an answer that a handler of before-call gives."""

    def __init__(self, status_code: int) -> None:
        self.status_code = status_code


@every_service
@pytest.mark.parametrize("metadata", [True, False], ids=["metadata", "bare"])
async def test_before_call_answers(
    sample: Sample, server: Server, connect: Connect, *, metadata: bool
) -> None:
    facts = {"RequestId": "theirs", "HTTPStatusCode": 200, "HTTPHeaders": {}}
    extra: dict[str, Any] = {"ResponseMetadata": facts} if metadata else {}
    given: list[Any] = [(Status(200), {sample.changed[0]: "theirs", **extra})]
    no = {"Error": {"Code": sample.error, "Message": "no"}, **extra}
    async with connect(sample, server) as client:
        await sample.call(client) if sample is JSON else None
        before = len(server.requests)
        client.aws_client.meta.events.register("before-call", lambda **_: given[0])
        result = await sample.call(client)
        assert sample.changed_in(result) == "theirs"
        assert result.response_metadata.request_id == ("theirs" if metadata else None)
        given[0] = (Status(400), no)
        failure = await refused(sample, client)
        assert len(server.requests) == before
    assert type(failure).__name__ == sample.error
    assert isinstance(failure, ServiceError)
    assert failure.message == "no"


@contextlib.asynccontextmanager
async def opened(kind: str, sample: Sample, server: Server, connect: Connect) -> AsyncIterator[Any]:
    """A client of one kind."""
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
    changed = {sample.changed[0]: "theirs", "ofTomorrow": 1}

    def change(response_dict: dict[str, Any], **_: Any) -> None:
        bodies.append(response_dict["body"])
        response_dict["body"] = json.dumps(changed).encode()

    async with opened(kind, sample, server, connect) as client:
        await sample.call(client)
        name = scope.format(event="before-parse", service=sample.service, name=sample.name)
        client.aws_client.meta.events.register(name, change)
        result = await sample.call(client)
    assert [json.loads(body) for body in bodies] == [sample.good]
    assert sample.changed_in(result) == "theirs"
    assert result.model_extra == {"ofTomorrow": 1}


@every_service
@every_kind
async def test_before_parse_adds_to_the_parsed_answer(
    kind: str, sample: Sample, server: Server, connect: Connect
) -> None:
    server.scripts = [respond(200, sample.good), error(sample.error)]

    def add(customized_response_dict: dict[str, Any], **_: Any) -> None:
        customized_response_dict[sample.changed[0]] = "theirs"

    async with opened(kind, sample, server, connect) as client:
        client.aws_client.meta.events.register("before-parse", add)
        assert sample.changed_in(await sample.call(client)) == "theirs"
        failure = await refused(sample, client)
        assert isinstance(failure, ServiceError)
        assert failure.response[sample.changed[0]] == "theirs"


@every_service
async def test_others_calls_of_a_borrowed_client_are_botocores(
    sample: Sample, server: Server, connect: Connect
) -> None:
    """Those of its owner, and those that a handler makes within a call of ours."""
    other, given = {
        JSON: ("delete_pool", {"PoolId": "1"}),
        REST: ("delete_whatsapp_flow", {"id": "1", "flowId": "1"}),
        NEWEST: ("delete_brand_profile", {"brandProfileId": "1"}),
    }[sample]
    server.scripts = [respond(200, b"<html>"), respond(200, b"<html>"), respond(200, sample.good)]
    seen: list[Any] = []
    async with borrowed(sample, server) as theirs, connect(sample, server, aws_client=theirs) as us:

        async def look_up(**_: Any) -> None:
            theirs.meta.events.unregister("before-call", look_up)
            seen.append(await getattr(theirs, other)(**given))

        seen.append(await getattr(theirs, other)(**given))
        theirs.meta.events.register("before-call", look_up)
        assert (await sample.call(us)).model_extra != {}
    assert [list(parsed) for parsed in seen] == [["ResponseMetadata"]] * 2


def _set(parsed: Any, name: str) -> None:
    parsed[name] = "theirs"


def _update(parsed: Any, name: str) -> None:
    parsed.update({name: "theirs"})


def _or(parsed: Any, name: str) -> None:
    parsed |= {name: "theirs"}


def _clear(parsed: Any, name: str) -> None:
    parsed.clear()
    parsed[name] = "theirs"


def _pop(parsed: Any, name: str) -> None:
    parsed.pop(name)
    assert parsed.setdefault(name, "theirs") == "theirs"


def _delete(parsed: Any, name: str) -> None:
    del parsed[name]
    parsed.update([(name, "theirs")])


CHANGES = [_set, _update, _or, _clear, _pop, _delete]


@every_service
@pytest.mark.parametrize("event", ["after-call", "response-received"])
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__[1:])
async def test_the_parsed_answer_changed(
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
        assert sample.changed_in(result) == "theirs"


async def test_a_list_in_the_parsed_answer_changed(server: Server, connect: Connect) -> None:
    server.scripts = [respond(200, REST.good)]

    def change(parsed: Any, **_: Any) -> None:
        parsed["validationErrors"].append("theirs")

    async with connect(REST, server) as client:
        client.aws_client.meta.events.register("after-call", change)
        result = await REST.call(client)
    assert result.validation_errors == ["theirs"]


LOOKS: dict[str, Callable[[Any], Any]] = {
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
@pytest.mark.parametrize("look", LOOKS)
async def test_the_parsed_answer_looked_at(
    look: str, sample: Sample, server: Server, connect: Connect
) -> None:
    """Whoever looks sees botocore's dictionary, and changes nothing by looking."""
    server.scripts = [respond(200, sample.good)]
    seen: list[Any] = []
    async with connect(sample, server) as client:
        plain = await sample.call(client)
        client.aws_client.meta.events.register(
            "after-call", lambda parsed, **_: seen.append(LOOKS[look](parsed))
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
async def test_an_errors_parsed_answer_changed(
    sample: Sample, server: Server, connect: Connect
) -> None:
    server.scripts = [error(sample.error, message="no")]

    def change(parsed: Any, **_: Any) -> None:
        parsed["Error"]["Message"] = "theirs"

    async with connect(sample, server) as client:
        await refused(sample, client)
        client.aws_client.meta.events.register("after-call", change)
        failure = await refused(sample, client)
    assert isinstance(failure, ServiceError)
    assert failure.message == "theirs"


@every_service
async def test_a_hook_that_raises(sample: Sample, server: Server, connect: Connect) -> None:
    class TheirsError(Exception):
        pass

    def fail(**_: Any) -> None:
        raise TheirsError

    async with connect(sample, server) as client:
        client.aws_client.meta.events.register("before-call", fail)
        with pytest.raises(TheirsError):
            await sample.call(client)
    assert server.requests == []


async def test_a_hooks_own_call_is_botocores(server: Server, connect: Connect) -> None:
    """A handler that calls another operation on the client gets botocore's exceptions."""
    seen: list[type] = []

    async def look_up(**_: Any) -> None:
        server.scripts = [error("ResourceNotFoundException")]
        try:
            await client.aws_client.delete_pool(PoolId="pool-1")
        except client.aws_client.exceptions.ResourceNotFoundException as caught:
            seen.append(type(caught))
        server.scripts = [respond(200, JSON.good)]

    async with connect(JSON, server) as client:
        events = client.aws_client.meta.events
        events.register(f"before-call.{JSON.service}.{JSON.name}", look_up)
        await JSON.call(client)
    assert len(seen) == 1
    assert len(server.requests) == 2


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
async def test_hooks_come_and_go_during_calls(
    sample: Sample, server: Server, connect: Connect
) -> None:
    """A handler that takes itself off leaves the call that it watches whole."""
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
