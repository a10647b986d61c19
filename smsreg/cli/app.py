"""The command with all its subcommands; what each needs is imported when it runs."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from smsreg._version import __version__
from smsreg.cli.apply import apply
from smsreg.cli.check import check
from smsreg.cli.doctor import doctor
from smsreg.cli.emulator import emulator
from smsreg.cli.explain import explain
from smsreg.cli.form import form
from smsreg.cli.plan import plan
from smsreg.cli.pull import pull
from smsreg.cli.quickstart.command import quickstart
from smsreg.cli.revise import revise
from smsreg.cli.session import command
from smsreg.cli.status import status
from smsreg.cli.types import types
from smsreg.cli.watch import watch

app: typer.Typer = typer.Typer(
    name="smsreg",
    help="Registrations of AWS End User Messaging, from an empty form to an approved number.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(value: bool) -> None:  # noqa: FBT001 -- typer calls it so
    if value:
        typer.echo(f"smsreg {__version__}")
        raise typer.Exit


@app.callback()
def root(
    *,
    _show_version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Registrations of AWS End User Messaging, from an empty form to an approved number."""


def _add(body: Callable[..., Awaitable[int]]) -> None:
    app.command()(command(body))


for _body in (types, form, check, plan, apply, status, watch, explain, revise, pull, doctor):
    _add(_body)
app.command()(quickstart)
app.command(
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)(emulator)
