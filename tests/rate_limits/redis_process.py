"""A Redis server on loopback, for tests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

TIMEOUT = 20.0


class RedisProcess:
    """A server without persistence, which can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = [binary(), "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._process = subprocess.Popen(  # noqa: S603 -- our own command
            [*command, "--dir", str(self._folder)], stdout=subprocess.DEVNULL
        )
        end = time.monotonic() + TIMEOUT
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError("the Redis server did not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def binary() -> str:
    """Return the path of redis-server; if missing, CI fails unless it could not be installed."""
    found = shutil.which("redis-server")
    if found is None:
        missing = "redis-server is not installed: apt-get install redis-server"
        if os.environ.get("CI") and "redis-server" not in os.environ.get("SMSREG_WITHOUT", ""):
            pytest.fail(missing)
        pytest.skip(missing)
    return found
