"""The warning that the fast path is off: once per client, with the reason, and not for hooks."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
import wrapt
from aiobotocore.client import AioBaseClient
from aiobotocore.endpoint import AioEndpoint

from smsreg._runtime.aws import upstream
from tests.support.scripts import respond

from .conftest import JSON, every_service

if TYPE_CHECKING:
    from tests.support.server import Server

    from .conftest import Connect, Sample


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    found = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert {record.name for record in found} <= {"smsreg"}
    return [record.message for record in found]


def passing(wrapped: Any, _: Any, args: Any, kwargs: Any) -> Any:
    return wrapped(*args, **kwargs)


@every_service
@pytest.mark.parametrize(
    "patched",
    [
        (AioBaseClient, "_make_request", "_make_request"),
        (AioEndpoint, "_get_response", "AioEndpoint._get_response"),
    ],
)
async def test_a_patched_method(
    *,
    patched: tuple[type[Any], str, str],
    sample: Sample,
    server: Server,
    connect: Connect,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    owner, name, said = patched
    wrapper = wrapt.FunctionWrapper(owner.__dict__[name], passing)
    monkeypatch.setattr(owner, name, wrapper)
    server.scripts = [respond(200, sample.good)]
    async with connect(sample, server) as client, connect(sample, server) as other:
        for _ in range(3):
            await sample.call(client)
        await sample.call(other)
    (first, second) = warnings(caplog)
    assert first == second
    assert first.startswith("the fast path is off")
    assert first.endswith(f": {said}")


async def test_a_missing_private_name(
    server: Server,
    connect: Connect,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone = upstream.Name(
        "aiobotocore.client:AioBaseClient", "_of_yesterday", "why", upstream.Without.ORDINARY
    )
    monkeypatch.setattr(upstream, "LEDGER", (*upstream.LEDGER, gone))
    server.scripts = [respond(200, JSON.good)]
    async with connect(JSON, server) as client:
        for _ in range(2):
            await JSON.call(client)
        await client.warm_up()
    (said,) = warnings(caplog)
    assert said.endswith("has no AioBaseClient._of_yesterday")


async def test_an_emitter_of_another_make(
    server: Server, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    """If handlers cannot be looked up, calls take the ordinary path."""
    server.scripts = [respond(200, JSON.good)]
    async with connect(JSON, server) as client:
        emitter = client.aws_client.meta.events._emitter
        kept = emitter._lookup_cache
        del emitter._lookup_cache
        await client.warm_up()
        emitter._lookup_cache = kept
        await JSON.call(client)
    (said,) = warnings(caplog)
    assert "_lookup_cache" in said


async def test_a_missing_method(
    server: Server,
    connect: Connect,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server.scripts = [respond(200, JSON.good)]
    monkeypatch.setattr(
        "smsreg._runtime.aws.interception.OTHER_METHODS", ((AioEndpoint, "_of_yesterday"),)
    )
    async with connect(JSON, server) as client:
        for _ in range(2):
            await JSON.call(client)
    (said,) = warnings(caplog)
    assert said.endswith("has no _of_yesterday")


async def test_hooks_of_the_user_are_ordinary(
    server: Server, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    server.scripts = [respond(200, JSON.good)]
    async with connect(JSON, server) as client:
        client.aws_client.meta.events.register("before-send", lambda **_: None)
        await JSON.call(client)
    assert warnings(caplog) == []
