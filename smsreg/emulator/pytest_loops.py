"""The asynchronous halves of the fixtures, one for each scope that a test's event loop can have.

pytest-asyncio runs a fixture in the loop of the scope that the fixture names, and a test in the
loop that the test chooses. An emulator only answers while its own loop runs, so there is one
fixture for each, and `pytest_plugin` takes the one that fits the test.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Literal

import pytest_asyncio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from smsreg.emulator import Emulator

_Scope = Literal["function", "class", "module", "package", "session"]


def _define(scope: _Scope) -> None:
    @pytest_asyncio.fixture(loop_scope=scope, name=f"_smsreg_running_{scope}")
    async def running() -> AsyncIterator[Emulator]:
        from smsreg.emulator import Emulator  # noqa: PLC0415  # it takes time

        async with Emulator() as emulator:
            yield emulator
        if emulator.unexpected:
            # Clients saw it as an internal error of the service, which it is not.
            raise emulator.unexpected[0]

    @pytest_asyncio.fixture(loop_scope=scope, name=f"_smsreg_closing_{scope}")
    async def closing() -> AsyncIterator[AsyncExitStack]:
        async with AsyncExitStack() as stack:
            yield stack

    # pytest looks for fixtures among a module's attributes.
    globals().update({f"running_{scope}": running, f"closing_{scope}": closing})


_define("function")
_define("class")
_define("module")
_define("package")
_define("session")
