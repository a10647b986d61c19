"""The faults again: over TLS, and in aiohttp's ordinary way, which a tool that patches it gets."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import ClientSession

from . import test_answers, test_connections, test_pool
from .loopback import TLS, Loopback

for module in (test_answers, test_connections, test_pool):
    globals().update({n: t for n, t in vars(module).items() if n.startswith("test_")})


@pytest.fixture(autouse=True, params=["TLS", "aiohttp"])
def _transport(request: pytest.FixtureRequest, _no_settings: None) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "TLS":
            defaults: Any = Loopback.__init__.__kwdefaults__
            patch.setitem(defaults, "tls", "localhost")
            patch.setenv("AWS_CA_BUNDLE", str(TLS / "localhost.crt"))
        else:
            original = ClientSession._request

            @functools.wraps(original)
            async def watched(*arguments: Any, **keywords: Any) -> Any:
                return await original(*arguments, **keywords)

            patch.setattr(ClientSession, "_request", watched)
        yield
