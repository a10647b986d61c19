"""What all sessions of the test process share: botocore's data, and its handlers.

Each session would parse the same files and register the same handlers again, which is more than
half of what opening a client costs.
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
    """Load the data and register the handlers once for all sessions that are made from now on."""
    patch.setattr(botocore.session, "create_loader", _shared_loader())
    patch.setattr(AioSession, "_register_builtin_handlers", _shared_registration())


def _shared_loader() -> Any:
    """One loader for all; a session with files of its own (``AWS_DATA_PATH``) reads by itself."""
    shared = create_loader()
    for name in ("endpoints", "partitions", "sdk-default-configuration"):
        shared.load_data(name)
    for client_type in known_clients():
        for kind in ("service-2", "endpoint-rule-set-1"):
            shared.load_service_model(client_type.service_name, kind)
    return lambda search_path=None: shared if search_path is None else create_loader(search_path)


def _shared_registration() -> Any:
    """Start each session with a copy of the handlers, as botocore starts each client with one."""
    registered = AioSession()._original_handler
    register = AioSession._register_builtin_handlers

    def copy_registered(session: Any, events: Any) -> None:
        emitter = session._original_handler
        if type(emitter) is AioHierarchicalEmitter and not emitter._handlers.prefix_search(""):
            vars(emitter).update(vars(copy.copy(registered)))
        else:
            register(session, events)

    return copy_registered
