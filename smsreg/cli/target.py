"""The target of a command: the service, an endpoint, or an emulator inside this process."""

from __future__ import annotations

import contextlib
import os
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

STATE_VARIABLE = "SMSREG_EMULATOR_STATE"
"""Names the file in which ``--emulator`` keeps its state between commands; none by default."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """The options that select it."""

    emulator: bool = False
    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None

    @property
    def is_ambiguous(self) -> bool:
        """Whether both the emulator and the service are named."""
        return self.emulator and (self.region, self.profile, self.endpoint_url) != (None,) * 3

    def __str__(self) -> str:
        """The options, for a command line."""
        given = (
            ("--region", self.region),
            ("--profile", self.profile),
            ("--endpoint-url", self.endpoint_url),
        )
        options = [f"{name} {shlex.quote(value)}" for name, value in given if value is not None]
        return " ".join(["--emulator"] * self.emulator + options)


@contextlib.asynccontextmanager
async def open_target(target: Target) -> AsyncGenerator[Mapping[str, Any], None]:
    """Start the emulator, if that is the target, and yield the options of clients.

    Raises:
        OSError: The emulator cannot listen, or its state file cannot be read.
    """
    if not target.emulator:
        yield {
            "region_name": target.region,
            "profile_name": target.profile,
            "endpoint_url": target.endpoint_url,
        }
        return
    # The emulator is slow to import.
    from smsreg.cli.quickstart.target import own_environment
    from smsreg.emulator import Emulator

    with own_environment():
        async with Emulator(state_file=os.environ.get(STATE_VARIABLE)) as emulator:
            yield emulator.client_options
