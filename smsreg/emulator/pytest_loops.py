"""The asynchronous halves of the fixtures, one for each scope that a test's event loop can have.

pytest-asyncio runs a fixture in the loop of the scope that the fixture names, and a test in the
loop that the test chooses. An emulator only responds while its own loop runs, so there is one
fixture for each scope, and `pytest_plugin` selects the one that fits the test.
"""

from __future__ import annotations

from typing import Literal

import pytest_asyncio

from smsreg.emulator.pytest_lifetimes import make_closing, make_running

_Scope = Literal["function", "class", "module", "package", "session"]


def _define(scope: _Scope) -> None:
    fixture = pytest_asyncio.fixture
    running = fixture(loop_scope=scope, name=f"_smsreg_running_{scope}")(make_running())
    closing = fixture(loop_scope=scope, name=f"_smsreg_closing_{scope}")(make_closing())
    # pytest collects fixtures from a module's attributes.
    globals().update({f"running_{scope}": running, f"closing_{scope}": closing})


_define("function")
_define("class")
_define("module")
_define("package")
_define("session")
