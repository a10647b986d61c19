"""How drafts are applied: what callers pass, checked before the first request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from smsreg._callbacks import check_callback
from smsreg._text import escape
from smsreg.errors import ConfigurationError
from smsreg.registration.names import names
from smsreg.registration.run import CONFIRMABLE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smsreg.registration.steps import Confirm, OnStep


@dataclass(frozen=True, slots=True)
class Settings:
    """How drafts are applied; see ``Registrar.apply``."""

    submit: bool
    confirm: Confirm
    on_step: OnStep | None
    wait: bool
    ignore: frozenset[str]

    @classmethod
    def of(
        cls,
        *,
        submit: bool,
        confirm: Confirm,
        on_step: OnStep | None,
        wait: bool,
        ignore: Iterable[str],
    ) -> Settings:
        """Return the settings that a caller passed.

        Raises:
            ConfigurationError: ``confirm`` or ``ignore`` are no names, a name in ``confirm`` is no
                action, or ``on_step`` is no function.
        """
        check_callback("on_step", on_step)
        return cls(submit, _checked(confirm), on_step, wait, names("ignore", ignore))


def _checked(confirm: Confirm) -> Confirm:
    if isinstance(confirm, bool) or callable(confirm):
        return confirm
    actions = names("confirm", confirm)
    unknown = sorted(actions - CONFIRMABLE)
    if unknown:
        msg = (
            f"confirm has names of no action: {escape(', '.join(unknown))}; the actions are those "
            "of the plan's steps, such as request_phone_number"
        )
        raise ConfigurationError(msg)
    return actions
