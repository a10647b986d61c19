"""The ``smsreg`` command.

Importing this package costs next to nothing: what a command needs is imported when it runs.
"""

from smsreg.cli.main import main as main

__all__ = ["main"]
