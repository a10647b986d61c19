"""The same faults over TLS, and with aiohttp's own request method, as when a tool patches it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession

from tests.support.server import TLS, Server

from . import test_connections, test_invalid_responses, test_pool

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.sampled("_transport")  # these tests' modules sample the other parameters

TLS_SPECIFIC = {"test_plain_http_where_tls_is_expected", "test_self_signed_or_wrong_host"}
for module in (test_invalid_responses, test_connections, test_pool):
    globals().update(
        {
            name: function
            for name, function in vars(module).items()
            if name.startswith("test_") and name not in TLS_SPECIFIC
        }
    )


@pytest.fixture(autouse=True, params=["TLS", "aiohttp"])
def _transport(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "TLS":
            defaults: Any = Server.__init__.__kwdefaults__
            patch.setitem(defaults, "tls", "localhost")
            patch.setenv("AWS_CA_BUNDLE", str(TLS / "localhost.crt"))
        else:
            original = ClientSession._request

            @functools.wraps(original)
            async def watched(*arguments: Any, **keywords: Any) -> Any:
                return await original(*arguments, **keywords)

            patch.setattr(ClientSession, "_request", watched)
        yield
