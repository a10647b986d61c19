"""Protect configurations: which countries and numbers messages may go to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.emulator.core.collection import Collection
from smsreg.emulator.core.errors import conflict, not_found
from smsreg.emulator.core.indexes import by_member
from smsreg.emulator.core.paging import page
from smsreg.emulator.core.world import Call, Handlers, World
from smsreg.emulator.sms_voice import configuration_sets
from smsreg.emulator.sms_voice.calling_codes import CALLING_CODES

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()
KIND = "protect-configuration"
CONFIGURATIONS = Collection("protect_configurations", KIND)
_BY_DEFAULT = by_member("AccountDefault")
_BY_PROTECTION = by_member("ProtectConfigurationId")
"""Configuration sets by the protect configuration that they use."""


def find(world: World, reference: str) -> Doc:
    """The configuration with this id or ARN."""
    return world.find("protect_configurations", KIND, reference)


@HANDLERS.handle("CreateProtectConfiguration")
def create(call: Call) -> Doc:
    """Create a configuration that allows everything."""
    world, params = call.world, call.params
    table = world.state.table("protect_configurations")
    world.within_quota("PROTECT_CONFIGURATIONS", len(table))
    identifier = world.new_id("protect")
    arn = world.arn(f"protect-configuration/{identifier}")
    world.set_tags(arn, params.get("Tags"))
    record: Doc = {
        "ProtectConfigurationArn": arn,
        "ProtectConfigurationId": identifier,
        "CreatedTimestamp": world.now(),
        "AccountDefault": False,
        "DeletionProtectionEnabled": params.get("DeletionProtectionEnabled", False),
        "_rules": {},
        "_overrides": {},
    }
    world.state.add("protect_configurations", identifier, record, arn)
    return {**record, "Tags": world.tags(arn)}


@HANDLERS.handle("DescribeProtectConfigurations")
def describe(call: Call) -> Doc:
    """List configurations by id and filters."""
    ids = call.params.get("ProtectConfigurationIds")
    items = CONFIGURATIONS.listing(call.world, call.params, ids)
    return page(call.operation, call.params, items, "ProtectConfigurations")


@HANDLERS.handle("UpdateProtectConfiguration")
def update(call: Call) -> Doc:
    """Update deletion protection, the only setting that can be changed."""
    record = find(call.world, call.params["ProtectConfigurationId"])
    if "DeletionProtectionEnabled" in call.params:
        record["DeletionProtectionEnabled"] = call.params["DeletionProtectionEnabled"]
    return record


@HANDLERS.handle("DeleteProtectConfiguration")
def delete(call: Call) -> Doc:
    """Delete a configuration, unless it is protected, the account's default or in use."""
    world = call.world
    record = find(world, call.params["ProtectConfigurationId"])
    identifier: str = record["ProtectConfigurationId"]
    world.unprotected(record, KIND, identifier)
    if record["AccountDefault"]:
        raise conflict(
            "PROTECT_CONFIGURATION_IS_ACCOUNT_DEFAULT", "It is the default", KIND, identifier
        )
    if world.state.table("configuration_sets").count_having(_BY_PROTECTION, identifier):
        raise conflict(
            "PROTECT_CONFIGURATION_ASSOCIATED_WITH_CONFIGURATION_SET",
            "A configuration set uses it",
            KIND,
            identifier,
        )
    return world.state.remove(
        "protect_configurations", identifier, record["ProtectConfigurationArn"]
    )


def account_default(world: World) -> Doc | None:
    """The account's default, where there is one."""
    return world.state.table("protect_configurations").first_having(_BY_DEFAULT, True)  # noqa: FBT003  # the member's value


@HANDLERS.handle("SetAccountDefaultProtectConfiguration")
def set_default(call: Call) -> Doc:
    """Set the default of the account, replacing an earlier one."""
    record = find(call.world, call.params["ProtectConfigurationId"])
    before = account_default(call.world)
    if before is not None:
        before["AccountDefault"] = False
    record["AccountDefault"] = True
    return _default(record)


@HANDLERS.handle("DeleteAccountDefaultProtectConfiguration")
def delete_default(call: Call) -> Doc:
    """Remove the default of the account; the configuration itself remains."""
    record = account_default(call.world)
    if record is None:
        raise not_found(KIND, "account-default")
    record["AccountDefault"] = False
    return _default(record)


def _default(record: Doc) -> Doc:
    return {
        "DefaultProtectConfigurationArn": record["ProtectConfigurationArn"],
        "DefaultProtectConfigurationId": record["ProtectConfigurationId"],
    }


@HANDLERS.handle("AssociateProtectConfiguration")
def associate(call: Call) -> Doc:
    """inferred: a configuration set has one protect configuration at most."""
    world = call.world
    record = find(world, call.params["ProtectConfigurationId"])
    target = configuration_sets.find(world, call.params["ConfigurationSetName"])
    if target.get("ProtectConfigurationId"):
        raise conflict(
            "RESOURCE_ALREADY_ASSOCIATED",
            "The configuration set has a protect configuration",
            "configuration-set",
            target["ConfigurationSetName"],
        )
    target["ProtectConfigurationId"] = record["ProtectConfigurationId"]
    return {**record, **target}


@HANDLERS.handle("DisassociateProtectConfiguration")
def disassociate(call: Call) -> Doc:
    """Disassociate a configuration from the configuration set that uses it."""
    world = call.world
    record = find(world, call.params["ProtectConfigurationId"])
    target = configuration_sets.find(world, call.params["ConfigurationSetName"])
    if target.get("ProtectConfigurationId") != record["ProtectConfigurationId"]:
        raise conflict(
            "PROTECT_CONFIGURATION_NOT_ASSOCIATED_WITH_CONFIGURATION_SET",
            "The configuration set has another or none",
            KIND,
            record["ProtectConfigurationId"],
        )
    del target["ProtectConfigurationId"]
    return {**target, **record}


def rules_of(record: Doc, capability: str) -> Doc:
    """Every known country with its rule; ALLOW unless configured otherwise."""
    configured: Doc = record["_rules"].get(capability, {})
    rules = {country: {"ProtectStatus": "ALLOW"} for country in CALLING_CODES}
    return {**rules, **configured}


@HANDLERS.handle("GetProtectConfigurationCountryRuleSet")
def get_rules(call: Call) -> Doc:
    """The country rules for one kind of message."""
    record = find(call.world, call.params["ProtectConfigurationId"])
    capability: str = call.params["NumberCapability"]
    return {
        **record,
        "NumberCapability": capability,
        "CountryRuleSet": rules_of(record, capability),
    }


@HANDLERS.handle("UpdateProtectConfigurationCountryRuleSet")
def update_rules(call: Call) -> Doc:
    """Update the rules of the given countries."""
    record = find(call.world, call.params["ProtectConfigurationId"])
    capability: str = call.params["NumberCapability"]
    configured: Doc = record["_rules"].setdefault(capability, {})
    configured.update(call.params["CountryRuleSetUpdates"])
    return {
        **record,
        "NumberCapability": capability,
        "CountryRuleSet": call.params["CountryRuleSetUpdates"],
    }
