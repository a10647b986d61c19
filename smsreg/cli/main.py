"""From the command line to an exit status."""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, TextIO

from smsreg.cli.exit_status import BAD_USAGE, FAILED, INTERRUPTED

if TYPE_CHECKING:
    from collections.abc import Sequence

WITHOUT_THE_EXTRA = """\
smsreg: the command needs typer, rich and PyYAML, which the extra cli brings:
    pip install 'smsreg[cli]'
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        argv: The arguments after the program's name; by default those of this process.

    Returns:
        The exit status: 0 done, 1 the service or the form says no, 2 wrong use, 3 waits for a
        review, 130 after Ctrl-C.
    """
    for stream in (sys.stdout, sys.stderr):
        _show_what_it_can(stream)
    try:
        importlib.import_module("rich")  # which the commands import later
        from smsreg.cli.app import app
    except ModuleNotFoundError as error:
        if error.name not in ("rich", "typer"):
            raise
        sys.stderr.write(WITHOUT_THE_EXTRA)
        return BAD_USAGE
    try:
        app(args=list(sys.argv[1:] if argv is None else argv), prog_name="smsreg")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of the output has closed it. Python flushes stdout once more at exit, and that
        # must not fail: https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return 0


def _show_what_it_can(stream: TextIO) -> None:
    """Let characters that the stream's encoding lacks become question marks."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
