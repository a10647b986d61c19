"""Finds the programs that some tests run: a browser, a Redis server, Node.js."""

from __future__ import annotations

import os
import shutil

import pytest


def program(package: str, *names: str) -> str:
    """Return the path of a program, or skip the test.

    In CI a missing program is a failure, unless CI has declared that the package cannot be
    installed there.

    Args:
        package: The Debian package that provides it.
        names: The names that the program may have; by default the package's.
    """
    for name in names or (package,):
        found = shutil.which(name)
        if found is not None:
            return found
    why = f"needs {package}: on Debian, apt-get install {package}"
    if os.environ.get("CI") and package not in os.environ.get("SMSREG_WITHOUT", "").split():
        pytest.fail(why)
    pytest.skip(why)
