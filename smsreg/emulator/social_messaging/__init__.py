"""The operations of socialmessaging, one module per resource."""

from smsreg.emulator.core.world import Handlers, World, merged
from smsreg.emulator.social_messaging import accounts, flows, linking, media, messages, templates

_MODULES = (accounts, flows, linking, media, messages, templates)


def social_handlers() -> Handlers:
    """Every operation that the emulator implements, by name."""
    return merged(*(module.HANDLERS for module in _MODULES))


def seed(world: World) -> None:
    """Create the initial resources of a new account."""
    accounts.seed(world)
