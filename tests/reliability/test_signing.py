"""Signatures, clock skew, and credentials that expire."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import uuid
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from aiobotocore.credentials import AioRefreshableCredentials
from aiobotocore.session import AioSession
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import CredentialRetrievalError

from smsreg._runtime.aws.sigv4 import Form, Scope
from smsreg._runtime.retry.classify import Failure, Kind
from smsreg._runtime.retry.recovery import Recovery
from smsreg.errors import CredentialsError, ServiceError
from tests.support.scripts import error, hang_up, http, respond
from tests.support.server import Connection, Request, Server

from .conftest import CREDENTIALS
from .samples import (
    FEW,
    PHONE,
    READ,
    REST_UNSAFE,
    SECRET_KEY,
    SESSION_TOKEN,
    TOKEN,
    UNSAFE,
    Sample,
    fail,
    via,
)

if TYPE_CHECKING:
    from tests.support.clients import Delays
    from tests.support.server import Script

    from .conftest import Connect

pytestmark = pytest.mark.sampled

few = pytest.mark.parametrize("sample", FEW, ids=str)
EVERY_PATH = (*FEW, *via("session", "borrowed", of=(READ, REST_UNSAFE)))
every_path = pytest.mark.parametrize("sample", EVERY_PATH, ids=str)

UTC = dt.timezone.utc
AHEAD = dt.timedelta(minutes=10)
FORMAT = "%Y%m%dT%H%M%SZ"


def by_botocore(  # noqa: PLR0917 -- as sign has them
    method: str, url: str, headers: dict[str, str], body: bytes, scope: Scope, now: dt.datetime
) -> str:
    """Return botocore's signature of a request for a given time."""
    credentials = Credentials(scope.access_key, scope.secret_key)
    auth = SigV4Auth(credentials, scope.service, scope.region)
    request = AWSRequest(method=method, url=url, data=body, headers=headers)
    request.context["timestamp"] = now.strftime(FORMAT)
    request.headers["X-Amz-Date"] = now.strftime(FORMAT)
    text = auth.string_to_sign(request, auth.canonical_request(request))
    found: str = auth.signature(text, request)
    return found


def signature_matches(sent: Request) -> bool:
    """Return whether the signature of a received request is valid."""
    authorization = sent.headers["authorization"]
    fields = dict(part.strip().split("=", 1) for part in authorization.partition(" ")[2].split(","))
    _, _, region, service, _ = fields["Credential"].split("/")
    names = fields["SignedHeaders"].split(";")
    assert {"host", "x-amz-date"} <= set(names)
    scope = Scope(access_key="any", secret_key=SECRET_KEY, region=region, service=service)
    now = dt.datetime.strptime(sent.headers["x-amz-date"], FORMAT).replace(tzinfo=UTC)
    headers = {name: sent.headers[name] for name in names if name != "x-amz-date"}
    url = f"http://{sent.headers['host']}{sent.target}"
    return by_botocore(sent.method, url, headers, sent.body, scope, now) == fields["Signature"]


# -- signatures ----------------------------------------------------------------------------------


def test_signatures_equal_botocores() -> None:
    rng = random.Random(20260)  # noqa: S311 -- the same requests on every run
    text = "".join(chr(code) for code in range(32, 127)) + "äß€😀"
    for number in range(2000):

        def word(most: int = 12, letters: str = text) -> str:
            return "".join(rng.choices(letters, k=rng.randint(1, most)))

        path = "/" + "/".join(quote(word(), safe="-_.~") for _ in range(rng.randint(0, 4)))
        path += rng.choice(["", "", "", "/", "/.", "/..", "//x", "/../x/", "/./"])
        pairs = [
            f"{quote(word(5), safe='-_.~')}={quote(word(), safe='-_.~')}"
            for _ in range(rng.randint(0, 4))
        ]
        port = rng.choice(["", ":443", ":8443"])
        url = f"https://host{number}.example{port}{path}" + (f"?{'&'.join(pairs)}" if pairs else "")
        headers = {
            f"x-{number}-{at}": " ".join(word(6, "abc  =,;/") for _ in range(3))
            for at in range(rng.randint(0, 5))
        }
        headers |= {"Content-Type": "application/json", "User-Agent": "x", "Expect": "100-continue"}
        if rng.random() < 0.5:
            headers["X-Amz-Security-Token"] = word(40, "abcDEF012/+=")
        body = rng.randbytes(rng.randint(0, 300))
        scope = Scope(
            access_key="AKIDEXAMPLE",
            secret_key=word(40),
            region=rng.choice(["us-east-1", "eu-central-1"]),
            service=rng.choice(["sms-voice", "social-messaging"]),
        )
        now = dt.datetime.fromtimestamp(rng.randint(0, 4_000_000_000), UTC)
        method = rng.choice(["GET", "PUT", "POST", "DELETE", "PATCH"])
        stamp, signed = Form.of(method, url, headers).sign(body, scope=scope, now=now.timestamp())
        expected = by_botocore(method, url, headers, body, scope, now)
        assert signed.rpartition("Signature=")[2] == expected, (url, headers)
        assert stamp == now.strftime(FORMAT)


@every_path
async def test_signature_on_the_wire(sample: Sample, connect: Connect) -> None:
    async with (
        Server(respond(200, sample.good)) as server,
        connect(sample, server.url) as client,
    ):
        await sample.call(client)
    sent = server.requests[0]
    assert signature_matches(sent)
    assert sent.headers["x-amz-security-token"] == SESSION_TOKEN
    assert SECRET_KEY not in str(sent.headers)


@every_path
async def test_retry_headers(sample: Sample, connect: Connect) -> None:
    throttle = respond(429, b"")
    async with (
        Server(throttle, throttle, respond(200, sample.good)) as server,
        connect(sample, server.url, timeout=10) as client,
    ):
        await sample.call(client)
        await sample.call(client)
    attempts = [request.headers["amz-sdk-request"] for request in server.requests]
    assert attempts == [f"attempt={n}; max=3" for n in (1, 2, 3, 1)]
    ids = [request.headers["amz-sdk-invocation-id"] for request in server.requests]
    assert ids[0] == ids[1] == ids[2] != ids[3]
    assert all(str(uuid.UUID(text)) == text for text in ids)
    assert all(signature_matches(request) for request in server.requests)
    assert len({request.body for request in server.requests}) == 1


@pytest.mark.parametrize(
    "sample", [TOKEN, *via("ordinary", "session", "borrowed", of=(TOKEN,))], ids=str
)
async def test_client_token_is_the_same_on_every_attempt(sample: Sample, connect: Connect) -> None:
    async with (
        Server(hang_up, respond(503, b""), respond(200, sample.good)) as server,
        connect(sample, server.url) as client,
    ):
        result = await sample.call(client)
    assert len({request.body for request in server.requests}) == 1
    assert result.response_metadata.client_token.encode() in server.requests[0].body


# -- clock skew ----------------------------------------------------------------------------------


def strict(good: dict[str, Any], code: str, status: int = 403) -> Script:
    """Respond with a clock that is ahead, and refuse requests signed by another clock."""

    async def script(wire: Connection, sent: Request) -> None:
        server_time = dt.datetime.now(UTC) + AHEAD
        signed = dt.datetime.strptime(sent.headers["x-amz-date"], FORMAT).replace(tzinfo=UTC)
        headers = {"Date": format_datetime(server_time, usegmt=True)}
        if abs(server_time - signed) > dt.timedelta(minutes=5) or not signature_matches(sent):
            await error(code, status, PHONE, headers=headers)(wire, sent)
        else:
            await wire.send(http(200, good, headers))

    return script


@every_path
@pytest.mark.parametrize("code", ["InvalidSignatureException", "RequestTimeTooSkewed"])
async def test_clock_skew(code: str, sample: Sample, connect: Connect, waits: Delays) -> None:
    async with (
        Server(strict(sample.good, code)) as server,
        connect(sample, server.url) as client,
    ):
        first = await sample.call(client)
        assert client.retry_capacity == 500
        second = await sample.call(client)
    assert (first.response_metadata.attempts, second.response_metadata.attempts) == (2, 1)
    assert len(server.requests) == 3
    assert waits in ([], [0.0])
    assert server.requests[1].headers["amz-sdk-request"] == "attempt=2; max=3"


@few
async def test_clock_skew_of_many_calls_at_once(sample: Sample, connect: Connect) -> None:
    """All calls are signed with the wrong time before the first refusal arrives."""
    async with (
        Server(strict(sample.good, "InvalidSignatureException")) as server,
        connect(sample, server.url, timeout=10) as client,
    ):
        results = await asyncio.gather(*(sample.call(client) for _ in range(20)))
    assert {result.response_metadata.attempts for result in results} <= {1, 2}


@few
async def test_clock_skew_is_corrected_once(sample: Sample, connect: Connect) -> None:
    headers = {"Date": format_datetime(dt.datetime.now(UTC) + AHEAD, usegmt=True)}
    refusal = error("SignatureDoesNotMatch", 403, headers=headers)
    async with Server(refusal) as server, connect(sample, server.url) as client:
        caught = await fail(client, sample)
    assert isinstance(caught, ServiceError)
    assert caught.code == "SignatureDoesNotMatch"
    assert caught.attempts == len(server.requests) == 2


@few
@pytest.mark.parametrize("minutes", [None, 0, 3])
async def test_refused_signature_without_clock_skew(
    minutes: int | None, sample: Sample, connect: Connect
) -> None:
    headers = {}
    if minutes is not None:
        now = dt.datetime.now(UTC) + dt.timedelta(minutes=minutes)
        headers = {"Date": format_datetime(now, usegmt=True)}
    refusal = error("InvalidSignatureException", 403, headers=headers)
    async with Server(refusal) as server, connect(sample, server.url) as client:
        caught = await fail(client, sample)
    assert isinstance(caught, ServiceError)
    assert caught.attempts == len(server.requests) == 1


async def test_implausible_clocks_are_not_followed() -> None:
    now = dt.datetime(2026, 11, 21, tzinfo=UTC).timestamp()
    recovery = Recovery(now=lambda: now)
    for date in ("Fri, 31 Dec 9999 23:59:59 GMT", "Wed, 01 Jan 1800 00:00:00 GMT"):
        metadata = {"HTTPHeaders": {"date": date}}
        refusal = ServiceError({"Error": {}, "ResponseMetadata": metadata}, "X")
        failure = Failure(error=refusal, kind=Kind.SKEWED)
        assert await recovery.recover(failure, Signed()) is False
        assert recovery.offset == 0


class Signed:
    """An attempt, signed with the machine's time."""

    deadline = 0.0
    late = None
    generation = 0
    offset = 0.0


# -- credentials that expire ---------------------------------------------------------------------


class Provider:
    """Returns new credentials on each refresh; the credential resolver of a session."""

    def __init__(self, *, seconds: float = 7200.0) -> None:
        self.refreshed = 0
        self.failing: Exception | None = None
        self._credentials = AioRefreshableCredentials.create_from_metadata(
            self._metadata(seconds), refresh_using=self._refresh, method="test"
        )

    def _metadata(self, seconds: float) -> dict[str, str]:
        return {
            "access_key": f"KEY{self.refreshed}",
            "secret_key": SECRET_KEY,
            "token": SESSION_TOKEN,
            "expiry_time": (dt.datetime.now(UTC) + dt.timedelta(seconds=seconds)).isoformat(),
        }

    async def _refresh(self) -> dict[str, str]:
        self.refreshed += 1
        await asyncio.sleep(0.01)
        if self.failing is not None:
            raise self.failing
        return self._metadata(7200.0)

    async def load_credentials(self) -> AioRefreshableCredentials:
        return self._credentials

    def session(self) -> AioSession:
        session = AioSession()
        session.register_component("credential_provider", self)
        return session


def key_wanted(good: dict[str, Any], wanted: str) -> Script:
    async def script(wire: Connection, sent: Request) -> None:
        if f"Credential={wanted}/" in sent.headers["authorization"]:
            assert signature_matches(sent)
            await wire.send(http(200, good))
        else:
            await error("ExpiredTokenException", 403)(wire, sent)

    return script


@few
async def test_credentials_expire_in_mid_run(sample: Sample, connect: Connect) -> None:
    """The service refuses the credentials of fifty concurrent calls."""
    provider = Provider()
    async with (
        Server(key_wanted(sample.good, "KEY0")) as server,
        connect(sample, server.url, timeout=15, session=provider.session()) as client,
    ):
        await sample.call(client)
        server.scripts[:] = [key_wanted(sample.good, "KEY1")]
        results = await asyncio.gather(*(sample.call(client) for _ in range(50)))
        assert client.retry_capacity == 500
    assert provider.refreshed == 1
    assert {result.response_metadata.attempts for result in results} <= {1, 2}


@few
async def test_credentials_run_out_for_many_calls_at_once(sample: Sample, connect: Connect) -> None:
    """Credentials about to expire are refreshed once, before anything is sent."""
    provider = Provider(seconds=5)
    async with (
        Server(key_wanted(sample.good, "KEY1")) as server,
        connect(sample, server.url, timeout=15, session=provider.session()) as client,
    ):
        results = await asyncio.gather(*(sample.call(client) for _ in range(50)))
    assert provider.refreshed == 1
    assert {result.response_metadata.attempts for result in results} == {1}


@pytest.mark.parametrize("sample", [READ, UNSAFE, *via("ordinary", of=(UNSAFE,))], ids=str)
@pytest.mark.parametrize(
    "failure",
    [CredentialRetrievalError(provider="test", error_msg=SECRET_KEY), OSError(SECRET_KEY)],
    ids=["botocore", "other"],
)
async def test_credentials_cannot_be_refreshed(
    failure: Exception, sample: Sample, connect: Connect
) -> None:
    provider = Provider()
    provider.failing = failure
    async with (
        Server(key_wanted(sample.good, "KEY1")) as server,
        connect(sample, server.url, session=provider.session()) as client,
    ):
        caught = await fail(client, sample)
    assert type(caught) is CredentialsError
    assert caught.provider == "test"
    assert len(server.requests) == provider.refreshed == 1


@pytest.mark.parametrize("sample", [READ, UNSAFE, *via("ordinary", of=(UNSAFE,))], ids=str)
async def test_credentials_have_run_out_and_cannot_be_refreshed(
    sample: Sample, connect: Connect
) -> None:
    provider = Provider(seconds=-5)
    provider.failing = CredentialRetrievalError(provider="test", error_msg=SECRET_KEY)
    async with (
        Server(respond(200, sample.good)) as server,
        connect(sample, server.url, session=provider.session()) as client,
    ):
        caught = await fail(client, sample)
    assert type(caught) is CredentialsError
    assert server.requests == []


async def test_fixed_credentials_that_have_expired(connect: Connect) -> None:
    async with (
        Server(error("ExpiredTokenException", 403)) as server,
        connect(UNSAFE, server.url) as client,
    ):
        caught = await fail(client, UNSAFE)
    assert isinstance(caught, ServiceError)
    assert len(server.requests) == 1
    assert CREDENTIALS["aws_access_key_id"] not in str(caught)
