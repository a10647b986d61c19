"""DEBUG logging of all loggers shows none of the caller's data."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any

import pytest
from aiobotocore.session import get_session

from smsreg.errors import SmsregError
from tests.support.scripts import error, hang_up, raw, respond, time_out
from tests.support.server import Server

from .conftest import CREDENTIALS
from .samples import (
    CLASSES,
    PERSONAL,
    PHONE,
    READ,
    REST_UNSAFE,
    SERVER_TEXT,
    SESSION_TOKEN,
    SMS,
    TEXT,
    UNSAFE,
    via,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import Connect
    from .samples import Sample

pytestmark = pytest.mark.sampled

SAMPLES = (*CLASSES, *via("ordinary"), *via("session", "borrowed", of=(READ, UNSAFE, REST_UNSAFE)))


class Log(logging.Handler):
    """Keeps records, and each one formatted with its arguments."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
        self.records: list[logging.LogRecord] = []
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
        self.lines.append(f"{self.format(record)} {record.args!r}")

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@contextlib.contextmanager
def everything_logged() -> Iterator[Log]:
    log = Log()
    root = logging.getLogger()
    level = root.level
    root.addHandler(log)
    root.setLevel(logging.DEBUG)
    try:
        yield log
    finally:
        root.setLevel(level)
        root.removeHandler(log)


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
async def test_debug_logging(sample: Sample, connect: Connect) -> None:
    said = "no: " + " ".join(sample.strings)
    scripts = [
        respond(200, sample.good | {"Note": f"{PHONE} {SERVER_TEXT}"}),
        error("ValidationException", 400, said),
        respond(500, SERVER_TEXT.encode()),
        respond(200, SERVER_TEXT.encode()),
        respond(429, b""),
        respond(302, SERVER_TEXT.encode(), {"Location": "http://127.0.0.1:9/" + SERVER_TEXT}),
        raw(SERVER_TEXT.encode(), then="end"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{" + SERVER_TEXT.encode(), then="end"),
        hang_up,
        time_out(5),
    ]
    if sample.path == "borrowed":
        del scripts[5]  # the owner's HTTP session follows redirects
    asyncio.get_running_loop().set_debug(True)
    failed = 0
    with everything_logged() as log:
        async with Server(*scripts) as server, connect(sample, server.url) as client:
            for script in scripts:
                server.scripts[:] = [script]
                try:
                    await sample.call(client.with_options(timeout=5))
                except SmsregError as caught:
                    failed += 1
                    logging.getLogger("user").exception("failed", exc_info=caught)
    assert failed == len(scripts) - 1
    assert log.records
    for secret in (*PERSONAL, SERVER_TEXT, "Signature=", "X-Amz-Security-Token: "):
        assert secret not in log.text, secret


async def test_retries_are_logged(connect: Connect) -> None:
    with everything_logged() as log:
        async with (
            Server(respond(500, b""), respond(200, READ.good)) as server,
            connect(READ, server.url) as client,
        ):
            await READ.call(client)
    logged = [line for line in log.lines if line.startswith("smsreg INFO")]
    assert len(logged) == 1
    assert "DescribeOptedOutNumbers: attempt 1 failed (500)" in logged[0]
    assert "request-1" in logged[0]


async def plain_calls(aws_client: Any) -> list[tuple[str, str, str]]:
    """Return what a plain aiobotocore client logs about a call."""
    with everything_logged() as log:
        await aws_client.send_text_message(DestinationPhoneNumber=PHONE, MessageBody=TEXT)
    assert PHONE in log.text
    assert SESSION_TOKEN in log.text
    return [
        (record.name, record.levelname, str(record.msg))
        for record in log.records
        if record.name.startswith(("botocore", "aiobotocore"))
    ]


async def test_debug_logging_of_other_clients_is_as_it_was(connect: Connect) -> None:
    settings = {"region_name": "us-east-1", **CREDENTIALS}
    async with (
        Server(respond(200, UNSAFE.good)) as server,
        get_session().create_client(SMS.service_name, endpoint_url=server.url, **settings) as plain,
    ):
        await plain_calls(plain)
        before = await plain_calls(plain)
        async with connect(UNSAFE, server.url) as client:
            await UNSAFE.call(client)
            assert await plain_calls(plain) == before
            calls = asyncio.gather(*(UNSAFE.call(client) for _ in range(5)))
            assert await plain_calls(plain) == before
            await calls
        async with connect(via("borrowed", of=(UNSAFE,))[0], server.url) as client:
            await UNSAFE.call(client)
            assert await plain_calls(plain) == before
        assert await plain_calls(plain) == before
    assert len(before) > 5


async def test_no_filter_stays_on_the_loggers(connect: Connect) -> None:
    def filters() -> int:
        loggers = [logging.getLogger(name) for name in list(logging.root.manager.loggerDict)]
        return sum(len(logger.filters) for logger in loggers)

    async with Server(respond(200, READ.good)) as server:
        before = filters()
        async with connect(READ, server.url) as client, connect(READ, server.url):
            await READ.call(client)
            assert filters() > before
        assert filters() == before
