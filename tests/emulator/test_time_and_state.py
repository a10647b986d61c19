"""The clock, snapshots, lagging reads, and the state file."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from smsreg.emulator import Clock, Emulator

if TYPE_CHECKING:
    from pathlib import Path


async def lists(sms: Any) -> list[str]:
    response = await sms.describe_opt_out_lists()
    return [entry["OptOutListName"] for entry in response["OptOutLists"]]


async def test_time_only_moves_forward(emulator: Emulator, sms: Any) -> None:
    first = await sms.create_opt_out_list(OptOutListName="a")
    await emulator.advance(days=1, hours=1, minutes=1, seconds=1)
    second = await sms.create_opt_out_list(OptOutListName="b")
    passed = second["CreatedTimestamp"] - first["CreatedTimestamp"]
    assert passed.total_seconds() == 86_400 + 3600 + 60 + 1
    with pytest.raises(ValueError, match="forward"):
        await emulator.advance(seconds=-1)


async def test_a_seed_makes_the_same_ids(connect: Any) -> None:
    seen = []
    for _ in range(2):
        async with Emulator(seed=5, clock=Clock.fixed()) as emulator, connect(emulator) as (sms, _):
            made = await sms.create_registration(RegistrationType="US_TOLL_FREE_REGISTRATION")
            seen.append((made["RegistrationId"], made["ResponseMetadata"]["RequestId"]))
    assert seen[0] == seen[1]


async def test_snapshots(emulator: Emulator, sms: Any, connect: Any) -> None:
    await sms.create_opt_out_list(OptOutListName="a", ClientToken="t")
    taken = json.loads(json.dumps(emulator.snapshot()))
    await sms.create_opt_out_list(OptOutListName="b")
    await emulator.advance(days=1)
    now = emulator.clock.now()
    emulator.restore(taken)
    assert await lists(sms) == ["Default", "a"]
    assert emulator.clock.now() == now - 86_400
    await sms.create_opt_out_list(OptOutListName="a", ClientToken="t")
    async with Emulator() as other, connect(other) as (sms_of_other, _):
        other.restore(taken)
        assert await lists(sms_of_other) == ["Default", "a"]
    with pytest.raises(ValueError, match="snapshot"):
        emulator.restore({"format": 99})


async def test_reads_can_lag_behind_writes(connect: Any) -> None:
    async with (
        Emulator(clock=Clock.fixed(), read_delay=2.0) as emulator,
        connect(emulator) as (sms, _),
    ):
        await sms.create_opt_out_list(OptOutListName="a")
        assert await lists(sms) == ["Default"]
        await emulator.advance(seconds=1)
        await sms.put_opted_out_number(OptOutListName="a", OptedOutNumber="+12065550100")
        await sms.delete_opt_out_list(OptOutListName="a")
        await emulator.advance(seconds=1)
        assert await lists(sms) == ["Default", "a"]
        await emulator.advance(seconds=1)
        assert await lists(sms) == ["Default"]


def test_the_command(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    command = [sys.executable, "-m", "smsreg.emulator", "--port", "0", "--state", str(path)]
    with subprocess.Popen(  # noqa: S603  # our own command
        [*command, "--host", "0.0.0.0"],  # noqa: S104  # to see the warning
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        output, errors = process.stdout.read(), process.stderr.read()
    assert "http://0.0.0.0:" in line
    assert "AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2=http://" in output
    assert "WARNING" in errors
    assert process.returncode == 0
    assert path.exists()
    path.write_text("nonsense")
    failed = subprocess.run(  # noqa: S603  # our own command
        command, capture_output=True, text=True, check=False, timeout=20
    )
    assert failed.returncode == 2
    assert "not a state file" in failed.stderr
