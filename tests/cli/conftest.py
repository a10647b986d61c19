"""Runs the command in this process, against an emulator or with the one inside it."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass

import pytest

from smsreg.cli import main
from smsreg.emulator import Emulator


@dataclass(frozen=True)
class Ran:
    status: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Nothing of the machine that runs the tests, and credentials that only the emulator takes."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower().endswith("_proxy") or name == "NO_COLOR":
            monkeypatch.delenv(name)
    for name, value in {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ACCESS_KEY_ID": "emulator",
        "AWS_SECRET_ACCESS_KEY": "emulator",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
async def emulator():
    async with Emulator(review_seconds=0) as running:
        yield running
    assert running.unexpected == []


@pytest.fixture
def service(emulator, capsys):
    """Runs the quickstart with the emulator in the place of the real service."""

    async def run(*options: str) -> Ran:
        where = ["--endpoint-url", emulator.url, "--region", "us-east-1"]
        # In a thread, as the command has an event loop of its own.
        status = await asyncio.to_thread(main, ["quickstart", *where, *options])
        return Ran(status, *capsys.readouterr())

    return run
