"""The operations of pinpoint-sms-voice-v2, one module per resource."""

from smsreg.emulator.core.world import Handlers, World, merged
from smsreg.emulator.sms_voice import (
    account,
    attachments,
    carrier_lookup,
    configuration_sets,
    keywords,
    messages,
    notify,
    opt_outs,
    phone_numbers,
    policies,
    pools,
    protect_configurations,
    protect_overrides,
    rcs_agents,
    registration_associations,
    registration_fields,
    registration_types,
    registration_versions,
    registrations,
    sender_ids,
    tags,
    verified_numbers,
)

_MODULES = (
    account,
    attachments,
    carrier_lookup,
    configuration_sets,
    keywords,
    messages,
    notify,
    opt_outs,
    phone_numbers,
    policies,
    pools,
    protect_configurations,
    protect_overrides,
    rcs_agents,
    registration_associations,
    registration_fields,
    registration_types,
    registration_versions,
    registrations,
    sender_ids,
    tags,
    verified_numbers,
)

CHANGING = (
    attachments.ATTACHMENTS,
    notify.CONFIGURATIONS,
    phone_numbers.NUMBERS,
    pools.POOLS,
    registrations.REGISTRATIONS,
)
"""The resources that the clock changes, of those that listings can filter."""


def sms_handlers() -> Handlers:
    """Every operation that the emulator implements, by name."""
    return merged(*(module.HANDLERS for module in _MODULES))


def seed(world: World) -> None:
    """Create the initial resources of a new account."""
    opt_outs.seed(world)
