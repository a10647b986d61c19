"""Origination identities: lookup by id, ARN, number or sender id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.emulator.core.errors import invalid, not_found
from smsreg.emulator.core.indexes import by_member
from smsreg.emulator.sms_voice import phone_numbers, pool_members, sender_ids
from smsreg.emulator.sms_voice.number_plan import BY_NUMBER

if TYPE_CHECKING:
    from collections.abc import Callable

    from smsreg.emulator.core.service_model import Doc
    from smsreg.emulator.core.world import World

ARN_KEYS = {
    "phone-number": "PhoneNumberArn",
    "sender-id": "SenderIdArn",
    "pool": "PoolArn",
    "rcs-agent": "RcsAgentArn",
}
ID_KEYS = {
    "phone-number": "PhoneNumberId",
    "sender-id": "SenderId",
    "pool": "PoolId",
    "rcs-agent": "RcsAgentId",
}
_TABLES = {
    "phone_numbers": "phone-number",
    "sender_ids": "sender-id",
    "pools": "pool",
    "rcs_agents": "rcs-agent",
}
BY_SENDER_ID = by_member("SenderId")


def resolve(world: World, reference: str, country: str | None = None) -> tuple[str, Doc]:
    """The kind and record of an identity given by id, ARN, number or sender id."""
    if reference.startswith("arn:"):
        return _by_arn(world, reference)
    for prefix, (kind, find) in _BY_PREFIX.items():
        if reference.startswith(prefix):
            return kind, find(world, reference)
    if reference.lstrip("+").isdigit():
        return "phone-number", _by_number(world, reference)
    return "sender-id", _by_sender_id(world, reference, country)


def _agent(world: World, reference: str) -> Doc:
    return world.find("rcs_agents", "rcs-agent", reference)


_BY_PREFIX: dict[str, tuple[str, Callable[[World, str], Doc]]] = {
    "phone-": ("phone-number", phone_numbers.find),
    "pool-": ("pool", pool_members.find),
    "rcs-": ("rcs-agent", _agent),
}


def is_sender_id(name: str) -> bool:
    """Whether a reference can only be a sender id."""
    return not name.startswith(("arn:", *_BY_PREFIX)) and not name.lstrip("+").isdigit()


def _by_number(world: World, reference: str) -> Doc:
    number = f"+{reference.lstrip('+')}"
    record = world.state.table("phone_numbers").first_having(BY_NUMBER, number)
    if record is None:
        raise not_found("phone-number", reference)
    return phone_numbers.settle(world, record)


def _by_sender_id(world: World, reference: str, country: str | None) -> Doc:
    if country is not None:
        return sender_ids.find(world, reference, country)
    owned = list(world.state.table("sender_ids").having(BY_SENDER_ID, reference))
    if not owned:
        raise not_found("sender-id", reference)
    # inferred: a sender id that the account has in one country only needs no country.
    if len(owned) > 1:
        raise invalid("MISSING_PARAMETER", "IsoCountryCode is needed with this sender id")
    return owned[0]


def _by_arn(world: World, arn: str) -> tuple[str, Doc]:
    place = world.state.arns.get(arn)
    if place is None:
        kind = arn.rpartition(":")[2].partition("/")[0]
        raise not_found(kind if kind in ARN_KEYS else "phone-number", arn)
    if place[0] not in _TABLES:
        raise invalid("INVALID_ARN", "This is not the ARN of an origination identity")
    kind = _TABLES[place[0]]
    record = world.state.table(place[0])[place[1]]
    if kind == "phone-number":
        phone_numbers.settle(world, record)
    return kind, record
