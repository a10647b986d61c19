"""No data of a call is reachable from the errors of the package: their frames are clean."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from aiobotocore.session import AioSession

from smsreg import RetryPolicy, SMSVoiceClient, sms_voice
from smsreg.errors import (
    ActionRequiredError,
    CallTimeoutError,
    ClientClosedError,
    ConfigurationError,
    ConnectError,
    CredentialsError,
    InvalidRequestError,
    InvalidResponseError,
    OutcomeUnknownError,
    PaginationError,
    ServiceError,
    SmsregError,
    ThrottlingError,
    UnsupportedOperationError,
    WaiterFailedError,
    WaiterTimeoutError,
)
from tests.support.scripts import error, hang_up, raw, respond, time_out
from tests.support.server import Script, Server

from .conftest import CREDENTIALS, Connect
from .frames import leaks, names_of_frames
from .samples import (
    PHONE,
    READ,
    REST_READ,
    REST_UNSAFE,
    SECRET_KEY,
    SERVER_TEXT,
    SESSION_TOKEN,
    TEXT,
    UNSAFE,
    Sample,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

pytestmark = pytest.mark.sampled

CANARIES = (
    PHONE[1:],
    TEXT,
    SECRET_KEY,
    SESSION_TOKEN,
    SERVER_TEXT,
    "AWS4-HMAC-SHA256",
    "X-Amz-Security-Token",
    "canary-header",
    "canary-id",
)
PATHS = ("fast", "ordinary", "session", "borrowed")
ONE_ATTEMPT = {"retry": RetryPolicy.none()}


@dataclass(frozen=True)
class Fault:
    """A server's script, and the errors that it causes for a read and for an unsafe call."""

    script: Script
    read: type[SmsregError]
    unsafe: type[SmsregError]


def fault(
    script: Script, read: type[SmsregError], unsafe: type[SmsregError] | None = None
) -> Fault:
    return Fault(script, read, unsafe or read)


HEADERS = {"x-canary": "canary-header"}
QUOTE = f"{PHONE} is not accepted"
FAULTS = {
    "refusal": fault(
        error("ValidationException", message=QUOTE, headers=HEADERS),
        sms_voice.ValidationException,
    ),
    "unknown refusal": fault(error("OddException", message=QUOTE), ServiceError),
    "throttle": fault(error("ThrottlingException", 429, QUOTE), ThrottlingError),
    "failure": fault(
        error("InternalServerException", 500, QUOTE), ServiceError, OutcomeUnknownError
    ),
    "not JSON": fault(
        respond(200, SERVER_TEXT.encode(), HEADERS), InvalidResponseError, OutcomeUnknownError
    ),
    "another type": fault(
        respond(200, {"OptOutListName": [SERVER_TEXT], "MessageId": {"a": SERVER_TEXT}}),
        InvalidResponseError,
        OutcomeUnknownError,
    ),
    "no HTTP": fault(
        raw(f"{SERVER_TEXT}\r\n\r\n".encode(), then="end"),
        InvalidResponseError,
        OutcomeUnknownError,
    ),
    "redirect": fault(
        respond(307, SERVER_TEXT.encode(), {"Location": f"http://127.0.0.1:1/{SERVER_TEXT}"}),
        InvalidResponseError,
    ),
    "end": fault(hang_up, SmsregError, OutcomeUnknownError),
    "silence": fault(time_out(5), CallTimeoutError, OutcomeUnknownError),
}


async def caught(call: Callable[[], Awaitable[object]], expected: type[SmsregError]) -> SmsregError:
    """Make a call that fails, and search its error for leaks."""
    with pytest.raises(expected) as info:
        await call()
    assert_no_leak(info.value)
    return info.value


def assert_no_leak(raised: BaseException) -> None:
    assert leaks(raised, CANARIES) == []
    seen: BaseException | None = raised
    while seen is not None:
        assert isinstance(seen, SmsregError)
        assert seen.__context__ is None or seen.__context__ is seen.__cause__
        seen = seen.__cause__


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("sample", [READ, UNSAFE], ids=str)
@pytest.mark.parametrize("name", FAULTS)
async def test_calls(name: str, sample: Sample, path: str, connect: Connect) -> None:
    found = FAULTS[name]
    expected = found.unsafe if sample.unsafe else found.read
    options = {"retry": RetryPolicy.none(), "timeout": 5.0}
    if (name, path) == ("redirect", "borrowed"):
        expected = SmsregError  # a borrowed client follows it to a closed port
    async with (
        Server(found.script) as server,
        connect(replace(sample, path=path), server.url, **options) as client,
    ):
        await caught(lambda: sample.call(client), expected)
        request = client.operations[sample.method].request_type(**sample.parameters)
        await caught(lambda: client.send(request), expected)
        if sample is READ:
            listing = client.describe_opted_out_numbers(**sample.parameters)
            await caught(lambda: asyncio.create_task(listing), expected)
            await caught(listing.collect, expected)
            await caught(listing.first, expected)
            await caught(lambda: aiter(listing).__anext__(), expected)
            await caught(lambda: listing.pages().__anext__(), expected)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("sample", [REST_READ, REST_UNSAFE], ids=str)
async def test_calls_of_the_rest_service(sample: Sample, path: str, connect: Connect) -> None:
    script = respond(200, SERVER_TEXT.encode(), HEADERS)
    expected = OutcomeUnknownError if sample.unsafe else InvalidResponseError
    async with (
        Server(script) as server,
        connect(replace(sample, path=path), server.url, **ONE_ATTEMPT) as client,
    ):
        await caught(lambda: sample.call(client), expected)


@pytest.mark.parametrize("path", PATHS)
async def test_retries(path: str, connect: Connect) -> None:
    """tenacity's frames and states refer to earlier attempts."""
    scripts = (hang_up, error("InternalServerException", 500, QUOTE), hang_up)
    async with (
        Server(*scripts) as server,
        connect(replace(READ, path=path), server.url) as client,
    ):
        failed = await caught(lambda: READ.call(client), SmsregError)
    assert failed.attempts == 3


@pytest.mark.parametrize("path", PATHS)
async def test_no_connection(path: str, connect: Connect) -> None:
    async with Server(respond()) as server:
        url = server.url
    async with connect(replace(UNSAFE, path=path), url, **ONE_ATTEMPT) as client:
        await caught(lambda: UNSAFE.call(client), ConnectError)


@pytest.mark.parametrize("path", PATHS)
async def test_tls(path: str, connect: Connect) -> None:
    async with (
        Server(respond(), tls="localhost") as server,
        connect(replace(UNSAFE, path=path), server.url, **ONE_ATTEMPT) as client,
    ):
        await caught(lambda: UNSAFE.call(client), ConnectError)


@pytest.mark.parametrize("path", PATHS)
async def test_local_refusals(path: str, connect: Connect) -> None:
    long = "canary-id" * 100
    async with connect(replace(READ, path=path), "http://127.0.0.1:1") as client:
        await caught(
            lambda: client.send_text_message(destination_phone_number=long), InvalidRequestError
        )
        await caught(lambda: client.send(long), InvalidRequestError)
        await caught(lambda: client.wait_until_pool_active(pool_id=long), InvalidRequestError)
        with pytest.raises(InvalidRequestError) as info:
            client.describe_opted_out_numbers(opt_out_list_name=long)
        assert_no_leak(info.value)
        listing = client.describe_opted_out_numbers(**READ.parameters)
        await caught(lambda: listing.collect(limit=-1), InvalidRequestError)
        with pytest.raises(ConfigurationError) as wrong:
            client.with_options(timeout=-1)
        assert_no_leak(wrong.value)


async def test_pages(connect: Connect) -> None:
    """A listing that fails after its first page, with and without prefetching."""
    first = respond(200, {"OptedOutNumbers": [], "NextToken": "more"})
    bad = error("AccessDeniedException", message=QUOTE)
    for scripts, expected in (((first, bad), ServiceError), ((first, first), PaginationError)):
        for prefetch in (True, False):
            async with Server(*scripts) as server, connect(READ, server.url) as client:
                pages = client.describe_opted_out_numbers(**READ.parameters).pages(
                    prefetch=prefetch
                )
                await pages.__anext__()
                await asyncio.sleep(0.02)
                failed = await caught(pages.__anext__, expected)
                assert failed.next_token == "more"


@pytest.mark.parametrize(
    ("scripts", "expected"),
    [
        ([respond(200, {"Pools": [{"PoolId": "canary-id", "Status": "DELETING"}]})], "failed"),
        ([respond(200, {"Pools": [{"PoolId": "canary-id", "Status": "CREATING"}]})], "timeout"),
        ([error("AccessDeniedException", headers=HEADERS)], "refused"),
    ],
    ids=["failed", "timeout", "refused"],
)
async def test_waiters(scripts: list[Script], expected: str, connect: Connect) -> None:
    classes = {
        "failed": WaiterFailedError, "timeout": WaiterTimeoutError, "refused": ServiceError,
    }  # fmt: skip
    async with Server(*scripts) as server, connect(READ, server.url) as client:
        with pytest.raises(classes[expected]) as info:
            await client.wait_until_pool_active(pool_id="canary-id", timeout=5)
        info.value.last = None  # the last description is meant for the caller
        assert_no_leak(info.value)


async def test_a_denied_registration(connect: Connect) -> None:
    registration = {"RegistrationId": "canary-id", "RegistrationStatus": "REQUIRES_UPDATES"}
    described = respond(200, {"Registrations": [{**registration, "CurrentVersionNumber": 1}]})
    refused = error("AccessDeniedException", headers=HEADERS)
    async with Server(described, refused) as server, connect(READ, server.url) as client:
        with pytest.raises(ActionRequiredError) as info:
            await client.wait_until_registration_complete(registration_id="canary-id")
    info.value.last = None
    assert_no_leak(info.value)


class NoCredentials(AioSession):  # type: ignore[misc] # aiobotocore has no types
    async def get_credentials(self) -> None:
        return None


async def test_credentials(connect: Connect) -> None:
    async with connect(UNSAFE, "http://127.0.0.1:1", session=NoCredentials()) as client:
        await caught(lambda: UNSAFE.call(client), CredentialsError)


async def test_lifecycle() -> None:
    options = {**CREDENTIALS, "region_name": "us-east-1", "endpoint_url": "http://127.0.0.1:1"}
    client = SMSVoiceClient(**options)
    with pytest.raises(ConfigurationError) as unopened:
        _ = client.aws_client
    assert_no_leak(unopened.value)
    await client.aclose()
    await caught(lambda: UNSAFE.call(client), ClientClosedError)
    await caught(client.open, ClientClosedError)
    await caught(client.__aenter__, ClientClosedError)
    await caught(client.warm_up, ClientClosedError)
    await caught(
        lambda: client.describe_opted_out_numbers(**READ.parameters).first(), ClientClosedError
    )


@pytest.mark.parametrize(
    "options",
    [
        {"endpoint_url": f"https://user:{SECRET_KEY}@127.0.0.1"},
        {"endpoint_url": "ftp://127.0.0.1/canary-id"},
        {"timeout": -1.0},
        {"session": AioSession(), "profile_name": "canary-id"},
    ],
    ids=["password", "scheme", "timeout", "session and profile"],
)
def test_constructor(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as info:
        SMSVoiceClient(**{**CREDENTIALS, "endpoint_url": "http://127.0.0.1:1", **options})
    assert_no_leak(info.value)


async def test_opening() -> None:
    client = SMSVoiceClient(**CREDENTIALS, endpoint_url="http://127.0.0.1:1")  # no region
    for opening in (client.open, client.__aenter__, client.warm_up):
        await caught(opening, ConfigurationError)
    await caught(lambda: UNSAFE.call(client), ConfigurationError)


async def test_an_operation_that_botocore_does_not_know(connect: Connect) -> None:
    async with connect(UNSAFE, "http://127.0.0.1:1") as client:
        known = type(client.aws_client)
        blind = type(known.__name__, (known,), {"__getattr__": _unknown})
        client.aws_client.__class__ = blind
        with pytest.MonkeyPatch.context() as patch:
            patch.delattr(_owner(known, "send_text_message"), "send_text_message")
            await caught(lambda: UNSAFE.call(client), UnsupportedOperationError)


def _unknown(_: object, name: str) -> Any:
    raise AttributeError(name)


def _owner(known: type, name: str) -> type:
    return next(each for each in known.__mro__ if name in vars(each))


async def test_the_traceback_shows_where_the_call_was_made(connect: Connect) -> None:
    """The traceback has the caller's frames, the method, and the exception being handled."""
    reason = KeyError("why the call was made")
    refused = error("AccessDeniedException")
    async with Server(refused) as server, connect(READ, server.url) as client:
        with pytest.raises(ServiceError) as info:
            await _call_while_handling(reason, client)
    names = names_of_frames(info.value)
    assert names[1:] == ["_call_while_handling", "call", "send_text_message", "_call"]
    assert info.value.__context__ is reason
    assert info.value.__suppress_context__ is False


async def _call_while_handling(reason: Exception, client: Any) -> None:
    try:
        raise reason
    except KeyError:
        await UNSAFE.call(client)


async def test_the_search_finds_leaks() -> None:
    """The search covers frames, closures, attributes, causes and pending coroutines."""

    def leaky(secret: str) -> None:
        raise SmsregError(str(len(secret)))

    # The code claims to be of another file, since the frames of tests are not searched.
    code = leaky.__code__.replace(co_filename="elsewhere.py")
    elsewhere: Any = type(leaky)(code, globals())
    with pytest.raises(SmsregError) as info:
        elsewhere(f"<{TEXT}>")
    assert [each.rpartition(" > ")[2] for each in leaks(info.value, CANARIES)] == [
        f"leaky.secret: {TEXT}"
    ]

    holder = KeyError("no")
    holder.__dict__["held"] = lambda: when
    when = [{"deep": (TEXT,)}, dt.timedelta(1)]
    assert len(leaks(holder, CANARIES)) == 1

    above = SmsregError("no")
    above.__context__ = ValueError(TEXT)
    assert leaks(above, CANARIES) != []


@pytest.mark.parametrize(
    "build",
    [
        lambda: sms_voice.SendTextMessageRequest.from_boto({"DestinationPhoneNumber": [PHONE]}),
        lambda: sms_voice.SendTextMessageResult.from_boto({"MessageId": {"a": PHONE}}),
        lambda: sms_voice.PoolInformation.from_boto({"PoolId": {"a": PHONE}}),
    ],
    ids=["request", "result", "structure"],
)
def test_models_of_dictionaries(build: Callable[[], object]) -> None:
    with pytest.raises(InvalidRequestError) as info:
        build()
    assert_no_leak(info.value)
