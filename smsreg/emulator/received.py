"""What was received, for tests to assert on."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smsreg.emulator.core.scope import Scope
    from smsreg.emulator.core.service_model import Doc, Json

KEPT = 10_000
BYTES_KEPT = 4 * 1024 * 1024
_LONGEST_TEXT = 8192
_LARGEST_CALL = 256 * 1024


@dataclass(slots=True)
class ReceivedCall:
    """One request and the response to it."""

    service: str
    operation: str
    params: Doc
    """In wire form: blobs in base64. A text of more than 8192 characters is truncated, and of a
    request of more than 256 KiB only the members' names are kept."""
    at: float
    """By the emulator's clock."""
    request_id: str
    scope: Scope
    """The account and Region that it was for."""
    status: int | None = None
    """The response's HTTP status; None where the connection was dropped before one."""
    error: str | None = None
    """The error's code, or None."""


class Calls:
    """The last 10,000 calls, or the last 4 MiB of them, oldest first."""

    def __init__(self) -> None:
        self._calls: deque[ReceivedCall] = deque()
        self._sizes: deque[int] = deque()
        self._bytes = 0

    def add(self, call: ReceivedCall, size: int = _LARGEST_CALL) -> None:
        """Record a call; status and error of its response are set later.

        Args:
            call: The call.
            size: An upper bound of its parameters' size in bytes, where one is known.
        """
        if size > _LONGEST_TEXT:  # there may be a text to truncate
            call.params, size = _kept(call.params)
        self._calls.append(call)
        self._sizes.append(size)
        self._bytes += size
        while len(self._calls) > KEPT or self._bytes > BYTES_KEPT:
            self._calls.popleft()
            self._bytes -= self._sizes.popleft()

    def of(self, operation: str) -> list[ReceivedCall]:
        """The calls of one operation, by the service's name for it."""
        return [call for call in self._calls if call.operation == operation]

    @property
    def operations(self) -> list[str]:
        """The names of the operations called, in order."""
        return [call.operation for call in self._calls]

    def clear(self) -> None:
        """Forget them all."""
        self._calls.clear()
        self._sizes.clear()
        self._bytes = 0

    def __iter__(self) -> Iterator[ReceivedCall]:
        return iter(tuple(self._calls))

    def __len__(self) -> int:
        return len(self._calls)

    def __getitem__(self, index: int) -> ReceivedCall:
        return self._calls[index]


def _kept(params: Doc) -> tuple[Doc, int]:
    short: Doc = _short(params)
    size = len(json.dumps(short))
    if size > _LARGEST_CALL:
        names = list(short)[:100]
        short = {name[:64]: f"… (left out of {size} bytes)" for name in names}
        size = len(json.dumps(short))
    return short, size


def _short(value: Json) -> Json:
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_TEXT else f"{value[:64]}… ({len(value)} characters)"
    if isinstance(value, list):
        return [_short(item) for item in value]  # pyright: ignore[reportUnknownVariableType]  # any JSON value
    if isinstance(value, dict):
        return {key: _short(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]  # any JSON value
    return value
