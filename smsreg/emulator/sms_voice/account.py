"""The account: attributes, limits, spend."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from smsreg.emulator.core.errors import invalid, over_quota
from smsreg.emulator.core.paging import page
from smsreg.emulator.core.world import Call, Handler, Handlers, World
from smsreg.emulator.sms_voice.protect_configurations import account_default

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()
CHANNELS = ("TEXT", "VOICE", "MEDIA", "NOTIFY", "RCS")
HIGHEST_SPEND = 1000
"""inferred: each channel may spend 1000 dollars a month, as if the account was raised once."""
_LIMIT_TABLES = {
    "PHONE_NUMBERS": "phone_numbers",
    "POOLS": "pools",
    "CONFIGURATION_SETS": "configuration_sets",
    "OPT_OUT_LISTS": "opt_out_lists",
    "SENDER_IDS": "sender_ids",
    "REGISTRATIONS": "registrations",
    "REGISTRATION_ATTACHMENTS": "attachments",
    "VERIFIED_DESTINATION_NUMBERS": "verified_numbers",
}


@HANDLERS.handle("DescribeAccountAttributes")
def attributes(call: Call) -> Doc:
    """The tier, and the default protect configuration if there is one."""
    items: list[Doc] = [{"Name": "ACCOUNT_TIER", "Value": call.world.settings.account_tier}]
    default = account_default(call.world)
    if default is not None:
        value = default["ProtectConfigurationId"]
        items.append({"Name": "DEFAULT_PROTECT_CONFIGURATION_ID", "Value": value})
    return page(call.operation, call.params, items, "AccountAttributes")


@HANDLERS.handle("DescribeAccountLimits")
def limits(call: Call) -> Doc:
    """Used and maximum number of each resource."""
    world = call.world
    items = [
        {
            "Name": name,
            "Used": len(world.state.table(table)),
            "Max": world.settings.quotas[name],
        }
        for name, table in _LIMIT_TABLES.items()
    ]
    return page(call.operation, call.params, items, "AccountLimits")


def _highest(world: World, channel: str) -> int:
    return world.settings.spend_limits.get(channel, HIGHEST_SPEND)


def _overrides(world: World) -> dict[str, int]:
    overrides: dict[str, int] = world.state.singles.setdefault("spend_overrides", {})
    return overrides


def enforced(world: World, channel: str) -> int:
    """Monthly spend limit of a channel in dollars."""
    return _overrides(world).get(channel, _highest(world, channel))


@HANDLERS.handle("DescribeSpendLimits")
def describe_spend(call: Call) -> Doc:
    """The spend limit of every channel."""
    world = call.world
    items = [
        {
            "Name": f"{channel}_MESSAGE_MONTHLY_SPEND_LIMIT",
            "EnforcedLimit": enforced(world, channel),
            "MaxLimit": _highest(world, channel),
            "Overridden": channel in _overrides(world),
        }
        for channel in CHANNELS
    ]
    return page(call.operation, call.params, items, "SpendLimits")


def _setter(channel: str) -> Handler:
    def set_limit(call: Call) -> Doc:
        limit: int = call.params["MonthlyLimit"]
        if limit > _highest(call.world, channel):
            raise invalid(
                "REQUESTED_SPEND_LIMIT_HIGHER_THAN_SERVICE_LIMIT",
                f"The account may spend up to {_highest(call.world, channel)}",
            )
        _overrides(call.world)[channel] = limit
        return {"MonthlyLimit": limit}

    return set_limit


def _deleter(channel: str) -> Handler:
    def delete_limit(call: Call) -> Doc:
        """inferred: deleting an override returns the limit that was in force before."""
        limit = enforced(call.world, channel)
        _overrides(call.world).pop(channel, None)
        return {"MonthlyLimit": limit}

    return delete_limit


for _channel in CHANNELS:
    _name = f"{_channel.capitalize()}MessageSpendLimitOverride"
    HANDLERS.handle(f"Set{_name}")(_setter(_channel))
    HANDLERS.handle(f"Delete{_name}")(_deleter(_channel))


def spend(world: World, channel: str, price: float) -> None:
    """Charge a message's price, or refuse it where the monthly limit is reached."""
    month = datetime.fromtimestamp(world.now(), timezone.utc).strftime("%Y-%m")
    booked: Doc = world.state.singles.setdefault("spend", {})
    if booked.get("month") != month:
        booked.clear()
        booked["month"] = month
    spent: float = booked.get(channel, 0.0)
    if spent + price > enforced(world, channel):
        msg = f"MONTHLY_SPEND_LIMIT_REACHED_FOR_{channel}"
        raise over_quota(msg, "The month's limit")
    booked[channel] = round(spent + price, 5)
