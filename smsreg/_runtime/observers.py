"""Who follows calls: the protocols of observers, and those of this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from smsreg._runtime.call_event import CallEvent
    from smsreg.retry import RetryEvent


class ObservedClient(Protocol):
    """The part of a client that observers may use."""

    service_id: ClassVar[str]

    @property
    def retry_capacity(self) -> int:
        """The rest of the retry budget."""
        ...

    @property
    def aws_client(self) -> Any:  # noqa: ANN401 -- aiobotocore has no types
        """The aiobotocore client underneath."""
        ...


class CallObserver(Protocol):
    """Follows one logical call, from its start to its end."""

    def retried(self, event: RetryEvent) -> None:
        """Record that an attempt failed and another one follows."""

    def ended(self, event: CallEvent) -> None:
        """Record that the call has ended; ``on_call`` has been called before."""


class Observer(Protocol):
    """Follows the calls of all clients."""

    def __call__(self, client: ObservedClient, operation_name: str) -> CallObserver | None:
        """Start to follow a call, or return None to ignore it."""


observers: list[Observer] = []
"""The observers of all clients of this process."""
