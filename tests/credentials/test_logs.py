"""The debug log shows the source of credentials, but no secret."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from smsreg import CredentialsError
from smsreg._runtime.aws.log_filter import WITHHELD

from .conftest import MESSAGE, Services, send
from .sources import CONTAINER, GARBAGE, INSTANCE, PROCESS, SECRETS, SOURCES, Source, Tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.sampled

EVERY = [*SOURCES, PROCESS]


class Log(logging.Handler):
    """Keeps every record as a line with its arguments, and the tracebacks of botocore's records."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s: %(message)s"))
        self.lines: list[str] = []
        self.kept: list[object] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{self.format(record)} {record.args!r}")
        if record.name.startswith(("botocore", "aiobotocore")):
            self.kept.append(record.exc_info)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@pytest.fixture
def log() -> Iterator[Log]:
    root, handler = logging.getLogger(), Log()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.setLevel(level)
    root.removeHandler(handler)


def check(log: Log) -> None:
    for secret in (*SECRETS, GARBAGE.decode(), *MESSAGE.values()):
        assert secret not in log.text
    assert not any(log.kept)  # the frames of a traceback contain secrets


@pytest.mark.parametrize("source", EVERY, ids=str)
async def test_success(source: Source, services: Services, log: Log) -> None:
    await send(services.client(source))
    check(log)
    assert "Looking for credentials via: assume-role" in log.text
    assert WITHHELD in log.text  # the records of the call
    if source is INSTANCE:
        assert "Found credentials from IAM Role: a-role" in log.text


async def test_where_keys_were_found(services: Services, log: Log) -> None:
    services.settings.env.setenv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
    services.settings.env.setenv("AWS_SECRET_ACCESS_KEY", SECRETS[0])
    await send(services.client())
    check(log)
    assert "Found credentials in environment variables." in log.text


@pytest.mark.parametrize("mode", ["refusal", "500", "garbage"])
@pytest.mark.parametrize("source", EVERY, ids=str)
async def test_failure(
    source: Source, mode: str, services: Services, tokens: Tokens, log: Log
) -> None:
    tokens.mode = mode
    timeout = 0.5 if source is CONTAINER else 20.0  # its fetcher sleeps
    with pytest.raises(CredentialsError):
        await send(services.client(source, timeout=timeout))
    check(log)


async def test_refresh(services: Services, tokens: Tokens, log: Log) -> None:
    tokens.lifetime = 300.0
    client = services.client(SOURCES[0])
    await client.open()
    await send(client)
    log.lines.clear()
    tokens.mode = "refusal"
    with pytest.raises(CredentialsError):
        await send(client)
    check(log)
    assert "Credentials need to be refreshed." in log.text
    assert (
        "Refreshing temporary credentials failed during mandatory refresh period. "
        "(AssumeRoleWithWebIdentity was refused with AccessDenied: not yours)"
    ) in log.text
