"""Each type with the commands: to COMPLETE and a sent message, with a denial, and when killed."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from smsreg import SMSVoiceClient
from smsreg.cli import main
from smsreg.emulator import Clock, Emulator
from smsreg.registration import Registrar, RegistrationDraft
from tests.support.sampling import ALL_CASES

from . import small_types
from .test_every_type import NUMBERS, TYPES, VETTING, drafts_of
from .test_interrupted import existing_resources

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

MOST_RUNS = 8
DONE, DENIED, WAITS = 0, 1, 3
CONFIGURATION_FILES = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")


@dataclass
class Commands:
    """Runs commands against an emulator, in a folder with ``drafts.yaml``."""

    emulator: Emulator
    folder: Path
    capture: pytest.CaptureFixture[str]

    @property
    def where(self) -> list[str]:
        options = self.emulator.boto_options
        return ["--endpoint-url", options["endpoint_url"], "--region", options["region_name"]]

    async def __call__(self, *arguments: str) -> tuple[int, str]:
        """Run a command; return its exit status and output."""
        self.capture.readouterr()
        status = await asyncio.to_thread(main, [*arguments, *self.where])
        printed = self.capture.readouterr()
        return status, printed.out + printed.err

    async def apply(self) -> int:
        status, printed = await self("apply", str(self.folder / "drafts.yaml"), "--yes")
        assert "Traceback" not in printed
        return status

    async def apply_to_the_end(self) -> None:
        """Apply once a day, until nothing is pending."""
        status = WAITS
        for _ in range(MOST_RUNS):
            if status == WAITS:
                status = await self.apply()
                await self.emulator.advance(days=1)
        assert status == DONE


@pytest.fixture
def settings() -> dict[str, object]:
    return {}


@pytest.fixture
async def commands(
    settings: dict[str, object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> AsyncIterator[Commands]:
    async with Emulator(clock=Clock.fixed(), seed=1, **settings) as emulator:  # type: ignore[arg-type]  # a dictionary of settings
        options = emulator.boto_options
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", options["aws_access_key_id"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", options["aws_secret_access_key"])
        for name in CONFIGURATION_FILES:
            monkeypatch.setenv(name, os.devnull)
        yield Commands(emulator, tmp_path, capsys)
        assert emulator.unexpected == []


class TestEachType:
    @pytest.fixture
    def settings(self, kind: str) -> dict[str, object]:
        return {"region": "ap-south-1" if kind.startswith("IN_") else "us-east-1"}

    @pytest.mark.parametrize("kind", TYPES)
    async def test_from_a_file_to_complete(self, commands: Commands, kind: str) -> None:
        async with SMSVoiceClient(**commands.emulator.client_options) as client:
            await drafts_of(Registrar(client), client, kind, commands.folder)
            await commands.apply_to_the_end()
            states = [item["status"] for item in commands.emulator.controls().registrations]
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

    @pytest.mark.parametrize("kind", [kind for kind in TYPES if kind != VETTING])
    async def test_denied_explained_revised_and_approved(
        self, commands: Commands, kind: str
    ) -> None:
        emulator, folder = commands.emulator, commands.folder
        async with SMSVoiceClient(**emulator.client_options) as client:
            registrar = Registrar(client)
            draft = (await drafts_of(registrar, client, kind, folder))[-1]
            fields = (await registrar.form(kind)).fields
        for _ in range(2):  # a campaign waits for its brand
            assert await commands.apply() == WAITS
            (identifier, *_) = [
                item["id"]
                for item in emulator.controls().registrations
                if item["type"] == kind and item["status"] != "CREATED"
            ] or [None]
            if identifier is not None:
                break
            await emulator.advance(days=1)
        path = next(p for p in draft.values if (fields[p].max_length or 0) >= 100)
        emulator.deny(identifier, fields={path: "it is not clear enough"})
        assert await commands.apply() == DENIED
        status, printed = await commands("explain", identifier)
        assert (status, f"{path}: it is not clear enough" in printed) == (DONE, True)
        # A fix that changes nothing would be denied again.
        fixes, fixed = folder / "fixes.json", f"{draft.values[path]}."[: fields[path].max_length]
        fixes.write_text(json.dumps({path: draft.values[path]}), "utf-8")
        assert (await commands("revise", identifier, str(fixes), "--yes"))[0] == DENIED
        fixes.write_text(json.dumps({path: fixed}), "utf-8")
        assert (await commands("revise", identifier, str(fixes), "--yes"))[0] == WAITS
        await emulator.advance(days=1)
        status, printed = await commands("status", identifier, "--json")
        (row,) = json.loads(printed)["registrations"]
        assert (status, row["status"], row["version_number"]) == (DONE, "COMPLETE", 2)


class TestKilled:
    @pytest.fixture
    def settings(self) -> dict[str, object]:
        return {"registration_types": small_types.TYPES}

    @pytest.fixture(autouse=True)
    def drafts(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        (tmp_path / "proof.pdf").write_bytes(small_types.FILE.data)
        files = {"part.file": "proof.pdf", "part.copy": "proof.pdf"}
        draft = replace(small_types.TOLL_FREE, values=small_types.VALUES)
        lines = "".join(f"  {path}: {{file: {name}}}\n" for path, name in files.items())
        text = draft.to_yaml().replace("values:\n", f"values:\n{lines}", 1)
        (tmp_path / "drafts.yaml").write_text(text, "utf-8")
        assert RegistrationDraft.read(tmp_path / "drafts.yaml").key == draft.key

    async def test_at_each_request(self, commands: Commands) -> None:
        emulator = commands.emulator
        start = emulator.snapshot()
        await commands.apply_to_the_end()
        expected, requests = existing_resources(emulator), len(emulator.calls)
        combinations = list(itertools.product((False, True), (0, 3)))
        # By default a few requests are interrupted in one of four ways; CI covers all of them.
        for index in range(0, requests, 1 if ALL_CASES else 5):
            for after, days in (
                combinations if ALL_CASES else [combinations[index % len(combinations)]]
            ):
                emulator.restore(start)
                emulator.calls.clear()
                fault = emulator.faults.drop(after=after, skip=index)
                statuses = []
                while not fault.hits:
                    statuses.append(await commands.apply())
                    if not fault.hits:
                        await emulator.advance(days=1)
                assert statuses[-1] == DENIED
                await emulator.advance(days=days)
                await commands.apply_to_the_end()
                assert existing_resources(emulator) == expected, (index, after, days)

    @pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL to send")
    async def test_as_a_process(self, commands: Commands) -> None:
        emulator = commands.emulator
        emulator.faults.delay(20, "PutRegistrationFieldValue", skip=1)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "smsreg", "apply", str(commands.folder / "drafts.yaml")),
            *("--yes", *commands.where),
            stdout=subprocess.DEVNULL,
        )
        try:
            while len(emulator.calls.of("PutRegistrationFieldValue")) < 2:
                assert process.returncode is None
                await asyncio.sleep(0.02)
        finally:
            process.kill()  # killed by SIGKILL
            await process.wait()
        emulator.faults.clear()
        await commands.apply_to_the_end()
        assert len(emulator.calls.of("CreateRegistration")) == 1
        assert len(emulator.calls.of("CreateRegistrationAttachment")) == 1
        assert len(emulator.calls.of("RequestPhoneNumber")) == 1
