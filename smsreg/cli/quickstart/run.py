"""``smsreg quickstart``: which steps to take where, and how it ended."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
from typing import TYPE_CHECKING, TextIO

from smsreg._version import __version__
from smsreg.cli.console import Console, bold, careful, dim, duration, good
from smsreg.cli.quickstart.report import Made, explain, quoted, report_made, where
from smsreg.cli.quickstart.steps import StepError, Steps
from smsreg.errors import SmsregError

if TYPE_CHECKING:
    from smsreg.cli.quickstart.choices import Choices
    from smsreg.cli.quickstart.target import Target

EXPECTED = (SmsregError, StepError, OSError)
"""Errors that are not bugs in this package."""

SUCCEEDED = 0
FAILED = 1
INTERRUPTED = 130

OPENING, LISTING, FLOW, WHATSAPP = 1, 3, 6, 2
"""How many steps each part has; known before the parts are loaded."""

ON_YES = """\
With --yes this creates, in the account of your AWS credentials:
  - a US toll-free phone number, WHICH COSTS MONEY every month until you release it
  - a toll-free registration, filled in with made-up demo values and submitted for review;
    expect the reviewers to deny it
  - a registration attachment, a small picture"""
ON_YES_WHATSAPP = "  - a WhatsApp media file, which is deleted again at the end"
NO_WHATSAPP = """\
The WhatsApp step was left out: it needs --whatsapp-phone-number-id and --whatsapp-media."""


def run(choices: Choices, out: TextIO, err: TextIO) -> int:
    """Run the quickstart and return its exit status."""
    console, errors = Console(io.StringIO() if choices.as_json else out), Console(err)
    steps = Steps(console)
    made: list[Made] = []
    try:
        _greet(console, choices)
        registration_id = asyncio.run(_run(choices, steps, made))
    except KeyboardInterrupt:
        errors.write(careful("smsreg quickstart interrupted"), f" {where(steps)}")
        _report_leftovers(errors, choices, made)
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except Exception as error:
        explain(errors, steps, error)
        _report_leftovers(errors, choices, made)
        if not isinstance(error, EXPECTED):
            raise  # A bug in smsreg, whose traceback is needed.
        return FAILED
    if choices.as_json:
        ended = {
            "steps": steps.number,
            "registration_id": registration_id,
            "complete": choices.embedded,
        }
        out.write(json.dumps(ended) + "\n")
    return SUCCEEDED


def _report_leftovers(errors: Console, choices: Choices, made: list[Made]) -> None:
    if made and not choices.embedded:
        report_made(errors, made, indent="  ")


def _greet(console: Console, choices: Choices) -> None:
    console.write(bold(f"smsreg {__version__} quickstart"))
    if choices.embedded:
        console.write(dim("in an emulator inside this process: no AWS account, no costs"))
        console.write()
        return
    if not choices.yes:
        console.write("read-only: nothing is created or changed without --yes")
        console.write()
        return
    console.write()
    for line in ON_YES.splitlines():
        console.write(careful(line))
    if choices.whatsapp is not None:
        console.write(careful(ON_YES_WHATSAPP))
    console.write()


async def _run(choices: Choices, steps: Steps, made: list[Made]) -> str | None:
    """Take the steps; returns the id of the registration that was made, if one was."""
    # The first step's time includes the imports.
    async with contextlib.AsyncExitStack() as stack:
        steps.total = _total(choices)
        title = "Start emulator, open clients" if choices.embedded else "Open the clients"
        with steps.step(title, "SMSVoiceClient, SocialMessagingClient") as step:
            from smsreg.cli.quickstart.target import open_target

            target = await stack.enter_async_context(open_target(choices))
            for name, client in (("sms and voice", target.sms), ("social", target.social)):
                step.row(name, str(client.aws_client.meta.endpoint_url))
            step.row("region", str(target.sms.aws_client.meta.region_name))
            step.summary = "ready"
        if choices.embedded or choices.yes:
            return await _everything(target, steps, made)
        await _only_read(target, steps)
        return None


def _total(choices: Choices) -> int:
    if not (choices.embedded or choices.yes):
        return OPENING + LISTING
    has_whatsapp = choices.embedded or choices.whatsapp is not None
    return OPENING + FLOW + (WHATSAPP if has_whatsapp else 0)


async def _only_read(target: Target, steps: Steps) -> None:
    from smsreg.cli.quickstart.listing import read_only

    await read_only(target, steps)
    console = steps.console
    console.write(good(f"Nothing was created or changed, in {duration(steps.elapsed)}."))
    console.write("The same with --yes goes on to create things:")
    for line in ON_YES.splitlines()[1:]:
        console.write(dim(line))


async def _everything(target: Target, steps: Steps, made: list[Made]) -> str:
    from smsreg.cli.quickstart import whatsapp
    from smsreg.cli.quickstart.flow import Flow

    flow = Flow(target, steps, made)
    await flow.run()
    if target.whatsapp is not None:
        await whatsapp.media(target.social, target.whatsapp, steps, made)
    console = steps.console
    took = duration(steps.elapsed)
    if target.embedded:
        console.write(good("COMPLETE"), f": {flow.registration_id}, in {took}")
        console.write(dim("Your own account, only read:  smsreg quickstart --region us-east-1"))
        console.write(dim("One company, many forms:  brand profiles, in docs/registration.md"))
        return flow.registration_id
    console.write(good("SUBMITTED"), f": {flow.registration_id}, in {took}")
    if target.whatsapp is None:
        console.write(dim(NO_WHATSAPP))
    console.write()
    console.write("A review takes days to weeks. To wait for it:")
    for line in _how_to_wait(target, flow.registration_id):
        console.write("    ", line)
    if made:
        console.write()
        report_made(console, made)
    return flow.registration_id


def _how_to_wait(target: Target, registration_id: str) -> list[str]:
    options = target.options
    given = (
        ("region_name", options.get("region_name")),
        ("endpoint_url", options.get("endpoint_url")),
        ("profile_name", options.get("profile_name")),
    )
    arguments = ", ".join(f"{name}={quoted(value)}" for name, value in given if value is not None)
    wait = f"wait_until_registration_complete(registration_id={quoted(registration_id)})"
    return [f"async with SMSVoiceClient({arguments}) as client:", f"    await client.{wait}"]
