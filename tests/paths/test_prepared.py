"""What tools and handlers do to botocore's request has the same effect on both paths."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any

import pytest
import wrapt
from botocore.awsrequest import AWSPreparedRequest, AWSRequest, HeadersDict
from botocore.endpoint import Endpoint

from .conftest import JSON, REST, Sample
from .recording import plain

# The fixture ``same`` compares the two paths.
from .test_events import both_protocols, same  # noqa: F401
from .test_hooks import names

if TYPE_CHECKING:
    from collections.abc import Callable

    from .recording import Recorder
    from .test_events import Same

pytestmark = pytest.mark.sampled


def add(headers: Any) -> None:
    headers["X-Handler"] = "handler"


def add_more(headers: Any) -> None:
    headers["X-Handler"] = "handler"
    headers["X-Handler-Too"] = b"bytes"


def add_in_any_language(headers: Any) -> None:
    headers["X-Handler"] = "ä€"


def replace(headers: Any) -> None:
    del headers["User-Agent"]
    headers["User-Agent"] = "handler"


def replace_in_lower_case(headers: Any) -> None:
    headers["user-agent"] = "handler"


def remove(headers: Any) -> None:
    del headers["amz-sdk-request"]


def set_host(headers: Any) -> None:
    headers["Host"] = "handler.example"


def set_encoding(headers: Any) -> None:
    headers["accept-encoding"] = "gzip"


def read(headers: Any) -> None:
    assert "User-Agent" in headers
    assert "X-Handler" not in headers
    assert headers["user-agent"]
    assert len(list(headers.items())) == len(headers)


TO_HEADERS = (
    add,
    add_more,
    add_in_any_language,
    replace,
    replace_in_lower_case,
    remove,
    set_host,
    set_encoding,
    read,
)


def change_url(request: Any) -> None:
    request.url += "?handler=1"


def change_method(request: Any) -> None:
    request.method = "PUT"


def change_context(request: Any) -> None:
    request.context = {**request.context, "handler": "handler"}


def stream(request: Any) -> None:
    request.stream_output = not request.stream_output


def replace_headers(request: Any) -> None:
    headers = copy.copy(request.headers)
    headers["X-Handler"] = "handler"
    request.headers = headers


TO_REQUEST = (change_url, change_method, change_context, stream, replace_headers)


def change_data(request: Any) -> None:
    request.data += b" "


def add_parameters(request: Any) -> None:
    request.params = {"handler": "1"}


def read_body(request: Any) -> None:
    assert request.body == request.data


def drop_context(request: Any) -> None:
    request.context = None


def change_body(request: Any) -> None:
    request.body += b" "


def to_headers(change: Callable[[Any], None]) -> Callable[[Any], None]:
    def to_request(request: Any) -> None:
        change(request.headers)

    to_request.__name__ = change.__name__
    return to_request


ANY = (*map(to_headers, TO_HEADERS), *TO_REQUEST)


def by_name(change: Any) -> str:
    return getattr(change, "__name__", str(change))


@both_protocols
@pytest.mark.parametrize(
    "change", [*ANY, change_data, add_parameters, read_body, drop_context], ids=by_name
)
@pytest.mark.parametrize("listens", ["before-send", "after-call"])
@pytest.mark.parametrize("outcome", ["success", "modelled error", "broken"])
async def test_a_tool_changes_the_request_that_is_prepared(
    change: Callable[[Any], None],
    listens: str,
    outcome: str,
    sample: Sample,
    *,
    same: Same,  # noqa: F811 -- the fixture
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The change is made in the same way as OpenTelemetry's instrumentation adds its header."""

    def prepare(wrapped: Any, _: Any, arguments: Any, keywords: Any) -> Any:
        (request,) = arguments
        assert type(request) is AWSRequest
        change(request)
        prepared = wrapped(*arguments, **keywords)
        assert type(prepared) is AWSPreparedRequest
        return prepared

    def register(events: Any, recorder: Recorder) -> None:
        events.register(names(listens, sample)[0], recorder)

    wrapper = wrapt.FunctionWrapper(Endpoint.__dict__["prepare_request"], prepare)
    monkeypatch.setattr(Endpoint, "prepare_request", wrapper)
    await same(sample, outcome, register)


@both_protocols
@pytest.mark.parametrize("change", [*ANY, change_body, drop_context], ids=by_name)
@pytest.mark.parametrize("event", ["prepared", "before-send"])
async def test_the_prepared_request_is_changed(
    change: Callable[[Any], None],
    event: str,
    sample: Sample,
    *,
    same: Same,  # noqa: F811 -- the fixture
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The change is made by a tool that prepares the request, or by a handler."""

    def prepare(wrapped: Any, _: Any, arguments: Any, keywords: Any) -> Any:
        prepared = wrapped(*arguments, **keywords)
        change(prepared)
        return prepared

    def register(events: Any, recorder: Recorder) -> None:
        events.register(names("after-call", sample)[0], recorder)
        if event == "before-send":
            events.register(names(event, sample)[0], lambda request, **_: change(request))

    if event == "prepared":
        wrapper = wrapt.FunctionWrapper(Endpoint.__dict__["prepare_request"], prepare)
        monkeypatch.setattr(Endpoint, "prepare_request", wrapper)
    await same(sample, "success", register)


def set_date(request: Any) -> None:
    request.headers["Date"] = "Thu, 26 Nov 2026 00:00:00 GMT"


def set_hash(request: Any) -> None:
    request.headers["X-Amz-Content-SHA256"] = "UNSIGNED-PAYLOAD"


def set_twice(request: Any) -> None:
    request.headers["X-Handler"] = "once"
    request.headers["X-Handler"] = "twice"


def set_text(request: Any) -> None:
    request.data = request.data.decode()


def set_region(request: Any) -> None:
    request.context["signing"] = {"region": "eu-west-1", "signing_name": "handler"}


def set_payload_unsigned(request: Any) -> None:
    request.context["payload_signing_enabled"] = False


def set_type(request: Any) -> None:
    request.context["auth_type"] = "none"


def set_path(request: Any) -> None:
    request.auth_path = "/handler"


def set_timeout(request: Any) -> None:
    request.context["read_timeout"] = 5.0


OF_SIGNATURE = (
    set_date,
    set_hash,
    set_twice,
    set_text,
    set_region,
    set_payload_unsigned,
    set_type,
    set_path,
    set_timeout,
)


BEFORE_SIGNED = (
    *(change for change in ANY if change.__name__ != "add_more"),  # botocore signs no bytes
    change_data,
    add_parameters,
    read_body,
    *OF_SIGNATURE,
)


@both_protocols
@pytest.mark.parametrize("change", BEFORE_SIGNED, ids=by_name)
@pytest.mark.parametrize("event", ["request-created", "before-sign"])
@pytest.mark.parametrize("first", [True, False], ids=["first", "last"])
async def test_the_request_that_is_signed_is_changed(
    change: Callable[[Any], None],
    event: str,
    sample: Sample,
    *,
    first: bool,
    same: Same,  # noqa: F811 -- the fixture
) -> None:
    """The change is made by a handler before botocore's signer, or after it."""

    def register(events: Any, recorder: Recorder) -> None:
        def act(request: Any, **_: Any) -> None:
            change(request)

        (events.register_first if first else events.register_last)(names(event, sample)[0], act)
        events.register(names("after-call", sample)[0], recorder)

    await same(sample, "success", register)


@both_protocols
@pytest.mark.parametrize("version", ["v4", "v3", "bearer", "v4-query", "nothing"])
@pytest.mark.parametrize("listens", [True, False], ids=["and one listens", "alone"])
async def test_a_signer_is_chosen(
    version: str,
    sample: Sample,
    *,
    listens: bool,
    same: Same,  # noqa: F811 -- the fixture
) -> None:
    def register(events: Any, recorder: Recorder) -> None:
        def choose(**_: Any) -> str:
            return version

        events.register(names("choose-signer", sample)[0], choose)
        if listens:
            events.register(names("before-sign", sample)[0], recorder)
        events.register(names("after-call", sample)[0], recorder)

    await same(sample, "success", register)


@pytest.mark.parametrize("sample", [JSON, REST], ids=str)
async def test_headers_are_complete_however_they_are_read(
    sample: Sample,
    same: Same,  # noqa: F811 -- the fixture
) -> None:
    reads: list[Callable[[Any], Any]] = [
        dict,
        list,
        len,
        lambda headers: {**headers},
        lambda headers: headers == dict(headers),
        lambda headers: [name for name in ("user-agent", "server", "nothing") if name in headers],
        lambda headers: dict(headers.copy()),
        lambda headers: (type(copy.copy(headers)), dict(copy.copy(headers))),
        lambda headers: (type(copy.deepcopy(headers)), dict(copy.deepcopy(headers))),
        lambda headers: dict(pickle.loads(pickle.dumps(headers))),  # noqa: S301 -- our own
        lambda headers: headers.pop("content-length", None),
        lambda headers: headers.setdefault("x-handler", "handler"),
        lambda headers: [str(key) for key in headers._dict],
        repr,
    ]
    for read in reads:

        def register(events: Any, recorder: Recorder, read: Callable[[Any], Any] = read) -> None:
            def note(event_name: str, **given: Any) -> None:
                headers = (given.get("request") or given.get("http_response")).headers
                assert isinstance(headers, HeadersDict)
                recorder.events.append((event_name, plain_or_type(read(headers))))

            events.register(names("before-send", sample)[0], note)
            events.register(names("after-call", sample)[0], note)

        seen = await same(sample, "success", register)
        assert len(seen.events) == 2


def plain_or_type(value: Any) -> Any:
    if isinstance(value, tuple):
        return [value[0].__name__, plain(value[1])]
    return plain(value)
