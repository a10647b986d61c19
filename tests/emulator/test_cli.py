"""The command: every setting has a flag, and an invalid value exits with status 2, naming it."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest

from smsreg.emulator.cli import _emulator, _parser, main
from smsreg.emulator.core.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

TYPE = {
    "type": "XX_TEST",
    "title": "Test",
    "sections": [{"path": "a", "title": "A", "fields": [{"path": "b", "title": "B"}]}],
}
FLAGS: dict[str, tuple[list[str], Any]] = {
    "region": (["--region", "eu-west-1"], "eu-west-1"),
    "account_id": (["--account", "210987654321"], "210987654321"),
    "review_seconds": (["--review-seconds", "never"], None),
    "incomplete_submit": (["--incomplete-submit", "deny"], "deny"),
    "attachment_limit": (["--attachment-limit", "500"], 500),
    "account_tier": (["--tier", "SANDBOX"], "SANDBOX"),
    "read_delay": (["--read-delay", "1.5"], 1.5),
    "quotas": (["--quota", "POOLS=3"], {**Settings().quotas, "POOLS": 3}),
    "spend_limits": (["--spend-limit", "TEXT=5"], {"TEXT": 5}),
    "receipts": (["--no-receipts"], False),
    "verification_code": (["--verification-code", "123456"], "123456"),
}


@pytest.mark.parametrize("field", dataclasses.fields(Settings), ids=lambda field: field.name)
def test_every_setting_has_a_flag(field: Any) -> None:
    arguments, value = FLAGS[field.name]
    emulator = _emulator(_parser("emulator").parse_args(arguments))
    assert getattr(emulator.settings, field.name) == value != getattr(Settings(), field.name)
    assert emulator.accounts.default_scope == (
        emulator.settings.account_id,
        emulator.settings.region,
    )


def test_files_of_faults_and_types(tmp_path: Path) -> None:
    faults, kind = tmp_path / "faults.json", tmp_path / "type.json"
    faults.write_text(json.dumps([{"fault": "throttle", "operation": "describe_pools"}]))
    kind.write_text(json.dumps(TYPE))
    arguments = ["--faults", str(faults), "--registration-type", str(kind), "--seed", "3"]
    emulator = _emulator(_parser("emulator").parse_args(arguments))
    assert [fault.operation for fault in emulator.faults] == ["DescribePools"]
    assert emulator.catalogue.get("XX_TEST")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--port", "x"], "--port"),
        (["--tier", "GOLD"], "--tier"),
        (["--review-seconds", "x"], "--review-seconds"),
        (["--review-seconds", "nan"], "review_seconds"),
        (["--review-seconds", "-1"], "review_seconds"),
        (["--read-delay", "inf"], "read_delay"),
        (["--attachment-limit", "0"], "attachment_limit"),
        (["--quota", "POOLS"], "--quota"),
        (["--quota", "POOLS=x"], "--quota"),
        (["--quota", "POOLS=-1"], "quotas"),
        (["--quota", "NONSENSE=1"], "NONSENSE"),
        (["--spend-limit", "FAX=1"], "spend_limits"),
        (["--verification-code", "1-2"], "verification_code"),
        (["--region", "../x"], "region"),
        (["--account", "12"], "account"),
        (["--allow-host", "a:80"], "allow_hosts"),
        (["--seed", "x"], "--seed"),
        (["--events-to", "nowhere"], "events_to"),
        (["--events-to", "ftp://127.0.0.1/"], "events_to"),
        (["--events-to", "http://127.0.0.1:99999/"], "events_to"),
        (["--incomplete-submit", "ignore"], "--incomplete-submit"),
        (["--faults", "/nonexistent"], "--faults /nonexistent"),
        (["--registration-type", "/nonexistent"], "--registration-type /nonexistent"),
        (["--state", "/nonexistent/state.json"], "/nonexistent/state.json"),
        (["--host", "256.256.256.256"], "256.256.256.256"),
        (["--what"], "--what"),
    ],
)
def test_nonsense_ends_in_status_2(
    arguments: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status = main(["--port", "0", *arguments])
    except SystemExit as end:
        status = int(end.code or 0)
    printed = capsys.readouterr()
    assert (status, printed.out) == (2, "")
    assert word in printed.err


@pytest.mark.parametrize(
    ("flag", "content", "word"),
    [
        ("--faults", "{", "not JSON"),
        ("--faults", "{}", "list"),
        ("--faults", '[{"fault": "throttle"}, {"fault": "throttle", "times": 0}]', "[1].times"),
        ("--faults", '[{"fault": "throttle", "operation": "X"}]', "[0].operation"),
        ("--registration-type", "[]", "registration type"),
        ("--registration-type", '{"type": "X"}', "title"),
    ],
)
def test_files_that_hold_something_else(
    flag: str, content: str, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "file.json"
    path.write_text(content)
    assert main(["--port", "0", flag, str(path)]) == 2
    printed = capsys.readouterr().err
    assert f"{flag} {path}: " in printed
    assert word in printed
