"""Checks whether a message may be sent to its destination."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.emulator.core.errors import ServiceFault, conflict, invalid
from smsreg.emulator.core.indexes import by_member
from smsreg.emulator.sms_voice import configuration_sets, protect_configurations, protect_overrides
from smsreg.emulator.sms_voice.number_plan import country_of

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc
    from smsreg.emulator.core.world import World

_KIND = "protect-configuration"
BY_DESTINATION = by_member("DestinationPhoneNumber")
"""Verified destination numbers by number."""


def check(world: World, number: str, capability: str, params: Doc) -> None:
    """Check the account's tier, then its protect configurations."""
    # inferred: the sandbox's verified numbers are looked at first, country rules last.
    if world.settings.account_tier == "SANDBOX":
        check_verified(world, number)
    protection = _protection(world, params)
    if protection is not None:
        _check_protection(world, protection, number, capability)


def check_verified(world: World, number: str) -> None:
    """Refuse a number that is not a verified destination."""
    entries = world.state.table("verified_numbers").having(BY_DESTINATION, number)
    if not any(entry["Status"] == "VERIFIED" for entry in entries):
        raise conflict(
            "DESTINATION_PHONE_NUMBER_NOT_VERIFIED",
            "The destination is not a verified number",
            "verified-destination-number",
            number,
        )


def _protection(world: World, params: Doc) -> Doc | None:
    """inferred: a message's own protect configuration goes before its set's and the account's."""
    named: str | None = params.get("ProtectConfigurationId")
    if named is not None:
        return protect_configurations.find(world, named)
    if "ConfigurationSetName" in params:
        settings = configuration_sets.find(world, params["ConfigurationSetName"])
        if settings.get("ProtectConfigurationId"):
            return protect_configurations.find(world, settings["ProtectConfigurationId"])
    return protect_configurations.account_default(world)


def _check_protection(world: World, protection: Doc, number: str, capability: str) -> None:
    identifier: str = protection["ProtectConfigurationId"]
    override = protect_overrides.find_override(world, protection, number)
    if override is not None:
        if override["Action"] == "ALLOW":
            return
        raise conflict(
            "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE",
            "The number is blocked",
            _KIND,
            identifier,
        )
    rules = protect_configurations.rules_of(protection, capability)
    rule: Doc = rules.get(country_of(number) or "", {})
    if rule.get("ProtectStatus") == "BLOCK":
        raise conflict(
            "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION",
            "The country is blocked",
            _KIND,
            identifier,
        )


def check_opt_out(world: World, identity: Doc, number: str) -> None:
    """Refuse a destination that has opted out of the identity's list."""
    if identity.get("SelfManagedOptOutsEnabled"):
        return
    record = world.state.table("opt_out_lists").get(identity.get("OptOutListName") or "Default")
    if record is not None and number in record["_numbers"]:
        raise conflict(
            "DESTINATION_PHONE_NUMBER_OPTED_OUT",
            "The destination has opted out",
            "opted-out-number",
            number,
        )


def check_price(price: float, highest: str | None) -> None:
    """Refuse a message that costs more than its sender's maximum price."""
    if highest is not None and price > float(highest):
        raise _too_dear()


def _too_dear() -> ServiceFault:
    return invalid("PRICE_OVER_THRESHOLD", "The message costs more than MaxPrice")
