"""The operations of socialmessaging, one module per resource."""

from smsreg.emulator.whatsapp import accounts, media
from smsreg.emulator.world import Handlers, World, merged


def social_handlers() -> Handlers:
    """Every operation that the emulator does, by name."""
    return merged(accounts.HANDLERS, media.HANDLERS)


def seed(world: World) -> None:
    """What a new account has from the start."""
    accounts.seed(world)
