"""Each event of a call, on the fast path and on the ordinary one: the same order and arguments.

What handlers change, return or raise has the same effect: the same requests are sent, the same
events follow, and the caller gets the same.
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

from .conftest import JSON, REST, Sample, Watch, callers_session, look_on
from .facts import facts
from .recording import Recorder, plain
from .test_hooks import ANSWERED, EVENTS, Body, Status, names

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.server import Script, Server

    from .conftest import Connect

    Register = Callable[[Any, Recorder], None]

pytestmark = pytest.mark.sampled

TIMEOUT = 10.0


class TheirsError(Exception):
    """What a handler raises."""


def outcomes(sample: Sample) -> dict[str, list[Script]]:
    """What the server does, by what becomes of the call."""
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
    "deadline": {"response-received", "needs-retry", "after-call-error", *ANSWERED},
    "no HTTP": {*ANSWERED},
    "broken": {*ANSWERED},
}
"""The events that are not fired, by what becomes of the call."""

both_protocols = pytest.mark.parametrize("sample", [JSON, REST], ids=str)
every_outcome = pytest.mark.parametrize("outcome", UNFIRED)


class Seen(NamedTuple):
    """What is seen of a call: by handlers, by the server, and by the caller."""

    events: list[tuple[str, Any]]
    requests: list[Any]
    outcome: Any


class Same(Protocol):
    """Makes a call by both paths, and returns what was seen, which is the same."""

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
                events.register_last("before-call", look_on)
            try:
                outcome = facts(await sample.call(client))
            except SmsregError as failure:
                outcome = facts(failure)
            except TheirsError as failure:
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
async def test_somebody_listens_to_every_event(
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
async def test_somebody_listens_to_one_event(
    event: str, outcome: str, sample: Sample, same: Same
) -> None:
    """With a handler that is no coroutine."""

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
        self.endpoint = f"{server.url}/theirs"
        self.calls = 0

    def sync(self, **given: Any) -> Any:
        self.calls += 1
        if self.action == "raises":
            raise TheirsError(self.event)
        method = f"{self.action} {self.event}".replace(" ", "_").replace("-", "_")
        return getattr(self, method, self.default)(**given)

    async def __call__(self, **given: Any) -> Any:
        return self.sync(**given)

    def default(self, **given: Any) -> Any:
        if self.action == "returns":
            return "what nobody asks for"
        given["context"]["theirs"] = "theirs"
        return None

    def _name_in(self, params: dict[str, Any]) -> str:
        return next(name for name in params if "ame" in name)

    def changes_provide_client_params(self, params: dict[str, Any], **_: Any) -> None:
        params[self._name_in(params)] = "theirs"

    changes_before_parameter_build = changes_provide_client_params

    def changes_before_endpoint_resolution(self, builtins: dict[str, Any], **_: Any) -> None:
        builtins["SDK::Endpoint"] = self.endpoint

    def changes_before_call(
        self, params: dict[str, Any], context: dict[str, Any], **_: Any
    ) -> None:
        params["headers"]["X-Theirs"] = "theirs"
        params["url"] += "?theirs=1"
        params["body"] += b" "
        context["signing"] = {"region": "eu-west-1", "signing_name": "theirs"}

    def changes_request_created(self, request: Any, **_: Any) -> None:
        request.headers["X-Theirs"] = "theirs"
        request.data += b" "
        request.context["theirs"] = "theirs"

    changes_before_sign = changes_request_created

    def changes_before_send(self, request: Any, **_: Any) -> None:
        request.headers["X-Theirs"] = "theirs"
        request.url += "?theirs=1"

    def changes_before_parse(self, customized_response_dict: dict[str, Any], **_: Any) -> None:
        customized_response_dict[self.sample.changed[0]] = "theirs"
        customized_response_dict["ofTheirs"] = "theirs"

    def changes_response_received(self, parsed_response: Any, **_: Any) -> None:
        if parsed_response is not None:
            parsed_response[self.sample.changed[0]] = "theirs"

    def changes_needs_retry(self, response: Any, **_: Any) -> None:
        if response is not None:
            response[1].pop(self.sample.changed[0], None)

    def changes_after_call(self, parsed: dict[str, Any], **_: Any) -> None:
        parsed[self.sample.changed[0]] = "theirs"

    def returns_provide_client_params(self, params: dict[str, Any], **_: Any) -> Any:
        return {**params, self._name_in(params): "returned"}

    def returns_before_call(self, **_: Any) -> Any:
        return Status(200), {self.sample.changed[0]: "returned"}

    def returns_choose_signer(self, **_: Any) -> Any:
        return UNSIGNED

    def returns_before_send(self, request: Any, **_: Any) -> Any:
        body = Body(json.dumps({self.sample.changed[0]: "returned"}).encode())
        return AioAWSResponse(request.url, 200, {"x-amzn-requestid": "theirs"}, body)

    def returns_needs_retry(self, **_: Any) -> Any:
        return 0 if self.calls == 1 else None


@both_protocols
@pytest.mark.parametrize("outcome", [outcome for outcome in UNFIRED if outcome != "deadline"])
@pytest.mark.parametrize("action", ["changes", "returns", "raises"])
@pytest.mark.parametrize("event", EVENTS)
async def test_a_handler_acts(
    event: str, action: str, outcome: str, sample: Sample, *, same: Same, server: Server
) -> None:
    """The first of all, and no coroutine: nobody else listens."""

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
    """Somebody listens to all events, before it and after it."""

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
    """Names of any width, registered in each of botocore's three ways."""

    def register(events: Any, recorder: Recorder) -> None:
        for event in EVENTS:
            for name in names(event, sample):
                for way in ("register", "register_first", "register_last"):
                    if (name, way) in AFTER_OURS:
                        continue

                    def note(event_name: str, *, label: str = f"{way} {name}", **_: Any) -> None:
                        recorder.events.append((event_name, label))

                    getattr(events, way)(name, note)

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
    """With the method in which OpenTelemetry's instrumentation adds its header, and without."""
    seen: list[Any] = []

    def prepare(wrapped: Any, _: Any, arguments: Any, keywords: Any) -> Any:
        (request,) = arguments
        seen.append(plain(request))
        request.headers["X-Theirs"] = "theirs"
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
    """The context of a request may have a time to read by, which counts."""

    def register(events: Any, recorder: Recorder) -> None:
        def hurry(context: dict[str, Any], **_: Any) -> None:
            context["read_timeout"] = 2.0

        events.register("before-call", hurry)
        events.register(names(event, sample)[0], recorder)

    found = await same(sample, "slow", register, retry=RetryPolicy.none())
    assert "OutcomeUnknownError" in str(found.outcome) or "Timeout" in str(found.outcome)


AFTER_OURS = {("before-call", "register_last"), ("before-parse", "register_last")}
"""Names and ways by which a handler is called after ours."""


@both_protocols
@pytest.mark.parametrize(("event", "way"), sorted(AFTER_OURS))
async def test_a_handler_after_ours(
    event: str, way: str, sample: Sample, server: Server, *, connect: Connect, watch: Watch
) -> None:
    """It is called, too: the call takes the ordinary path."""
    server.scripts = [respond(200, sample.good)]
    recorder = Recorder()
    async with connect(sample, server) as client:
        getattr(client.aws_client.meta.events, way)(event, recorder)
        watch.take()
        await sample.call(client)
        assert watch.take() == "ordinary"
    assert [name.partition(".")[0] for name, _ in recorder.events] == [event]
