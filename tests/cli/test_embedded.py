"""``smsreg quickstart`` without options: with the embedded emulator."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from smsreg.cli import main
from smsreg.cli.quickstart.target import own_environment
from smsreg.emulator import Emulator


def run(*arguments, **environment):
    return subprocess.run(  # noqa: S603 -- our own command
        [sys.executable, "-W", "error", "-m", "smsreg.cli", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONUTF8": "1", **environment},
    )


@pytest.fixture(scope="module")
def done():
    return run("quickstart")


def test_it_ends_with_a_complete_registration(done):
    assert done.returncode == 0
    steps = r"SUBMITTED.*REVIEWING.*COMPLETE.*version 1 is approved"
    assert re.search(steps, done.stdout, re.DOTALL)
    last = r"^COMPLETE: registration-\w+, in "
    assert re.search(last, done.stdout, re.MULTILINE)


def test_its_steps_are_numbered_through(done):
    headings = re.findall(r"^ ?(\d+)/(\d+) ", done.stdout, re.MULTILINE)
    assert headings == [(str(number), "9") for number in range(1, 10)]


@pytest.mark.parametrize(
    "line",
    [
        r"\* companyName +Example Bakery",
        r"\* businessType +PRIVATE_PROFIT",
        r"\* optInImage +a picture",
        r"attachment +attachment-\w+",
        r"phone number +\+1\d{10}",
        r" +address2 +\(optional, left empty\)",
        r" +✓ 24 of 27 fields filled in, all the required ones · [\d.]+ m?s",
    ],
)
def test_it_shows_the_responses(done, line):
    assert re.search(rf"^ *{line}$", done.stdout, re.MULTILINE)


def test_it_fits_a_terminal(done):
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_it_leaves_nothing_open_and_uses_no_colour(done):
    assert done.stderr == ""
    assert "\x1b" not in done.stdout


def test_what_an_ascii_stream_cannot_show_is_replaced():
    done = run("quickstart", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert "ok ready - " in done.stdout


def test_settings_of_this_machine_do_not_matter():
    nowhere = "http://127.0.0.1:9"
    done = run(
        "quickstart",
        AWS_PROFILE="missing",
        AWS_ENDPOINT_URL=nowhere,
        AWS_MAX_ATTEMPTS="many",
        HTTP_PROXY=nowhere,
        http_proxy=nowhere,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_environment_is_restored(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.delenv("AWS_CONFIG_FILE")
    before = dict(os.environ)
    with own_environment():
        assert "AWS_PROFILE" not in os.environ
        assert os.environ["AWS_CONFIG_FILE"] == os.devnull
    assert dict(os.environ) == before


def test_a_failure_names_the_step_and_leaves_nothing_to_clean_up(monkeypatch, capsys):
    def faulty(**settings):
        emulator = Emulator(**settings)
        emulator.faults.error("SubmitRegistrationVersion", code="ConflictException", message="no")
        return emulator

    monkeypatch.setattr("smsreg.cli.quickstart.target.Emulator", faulty)
    assert main(["quickstart"]) == 1
    out, err = capsys.readouterr()
    assert "✗ failed" in out
    assert "failed in step 6 of 9: Submit it for review" in err
    assert "ConflictException from SubmitRegistrationVersion: no (HTTP 400, request id" in err
    assert "exist now" not in err


def test_a_denial_is_reported_with_its_reasons(monkeypatch, capsys):
    def strict(**settings):
        emulator = Emulator(**settings)

        def deny(event):
            details = event["detail"].get("registrationDetails", {})
            if details.get("currentStatus") == "REVIEWING":
                website = {"companyInfo.website": "not reachable"}
                emulator.deny(details["registrationId"], fields=website)

        emulator.on_event(deny)
        return emulator

    monkeypatch.setattr("smsreg.cli.quickstart.target.Emulator", strict)
    assert main(["quickstart"]) == 1
    err = capsys.readouterr().err
    assert "failed in step 7 of 9: Wait for the review" in err
    assert "REQUIRES_UPDATES" in err
    assert "companyInfo.website: not reachable" in err


def test_a_defect_is_shown_with_its_step_and_raised(monkeypatch, capsys):
    def broken(_):
        raise KeyError("secret")

    monkeypatch.setattr("smsreg.cli.quickstart.flow.demo_draft", broken)
    with pytest.raises(KeyError):
        main(["quickstart"])
    err = capsys.readouterr().err
    assert "failed in step 3 of 9: Check a draft of the form" in err
    assert "secret" not in err


def test_a_closed_pipe_ends_it_quietly():
    shell = f"{sys.executable} -m smsreg.cli quickstart | head -n 1"
    done = subprocess.run(  # noqa: S602 -- a pipe is what is tested
        shell, shell=True, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.startswith("smsreg ")
    assert done.stderr == ""
