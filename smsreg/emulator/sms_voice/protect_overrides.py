"""Overrides of the country rules of a protect configuration for single numbers."""

from __future__ import annotations

from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING

from smsreg.emulator.core.errors import invalid, not_found
from smsreg.emulator.core.filters import Condition, Fields
from smsreg.emulator.core.indexes import Schedule
from smsreg.emulator.core.paging import Listing, page
from smsreg.emulator.core.world import Call, Handlers, World
from smsreg.emulator.sms_voice.number_plan import country_of, normal
from smsreg.emulator.sms_voice.protect_configurations import find

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from smsreg.emulator.core.records import Table
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()


def find_override(world: World, record: Doc, number: str) -> Doc | None:
    """The override of a number that has not expired, or None."""
    entry: Doc | None = record["_overrides"].get(number)
    return None if entry is None or _expired(entry, world.now()) else entry


def _drop_expired(world: World, overrides: Table) -> None:
    for number in overrides.due(_EXPIRING, world.now()):
        del overrides[number]


_EXPIRING = Schedule(
    frozenset({"ExpirationTimestamp"}), lambda override: override["ExpirationTimestamp"]
)


def _expired(entry: Doc, now: float) -> bool:
    return entry["ExpirationTimestamp"] is not None and entry["ExpirationTimestamp"] <= now


@HANDLERS.handle("PutProtectConfigurationRuleSetNumberOverride")
def put(call: Call) -> Doc:
    """Set the override of a number, replacing an earlier one."""
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
        "_seq": world.state.next_sequence(),
    }
    overrides: Table = record["_overrides"]
    _drop_expired(world, overrides)
    overrides[number] = entry
    return {**record, **entry}


@HANDLERS.handle("DeleteProtectConfigurationRuleSetNumberOverride")
def delete(call: Call) -> Doc:
    """Delete the override of a number."""
    record = find(call.world, call.params["ProtectConfigurationId"])
    number = normal(call.params["DestinationPhoneNumber"])
    entry = find_override(call.world, record, number)
    if entry is None:
        raise not_found("protect-configuration", number)
    del record["_overrides"][number]
    return {**record, **entry}


@HANDLERS.handle("ListProtectConfigurationRuleSetNumberOverrides")
def list_all(call: Call) -> Doc:
    """List overrides by country, number, action and time."""
    world = call.world
    record = find(world, call.params["ProtectConfigurationId"])
    overrides: Table = record["_overrides"]
    filters = _FIELDS.wanted(call.params)
    _drop_expired(world, overrides)
    return page(
        call.operation,
        call.params,
        Listing.records(partial(overrides.passing, filters)),
        "RuleSetNumberOverrides",
        ProtectConfigurationArn=record["ProtectConfigurationArn"],
        ProtectConfigurationId=record["ProtectConfigurationId"],
    )


def _begins_with(values: Sequence[str]) -> Callable[[str], bool]:
    starts = tuple(normal(value) for value in values)
    return lambda number: number.startswith(starts)


def _before(values: Sequence[str]) -> Callable[[float | None], bool]:
    last = max(_moment(value) for value in values)
    return lambda moment: moment is not None and moment < last


def _after(values: Sequence[str]) -> Callable[[float | None], bool]:
    first = min(_moment(value) for value in values)
    return lambda moment: moment is not None and moment > first


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


_FIELDS = Fields(
    {
        "destination-phone-number-begins-with": Condition("DestinationPhoneNumber", _begins_with),
        "expires-before": Condition("ExpirationTimestamp", _before),
        "expires-after": Condition("ExpirationTimestamp", _after),
        "created-before": Condition("CreatedTimestamp", _before),
        "created-after": Condition("CreatedTimestamp", _after),
    }
)
