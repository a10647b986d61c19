"""Records the events of a call, with all arguments of their handlers."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from aiobotocore.awsrequest import AioAWSResponse
from aiobotocore.client import AioBaseClient
from aiobotocore.endpoint import AioEndpoint
from aiobotocore.signers import AioRequestSigner
from botocore import UNSIGNED
from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from botocore.config import Config
from botocore.model import OperationModel

from smsreg._runtime.aws.credentials import Ready
from tests.paths.test_hooks import Status

VARYING = re.compile(
    r"(?<=Signature=)[0-9a-f]{64}|(?<=/)\d{8}(?=/)|\d{8}T\d{6}Z|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
"""Signatures, dates and times of signing, and the ids of calls."""

IDENTITIES = (AioBaseClient, AioEndpoint, AioRequestSigner, Config, OperationModel, Ready, Status)
"""Types of arguments that are the same objects for all calls of a client."""


class Recorder:
    """An event handler that records its arguments; ``sync`` is one that is not a coroutine."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []

    async def __call__(self, **given: Any) -> None:
        for value in given.values():
            if isinstance(value, AioAWSResponse):
                await value.content
        self.sync(**given)

    def sync(self, event_name: str, **given: Any) -> None:
        self.events.append((event_name, plain(given)))


def plain(value: Any) -> Any:
    """Copy a value without what differs from call to call, so that later changes do not show."""
    found: Any = value
    if isinstance(value, (str, bytes)):
        found = type(value), _constant(value)
    elif isinstance(value, Mapping):
        found = {_constant(name): plain(member) for name, member in value.items()}
    elif isinstance(value, (list, tuple)):
        found = [plain(item) for item in value]
    elif isinstance(value, (AWSRequest, AWSPreparedRequest, AioAWSResponse)):
        found = (
            type(value),
            {
                name: plain(list(member.items()) if name == "headers" else member)
                for name, member in vars(value).items()
                if name not in {"_request_preparer", "raw"}
            },
        )
    elif isinstance(value, BaseException):
        found = type(value), _constant(str(value))
    elif isinstance(value, IDENTITIES):
        found = type(value), getattr(value, "name", None)
    elif value is UNSIGNED:
        found = "unsigned"
    elif callable(value):
        found = value.__qualname__
    else:
        assert value is None or isinstance(value, (bool, int, float, dt.datetime)), type(value)
    return found


def _constant(value: Any) -> Any:
    if isinstance(value, bytes):
        return VARYING.sub("…", value.decode("latin-1"))
    return VARYING.sub("…", value) if isinstance(value, str) else value
