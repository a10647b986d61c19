"""The interface of an emulator that control calls use."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from smsreg.emulator.decisions import Decisions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from smsreg.emulator.accounts import Accounts
    from smsreg.emulator.core.clock import Clock
    from smsreg.emulator.core.scope import Scope
    from smsreg.emulator.core.service_model import Doc
    from smsreg.emulator.faults import Faults
    from smsreg.emulator.received import Calls


class Controlled(Decisions):
    """An emulator as control calls see it; ``Emulator`` says what its members do."""

    clock: Clock
    calls: Calls
    faults: Faults

    @property
    @abstractmethod
    def accounts(self) -> Accounts:
        """The accounts and Regions that calls were made for."""

    @property
    @abstractmethod
    def unexpected(self) -> list[BaseException]:
        """Exceptions in the emulator's own code."""

    @abstractmethod
    def advance(
        self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> Awaitable[None]:
        """Move the emulator's time forward."""

    @abstractmethod
    def events_of(self, scope: Scope | None) -> list[Doc]:
        """The events of one account and Region, or of all."""

    @abstractmethod
    def snapshot(self) -> Doc:
        """The whole state and time."""

    @abstractmethod
    def restore(self, document: Mapping[str, Any]) -> None:
        """Restore a snapshot."""

    @abstractmethod
    def reset(self) -> None:
        """Reset to the initial state."""
