"""``smsreg emulator``: the emulator as a server of its own."""

import typer


def emulator(context: typer.Context) -> None:
    """Serve the emulator until Ctrl-C; --help lists its options."""
    from smsreg.emulator.cli import main

    raise typer.Exit(main(context.args, prog="smsreg emulator"))
