"""The commands against an emulator: their effects, output and exit status."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import stat
import subprocess
import sys

import pytest

from smsreg.cli import main
from smsreg.cli.output import Output


async def test_types(run):
    status, out, err = await run("types")
    assert (status, err) == (0, "")
    assert "US_TOLL_FREE_REGISTRATION\tUS toll-free number registration\n" in out


async def test_a_form_is_a_draft_to_be_filled_in(run, tmp_path):
    file = tmp_path / "brand.yaml"
    kind = "US_TEN_DLC_BRAND_REGISTRATION"
    status, out, _ = await run("form", kind)
    assert status == 0
    assert "companyInfo.companyName:" in out
    assert (await run("form", kind, "-o", file))[0] == 0
    assert file.read_text("utf-8") == out
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("mine", "utf-8")
    status, _, err = await run("form", kind, "-o", file)
    assert (status, file.read_text("utf-8")) == (2, "mine")
    assert "--force" in err
    assert (await run("form", kind, "-o", file, "--force"))[0] == 0
    assert file.read_text("utf-8") == out
    assert "TypedDict(" in (await run("form", kind, "--python"))[1]


async def test_an_unknown_type_names_the_nearest(run):
    status, _, err = await run("form", "US_TOLL_FREE")
    assert status == 1
    assert "did you mean US_TOLL_FREE_REGISTRATION?" in err


async def test_check(run, still, tmp_path, draft):
    good = draft("good.yaml")
    assert (await run("check", good))[:2] == (0, "acme/brand: no problems\n")
    bad = tmp_path / "bad.yaml"
    bad.write_text(good.read_text("utf-8").replace("contactInfo.website", "contactInfo.websit"))
    status, out, _ = await run("check", bad)
    assert status == 1
    assert "did you mean contactInfo.website? [unknown-field]" in out
    status, out, _ = await run("check", bad, "--ignore", "unknown-field", "--ignore", "required")
    assert (status, out) == (0, "acme/brand: no problems\n")
    assert {name for name in still.calls.operations if not name.startswith("Describe")} == set()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("key: a\nregistration_tpe: b\n", "line 2, column"),
        ("key: a\nkey: b\n", "the key key is there twice"),
        ("key: [a\n", "line 2, column 1"),
        ("", "there is no draft in it"),
        (None, "No such file"),
    ],
)
async def test_a_file_that_is_no_draft_is_a_usage_error(run, still, tmp_path, text, said):
    file = tmp_path / "draft.yaml"
    if text is not None:
        file.write_text(text, "utf-8")
    for name in ("check", "plan", "apply"):
        status, out, err = await run(name, file)
        assert (status, out) == (2, "")
        assert said in err
        assert "draft.yaml" in err
    assert still.calls.operations == []


async def test_check_finds_what_a_plan_finds_without_the_account(run, tmp_path):
    """Nothing is associated, so that the submission would be refused."""
    file = tmp_path / "vetting.json"
    file.write_text('{"key": "acme/vetting", "registration_type": "US_TEN_DLC_BRAND_VETTING"}')
    said = "must be associated before its submission: give a US_TEN_DLC_BRAND_REGISTRATION"
    for command in ("check", "plan"):
        status, out, _ = await run(command, file)
        assert status == 1
        assert said in " ".join(out.split())
    file.write_text(file.read_text()[:-1] + ', "associations": ["acme/brand"]}')
    assert (await run("check", file))[:2] == (0, "acme/vetting: no problems\n")


async def test_the_name_of_no_action_is_wrong_use(run, still, draft):
    status, out, err = await run("apply", draft(), "--confirm", "submit_registration")
    assert (status, out) == (2, "")
    assert "confirm has names of no action: submit_registration;" in " ".join(err.split())
    assert still.calls.operations == []


async def test_from_a_plan_to_complete(run, still, draft):
    file = draft()
    status, out, _ = await run("plan", file)
    assert status == 0
    assert out.startswith("acme/brand: to be created\n  1. create_registration ")
    assert "then waiting for: review" in out
    assert "CreateRegistration" not in still.calls.operations

    status, out, _ = await run("apply", file)
    assert status == 3
    assert "--confirm submit_registration_version" in out
    status, out, _ = await run("apply", file, "--confirm", "submit_registration_version")
    assert status == 3
    assert "done submit_registration_version" in out
    assert "waiting for: review" in out
    identifier = still.calls.of("SubmitRegistrationVersion")[0].params["RegistrationId"]
    assert (await run("apply", file, "--yes"))[0] == 3

    status, out, _ = await run("status", identifier)
    assert status == 3
    assert out.split("\t")[:4] == [
        identifier,
        "US_TEN_DLC_BRAND_REGISTRATION",
        "SUBMITTED",
        "reviewers",
    ]
    still.advance(seconds=120)
    assert (await run("status", identifier))[0] == 0
    status, out, _ = await run("apply", file)
    assert (status, "nothing is left to do" in out) == (0, True)
    assert len(still.calls.of("CreateRegistration")) == 1


async def test_apply_takes_several_files(run, draft):
    one = draft("one.yaml", "one")
    two = draft("two.yaml", "two")
    status, out, _ = await run("apply", one, two, "--yes")
    assert status == 3
    assert {"one: registration", "two: registration"} <= {
        line.partition("-")[0] for line in out.splitlines()
    }
    status, out, _ = await run("status")
    assert (status, out.count("SUBMITTED")) == (0, 2)


async def test_nothing_is_changed_for_a_form_with_problems(run, still, draft):
    file = draft(companyInfo_taxIdIssuingCountry="USA")
    status, out, err = await run("apply", file, "--yes")
    assert (status, out) == (1, "")
    assert "companyInfo.taxIdIssuingCountry" in err
    assert "CreateRegistration" not in still.calls.operations
    status, out, _ = await run("apply", file, "--json")
    found = json.loads(out)
    assert (status, found["error"]) == (1, "RegistrationError")
    assert found["problems"][0]["field"] == "companyInfo.taxIdIssuingCountry"


async def test_another_account_is_refused(run, still, draft):
    file = draft()
    status, _, err = await run("apply", file, "--yes", "--account", "210987654321")
    assert status == 1
    assert "210987654321 is expected" in err
    assert "CreateRegistration" not in still.calls.operations


async def test_a_registration_that_does_not_exist(run):
    status, out, err = await run("status", "registration-nope")
    assert (status, out) == (1, "")
    assert "no such registration" in err


async def test_texts_of_a_file_reach_the_terminal_as_texts(run, tmp_path, values):
    file = tmp_path / "brand.json"
    kind = "US_TEN_DLC_BRAND_REGISTRATION"
    key = "\x1b[2J[bold]a[/]\r\nacme: COMPLETE"
    document = {"key": key, "registration_type": kind, "values": values}
    file.write_text(json.dumps(document), "utf-8")
    for name in ("check", "plan"):
        status, out, err = await run(name, file)
        assert status in (0, 1)
        assert "\\x1b[2J[bold]a[/]\\r\\nacme: COMPLETE" in out + err
        assert "\x1b" not in out + err


def test_the_emulator_inside_keeps_its_state_in_a_file_where_one_is_named(
    tmp_path, monkeypatch, capsys, draft
):
    file = draft()
    assert main(["apply", str(file), "--emulator", "--no-submit"]) == 0
    capsys.readouterr()
    assert main(["status", "--emulator"]) == 0
    assert capsys.readouterr().out == "no registrations\n"
    monkeypatch.setenv("SMSREG_EMULATOR_STATE", str(tmp_path / "state.json"))
    assert main(["apply", str(file), "--emulator", "--no-submit"]) == 0
    capsys.readouterr()
    assert main(["status", "--emulator"]) == 0
    assert "US_TEN_DLC_BRAND_REGISTRATION\tCREATED\tyou" in capsys.readouterr().out


def test_region_is_asked_for(capsys):
    assert main(["types"]) == 2
    assert "region" in capsys.readouterr().err.lower()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send")
async def test_ctrl_c_ends_at_a_safe_point_and_says_how_to_continue(still, draft):
    file = draft()
    where = ["--endpoint-url", still.url, "--region", "us-east-1"]
    process = subprocess.Popen(  # noqa: S603, ASYNC220 -- its lines are read in a thread
        [sys.executable, "-m", "smsreg", "apply", str(file), "--yes", "--wait", *where],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    line = ""
    while "submit_registration_version" not in line:
        line = await asyncio.to_thread(process.stdout.readline)
        assert line
    process.send_signal(signal.SIGINT)
    _, err = await asyncio.to_thread(process.communicate, None, 30)
    assert process.returncode == 130
    assert "the same command goes on from here" in err
    assert "Traceback" not in err


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_is_for_terminals(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    shown = {}
    for name, out, err in (
        ("terminal", Terminal(), Terminal()),
        ("pipe", io.StringIO(), Terminal()),
        ("log", io.StringIO(), io.StringIO()),
    ):
        with Output(out, err).progress("working [bold]"):
            pass
        shown[name] = ("working [bold]" in out.getvalue(), "working [bold]" in err.getvalue())
    assert shown == {"terminal": (True, False), "pipe": (False, True), "log": (False, False)}
