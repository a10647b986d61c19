"""A client of an http endpoint creates no TLS context, until a request goes to an https address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.awsrequest import AWSRequest

from smsreg import SMSVoiceClient
from smsreg._runtime.aws.http_session import HttpSession
from smsreg.errors import ConnectError
from smsreg.retry import RetryPolicy
from tests.support.clients import CREDENTIALS
from tests.support.scripts import respond
from tests.support.server import TLS, Server

if TYPE_CHECKING:
    from collections.abc import Iterator

EMPTY = respond(200, {"Pools": []})


@pytest.fixture(autouse=True)
def _no_bundle() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
            patch.delenv(name, raising=False)
        yield


def connect(server: Server) -> SMSVoiceClient:
    settings: dict[str, Any] = {
        "region_name": "us-east-1",
        "endpoint_url": server.url,
        "retry": RetryPolicy.none(),
        "timeout": 20,
        **CREDENTIALS,
    }
    return SMSVoiceClient(**settings)


def has_context(client: SMSVoiceClient) -> bool:
    http: Any = client.aws_client._endpoint.http_session
    return http._context is not None


async def test_an_http_endpoint_needs_none() -> None:
    async with Server(EMPTY) as server, connect(server) as client:
        await client.warm_up()
        await client.describe_pools()
        assert not has_context(client)


async def test_an_https_endpoint_has_one_when_it_is_open() -> None:
    async with Server(EMPTY, tls="localhost") as server, connect(server) as client:
        await client.open()
        assert has_context(client)


async def test_a_bundle_of_the_environment_is_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(TLS / "localhost.crt"))
    async with Server(EMPTY) as server, connect(server) as client:
        await client.open()
        assert has_context(client)


@pytest.mark.parametrize("event", ["before-sign", "before-send"])
@pytest.mark.parametrize("first", [True, False], ids=["first", "later"])
async def test_a_request_moved_to_https_is_verified(event: str, first: bool) -> None:  # noqa: FBT001 -- pytest's
    """The request is moved to a server with an untrusted certificate."""
    async with (
        Server(EMPTY) as plain,
        Server(EMPTY, tls="localhost") as secure,
        connect(plain) as client,
    ):
        if not first:
            await client.describe_pools()

        def move(request: Any, **_: Any) -> None:
            request.url = secure.url + "/"

        client.aws_client.meta.events.register(event, move)
        with pytest.raises(ConnectError):
            await client.describe_pools()
        assert has_context(client)
        assert secure.hellos
        assert not secure.requests


@pytest.mark.parametrize("method", ["send", "send_plain"])
@pytest.mark.parametrize("certificate", ["localhost.crt", None])
async def test_addresses_of_both_schemes(method: str, certificate: str | None) -> None:
    """One session serves http and https, whichever is used first."""
    verify = False if certificate is None else str(TLS / certificate)
    async with (
        Server(EMPTY) as plain,
        Server(EMPTY, tls="localhost") as secure,
        HttpSession(verify=verify) as session,
    ):
        for url in (plain.url, secure.url, plain.url, secure.url.replace("https", "HTTPS")):
            request = AWSRequest("POST", url + "/", {"X": "y"}, b"{}").prepare()
            response = await getattr(session, method)(request)
            assert response.status_code == 200
    assert [len(plain.requests), len(secure.requests)] == [2, 2]
