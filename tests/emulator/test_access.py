"""Foreign web pages are refused, by Origin and by Host, on every path."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from smsreg.emulator import Emulator

TARGET = {"X-Amz-Target": "PinpointSMSVoiceV2.DescribePools"}
PATHS = [
    ("POST", "/", TARGET),
    ("POST", "/", {"Content-Type": "application/x-www-form-urlencoded"}),
    ("GET", "/v1/whatsapp/waba/list", {}),
    ("GET", "/_emulator/health", {}),
    ("POST", "/_emulator/reset", {}),
    ("GET", "/_emulator/", {}),
]


async def ask(
    emulator: Emulator, method: str, path: str, headers: dict[str, str]
) -> tuple[int, bytes]:
    port = emulator.url.rpartition(":")[2]
    async with (
        aiohttp.ClientSession() as http,
        http.request(
            method, f"http://127.0.0.1:{port}{path}", data=b"{}", headers=headers
        ) as response,
    ):
        return response.status, await response.read()


@pytest.fixture
async def emulator() -> Any:
    async with Emulator(check_signatures=False, allow_hosts=["emulator", "Sms.Test"]) as running:
        yield running
        assert running.unexpected == []


@pytest.mark.parametrize("host", [
    "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "[::2]", "10.0.0.1",
    "0x7f.1", "localhost:80:80", "a@localhost", "localhost, evil.example", "xlocalhost", ":80",
])  # fmt: skip
@pytest.mark.parametrize(("method", "path", "headers"), PATHS)
async def test_other_hosts_are_refused(
    emulator: Emulator, method: str, path: str, headers: dict[str, str], host: str
) -> None:
    status, body = await ask(emulator, method, path, {**headers, "Host": host})
    assert status == 403
    assert b"--allow-host" in body
    assert len(emulator.calls) == 0


@pytest.mark.parametrize("host", [
    "localhost", "LOCALHOST:1", "localhost.", "127.0.0.1", "127.9.9.9:4570", "[::1]:4570",
    "emulator", "emulator:4570", "sms.test",
])  # fmt: skip
async def test_names_of_this_machine_and_those_allowed_are_served(
    emulator: Emulator, host: str
) -> None:
    assert (await ask(emulator, "POST", "/", {**TARGET, "Host": host}))[0] == 200
    assert (await ask(emulator, "GET", "/_emulator/health", {"Host": host}))[0] == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", ""])
@pytest.mark.parametrize(("method", "path", "headers"), PATHS)
async def test_other_origins_are_refused(
    emulator: Emulator, method: str, path: str, headers: dict[str, str], origin: str
) -> None:
    status, body = await ask(emulator, method, path, {**headers, "Origin": origin})
    assert status == 403
    assert b"Origin" in body
    assert len(emulator.calls) == 0


async def test_the_page_s_own_origin_reaches_control_calls_only(emulator: Emulator) -> None:
    own = {"Origin": emulator.url}
    assert (await ask(emulator, "POST", "/_emulator/reset", own))[0] == 200
    assert (await ask(emulator, "POST", "/", {**TARGET, **own}))[0] == 403
    assert (await ask(emulator, "GET", "/_emulators", {}))[0] == 404
    assert (await ask(emulator, "GET", "/_emulators", own))[0] == 403
    elsewhere = {"Origin": "http://evil.example", "Host": "evil.example"}
    assert (await ask(emulator, "POST", "/_emulator/reset", elsewhere))[0] == 403


async def test_refusals_are_in_the_form_that_is_asked_for(emulator: Emulator) -> None:
    _, body = await ask(emulator, "POST", "/", {**TARGET, "Host": "evil.example"})
    assert json.loads(body)["__type"].endswith("#AccessDeniedException")
    _, body = await ask(emulator, "GET", "/_emulator/health", {"Host": "evil.example"})
    assert list(json.loads(body)) == ["error"]


async def test_the_address_that_it_listens_on() -> None:
    async with Emulator(host="0.0.0.0", check_signatures=False) as emulator:  # noqa: S104  # on purpose
        assert (await ask(emulator, "POST", "/", {**TARGET, "Host": "0.0.0.0:1"}))[0] == 200
        assert (await ask(emulator, "POST", "/", {**TARGET, "Host": "10.1.2.3"}))[0] == 403


@pytest.mark.parametrize("name", ["", "a b", "a:80", "http://a", "*", "a/b", "é"])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(ValueError, match="allow_hosts"):
        Emulator(allow_hosts=[name])
