"""The state file is complete, locked, private, validated before use, and never half written."""

from __future__ import annotations

import asyncio
import copy
import json
import os
import shutil
import stat
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from smsreg.emulator import Clock, Emulator
from tests.support.sampling import ALL_CASES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SCOPE = "123456789012/us-east-1"


async def lists(sms: Any) -> list[str]:
    response = await sms.describe_opt_out_lists()
    return [entry["OptOutListName"] for entry in response["OptOutLists"]]


async def filled(connect: Any) -> dict[str, Any]:
    """Return a snapshot with a record in every kind of table."""
    async with Emulator(clock=Clock.fixed(), seed=2) as emulator, connect(emulator) as (sms, _):
        made = await sms.create_registration(RegistrationType="US_TOLL_FREE_REGISTRATION")
        number = await sms.request_phone_number(
            IsoCountryCode="US",
            MessageType="TRANSACTIONAL",
            NumberCapabilities=["SMS"],
            NumberType="LONG_CODE",
        )
        await sms.create_pool(
            OriginationIdentity=number["PhoneNumberId"], MessageType="TRANSACTIONAL"
        )
        await sms.put_registration_field_value(
            RegistrationId=made["RegistrationId"],
            FieldPath="companyInfo.companyName",
            TextValue="Example",
        )
        await sms.send_text_message(DestinationPhoneNumber="+12065550100", MessageBody="Hello")
        return emulator.snapshot()


async def test_it_outlives_the_emulator(tmp_path: Path, connect: Any) -> None:
    path = tmp_path / "state.json"
    async with Emulator(state_file=path) as emulator, connect(emulator) as (sms, _):
        assert not path.exists()
        await sms.create_opt_out_list(OptOutListName="a")
        await emulator.advance(days=1)
        assert "OptOutListName" in await asyncio.to_thread(path.read_text)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    async with Emulator(state_file=path) as emulator, connect(emulator) as (sms, _):
        assert await lists(sms) == ["Default", "a"]
        assert emulator.clock.offset == 86_400
    assert os.listdir(tmp_path) == [path.name]  # noqa: PTH208  # a list of names


async def test_a_file_that_others_can_read_becomes_private(tmp_path: Path, connect: Any) -> None:
    path = tmp_path / "state.json"
    path.write_text(json.dumps(await filled(connect)))
    path.chmod(0o644)
    (tmp_path / ".state.json.tmp").touch(0o666)
    async with Emulator(state_file=path):
        pass
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_one_with_a_single_account_is_read(tmp_path: Path, connect: Any) -> None:
    snapshot = await filled(connect)
    old = {"format": 1, "clock_offset": 5.0, "state": snapshot["states"][SCOPE]}
    path = tmp_path / "state.json"
    path.write_text(json.dumps(old))
    async with Emulator(state_file=path) as emulator, connect(emulator) as (sms, _):
        assert len((await sms.describe_registrations())["Registrations"]) == 1
        assert emulator.clock.offset == 5.0


def set_at(*steps: str | int, to: Any) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for step in steps[:-1]:
            document = next(iter(document.values())) if step == "*" else document[step]
        document[steps[-1]] = to

    return change


STATE = ("states", SCOPE)
REGISTRATION = (*STATE, "tables", "registrations", "*")
WRONG = {
    "a format of the future": (set_at("format", to=99), "format"),
    "a format that is true": (set_at("format", to=True), "format"),
    "a clock that is text": (set_at("clock_offset", to="1"), "clock_offset"),
    "a clock that goes back": (set_at("clock_offset", to=-1), "clock_offset"),
    "a clock beyond all time": (set_at("clock_offset", to=1e300), "clock_offset"),
    "no states": (set_at("states", to=[]), "states"),
    "a scope that is none": (set_at("states", to={"x/y": {}}), "account"),
    "a state that is a list": (set_at(*STATE, to=[]), "state"),
    "a state without tables": (set_at(*STATE, to={}), "is missing"),
    "tables that are a list": (set_at(*STATE, "tables", to=[]), "tables"),
    "a table that is a text": (set_at(*STATE, "tables", "pools", to="x"), "tables.pools"),
    "a record that is a number": (
        set_at(*STATE, "tables", "pools", to={"x": 1}),
        "tables.pools.x",
    ),
    "an ARN that leads nowhere": (set_at(*STATE, "arns", to={"a": ["pools", "x"]}), "arns.a"),
    "an ARN of one part": (set_at(*STATE, "arns", to={"a": ["pools"]}), "arns.a"),
    "tags that are numbers": (set_at(*STATE, "tags", to={"a": {"b": 1}}), "tags.a.b"),
    "a token without an answer": (
        set_at(*STATE, "tokens", to={"t": {"at": 1, "mark": "m"}}),
        "tokens.t.answer",
    ),
    "a message without a time": (
        set_at(*STATE, "messages", "*", "Timestamp", to=None),
        "Timestamp",
    ),
    "singles that are lists": (set_at(*STATE, "singles", to={"days": []}), "singles.days"),
    "a sequence that is text": (set_at(*STATE, "sequence", to="1"), "sequence"),
    "versions that are an object": (set_at(*REGISTRATION, "_versions", to={}), "_versions"),
    "a version that is a text": (set_at(*REGISTRATION, "_versions", to=["x"]), "_versions"),
    "no versions": (set_at(*REGISTRATION, "_versions", to=[]), "DescribeRegistrations"),
    "a status that nobody knows": (
        set_at(*REGISTRATION, "RegistrationStatus", to="FINE"),
        "DescribeRegistrations",
    ),
    "a time that is text": (
        set_at(*REGISTRATION, "CreatedTimestamp", to="noon"),
        "DescribeRegistrations",
    ),
    "an order that is text": (set_at(*REGISTRATION, "_seq", to="x"), "_seq"),
    "no order": (set_at(*REGISTRATION, "_associations", to=None), "_associations"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_wrong_content_is_refused_before_anything_is_taken_over(
    name: str, connect: Any, tmp_path: Path
) -> None:
    change, where = WRONG[name]
    document = await filled(connect)
    change(document)
    path = tmp_path / "state.json"
    path.write_text(json.dumps(document))
    with pytest.raises(ValueError, match=where) as caught:
        await Emulator(state_file=path).start()
    assert str(path) in str(caught.value)
    # A running emulator that restores the same document keeps its state.
    async with Emulator(clock=Clock.fixed()) as emulator, connect(emulator) as (sms, _):
        await sms.create_opt_out_list(OptOutListName="mine")
        before = copy.deepcopy(emulator.snapshot())
        with pytest.raises(ValueError, match=where):
            emulator.restore(document)
        assert emulator.snapshot() == before


COMMANDS = """
import sys
from smsreg.emulator.cli import main
print([main(["--port", "0", "--state", path]) for path in sys.argv[1:]])
"""
"""Runs the command for each file in turn, and prints the exit statuses."""


def run(*paths: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-c", COMMANDS, *map(str, paths)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_command_says_which_file_is_wrong_and_why(tmp_path: Path) -> None:
    contents = [
        b"",
        b"{",
        b"[]",
        b"null",
        b"nonsense",
        b"\xff",
        b'{"format": 2, "clock_offset": NaN, "states": {}}',
        b'{"format": 2, "clock_offset": 1e999, "states": {}}',
        b'{"format": 2, "clock_offset": 0.0, "states": ' + b"[" * 200_000,
    ]
    paths = [tmp_path / f"{number}.json" for number in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    done = run(*paths)
    assert (done.returncode, done.stdout) == (0, f"{[2] * len(paths)}\n")
    for path, content, line in zip(paths, contents, done.stderr.splitlines(), strict=True):
        assert f"{path} is not a state file: " in line
        assert path.read_bytes() == content


async def test_two_emulators_do_not_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    async with Emulator(state_file=path):
        with pytest.raises(OSError, match="another emulator is using it") as caught:
            await Emulator(state_file=path).start()
        assert str(path) in str(caught.value)
        other = await asyncio.to_thread(run, path)
        assert other.stdout == "[2]\n"
        assert "another emulator is using it" in other.stderr
    async with Emulator(state_file=path):
        pass


async def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="there is no folder"):
        await Emulator(state_file=tmp_path / "none" / "state.json").start()


async def test_a_change_that_cannot_be_written_is_not_half_kept(
    tmp_path: Path, connect: Any
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    emulator = Emulator(state_file=folder / "state.json")
    await emulator.start()
    async with connect(emulator) as (sms, _):
        await sms.create_opt_out_list(OptOutListName="kept")
        emulator.opt_out("kept", "+12065550100")
        shutil.rmtree(folder)
        calls = [sms.create_opt_out_list(OptOutListName=f"lost{n}") for n in range(5)]
        for problem in await asyncio.gather(*calls, return_exceptions=True):
            assert isinstance(problem, ClientError)
            assert problem.response["Error"]["Code"] == "InternalServerException"
            assert "Nothing was changed" in problem.response["Error"]["Message"]
        assert await lists(sms) == ["Default", "kept"]
        kept = await sms.describe_opted_out_numbers(OptOutListName="kept")
        assert len(kept["OptedOutNumbers"]) == 1
        folder.mkdir()
        await sms.create_opt_out_list(OptOutListName="later")
        assert await lists(sms) == ["Default", "kept", "later"]
        shutil.rmtree(folder)
        with pytest.raises(OSError, match=r"state\.json cannot be used"):
            await emulator.stop()
    assert emulator.unexpected == []


KILLED = 50 if ALL_CASES else 10
KILLS = """
import asyncio, http.client, json, os, random, signal, sys, time
from pathlib import Path
from smsreg.emulator import Emulator
from smsreg.emulator.core import log_file

log_file.COMPACTED_FROM = 5_000  # so that many a kill meets a compaction
PATH, CHANCE = Path(sys.argv[1]), random.Random(3)

async def serve(report):
    emulator = Emulator(state_file=PATH, check_signatures=False, quotas={"OPT_OUT_LISTS": 100_000})
    async with emulator:
        os.write(report, emulator.url.rpartition(":")[2].encode())
        await asyncio.Event().wait()

def post(connection, operation, body):
    head = {"X-Amz-Target": f"PinpointSMSVoiceV2.{operation}"}
    connection.request("POST", "/", json.dumps(body), head)
    response = connection.getresponse()
    assert (response.status, response.read()[:1]) == (200, b"{")

def kept(connection):
    connection.request("GET", "/_emulator/state")
    document = json.loads(connection.getresponse().read())
    return set(document["states"]["123456789012/us-east-1"]["tables"]["opt_out_lists"])

acknowledged, killed_in_mid_write = [], 0
ROUNDS = int(sys.argv[2])
for round in range(ROUNDS + 1):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        asyncio.run(serve(writing))
    port = int(os.read(reading, 10))
    os.close(reading), os.close(writing)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    missing = set(acknowledged) - kept(connection)
    assert not missing, missing
    if round == ROUNDS:
        os.kill(child, signal.SIGKILL)
        os.wait()
        break
    number = 0
    try:
        while True:
            name = f"r{round}-{number}"
            post(connection, "CreateOptOutList", {"OptOutListName": name, "ClientToken": name})
            acknowledged.append(name)
            number += 1
            if number == 1:
                delay = CHANCE.uniform(0, 0.03)
                if os.fork() == 0:
                    time.sleep(delay)
                    os.kill(child, signal.SIGKILL)
                    os._exit(0)
    except (OSError, http.client.HTTPException):
        killed_in_mid_write += 1
    os.wait(), os.wait()
print(json.dumps([len(acknowledged), killed_in_mid_write]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_nothing_that_was_acknowledged_is_lost_in_many_kills(tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603  # our own script
        [sys.executable, "-c", KILLS, str(tmp_path / "state.json"), str(KILLED)],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    acknowledged, kills = json.loads(done.stdout)
    assert kills == KILLED
    assert acknowledged >= KILLED
