"""The ledger of the private names of aiobotocore, botocore and aiohttp that smsreg relies on."""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
import logging
from pathlib import Path
from typing import Any

import botocore
import pytest
import wrapt
from aiobotocore.session import AioSession
from aiohttp import ClientSession
from botocore.loaders import Loader

from smsreg import ConfigurationError, SMSVoiceClient, UnsupportedOperationError
from smsreg._runtime.aws import upstream
from smsreg._runtime.aws.upstream import LEDGER, REPLACED, Name, Without, find, is_there
from tests.support.clients import CREDENTIALS
from tests.support.scripts import respond
from tests.support.server import Server

READ = Path(__file__).parent / "upstream_digests.json"
"""For each method, the digests of its reviewed sources; see the test below."""


@pytest.mark.parametrize("entry", LEDGER, ids=lambda e: f"{e.owner.partition(':')[2]}.{e.name}")
def test_what_the_ledger_lists_is_there(entry: Name) -> None:
    assert is_there(entry.owner, entry.name)
    assert entry.why


def digest(path: str) -> str:
    source = inspect.getsource(inspect.unwrap(find(path)))
    return hashlib.sha256(source.encode()).hexdigest()[:16]


@pytest.mark.parametrize("path", REPLACED)
def test_what_is_replaced_or_skipped_is_what_was_read(path: str) -> None:
    """A release that changes such a method may add behaviour that smsreg lacks.

    Compare the method with its earlier source, port what matters, and add the digest.
    """
    known = json.loads(READ.read_text())
    assert digest(path) in known[path]


def test_each_digest_is_of_a_method_that_counts() -> None:
    assert sorted(json.loads(READ.read_text())) == sorted(REPLACED)


class Upstream:
    """Stands for a class of an upstream library."""

    known = 1

    def __init__(self) -> None:
        self.set = 1

    def reads(self) -> object:
        return [self.inner for _ in "a"]  # type: ignore[attr-defined]  # never set

    def passes(self) -> object:
        return dict(keyword=1)  # noqa: C408 -- a keyword is to be found


@pytest.mark.parametrize(
    ("owner", "name", "there"),
    [
        ("Upstream", "known", True),
        ("Upstream", "set", True),
        ("Upstream", "inner", True),
        ("Upstream.reads", "inner", True),
        ("Upstream.passes", "keyword", True),
        ("Upstream.passes", "inner", False),
        ("Upstream", "gone", False),
        ("Gone", "known", False),
    ],
)
def test_a_name_exists_when_upstream_code_uses_it(owner: str, name: str, *, there: bool) -> None:
    assert is_there(f"{__name__}:{owner}", name) is there


@pytest.mark.parametrize("kind", ["functools", "wrapt", "mock"])
async def test_a_patched_method_is_not_missing(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tools that trace aiohttp replace a method with their own; calls go through it."""
    original = ClientSession._request
    calls: list[str] = []

    async def ignore_event(*arguments: Any, **keywords: Any) -> Any:
        calls.append(arguments[1])
        return await original(*arguments, **keywords)

    def by_wrapt(wrapped: Any, _instance: Any, args: Any, keywords: Any) -> Any:
        calls.append(args[0])
        return wrapped(*args, **keywords)

    patches: Any = {
        "functools": functools.wraps(original)(ignore_event),
        "wrapt": wrapt.FunctionWrapper(original, by_wrapt),
        "mock": ignore_event,
    }[kind]
    async with Server(respond()) as server:
        for _ in range(2):  # before and after it is patched
            upstream._gone.cache_clear()
            async with SMSVoiceClient(
                region_name="us-east-1", endpoint_url=server.url, **CREDENTIALS
            ) as client:
                await client.describe_pools()
                monkeypatch.setattr(ClientSession, "_request", patches)
                await client.describe_pools()
    assert calls == ["POST", "POST", "POST"]
    assert len(server.requests) == 4
    upstream._gone.cache_clear()


def test_a_missing_module() -> None:
    assert not is_there("aiobotocore.of_yesterday:Class", "name")


async def test_a_guard_that_would_not_be_in_force_is_an_error(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Instead of a warning or a silent loss, opening fails."""
    gone = Name("aiohttp.client:ClientSession._request", "_of_yesterday", "why", Without.REFUSED)
    monkeypatch.setattr(upstream, "LEDGER", (*LEDGER, gone))
    client = SMSVoiceClient(
        region_name="us-east-1", endpoint_url="http://127.0.0.1:1", **CREDENTIALS
    )
    with pytest.raises(ConfigurationError, match=r"has no ClientSession\._request\._of_yesterday"):
        await client.open()
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []
    await client.aclose()


async def test_a_session_class_that_is_not_used_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An aiobotocore that ignored the class would bypass all guards."""
    from smsreg._runtime.aws import factory  # noqa: PLC0415 -- slow, and needed here alone

    monkeypatch.setattr(factory, "http_session_of", lambda _: object())
    client = SMSVoiceClient(
        region_name="us-east-1", endpoint_url="http://127.0.0.1:1", **CREDENTIALS
    )
    with pytest.raises(ConfigurationError, match="does not use our HTTP session"):
        await client.open()
    await client.aclose()


async def test_a_service_that_botocore_does_not_know(tmp_path: Path) -> None:
    """For example endusermessaging with the botocore of the oldest aiobotocore."""
    source = Path(botocore.__file__).parent / "data"
    for name in ("endpoints.json", "partitions.json", "sdk-default-configuration.json"):
        (tmp_path / name).symlink_to(source / name)
    session = AioSession()
    session.set_credentials(*CREDENTIALS.values())
    old = Loader(extra_search_paths=[str(tmp_path)], include_default_search_paths=False)
    session.register_component("data_loader", old)
    client = SMSVoiceClient(
        region_name="us-east-1", endpoint_url="http://127.0.0.1:1", session=session
    )
    with pytest.raises(UnsupportedOperationError) as caught:
        await client.describe_pools()
    assert client.botocore_version in str(caught.value)
    assert caught.value.operation_name == "DescribePools"
    with pytest.raises(UnsupportedOperationError, match="does not know pinpoint-sms-voice-v2"):
        await client.open()
    await client.aclose()
