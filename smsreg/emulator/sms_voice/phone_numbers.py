"""Phone numbers: request, describe, update, release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smsreg.emulator.catalogue import kind_of
from smsreg.emulator.core.collection import Collection, Lifecycle
from smsreg.emulator.core.errors import conflict, invalid
from smsreg.emulator.core.filters import Fields
from smsreg.emulator.core.indexes import Schedule
from smsreg.emulator.core.paging import NOBODYS, page
from smsreg.emulator.core.world import Call, Handlers, World
from smsreg.emulator.sms_voice import number_plan, opt_outs, pool_members
from smsreg.emulator.sms_voice.registration_associations import associate
from smsreg.emulator.sms_voice.registration_effects import release as disassociate
from smsreg.emulator.sms_voice.registrations import find as find_registration
from smsreg.emulator.sms_voice.registrations import known_type, refuse_under_review

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()
KIND = "phone-number"
_SLOW = ("TOLL_FREE", "TEN_DLC")


def settle(world: World, record: Doc) -> Doc:
    """A requested number becomes ACTIVE by the clock."""
    active_at = record["_active_at"]
    if record["Status"] == "PENDING" and active_at is not None and world.now() >= active_at:
        record["Status"] = "ACTIVE"
    return record


_DUE = Schedule(
    frozenset({"Status", "_active_at"}),
    lambda number: number["_active_at"] if number["Status"] == "PENDING" else None,
)
NUMBERS = Collection(
    "phone_numbers",
    KIND,
    Fields({"number-capability": "NumberCapabilities"}),
    Lifecycle(settle, lambda _: _DUE),
)


def find(world: World, reference: str) -> Doc:
    """The number with this id or ARN, in its current state."""
    return settle(world, world.find("phone_numbers", KIND, reference))


@HANDLERS.handle("RequestPhoneNumber")
def request(call: Call) -> Doc:
    """Lease a number; toll-free and 10DLC ones take a while to become active."""
    world, params = call.world, call.params
    country, number_type = params["IsoCountryCode"], params["NumberType"]
    table = world.state.table("phone_numbers")
    opt_out_list = opt_outs.find(world, params.get("OptOutListName", opt_outs.DEFAULT))
    registration = _registration(world, params)
    _check_international(params, country, number_type)
    number = number_plan.new_number(world, country, number_type)
    number = number_plan.preferred(world, params.get("NumberPreference", []), number)
    if number_plan.is_taken(world, number):
        # inferred: a number that was leased before, now or until its release, is refused like this.
        raise conflict("RESOURCE_ALREADY_EXISTS", "The number is not available", KIND, number)
    world.within_quota("PHONE_NUMBERS", len(table))
    identifier = world.new_id("phone")
    arn = world.arn(f"phone-number/{identifier}")
    now = world.now()
    record: Doc = {
        "PhoneNumberArn": arn,
        "PhoneNumberId": identifier,
        "PhoneNumber": number,
        "Status": "PENDING" if number_type in _SLOW else "ACTIVE",
        "IsoCountryCode": country,
        "MessageType": params["MessageType"],
        "NumberCapabilities": sorted(set(params["NumberCapabilities"])),
        "NumberType": number_type,
        "MonthlyLeasingPrice": number_plan.LEASING_PRICES[number_type],
        "TwoWayEnabled": False,
        "SelfManagedOptOutsEnabled": False,
        "OptOutListName": opt_out_list["OptOutListName"],
        "InternationalSendingEnabled": params.get("InternationalSendingEnabled", False),
        "DeletionProtectionEnabled": params.get("DeletionProtectionEnabled", False),
        "MessagingLimits": {
            "RateLimits": {"SMS": number_plan.MESSAGES_A_SECOND[number_type]},
            "DailyMessageCaps": {},
        },
        "CreatedTimestamp": now,
        # inferred: a number's wait, which really is days, ends with its registration's approval
        # or after the time of a review.
        "_active_at": _active_at(world, number_type, now),
    }
    pool = pool_members.pool_for(world, params.get("PoolId"), record)
    world.set_tags(arn, params.get("Tags"))
    if registration is not None:
        associate(world, registration, KIND, record)
    record = world.state.add("phone_numbers", identifier, record, arn)
    if pool is not None:
        pool_members.join(pool, KIND, record)
    return {**record, "Tags": world.tags(arn)}


def _active_at(world: World, number_type: str, now: float) -> float | None:
    if number_type not in _SLOW:
        return now
    span = world.settings.review_seconds
    return None if span is None else now + span


def _check_international(params: Doc, country: str, number_type: str) -> None:
    """Only US toll-free numbers can send abroad."""
    abroad = (country, number_type) == ("US", "TOLL_FREE")
    if params.get("InternationalSendingEnabled") and not abroad:
        raise invalid(
            "INTERNATIONAL_SENDING_NOT_SUPPORTED", "Only US toll-free numbers send abroad"
        )


def _registration(world: World, params: Doc) -> Doc | None:
    reference: str | None = params.get("RegistrationId")
    if reference is None:
        return None  # a 10DLC number can be associated with its campaign later
    registration = find_registration(world, reference)
    kind = known_type(world, registration["RegistrationType"])
    if not any(kind_of(association["resource"]) == KIND for association in kind.associations):
        raise invalid("INVALID_REGISTRATION_ASSOCIATION", "This registration takes no numbers")
    return registration


@HANDLERS.handle("DescribePhoneNumbers")
def describe(call: Call) -> Doc:
    """List numbers by id, owner and filters."""
    world, params = call.world, call.params
    items = NUMBERS.listing(world, params, params.get("PhoneNumberIds"))
    if params.get("Owner") == "SHARED":
        items = NOBODYS
    return page(call.operation, params, items, "PhoneNumbers")


@HANDLERS.handle("UpdatePhoneNumber")
def update(call: Call) -> Doc:
    """Update a number; one in a pool keeps the settings that it shares with the pool."""
    world, params = call.world, call.params
    record = find(world, params["PhoneNumberId"])
    changes = settings_of(world, record, params)
    if "InternationalSendingEnabled" in params:
        _check_international(params, record["IsoCountryCode"], record["NumberType"])
        changes["InternationalSendingEnabled"] = params["InternationalSendingEnabled"]
    pool = pool_members.pool_of(world, record)
    if pool is not None:
        pool_members.check_settings(pool, {**record, **changes}, KIND)
    record.update(changes)
    return record


def settings_of(world: World, record: Doc, params: Doc) -> Doc:
    """The two-way, opt-out and protection settings that an Update operation asks for."""
    changes: Doc = {
        name: params[name]
        for name in (
            "TwoWayEnabled",
            "TwoWayChannelArn",
            "TwoWayChannelRole",
            "SelfManagedOptOutsEnabled",
            "DeletionProtectionEnabled",
        )
        if name in params
    }
    if "OptOutListName" in params:
        changes["OptOutListName"] = opt_outs.find(world, params["OptOutListName"])["OptOutListName"]
    merged: dict[str, Any] = {**record, **changes}
    if merged["TwoWayEnabled"] and not merged.get("TwoWayChannelArn"):
        raise invalid("TWO_WAY_CHANNEL_NOT_PRESENT", "Two-way messaging needs a TwoWayChannelArn")
    if not merged["TwoWayEnabled"]:
        # inferred: switching two-way messaging off forgets its channel.
        changes["TwoWayChannelArn"] = changes["TwoWayChannelRole"] = None
    return changes


@HANDLERS.handle("ReleasePhoneNumber")
def release(call: Call) -> Doc:
    """Release a number, which also disassociates it from its registration."""
    world = call.world
    record = find(world, call.params["PhoneNumberId"])
    identifier, arn = record["PhoneNumberId"], record["PhoneNumberArn"]
    world.unprotected(record, KIND, identifier)
    if record.get("PoolId"):
        raise conflict(
            "PHONE_NUMBER_ASSOCIATED_TO_POOL", "The number is in a pool", KIND, identifier
        )
    refuse_under_review(world, record.get("RegistrationId"), KIND, identifier)
    disassociate(world, record, arn)
    world.state.table("keywords").pop(arn, None)
    world.state.remove("phone_numbers", identifier, arn)
    world.state.table(number_plan.RELEASED)[record["PhoneNumber"]] = {"_released_at": world.now()}
    return {**record, "Status": "DELETED"}


@HANDLERS.handle("ListAvailablePhoneNumbers")
def list_available(call: Call) -> Doc:
    """Numbers that can be leased; each call generates others, so there is one page."""
    world, params = call.world, call.params
    if "RegistrationId" in params:
        find_registration(world, params["RegistrationId"])
    if "NextToken" in params:
        raise invalid("INVALID_NEXT_TOKEN", "The next token is not valid for this request")
    size: int = params.get("MaxResults", 10)
    numbers = {
        number_plan.preferred(
            world,
            params.get("NumberPreference", []),
            number_plan.new_number(world, params["IsoCountryCode"], params["NumberType"]),
        )
        for _ in range(size)
    }
    return {"AvailablePhoneNumbers": sorted(numbers)}
