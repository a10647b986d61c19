"""Single numbers that a protect configuration treats otherwise than their country."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from smsreg.emulator.core.errors import invalid, not_found
from smsreg.emulator.core.paging import page
from smsreg.emulator.core.world import Call, Handlers, World
from smsreg.emulator.sms_voice.number_plan import country_of, normal
from smsreg.emulator.sms_voice.protect_configurations import find

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()


def current(world: World, record: Doc) -> dict[str, Doc]:
    """The overrides that have not expired; the others are dropped."""
    overrides: dict[str, Doc] = record["_overrides"]
    now = world.now()
    for number in [n for n, entry in overrides.items() if _expired(entry, now)]:
        del overrides[number]
    return overrides


def _expired(entry: Doc, now: float) -> bool:
    return entry["ExpirationTimestamp"] is not None and entry["ExpirationTimestamp"] <= now


@HANDLERS.handle("PutProtectConfigurationRuleSetNumberOverride")
def put(call: Call) -> Doc:
    """Again replaces what was there."""
    world, params = call.world, call.params
    record = find(world, params["ProtectConfigurationId"])
    number = normal(params["DestinationPhoneNumber"])
    expires: float | None = params.get("ExpirationTimestamp")
    if expires is not None and expires <= world.now():
        raise invalid("INVALID_PARAMETER", "ExpirationTimestamp: it is in the past")
    entry: Doc = {
        "DestinationPhoneNumber": number,
        "CreatedTimestamp": world.now(),
        "Action": params["Action"],
        "IsoCountryCode": country_of(number),
        "ExpirationTimestamp": expires,
    }
    current(world, record)[number] = entry
    return {**record, **entry}


@HANDLERS.handle("DeleteProtectConfigurationRuleSetNumberOverride")
def delete(call: Call) -> Doc:
    """By number."""
    record = find(call.world, call.params["ProtectConfigurationId"])
    number = normal(call.params["DestinationPhoneNumber"])
    entry = current(call.world, record).pop(number, None)
    if entry is None:
        raise not_found("protect-configuration", number)
    return {**record, **entry}


@HANDLERS.handle("ListProtectConfigurationRuleSetNumberOverrides")
def list_all(call: Call) -> Doc:
    """By country, number, action and time."""
    record = find(call.world, call.params["ProtectConfigurationId"])
    items = list(current(call.world, record).values())
    for entry in call.params.get("Filters") or ():
        items = [item for item in items if _passes(item, entry["Name"], entry["Values"])]
    return page(
        call.operation,
        call.params,
        items,
        "RuleSetNumberOverrides",
        ProtectConfigurationArn=record["ProtectConfigurationArn"],
        ProtectConfigurationId=record["ProtectConfigurationId"],
    )


def _passes(item: Doc, name: str, values: list[str]) -> bool:
    if name == "iso-country-code":
        return item["IsoCountryCode"] in values
    if name == "action":
        return item["Action"] in values
    if name == "destination-phone-number-begins-with":
        number: str = item["DestinationPhoneNumber"]
        return number.startswith(tuple(normal(value) for value in values))
    moments = [_moment(value) for value in values]
    key = "ExpirationTimestamp" if name.startswith("expires") else "CreatedTimestamp"
    actual: float | None = item[key]
    if actual is None:
        return False
    before = name.endswith("before")
    return any(actual < moment if before else actual > moment for moment in moments)


def _moment(text: str) -> float:
    """inferred: a time in a filter is a number of seconds or an ISO 8601 text."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise invalid("INVALID_FILTER_VALUES", "A time is needed") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return moment.timestamp()
