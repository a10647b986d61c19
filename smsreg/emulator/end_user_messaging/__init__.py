"""The operations of endusermessaging, one module per resource."""

from smsreg.emulator.core.world import Handlers, merged
from smsreg.emulator.end_user_messaging import (
    attributes,
    code_configurations,
    jobs,
    profiles,
    registrations,
    tags,
    verifications,
)

_MODULES = (
    attributes,
    code_configurations,
    jobs,
    profiles,
    registrations,
    tags,
    verifications,
)


def end_user_handlers() -> Handlers:
    """Every operation that the emulator implements, by name."""
    return merged(*(module.HANDLERS for module in _MODULES))
