"""``smsreg watch`` with events, and files that are checked before anything else."""

from __future__ import annotations

import asyncio
import json
import sys

import pytest

from smsreg.cli import main
from smsreg.cli.event_lines import MAX_LINE, open_lines

SLOW = ("--interval", "3600")


@pytest.fixture
async def submitted(run, still, draft):
    assert (await run("apply", draft(), "--yes"))[0] == 3
    (registration,) = still.controls().registrations
    return registration["id"]


def event_of(still) -> bytes:
    """Return the event that EventBridge delivers for the latest status change, on one line."""
    return json.dumps(still.events[-1]).encode()


async def test_an_event_on_standard_input_makes_it_read_sooner(still, submitted):
    where = ("--endpoint-url", still.url, "--region", "us-east-1")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "smsreg", "watch", submitted, *SLOW, "--events", "-", *where),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        assert b"SUBMITTED" in await process.stdout.readline()
        still.controls().approve(submitted)
        process.stdin.write(b"no event\n\n{}\n" + event_of(still) + b"\n")
        # It ends by itself, while standard input stays open.
        assert b"COMPLETE" in await asyncio.wait_for(process.stdout.readline(), 30)
        assert await asyncio.wait_for(process.wait(), 30) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_lines_of_any_length(tmp_path):
    file = tmp_path / "events.jsonl"
    lines = [b"a" * 70_000, b"", b"b" * (MAX_LINE + 1), b"c"]
    file.write_bytes(b"\n".join(lines))
    assert [line async for line in open_lines(str(file))] == [lines[0], lines[3]]


async def test_events_that_are_not_there(run, submitted, tmp_path):
    status, out, err = await run("watch", submitted, "--events", tmp_path / "none.jsonl")
    assert (status, out) == (2, "")
    assert "none.jsonl: No such file or directory" in err


@pytest.mark.parametrize(
    "command", [["check"], ["plan"], ["apply"], ["revise", "registration-1"]], ids=lambda c: c[0]
)
def test_a_missing_file_comes_before_a_missing_region(command, tmp_path, capsys):
    assert main([*command, str(tmp_path / "none.yaml")]) == 2
    err = capsys.readouterr().err
    assert "none.yaml: No such file or directory" in err
    assert "egion" not in err


@pytest.mark.parametrize("command", ["types", "check", "plan", "apply", "doctor"])
def test_a_missing_region_is_reported(command, draft, capsys):
    files = [str(draft())] if command in ("check", "plan", "apply") else []
    assert main([command, *files]) == 2
    err = capsys.readouterr().err
    assert "pass --region, set AWS_DEFAULT_REGION" in err
    assert "region_name" not in err


async def test_nothing_to_watch(run):
    assert await run("watch") == (0, "no registrations\n", "")
