"""Events of a call have the same order and arguments on the fast path and on the ordinary one.

What handlers change, return or raise has the same effect: the same requests are sent, the same
events follow, and the outcome is the same.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import pytest
import wrapt
from aiobotocore.awsrequest import AioAWSResponse
from botocore import UNSIGNED
from botocore.endpoint import Endpoint

from smsreg import RetryPolicy
from smsreg.errors import SmsregError
from tests.support.clients import Delays
from tests.support.scripts import error, hang_up, raw, respond, time_out

from .conftest import JSON, REST, Sample, Watch, callers_session, ignore_event
from .facts import facts
from .recording import Recorder, plain
from .test_hooks import EVENTS, WITH_RESPONSE, Body, Status, names

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.server import Script, Server

    from .conftest import Connect

    Register = Callable[[Any, Recorder], None]

pytestmark = pytest.mark.sampled

TIMEOUT = 10.0


class HandlerError(Exception):
    """Raised by a handler."""


def outcomes(sample: Sample) -> dict[str, list[Script]]:
    """The server's scripts, by the outcome of the call."""
    good = respond(200, sample.good)
    throttle = error("ThrottlingException", 400, "slower")
    return {
        "success": [good],
        "modelled error": [error(sample.error, 400, "no")],
        "unmodelled error": [error("NobodyKnowsException", 500, "no")],
        "unreadable": [respond(200, b"<html>")],
        "no HTTP": [raw(b"220 mail.example\r\n", then="end")],
        "broken": [hang_up],
        "deadline": [time_out(TIMEOUT)],
        "retried": [throttle, throttle, good],
        "slow": [time_out(3.0)],
    }


UNFIRED = {
    "success": {"after-call-error"},
    "modelled error": {"after-call-error"},
    "unmodelled error": {"after-call-error"},
    "retried": {"after-call-error"},
    "unreadable": {"response-received", "needs-retry", "after-call"},
    "deadline": {"response-received", "needs-retry", "after-call-error", *WITH_RESPONSE},
    "no HTTP": {*WITH_RESPONSE},
    "broken": {*WITH_RESPONSE},
}
"""The events that are not fired, by the outcome of the call."""

both_protocols = pytest.mark.parametrize("sample", [JSON, REST], ids=str)
every_outcome = pytest.mark.parametrize("outcome", UNFIRED)


class Seen(NamedTuple):
    """The handlers' events, the server's requests and the outcome of a call."""

    events: list[tuple[str, Any]]
    requests: list[Any]
    outcome: Any


class Same(Protocol):
    """Makes a call on both paths, and returns what was recorded, which has to be the same."""

    async def __call__(
        self,
        sample: Sample,
        outcome: str,
        register: Register,
        *,
        own_session: bool = True,
        **options: Any,
    ) -> Seen: ...


@pytest.fixture
def same(connect: Connect, server: Server, watch: Watch) -> Same:
    async def seen(
        path: str, sample: Sample, register: Register, *, own_session: bool, **options: Any
    ) -> Seen:
        server.requests.clear()
        if not own_session:
            options["session"] = callers_session()
        options["client_token_factory"] = lambda: "token"
        recorder = Recorder()
        policy = RetryPolicy(max_attempts=3, sleep=Delays().sleep, jitter=lambda: 0.5)
        options = {"retry": policy, "timeout": TIMEOUT, **options}
        async with connect(sample, server, **options) as client:
            events = client.aws_client.meta.events
            register(events, recorder)
            if path == "ordinary":
                events.register_last("before-call", ignore_event)
            try:
                outcome = facts(await sample.call(client))
            except SmsregError as failure:
                outcome = facts(failure)
            except HandlerError as failure:
                outcome = plain(failure)
        requests = [plain({**vars(sent), "connection": 0}) for sent in server.requests]
        return Seen(recorder.events, requests, outcome)

    async def both(
        sample: Sample,
        outcome: str,
        register: Register,
        *,
        own_session: bool = True,
        **options: Any,
    ) -> Seen:
        server.scripts = outcomes(sample)[outcome]
        watch.take()
        fast = await seen("observed", sample, register, own_session=own_session, **options)
        assert watch.take() == "observed"
        ordinary = await seen("ordinary", sample, register, own_session=own_session, **options)
        assert [name for name, _ in fast.events] == [name for name, _ in ordinary.events]
        for one, other in zip(fast.events, ordinary.events, strict=True):
            assert one == other
        assert fast.requests == ordinary.requests
        assert fast.outcome == ordinary.outcome
        return fast

    return both


@both_protocols
@every_outcome
@pytest.mark.parametrize("own_session", [True, False], ids=["own", "callers"])
async def test_a_handler_for_every_event(
    outcome: str, sample: Sample, same: Same, *, own_session: bool
) -> None:
    def register(events: Any, recorder: Recorder) -> None:
        for event in EVENTS:
            events.register(names(event, sample)[0], recorder)

    seen = await same(sample, outcome, register, own_session=own_session)
    fired = {name.partition(".")[0] for name, _ in seen.events}
    assert fired == set(EVENTS) - UNFIRED[outcome]


@both_protocols
@every_outcome
@pytest.mark.parametrize("event", EVENTS)
async def test_a_handler_for_one_event(
    event: str, outcome: str, sample: Sample, same: Same
) -> None:
    """A handler that is not a coroutine."""

    def register(events: Any, recorder: Recorder) -> None:
        events.register(names(event, sample)[0], recorder.sync)

    seen = await same(sample, outcome, register)
    fired = {name.partition(".")[0] for name, _ in seen.events}
    assert fired == {event} - UNFIRED[outcome]


class Actor:
    """A handler that changes, returns or raises something."""

    def __init__(self, action: str, event: str, sample: Sample, server: Server) -> None:
        self.action = action
        self.event = event
        self.sample = sample
        self.endpoint = f"{server.url}/handler"
        self.calls = 0

    def sync(self, **given: Any) -> Any:
        self.calls += 1
        if self.action == "raises":
            raise HandlerError(self.event)
        method = f"{self.action} {self.event}".replace(" ", "_").replace("-", "_")
        return getattr(self, method, self.default)(**given)

    async def __call__(self, **given: Any) -> Any:
        return self.sync(**given)

    def default(self, **given: Any) -> Any:
        if self.action == "returns":
            return "what nobody asks for"
        given["context"]["handler"] = "handler"
        return None

    def _name_in(self, params: dict[str, Any]) -> str:
        return next(name for name in params if "ame" in name)

    def changes_provide_client_params(self, params: dict[str, Any], **_: Any) -> None:
        params[self._name_in(params)] = "handler"

    changes_before_parameter_build = changes_provide_client_params

    def changes_before_endpoint_resolution(self, builtins: dict[str, Any], **_: Any) -> None:
        builtins["SDK::Endpoint"] = self.endpoint

    def changes_before_call(
        self, params: dict[str, Any], context: dict[str, Any], **_: Any
    ) -> None:
        params["headers"]["X-Handler"] = "handler"
        params["url"] += "?handler=1"
        params["body"] += b" "
        context["signing"] = {"region": "eu-west-1", "signing_name": "handler"}

    def changes_request_created(self, request: Any, **_: Any) -> None:
        request.headers["X-Handler"] = "handler"
        request.data += b" "
        request.context["handler"] = "handler"

    changes_before_sign = changes_request_created

    def changes_before_send(self, request: Any, **_: Any) -> None:
        request.headers["X-Handler"] = "handler"
        request.url += "?handler=1"

    def changes_before_parse(self, customized_response_dict: dict[str, Any], **_: Any) -> None:
        customized_response_dict[self.sample.changed[0]] = "handler"
        customized_response_dict["ofHandler"] = "handler"

    def changes_response_received(self, parsed_response: Any, **_: Any) -> None:
        if parsed_response is not None:
            parsed_response[self.sample.changed[0]] = "handler"

    def changes_needs_retry(self, response: Any, **_: Any) -> None:
        if response is not None:
            response[1].pop(self.sample.changed[0], None)

    def changes_after_call(self, parsed: dict[str, Any], **_: Any) -> None:
        parsed[self.sample.changed[0]] = "handler"

    def returns_provide_client_params(self, params: dict[str, Any], **_: Any) -> Any:
        return {**params, self._name_in(params): "returned"}

    def returns_before_call(self, **_: Any) -> Any:
        return Status(200), {self.sample.changed[0]: "returned"}

    def returns_choose_signer(self, **_: Any) -> Any:
        return UNSIGNED

    def returns_before_send(self, request: Any, **_: Any) -> Any:
        body = Body(json.dumps({self.sample.changed[0]: "returned"}).encode())
        return AioAWSResponse(request.url, 200, {"x-amzn-requestid": "handler"}, body)

    def returns_needs_retry(self, **_: Any) -> Any:
        return 0 if self.calls == 1 else None


@both_protocols
@pytest.mark.parametrize("outcome", [outcome for outcome in UNFIRED if outcome != "deadline"])
@pytest.mark.parametrize("action", ["changes", "returns", "raises"])
@pytest.mark.parametrize("event", EVENTS)
async def test_a_handler_acts(
    event: str, action: str, outcome: str, sample: Sample, *, same: Same, server: Server
) -> None:
    """A handler that is registered first and is not a coroutine; there are no others."""

    def register(events: Any, _: Recorder) -> None:
        actor = Actor(action, event, sample, server)
        events.register_first(names(event, sample)[0], actor.sync)

    await same(sample, outcome, register)


@both_protocols
@pytest.mark.parametrize("outcome", [outcome for outcome in UNFIRED if outcome != "deadline"])
@pytest.mark.parametrize("action", ["changes", "returns", "raises"])
@pytest.mark.parametrize("event", EVENTS)
async def test_a_handler_acts_among_others(
    event: str, action: str, outcome: str, sample: Sample, *, same: Same, server: Server
) -> None:
    """Other handlers for all events run before and after it."""

    def register(events: Any, recorder: Recorder) -> None:
        for each in EVENTS:
            events.register(names(each, sample)[0], recorder)
            if each not in {"before-call", "before-parse"}:
                events.register_last(names(each, sample)[1], recorder)
        events.register(names(event, sample)[1], Actor(action, event, sample, server))

    await same(sample, outcome, register)


@both_protocols
@every_outcome
async def test_the_order_of_handlers(outcome: str, sample: Sample, same: Same) -> None:
    """Handlers for names of any scope, registered with each of botocore's three methods."""

    def register(events: Any, recorder: Recorder) -> None:
        for event in EVENTS:
            for name in names(event, sample):
                for register_method in ("register", "register_first", "register_last"):
                    if (name, register_method) in AFTER_SMSREG:
                        continue

                    def note(
                        event_name: str, *, label: str = f"{register_method} {name}", **_: Any
                    ) -> None:
                        recorder.events.append((event_name, label))

                    getattr(events, register_method)(name, note)

    seen = await same(sample, outcome, register)
    assert len(seen.events) > len(EVENTS)


@both_protocols
@pytest.mark.parametrize("outcome", ["success", "broken", "retried"])
@pytest.mark.parametrize("event", ["after-call", "before-send"])
@pytest.mark.parametrize("patched", [True, False], ids=["patched", "as shipped"])
async def test_temporary_credentials(
    event: str,
    outcome: str,
    sample: Sample,
    same: Same,
    monkeypatch: pytest.MonkeyPatch,
    *,
    patched: bool,
) -> None:
    """With and without a patched method, in which OpenTelemetry's instrumentation adds a header."""
    seen: list[Any] = []

    def prepare(wrapped: Any, _: Any, arguments: Any, keywords: Any) -> Any:
        (request,) = arguments
        seen.append(plain(request))
        request.headers["X-Handler"] = "handler"
        return wrapped(*arguments, **keywords)

    def register(events: Any, recorder: Recorder) -> None:
        events.register(names(event, sample)[0], recorder)

    if patched:
        wrapper = wrapt.FunctionWrapper(Endpoint.__dict__["prepare_request"], prepare)
        monkeypatch.setattr(Endpoint, "prepare_request", wrapper)
    found = await same(sample, outcome, register, aws_session_token="token")
    middle = len(seen) // 2
    assert seen[:middle] == seen[middle:]
    assert len(seen) == 2 * patched * len(found.requests)


@both_protocols
@pytest.mark.parametrize("event", ["after-call", "before-send"])
async def test_a_handler_sets_a_timeout(event: str, sample: Sample, same: Same) -> None:
    """A read timeout in the context of a request takes effect."""

    def register(events: Any, recorder: Recorder) -> None:
        def hurry(context: dict[str, Any], **_: Any) -> None:
            context["read_timeout"] = 2.0

        events.register("before-call", hurry)
        events.register(names(event, sample)[0], recorder)

    found = await same(sample, "slow", register, retry=RetryPolicy.none())
    assert "OutcomeUnknownError" in str(found.outcome) or "Timeout" in str(found.outcome)


AFTER_SMSREG = {("before-call", "register_last"), ("before-parse", "register_last")}
"""Events and methods of registration with which a handler is called after smsreg's."""


@both_protocols
@pytest.mark.parametrize(("event", "register_method"), sorted(AFTER_SMSREG))
async def test_a_handler_after_smsregs(
    event: str,
    register_method: str,
    sample: Sample,
    server: Server,
    *,
    connect: Connect,
    watch: Watch,
) -> None:
    """The handler is called too: the call takes the ordinary path."""
    server.scripts = [respond(200, sample.good)]
    recorder = Recorder()
    async with connect(sample, server) as client:
        getattr(client.aws_client.meta.events, register_method)(event, recorder)
        watch.take()
        await sample.call(client)
        assert watch.take() == "ordinary"
    assert [name.partition(".")[0] for name, _ in recorder.events] == [event]
