"""The command line."""

from __future__ import annotations

import subprocess
import sys

import pytest

from smsreg import __version__
from smsreg.cli import main
from smsreg.cli.arguments import Choices, WhatsAppSource, parse

HEAVY = ("aiobotocore", "aiohttp", "asyncio", "botocore", "pydantic", "smsreg.sms_voice")


def test_version(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"smsreg {__version__}\n"


@pytest.mark.parametrize("arguments", [["--help"], ["quickstart", "--help"]])
def test_help(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    assert "quickstart" in capsys.readouterr().out


def test_no_command_is_answered_with_the_help(capsys):
    assert main([]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "usage: smsreg" in err


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--nope"], "unrecognized arguments"),
        (["--reg", "us-east-1"], "unrecognized arguments"),
        (["--region"], "expected one argument"),
        (["--endpoint-url", "http://example.com"], "must be https"),
        (["--endpoint-url", "nonsense"], "--endpoint-url must look like"),
        (["--endpoint-url", "https://me:pass@example.com"], "user, a password"),
        (["--region", "r", "--yes", "--whatsapp-media", "s3://bucket"], "s3://bucket/key"),
        (["--region", "r", "--yes", "--whatsapp-media", "s3://b/k"], "go together"),
        (["--region", "r", "--yes", "--whatsapp-phone-number-id", "p"], "go together"),
        (
            ["--whatsapp-phone-number-id", "p", "--whatsapp-media", "s3://b/k"],
            "together with --yes",
        ),
    ],
)
def test_wrong_use(arguments, reason, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["quickstart", *arguments])
    assert ended.value.code == 2
    err = capsys.readouterr().err
    assert reason in err
    assert "pass@" not in err


def test_an_unknown_command(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["quickstop"])
    assert ended.value.code == 2
    assert "quickstop" in capsys.readouterr().err


def test_without_options_it_is_the_emulator():
    choices = parse(["quickstart"])
    assert choices == Choices()
    assert choices.embedded


@pytest.mark.parametrize("option", ["--region", "--profile"])
def test_one_option_is_enough_for_the_service(option):
    choices = parse(["quickstart", option, "name"])
    assert choices is not None
    assert not choices.embedded
    assert not choices.yes


def test_whatsapp():
    media = ["--whatsapp-phone-number-id", "phone-number-id-1", "--whatsapp-media", "s3://b/k/l"]
    choices = parse(["quickstart", "--region", "us-east-1", "--yes", *media])
    assert choices is not None
    assert choices.whatsapp == WhatsAppSource(
        phone_number_id="phone-number-id-1", bucket="b", key="k/l"
    )


def test_importing_it_loads_nothing_heavy():
    code = f"import sys, smsreg.cli; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
