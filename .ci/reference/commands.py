"""Writes the reference of the two command lines from their definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer.main

from smsreg.cli.app import app
from smsreg.emulator.cli import _parser

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

COMMANDS_TOP = """\
# The command line: every option

Written from the command itself. What the commands print, and how they work together, is on
[its page](../cli.md).
"""
FLAGS_TOP = """\
# The emulator: every flag

The flags of `python -m smsreg.emulator` and `smsreg emulator`. The parameters of
[`Emulator`](../emulator-api.md) have the same meaning.
"""


def commands_page() -> str:
    """Every command with its arguments and options."""
    group = typer.main.get_command(app)
    text = COMMANDS_TOP
    for name, command in group.commands.items():  # type: ignore[attr-defined]  # typer's application is a group
        text += f"\n## smsreg {name} {{ #{name} }}\n\n{_first(command.help)}\n"
        rows = [row for row in map(_row, command.params) if row]
        if name == "emulator":
            text += "\nIt takes [the emulator's flags](emulator-flags.md).\n"
        elif rows:
            text += "\n| argument or option | |\n|---|---|\n" + "".join(rows)
    return text


def _row(parameter: typer.core.TyperArgument | typer.core.TyperOption) -> str:
    if parameter.param_type_name == "argument":
        shown = [f"{parameter.name}".upper() + ("…" if parameter.nargs == -1 else "")]
    else:
        shown = [*parameter.opts, *parameter.secondary_opts]
    names = ", ".join(f"`{name}`" for name in shown)
    return f"| {names} | {_first(parameter.help).replace('|', chr(92) + '|')} |\n"


def _first(text: str | None) -> str:
    return " ".join((text or "").split("\n\n")[0].split())


def flags_page() -> str:
    """Every flag of the emulator."""
    return f"{FLAGS_TOP}\n| flag | |\n|---|---|\n" + "".join(_flags(_parser()._actions))  # noqa: SLF001 -- argparse has no public list of them


def _flags(actions: Iterable[argparse.Action]) -> Iterable[str]:
    for action in actions:
        names = ", ".join(f"`{name}`" for name in action.option_strings)
        value = action.metavar or " or ".join(action.choices or ())
        shown = f"{names} `{value}`" if value else names
        said = (action.help or "").replace("%(default)s", str(action.default))
        yield f"| {shown} | {said} |\n"
