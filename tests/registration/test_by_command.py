"""Each type by `smsreg apply`, from a YAML file to COMPLETE, and numbers to a sent message."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest

from smsreg import SMSVoiceClient
from smsreg.cli import main
from smsreg.emulator import Clock, Emulator
from smsreg.registration import Registrar

from .test_every_type import NUMBERS, TYPES, drafts_of

if TYPE_CHECKING:
    from pathlib import Path

MOST_RUNS = 8
CONFIGURATION_FILES = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")


@pytest.mark.parametrize("kind", TYPES)
async def test_from_a_file_to_complete(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    region = "ap-south-1" if kind.startswith("IN_") else "us-east-1"
    async with Emulator(clock=Clock.fixed(), seed=1, region=region) as emulator:
        options = emulator.boto_options
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", options["aws_access_key_id"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", options["aws_secret_access_key"])
        for name in CONFIGURATION_FILES:
            monkeypatch.setenv(name, os.devnull)
        async with SMSVoiceClient(**emulator.client_options) as client:
            await drafts_of(Registrar(client), client, kind, tmp_path)
            where = ["--endpoint-url", options["endpoint_url"], "--region", region]
            command = ["apply", str(tmp_path / "drafts.yaml"), "--yes", *where]
            statuses = []
            while not statuses or (statuses[-1] == 3 and len(statuses) < MOST_RUNS):
                statuses.append(await asyncio.to_thread(main, command))
                await emulator.advance(days=1)
            printed = capsys.readouterr()
            assert statuses[-1] == 0, printed
            assert set(statuses[:-1]) == {3}
            states = [item["status"] for item in emulator.controls().registrations]
            assert set(states) == {"COMPLETE"}
            if kind in NUMBERS:
                number = await client.describe_phone_numbers().first()
                assert number is not None
                sent = await client.send_text_message(
                    destination_phone_number="+12065550123",
                    origination_identity=number.phone_number_id,
                    message_body="Hello from Example",
                )
                assert sent.message_id
        assert emulator.unexpected == []
