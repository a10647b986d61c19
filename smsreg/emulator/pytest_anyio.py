"""The asynchronous halves of the fixtures where anyio runs the test.

anyio runs a fixture in the loop of the test that requests it, so one of each kind is enough.
"""

from __future__ import annotations

import pytest

from smsreg.emulator.pytest_lifetimes import make_closing, make_running

_running = pytest.fixture(name="_smsreg_running_anyio")(make_running())
_closing = pytest.fixture(name="_smsreg_closing_anyio")(make_closing())
