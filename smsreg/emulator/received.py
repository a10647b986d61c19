"""What was received, for tests to assert on."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smsreg.emulator.core.service_model import Doc, Json

KEPT = 10_000
_LONGEST_TEXT = 8192


@dataclass(slots=True)
class ReceivedCall:
    """One request and how it was answered."""

    service: str
    operation: str
    params: Doc
    """As they travelled: blobs in base64. A text of more than 8192 characters is cut short."""
    at: float
    """By the emulator's clock."""
    request_id: str
    status: int | None = None
    """The answer's HTTP status; None where the connection was dropped before one."""
    error: str | None = None
    """The error's code, or None."""


class Calls:
    """The last 10,000 calls, oldest first."""

    def __init__(self) -> None:
        self._calls: deque[ReceivedCall] = deque(maxlen=KEPT)

    def add(self, call: ReceivedCall) -> None:
        """Note a call; its answer is filled in later."""
        call.params = _short(call.params)
        self._calls.append(call)

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

    def __iter__(self) -> Iterator[ReceivedCall]:
        return iter(tuple(self._calls))

    def __len__(self) -> int:
        return len(self._calls)

    def __getitem__(self, index: int) -> ReceivedCall:
        return self._calls[index]


def _short(value: Json) -> Json:
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_TEXT else f"{value[:64]}… ({len(value)} characters)"
    if isinstance(value, list):
        return [_short(item) for item in value]  # pyright: ignore[reportUnknownVariableType]  # any JSON value
    if isinstance(value, dict):
        return {key: _short(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]  # any JSON value
    return value
