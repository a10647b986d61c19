"""Runs the command in this process, against an emulator or with its embedded one."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from smsreg.cli import main
from smsreg.emulator import Clock, Emulator

if TYPE_CHECKING:
    from pathlib import Path


VALUES = {
    "companyInfo.companyName": "Example Corp",
    "companyInfo.taxIdIssuingCountry": "US",
    "companyInfo.taxId": "123456789",
    "companyInfo.legalType": "PRIVATE_PROFIT",
    "companyInfo.address": "1 Main Street",
    "companyInfo.city": "Seattle",
    "companyInfo.state": "WA",
    "companyInfo.zipCode": "98101",
    "companyInfo.isoCountryCode": "US",
    "contactInfo.dbaName": "Example",
    "contactInfo.vertical": "HEALTHCARE",
    "contactInfo.website": "https://dental.example",
    "contactInfo.supportEmail": "help@dental.example",
    "contactInfo.supportPhoneNumber": "+12065550100",
}


@dataclass(frozen=True)
class Ran:
    status: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Credentials that only the emulator accepts."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "emulator")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "emulator")


@pytest.fixture
async def emulator():
    async with Emulator(review_seconds=0) as running:
        yield running
    assert running.unexpected == []


@pytest.fixture
def service(emulator, capsys):
    """Runs the quickstart with the emulator in place of the real service."""

    async def run(*options: str) -> Ran:
        where = ["--endpoint-url", emulator.url, "--region", "us-east-1"]
        # In a thread, as the command runs its own event loop.
        status = await asyncio.to_thread(main, ["quickstart", *where, *options])
        return Ran(status, *capsys.readouterr())

    return run


@pytest.fixture
def draft(tmp_path):
    """Write a draft of a 10DLC brand to a file."""

    def write(name: str = "brand.yaml", key: str = "acme/brand", **changed: str) -> Path:
        values = VALUES | {path.replace("_", "."): value for path, value in changed.items()}
        lines = [f"key: {key}", "registration_type: US_TEN_DLC_BRAND_REGISTRATION", "values:"]
        lines += [f"  {path}: {json.dumps(value)}" for path, value in values.items()]
        file = tmp_path / name
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return file

    return write


@pytest.fixture
def values():
    """The values of the drafts."""
    return dict(VALUES)


@pytest.fixture
async def still():
    """An emulator whose clock is fixed unless it is advanced."""
    async with Emulator(clock=Clock.fixed(), seed=1, review_seconds=60) as running:
        yield running
    assert running.unexpected == []


@pytest.fixture
def run(still, capsys):
    """Run a command against the emulator: its status, output and errors."""

    async def one(*arguments: str | Path) -> tuple[int, str, str]:
        where = ["--endpoint-url", still.url, "--region", "us-east-1"]
        argv = [*map(str, arguments), *where]
        status = await asyncio.to_thread(main, argv)
        return (status, *capsys.readouterr())

    return one
