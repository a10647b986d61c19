from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .clients import Clients

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def clients() -> Iterator[Clients]:
    with Clients() as clients:
        yield clients
