"""The state file's lines: the resulting state, rollbacks, and truncated files."""

from __future__ import annotations

import asyncio
import os
import shutil
from itertools import islice
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from smsreg.emulator import Emulator
from smsreg.emulator.core import log_file, state_log
from smsreg.emulator.core.journal import Journal
from smsreg.emulator.core.state_log import line_of, lines_of, read, replay
from tests.support.sampling import ALL_CASES

from . import growth

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SCOPE = "123456789012/us-east-1"


def ordered(document: Any) -> Any:
    """Convert a document so that comparisons include the order of an object's members."""
    if isinstance(document, dict):
        return [(key, ordered(value)) for key, value in document.items()]
    return [ordered(item) for item in document] if isinstance(document, list) else document


def records(document: dict[str, Any]) -> dict[str, Any]:
    """Return a snapshot without the empty tables that a read has created."""
    for state in document["states"].values():
        state["arns"] = dict(sorted(state["arns"].items()))  # their order is not visible
        state["tables"] = {name: table for name, table in state["tables"].items() if table}
    return document


def test_the_lines_of_every_operation_result_in_its_state() -> None:
    subject = growth.emulator(seed=5)
    journal = Journal(subject.accounts)
    subject.accounts.watch(journal.note)
    lines = list(lines_of(subject.accounts.parts(), subject.accounts.clock_offset))
    steps = 0

    def measured(_: str, act: Callable[[], Any]) -> Any:
        nonlocal steps
        with journal.request():
            response = act()
        changes, offset = journal.take()
        assert changes is not None
        lines.append(line_of(changes, offset))
        journal.written()
        steps += 1
        if steps % 100 == 0:
            assert records(read(b"".join(lines)).document) == records(subject.snapshot())
        return response

    growth.walk(subject, 5, 6, 0, measured)
    assert steps > 900
    assert records(read(b"".join(lines)).document) == records(subject.snapshot())
    # A compacted file, and an emulator that starts from it, have the same state.
    document = read(b"".join(lines)).document
    compacted = replay(lines_of(document["states"], document["clock_offset"]))
    assert compacted == document
    other = growth.emulator(seed=6)
    other.restore(compacted)
    assert records(other.snapshot()) == records(subject.snapshot())


def test_a_snapshot_in_pieces_and_concurrent_changes_result_in_the_state(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(state_log, "_MOST_CHANGES", 1)
    subject = growth.emulator(seed=9)
    journal = Journal(subject.accounts)
    subject.accounts.watch(journal.note)
    snapshot: list[bytes] = []
    changes_since: list[bytes] = []
    pieces = iter(())
    compared = 0

    def measured(_: str, act: Callable[[], Any]) -> Any:
        nonlocal pieces, compared
        with journal.request():
            response = act()
        snapshot.extend(islice(pieces, 5))
        is_complete = bool(snapshot) and b'"whole":true' in snapshot[-1]
        changes, offset = journal.take()
        assert changes is not None
        changes_since.append(line_of(changes, offset))
        journal.written()
        if is_complete:
            content = read(b"".join(snapshot + changes_since))
            assert records(content.document) == records(subject.snapshot())
            compared += 1
        if is_complete or not snapshot:
            snapshot.clear()
            changes_since.clear()
            pieces = lines_of(subject.accounts.parts(), subject.accounts.clock_offset)
            snapshot.append(next(pieces))
        return response

    growth.walk(subject, 9, 10, 0, measured)
    assert compared > 3


def test_every_operation_can_be_taken_back() -> None:
    subject = growth.emulator(seed=7)
    journal = Journal(subject.accounts)
    subject.accounts.watch(journal.note)
    changed: set[str] = set()

    def measured(name: str, act: Callable[[], Any]) -> Any:
        before, chance = subject.snapshot(), subject._world.chance.getstate()
        with journal.request():
            act()
        if subject.snapshot() != before:
            changed.add(name)
        journal.take()
        journal.undo()
        assert ordered(records(subject.snapshot())) == ordered(records(before)), name
        subject._world.chance.setstate(chance)
        with journal.request():
            response = act()
        journal.take()
        journal.written()
        return response

    growth.walk(subject, 7, 4 if ALL_CASES else 2, 0, measured)
    assert len(changed) > 60


def test_changes_without_a_request_are_kept_when_a_request_fails() -> None:
    subject = growth.emulator(seed=1)
    journal = Journal(subject.accounts)
    subject.accounts.watch(journal.note)
    subject.opt_out("Default", "+12065550100")
    with journal.request():
        subject.opt_out("Default", "+12065550101")
        subject.clock.advance(days=1)
    subject.opt_out("Default", "+12065550102")  # after the change that will fail
    journal.take()
    with pytest.raises(KeyError), journal.request():
        subject.approve("nothing")
    journal.undo()
    [table] = [s["tables"]["opt_out_lists"] for s in subject.snapshot()["states"].values()]
    assert list(table["Default"]["_numbers"]) == ["+12065550100"]
    assert subject.clock.offset == 0.0
    changes, _ = journal.take()
    assert changes is not None
    assert any("+12065550100" in path for path, *_ in changes)


async def test_a_reset_that_cannot_be_written_is_undone(tmp_path: Path, connect: Any) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    emulator = Emulator(state_file=folder / "state.json")
    await emulator.start()
    async with connect(emulator) as (sms, _):
        await sms.create_opt_out_list(OptOutListName="kept")
        before = emulator.snapshot()
        shutil.rmtree(folder)
        reset = f"{emulator.url}/_emulator/reset"
        async with aiohttp.ClientSession() as http, http.post(reset, data=b"{}") as response:
            assert response.status == 500
        assert emulator.snapshot() == before
        folder.mkdir()
    await emulator.stop()
    assert read((folder / "state.json").read_bytes()).document == before


async def test_a_file_that_is_cut_in_its_last_line_is_read_without_it(
    tmp_path: Path, connect: Any
) -> None:
    path = tmp_path / "state.json"
    async with Emulator(state_file=path) as emulator, connect(emulator) as (sms, _):
        await sms.create_opt_out_list(OptOutListName="first")
        await sms.create_opt_out_list(OptOutListName="second")
        whole = await asyncio.to_thread(path.read_bytes)
    start = whole.rstrip(b"\n").rfind(b"\n") + 1
    for end in (*range(start, len(whole), 7), len(whole) - 1):
        tables = read(whole[:end]).document["states"][SCOPE]["tables"]
        assert "first" in tables["opt_out_lists"]
        assert "second" not in tables["opt_out_lists"]
    path.write_bytes(whole[:-1])
    async with Emulator(state_file=path) as emulator, connect(emulator) as (sms, _):
        await sms.create_opt_out_list(OptOutListName="third")
    async with Emulator(state_file=path) as emulator, connect(emulator) as (sms, _):
        listed = await sms.describe_opt_out_lists()
        assert [one["OptOutListName"] for one in listed["OptOutLists"]] == [
            "Default",
            "first",
            "third",
        ]


def test_a_file_that_is_cut_before_its_changes_is_refused() -> None:
    whole = b"".join(lines_of(growth.emulator(seed=1).accounts.parts(), 0.0))
    assert read(whole).document["states"]
    for end in range(0, len(whole) - 1, 5):
        with pytest.raises(ValueError, match=r"not JSON|snapshot|JSON object|line"):
            read(whole[:end])


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense",
        b"[]",
        b"{",
        b'{"changes": 5}',
        b'{"changes": [5]}',
        b'{"changes": [[]]}',
        b'{"changes": [[[], 1]]}',
        b'{"changes": [["pools", 1]]}',
        b'{"changes": [[["a", "b"], 1, 2]]}',
        b'{"changes": [[[["a"], "b"], 1]]}',
    ],
)
def test_lines_that_are_no_changes_are_refused_by_number(line: bytes) -> None:
    lines = list(lines_of(growth.emulator(seed=1).accounts.parts(), 0.0))
    with pytest.raises(ValueError, match=f"line {len(lines) + 1}: "):
        read(b"".join(lines) + line + b"\n" + line_of([], 1.0))


async def test_a_long_file_is_compacted_while_changes_go_on(
    tmp_path: Path, connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_file, "COMPACTED_FROM", 3_000)
    path = tmp_path / "state.json"
    async with Emulator(state_file=path) as emulator, connect(emulator) as (sms, _):

        async def worker(name: str) -> None:
            await sms.create_configuration_set(ConfigurationSetName=name)
            for _ in range(40):
                await sms.set_default_sender_id(ConfigurationSetName=name, SenderId="A")
                await sms.delete_default_sender_id(ConfigurationSetName=name)

        await asyncio.gather(*(worker(f"set-{number}") for number in range(4)))
        for number in range(20):  # a compaction may take long on a busy machine
            await worker(f"more-{number}")
            if path.stat().st_size < 30_000:
                break
        await sms.create_configuration_set(ConfigurationSetName="last")
        before = emulator.snapshot()
    assert path.stat().st_size < 40_000  # a short look
    assert os.listdir(tmp_path) == [path.name]  # noqa: PTH208  # a list of names
    async with Emulator(state_file=path) as emulator:
        assert records(emulator.snapshot()) == records(before)
