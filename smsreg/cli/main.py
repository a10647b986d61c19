"""From the command line to an exit status."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from smsreg.cli.arguments import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

FAILED = 1
BAD_USAGE = 2
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        argv: The arguments after the program's name; by default those of this process.

    Returns:
        The exit status: 0, 1 for a failure, 2 for wrong use, 130 after Ctrl-C.

    Raises:
        SystemExit: argparse has printed help or a version (0), or found a mistake (2).
    """
    try:
        choices = parse(sys.argv[1:] if argv is None else argv)
        if choices is None:
            return BAD_USAGE
        from smsreg.cli.quickstart.run import run  # noqa: PLC0415 -- takes its time

        return run(choices, sys.stdout, sys.stderr)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has gone. Python flushes stdout once more as it ends, and
        # that must not fail: https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
