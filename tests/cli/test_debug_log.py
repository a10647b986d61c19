"""A DEBUG log of the whole quickstart, with every logger on, contains none of the sent data."""

from __future__ import annotations

import functools
import logging
import re

import pytest
from aiobotocore.endpoint import AioEndpoint

from smsreg.cli import main
from smsreg.cli.quickstart.demo_data import OPTIONS, TEXTS

SHORTEST = 6
"""Shorter values, such as "US", occur in every log for other reasons."""


@pytest.fixture
def log_records():
    records: list[logging.LogRecord] = []
    handler = logging.Handler(logging.NOTSET)
    handler.emit = records.append
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.NOTSET)
    yield records
    root.removeHandler(handler)
    root.setLevel(level)


def data_in_log(records: list[logging.LogRecord], shown: str) -> list[str]:
    """Return the quickstart's data that occur in the log."""
    formatter = logging.Formatter("%(name)s %(levelname)s %(message)s")
    log = "\n".join(formatter.format(record) for record in records)
    assert "botocore" in log
    numbers = set(re.findall(r"\+1\d{10}", shown))
    values = {value for value in [*TEXTS.values(), *OPTIONS.values()] if len(value) >= SHORTEST}
    assert numbers
    assert len(values) >= 12
    secret = [*numbers, *values, "iVBORw0KGgo", "Signature=", "aws4_request", "secret_access_key"]
    return [value for value in secret if value in log]


def test_the_quickstart_leaves_nothing_personal_in_a_debug_log(log_records, capsys):
    assert main(["quickstart"]) == 0
    assert data_in_log(log_records, capsys.readouterr().out) == []


async def test_nor_does_it_on_the_ordinary_path(log_records, service, monkeypatch):
    # An instrumented client takes botocore's ordinary path, which logs every detail.
    shipped = AioEndpoint.make_request
    monkeypatch.setattr(AioEndpoint, "make_request", functools.partialmethod(shipped))
    ran = await service("--yes")
    assert ran.status == 0
    assert any(record.name == "botocore.auth" for record in log_records)
    assert data_in_log(log_records, ran.out) == []
