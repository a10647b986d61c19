"""The emulator's web page in a browser: its content, its buttons and its width."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import re
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from smsreg.emulator import Clock, Emulator
from smsreg.emulator.http import page as page_module
from tests.programs import program

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PAGE = (Path(page_module.__file__).parent / "page.html").read_text("utf-8")
BROWSERS = ("chromium", "chromium", "chromium-browser", "google-chrome")
"""The Debian package, and the possible names of the browser."""
MARKUP = "<img src=x onerror=\"document.title='broken'\">"
PATIENCE = 60
"""Seconds, enough for a browser on a busy machine."""


def test_it_has_nothing_from_elsewhere() -> None:
    assert re.findall(r"https?:|//[a-z]|@import|url\(|\bimport\b", PAGE) == []
    assert re.findall(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", PAGE) == []


async def test_only_what_is_in_it_runs() -> None:
    async with Emulator() as emulator, aiohttp.ClientSession() as http:
        for path in ("/_emulator/", "/_emulator"):
            async with http.get(emulator.url + path) as response:
                assert response.status == 200
                assert response.headers["Content-Type"] == "text/html; charset=utf-8"
                policy = response.headers["Content-Security-Policy"]
                assert policy.startswith("default-src 'none'; script-src 'sha256-")
                assert "frame-ancestors 'none'" in policy
                assert await response.text() == PAGE
        async with http.post(f"{emulator.url}/_emulator/") as response:
            assert (response.status, list(await response.json())) == (404, ["error"])


class Tab:
    """One tab of a browser, controlled by its debugging protocol."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)

    async def send(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            message = json.loads(await asyncio.wait_for(self._socket.receive_str(), PATIENCE))
            if message.get("id") == number:
                assert "error" not in message, message
                return message["result"]

    async def run(self, script: str) -> Any:
        result = await self.send(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    async def until(self, condition: str) -> None:
        for _ in range(PATIENCE * 10):
            if await self.run(condition):
                return
            await asyncio.sleep(0.1)
        pytest.fail(
            f"not within {PATIENCE} s: {condition}; {await self.run('document.body.innerText')}"
        )

    async def click(self, label: str, within: str = "body") -> None:
        await self.run(
            f"[...document.querySelectorAll('{within} button')]"
            f".find(b => b.textContent === {json.dumps(label)}).click()"
        )

    async def resize(self, width: int) -> None:
        await self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=900, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip


@contextlib.asynccontextmanager
async def open_tab(url: str, folder: Path) -> AsyncIterator[Tab]:
    process = await asyncio.create_subprocess_exec(
        program(*BROWSERS),
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        "--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank",
        stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        while True:
            line = await asyncio.wait_for(process.stderr.readline(), PATIENCE)
            assert line, "the browser ended"
            listening = re.search(rb"ws://(127\.0\.0\.1:\d+)/", line)
            if listening:
                break
        debugger = f"http://{listening[1].decode()}/json/new?{url}"
        async with aiohttp.ClientSession() as http:
            async with http.put(debugger) as response:
                address = (await response.json())["webSocketDebuggerUrl"]
            async with http.ws_connect(address, max_msg_size=0) as socket:
                yield Tab(socket)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.communicate()


async def test_it_shows_and_does_what_people_want(tmp_path: Path, connect: Any) -> None:
    async with (
        Emulator(review_seconds=None, incomplete_submit="deny", clock=Clock.fixed()) as emulator,
        connect(emulator) as (sms, _),
    ):
        number = await sms.request_phone_number(
            IsoCountryCode="US",
            MessageType="TRANSACTIONAL",
            NumberCapabilities=["SMS"],
            NumberType="LONG_CODE",
        )
        made = await sms.create_registration(RegistrationType="US_TEN_DLC_BRAND_VETTING")
        await sms.submit_registration_version(RegistrationId=made["RegistrationId"])
        await sms.send_text_message(
            DestinationPhoneNumber="+12065550123",
            MessageBody=f"{MARKUP} " + "long" * 300,
            OriginationIdentity=number["PhoneNumberId"],
        )
        async with open_tab(f"{emulator.url}/_emulator/", tmp_path / "profile") as tab:
            await tab.until("document.querySelector('#messages td') !== null")
            text = await tab.run("document.body.innerText")
            assert made["RegistrationId"] in text
            assert MARKUP in text
            assert await tab.run("document.title") == "smsreg emulator"
            assert await tab.run("document.querySelectorAll('img').length") == 0
            for width in (1280, 390, 320):
                await tab.resize(width)
                assert await tab.run("document.documentElement.scrollWidth") <= width
            await tab.click("Approve", "#registrations")
            await tab.until(
                "document.querySelector('#registrations').innerText.includes('COMPLETE')"
            )
            assert emulator.controls().status(made["RegistrationId"]) == "COMPLETE"
            await tab.click("Revoke", "#registrations")
            await tab.until(
                "document.querySelector('#registrations').innerText.includes('REVOKED')"
            )
            await tab.click("+ 1 day")
            await tab.until(
                f"document.querySelector('#time').innerText.includes('{day(emulator, 1)}')"
            )
            assert emulator.clock.offset == 86_400
            await tab.run("document.querySelector('#fault-operation').value = 'describe_pools'")
            await tab.click("Add fault")
            await tab.until("document.querySelector('#faults').innerText.includes('DescribePools')")
            assert [fault.kind for fault in emulator.faults] == ["throttle"]
            await tab.run("document.querySelector('#fault-operation').value = 'nothing'")
            await tab.click("Add fault")
            await tab.until("!document.querySelector('#note').hidden")
            assert "operation" in await tab.run("document.querySelector('#note').innerText")
            await tab.click("Remove all")
            await tab.until("document.querySelector('#faults').children.length === 0")
            assert list(emulator.faults) == []
            entries = "performance.getEntriesByType('resource').map(e => new URL(e.name).host)"
            assert await tab.run(f"[...new Set({entries})]") == [
                emulator.url.removeprefix("http://")
            ]
        assert emulator.unexpected == []


def day(emulator: Emulator, days: int) -> str:
    """Return the date on the emulator's clock, `days` after its start."""
    start = emulator.clock.now() - emulator.clock.offset
    return f"{datetime.fromtimestamp(start + days * 86_400, timezone.utc):%Y-%m-%d}"
