"""The command line."""

from __future__ import annotations

import subprocess
import sys

import pytest

from smsreg import __version__
from smsreg.cli import main
from smsreg.cli.quickstart.choices import Choices, WhatsAppSource

MEDIA = ["--whatsapp-phone-number-id", "phone-number-id-1", "--whatsapp-media", "s3://b/k/l"]
HEAVY = ("aiobotocore", "aiohttp", "asyncio", "botocore", "pydantic", "smsreg.sms_voice", "typer")


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"smsreg {__version__}\n"


@pytest.mark.parametrize("arguments", [["--help"], ["quickstart", "--help"]])
def test_help(arguments, capsys):
    assert main(arguments) == 0
    assert "quickstart" in capsys.readouterr().out


def test_without_a_command_it_prints_the_help(capsys):
    assert main([]) == 2
    out, err = capsys.readouterr()
    assert "Usage: smsreg" in out + err


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--nope"], "No such option"),
        (["--reg", "us-east-1"], "No such option"),
        (["--region"], "requires an argument"),
        (["--endpoint-url", "http://example.com"], "must be https"),
        (["--endpoint-url", "nonsense"], "--endpoint-url must look like"),
        (["--endpoint-url", "https://me:pass@example.com"], "user, a password"),
        (["--emulator", "--region", "us-east-1"], "--emulator goes with none"),
        (
            [*MEDIA[:2], "--whatsapp-media", "s3://bucket", "--region", "r", "--yes"],
            "s3://bucket/key",
        ),
        (["--region", "r", "--yes", "--whatsapp-media", "s3://b/k"], "go together"),
        (["--region", "r", "--yes", "--whatsapp-phone-number-id", "p"], "go together"),
        (MEDIA, "together with --yes"),
    ],
)
def test_wrong_use(arguments, reason, capsys):
    assert main(["quickstart", *arguments]) == 2
    err = capsys.readouterr().err
    assert reason in " ".join(err.split())
    assert "pass@" not in err


def test_an_unknown_command(capsys):
    assert main(["quickstop"]) == 2
    assert "Did you mean 'quickstart'?" in capsys.readouterr().err


def chosen(monkeypatch, *options: str) -> Choices:
    """Return what the quickstart is run with."""
    found = []

    def run(choices, _out, _err):
        found.append(choices)
        return 0

    monkeypatch.setattr("smsreg.cli.quickstart.run.run", run)
    assert main(["quickstart", *options]) == 0
    return found[0]


@pytest.mark.parametrize("options", [[], ["--emulator"]])
def test_without_options_it_is_the_emulator(options, monkeypatch):
    choices = chosen(monkeypatch, *options)
    assert choices == Choices()
    assert choices.embedded


@pytest.mark.parametrize("option", ["--region", "--profile"])
def test_one_option_is_enough_for_the_service(option, monkeypatch):
    choices = chosen(monkeypatch, option, "name")
    assert not choices.embedded
    assert not choices.yes


def test_whatsapp(monkeypatch):
    choices = chosen(monkeypatch, "--region", "us-east-1", "--yes", *MEDIA)
    assert choices.whatsapp == WhatsAppSource(
        phone_number_id="phone-number-id-1", bucket="b", key="k/l"
    )


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_without_the_extra_the_message_says_how_to_install_it(missing):
    code = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from smsreg.cli import main; sys.exit(main(['types', '--emulator']))"
    )
    done = subprocess.run(  # noqa: S603 -- our own command
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "pip install 'smsreg[cli]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_is_a_module_too():
    done = subprocess.run(
        [sys.executable, "-m", "smsreg", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"smsreg {__version__}\n"


def test_the_emulator_has_its_own_options(capsys):
    assert main(["emulator", "--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("usage: smsreg emulator")
    assert "--review-seconds" in out
    assert main(["emulator", "--port", "none"]) == 2


def test_importing_it_loads_nothing_heavy():
    code = f"import sys, smsreg.cli; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(  # noqa: S603 -- our own command
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
