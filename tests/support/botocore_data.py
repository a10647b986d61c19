"""Shares botocore's data and handlers among all sessions of the test process.

Otherwise each session parses the same files and registers the same handlers again, which is more
than half the cost of opening a client.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import botocore.session
from aiobotocore.hooks import AioHierarchicalEmitter
from aiobotocore.session import AioSession
from botocore.loaders import create_loader

from .known import known_clients

if TYPE_CHECKING:
    import pytest


def share(patch: pytest.MonkeyPatch) -> None:
    """Load the data and register the handlers once for all sessions created from now on."""
    patch.setattr(botocore.session, "create_loader", _shared_loader())
    patch.setattr(AioSession, "_register_builtin_handlers", _shared_registration())


def _shared_loader() -> Any:
    """Return a factory of one shared loader; a session with ``AWS_DATA_PATH`` gets its own."""
    shared = create_loader()
    for name in ("endpoints", "partitions", "sdk-default-configuration"):
        shared.load_data(name)
    for client_type in known_clients():
        for kind in ("service-2", "endpoint-rule-set-1"):
            shared.load_service_model(client_type.service_name, kind)
    return lambda search_path=None: shared if search_path is None else create_loader(search_path)


def _shared_registration() -> Any:
    """Give each session a copy of the handlers, as botocore does for each client."""
    registered = AioSession()._original_handler
    register = AioSession._register_builtin_handlers

    def copy_registered(session: Any, events: Any) -> None:
        emitter = session._original_handler
        if type(emitter) is AioHierarchicalEmitter and not emitter._handlers.prefix_search(""):
            vars(emitter).update(vars(copy.copy(registered)))
        else:
            register(session, events)

    return copy_registered
