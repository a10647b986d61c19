"""watch, explain, revise and pull, and doctor."""

from __future__ import annotations

import asyncio
import socket

import pytest

from smsreg.cli import main
from smsreg.emulator import Emulator
from smsreg.registration import RegistrationDraft

CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


@pytest.fixture
async def denied(run, still, draft) -> str:
    """A registration whose first version was denied."""
    assert (await run("apply", draft(), "--yes"))[0] == 3
    (registration,) = still.controls().registrations
    reason = "\x1b[2J[red]not reachable[/]\nCOMPLETE"
    still.controls().deny(registration["id"], fields={"contactInfo.website": reason})
    return registration["id"]


async def test_from_a_denial_to_complete(run, still, denied, draft, tmp_path):
    assert (await run("status", denied))[0] == 1
    status, out, _ = await run("apply", draft())
    assert (status, f"smsreg explain {denied}" in out) == (1, True)
    status, out, _ = await run("explain", denied)
    assert status == 0
    assert "field contactInfo.website: \\x1b[2J[red]not reachable[/]\\nCOMPLETE\n" in out

    fixes = tmp_path / "fixes.yaml"
    fixes.write_text("contactInfo.website: https://www.dental.example\n", "utf-8")
    status, out, _ = await run("revise", denied, fixes)
    assert (status, "--confirm submit_registration_version" in out) == (3, True)
    status, out, _ = await run("revise", denied, fixes, "--yes")
    assert (status, "waiting for: review" in out) == (3, True)
    still.controls().approve(denied)
    assert (await run("watch", denied))[:2] == (0, f"{denied}  COMPLETE\n")
    assert (await run("watch"))[:2] == (0, f"{denied}  COMPLETE\n")


async def test_a_denial_ends_a_watch(run, denied):
    status, out, _ = await run("watch", denied)
    assert (status, out) == (1, f"{denied}  REQUIRES_UPDATES\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a\n", (2, "line 1, column 1")),
        (
            "contactInfo.websit: https://www.dental.example\n",
            (1, "did you mean contactInfo.website"),
        ),
        ("contactInfo.website: https://dental.example\n", (1, "the fixes change nothing")),
    ],
)
async def test_fixes_that_do_not_fix(run, denied, tmp_path, text, expected):
    status, said = expected
    file = tmp_path / "fixes.yaml"
    file.write_text(text, "utf-8")
    ended, out, err = await run("revise", denied, file, "--yes")
    assert (ended, out) == (status, "")
    assert said in err


async def test_what_was_not_denied(run, still, draft):
    await run("apply", draft(), "--no-submit")
    (registration,) = still.controls().registrations
    status, out, _ = await run("explain", registration["id"])
    assert (status, out) == (0, f"{registration['id']}: no version was denied\n")


async def test_a_pulled_draft_has_nothing_left_to_do(run, still, draft, tmp_path):
    await run("apply", draft(), "--yes")
    (registration,) = still.controls().registrations
    still.controls().approve(registration["id"])
    file = tmp_path / "pulled.yaml"
    assert (await run("pull", registration["id"], "-o", file))[0] == 0
    assert RegistrationDraft.read(file).registration_id == registration["id"]
    assert (await run("pull", registration["id"]))[1] == file.read_text("utf-8")
    status, out, _ = await run("plan", file)
    assert (status, "nothing to do" in out) == (0, True)
    assert (await run("pull", registration["id"], "-o", file))[0] == 2


@pytest.mark.parametrize("name", ["explain", "pull", "watch", "status"])
async def test_a_registration_that_is_not_there(run, name):
    status, out, err = await run(name, "registration-unknown")
    assert (status, out) == (1, "")
    assert "registration" in err
    assert "Traceback" not in err


async def test_a_healthy_account(run, still):
    status, out, err = await run("doctor")
    assert (status, err) == (0, "")
    assert "account: 123456789012" in out
    assert "quota REGISTRATIONS: 0 of 25 used" in out
    assert "missing" not in out
    assert all(name.startswith(("Describe", "List")) for name in still.calls.operations)


async def test_a_missing_permission_is_named(run, still):
    still.faults.error("DescribePhoneNumbers", code="AccessDeniedException", message="no")
    status, out, _ = await run("doctor")
    assert status == 1
    assert "read DescribePhoneNumbers: allow sms-voice:DescribePhoneNumbers by an IAM" in out
    assert out.count("missing") == 1


OTHER_READS = [
    ("ListLinkedWhatsAppBusinessAccounts", "for WhatsApp, allow social-messaging:"),
    ("ListBrandProfiles", "for brand profiles, jobs and passcodes, allow end-user-messaging:"),
    ("ListJobs", "for brand profiles, jobs and passcodes, allow end-user-messaging:"),
]


@pytest.mark.parametrize(("operation", "advice"), OTHER_READS)
async def test_a_permission_for_another_service_is_a_note(run, still, operation, advice):
    still.faults.error(operation, code="AccessDeniedException", message="no")
    status, out, _ = await run("doctor")
    assert status == 0
    assert f"note    read {operation}: {advice}{operation} by an IAM policy" in out
    assert out.count("note") == 1
    assert out.count("allowed") == 8 + 4 - 1


@pytest.mark.parametrize("name", ["SOCIALMESSAGING", "ENDUSERMESSAGING"])
async def test_another_service_that_cannot_be_reached_is_a_note(still, monkeypatch, capsys, name):
    with socket.socket() as refusing:
        refusing.bind(("127.0.0.1", 0))  # bound, but not listening
        endpoint = f"http://127.0.0.1:{refusing.getsockname()[1]}"
        monkeypatch.setenv("AWS_ENDPOINT_URL", still.url)
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{name}", endpoint)
        status = await asyncio.to_thread(main, ["doctor", "--region", "us-east-1"])
    out = capsys.readouterr().out
    assert status == 0
    assert f"endpoint of {name.lower()}: {endpoint}" in out
    (note,) = [line for line in out.splitlines() if "note" in line]
    assert "no connection" in note


async def test_a_quota_that_is_used_up(monkeypatch, capsys):
    async with Emulator(quotas={"REGISTRATIONS": 0}, account_tier="SANDBOX") as emulator:
        monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.url)
        status = await asyncio.to_thread(main, ["doctor", "--region", "us-east-1"])
    out = capsys.readouterr().out
    assert status == 1
    assert "missing quota REGISTRATIONS: 0 of 0 used: delete" in out
    assert "note    tier: SANDBOX" in out


async def test_missing_credentials(run, monkeypatch):
    for name in CREDENTIALS:
        monkeypatch.delenv(name)
    status, out, _ = await run("doctor")
    assert status == 1
    assert "missing credentials: no AWS credentials were found" in out


async def test_credentials_that_the_service_does_not_know(run, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    status, out, _ = await run("doctor")
    assert status == 1
    assert "missing credentials: the service does not accept them" in out
    assert "somebody" not in out
