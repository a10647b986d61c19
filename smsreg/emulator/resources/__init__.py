"""The operations of pinpoint-sms-voice-v2, one module per resource."""

from smsreg.emulator.resources import (
    attachments,
    opt_outs,
    phone_numbers,
    registration_associations,
    registration_fields,
    registration_types,
    registration_versions,
    registrations,
    sender_ids,
    tags,
    verified_numbers,
)
from smsreg.emulator.world import Handlers, World, merged


def sms_handlers() -> Handlers:
    """Every operation that the emulator does, by name."""
    return merged(
        attachments.HANDLERS,
        opt_outs.HANDLERS,
        phone_numbers.HANDLERS,
        registration_associations.HANDLERS,
        registration_fields.HANDLERS,
        registration_types.HANDLERS,
        registration_versions.HANDLERS,
        registrations.HANDLERS,
        sender_ids.HANDLERS,
        tags.HANDLERS,
        verified_numbers.HANDLERS,
    )


def seed(world: World) -> None:
    """What a new account has from the start."""
    opt_outs.seed(world)
