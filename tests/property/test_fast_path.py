"""The fast path sends what botocore sends: method, URL, signed headers, body and signature.

Nothing is sent: botocore's own ``before-send`` event stops the ordinary client, and the fast path's
HTTP session is a recorder.
"""

from __future__ import annotations

import datetime as dt
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest
from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from smsreg._runtime.aws.credentials import Credentials
from smsreg._runtime.aws.exchange import written
from smsreg._runtime.aws.fast_path import FastPath
from smsreg._runtime.aws.ordinary_path import OrdinaryPath
from smsreg._runtime.call import Attempt, Call
from smsreg._runtime.retry.decision import RetryBudget
from smsreg._runtime.retry.recovery import Recovery
from smsreg.retry import RetryPolicy
from tests.support.loops import OwnLoop

from . import shapes
from .cases import CASES, CLIENTS, Case, budget

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from botocore.awsrequest import AWSResponse

    from smsreg._runtime.aws.exchange import Prepared

pytestmark = pytest.mark.sampled

KEYS = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret"}
SETTINGS: dict[str, dict[str, Any]] = {
    "region": {"region_name": "us-east-1"},
    "another region": {"region_name": "eu-central-1"},
    "FIPS": {"region_name": "us-east-1", "config": AioConfig(use_fips_endpoint=True)},
    "dual stack": {"region_name": "us-west-2", "config": AioConfig(use_dualstack_endpoint=True)},
    "another endpoint": {"region_name": "us-east-1", "endpoint_url": "https://sms.example:8443/x"},
    "session token": {"region_name": "us-east-1", "aws_session_token": "token/with+signs="},
}
COUNTED = {"amz-sdk-invocation-id", "amz-sdk-request", "user-agent"}
"""Headers for statistics, which are not signed."""


class Recorder:
    """Replaces the HTTP session and its exchanges; records the request that it is called with."""

    def __init__(self) -> None:
        self.exchanges: dict[str, Recorder] = {}

    def proxy_for(self, _url: str) -> None:
        return None

    async def exchange_with(self, origin: str) -> Recorder:
        self.origin = origin
        return self

    async def send(self, request: Prepared, extra: Mapping[str, str], *, left: float) -> Any:
        assert left == 0
        assert request.head is not None
        head = written(request.method, request.head, extra, request.body).decode()
        first, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
        method, target, _ = first.split(" ")
        headers = dict(line.split(": ", 1) for line in lines)
        assert len(headers) == len(lines)
        assert headers.get("Content-Length", "0") == str(len(request.body))
        scheme = request.url.partition("://")[0]
        assert (
            request.origin
            == self.origin
            == f"{scheme}://{URL(request.url, encoded=True).raw_authority}"
        )
        url = f"{scheme}://{headers.pop('Host')}{target}"
        self.sent = (method, url, {k.lower(): v for k, v in headers.items()}, request.body)
        raise SendStopped


class SendStopped(Exception):  # noqa: N818 -- no error
    """Ends a call once its request is recorded."""


class OrdinaryClient:
    """A plain aiobotocore client that records its requests instead of sending them."""

    def __init__(self, client: Any) -> None:
        self.client = client
        client.meta.events.register("before-send", self._keep)

    def _keep(self, request: Any, **_: Any) -> AWSResponse:
        headers = {k.lower(): _text(v) for k, v in request.headers.items()}
        self.sent = (request.method, request.url, headers, request.body or b"")
        raise SendStopped

    async def send(self, method: str, parameters: dict[str, Any]) -> None:
        with pytest.raises(SendStopped):
            await getattr(self.client, method)(**parameters)


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


async def open_clients(
    stack: AsyncExitStack, service: str, settings: str
) -> tuple[OrdinaryClient, Any]:
    """Open a client that records its requests, and one with the same events for the fast path."""
    clients: list[Any] = []
    for _ in range(2):
        standard = AioConfig(retries={"total_max_attempts": 1, "mode": "standard"})
        options = dict(SETTINGS[settings])
        options["config"] = options["config"].merge(standard) if "config" in options else standard
        made = AioSession().create_client(service, **KEYS, **options)
        clients.append(await stack.enter_async_context(made))
    return OrdinaryClient(clients[0]), clients[1]


async def assert_same_request(
    case: Case, ordinary: OrdinaryClient, client: Any, parameters: dict[str, Any]
) -> None:
    await ordinary.send(case.method, parameters)
    method, url, headers, body = ordinary.sent
    when = dt.datetime.strptime(f"{headers['x-amz-date']}+0000", "%Y%m%dT%H%M%SZ%z")
    recorder: Any = Recorder()
    recovery = Recovery(now=when.timestamp)
    path = FastPath(
        client,
        recorder,
        recovery=recovery,
        credentials=Credentials(client._request_signer._credentials),
        ordinary=OrdinaryPath(client),
    )
    call = Call(
        operation=case.operation,
        policy=RetryPolicy(),
        budget=RetryBudget(0),
        deadline=0.0,
        clock=lambda: 0.0,
        errors=dict,
        recovery=recovery,
        secrets=tuple,
    )
    with pytest.raises(SendStopped):
        await path.send(case.operation, parameters, Attempt(call=call, number=1))
    fast_method, fast_url, fast_headers, fast_body = recorder.sent
    assert (fast_method, fast_url, fast_body) == (method, url, body)
    unsent = {"content-length", "accept-encoding", "accept"}  # added by the HTTP library
    assert {k: v for k, v in fast_headers.items() if k not in COUNTED | unsent} == {
        k: v for k, v in headers.items() if k not in COUNTED | unsent
    }
    signed = headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert "authorization" in fast_headers
    assert {"host", "x-amz-date"} <= set(signed)


class ClientPairs(OwnLoop):
    """An ordinary client and one for the fast path, for each service."""

    async def _start(self) -> None:
        names = [client_type.service_name for client_type in CLIENTS]
        self._clients = {name: await open_clients(self._stack, name, "region") for name in names}

    def assert_same_request(self, case: Case, parameters: dict[str, Any]) -> None:
        clients = self._clients[case.service.service_name]
        self.run(assert_same_request(case, *clients, parameters))


@pytest.fixture(scope="module")
def client_pairs() -> Iterator[ClientPairs]:
    with ClientPairs() as pairs:
        yield pairs


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_fast_path_sends_what_botocore_sends(case: Case, client_pairs: ClientPairs) -> None:
    @budget()
    @given(st.data())
    def check(data: st.DataObject) -> None:
        drawn = data.draw(shapes.request(case.input_shape, always=case.token))
        client_pairs.assert_same_request(case, drawn)

    check()


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize(
    "name",
    ["send_text_message", "create_registration", "delete_whatsapp_message_media"],
)
async def test_every_setting(name: str, settings: str) -> None:
    case = next(case for case in CASES if case.method == name)
    parameters: dict[str, dict[str, Any]] = {
        "send_text_message": {"DestinationPhoneNumber": "+12065550100", "MessageBody": "Ünï"},
        "create_registration": {"RegistrationType": "X", "ClientToken": "token"},
        "delete_whatsapp_message_media": {
            "mediaId": "1",
            "originationPhoneNumberId": "phone-number-id-1/ü ~",
        },
    }
    async with AsyncExitStack() as stack:
        clients = await open_clients(stack, case.service.service_name, settings)
        await assert_same_request(case, *clients, parameters[name])
