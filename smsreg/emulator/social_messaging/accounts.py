"""Linked WhatsApp Business accounts and their phone numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.emulator.core.errors import ServiceFault
from smsreg.emulator.core.indexes import by_member
from smsreg.emulator.core.paging import Listing, page
from smsreg.emulator.core.world import Call, Handlers, World

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()
SERVICE = "social-messaging"
BY_ACCOUNT = by_member("_account")
"""Phone numbers, templates and flows by their linked account."""
FIRST_ACCOUNT = "waba-00000000000000000000000000000001"
FIRST_PHONE_NUMBER = "phone-number-id-00000000000000000000000000000001"
"""The account that is linked from the start, to send from; its ids never change."""


def missing(what: str) -> ServiceFault:
    """ResourceNotFoundException in this service's form."""
    return ServiceFault("ResourceNotFoundException", f"There is no {what} with this id")


def wrong(message: str) -> ServiceFault:
    """InvalidParametersException."""
    return ServiceFault("InvalidParametersException", message)


def _lookup(world: World, table: str, prefix: str, kind: str, reference: str) -> Doc | None:
    key = reference
    if reference.startswith("arn:"):
        start = world.arn(f"{kind}/", SERVICE)
        key = f"{prefix}{reference[len(start) :]}" if reference.startswith(start) else ""
    return world.state.table(table).get(key)


def find_account(world: World, reference: str) -> Doc:
    """The linked account with this id or ARN."""
    record = _lookup(world, "wabas", "waba-", "waba", reference)
    if record is None:
        raise missing("linked WhatsApp Business account")
    return record


def find_phone(world: World, reference: str) -> Doc:
    """The WhatsApp phone number with this id or ARN."""
    record = _lookup(world, "whatsapp_phones", "phone-number-id-", "phone-number-id", reference)
    if record is None:
        raise missing("phone number")
    return record


def seed(world: World) -> None:
    """Link the account that every emulator has."""
    link(world, FIRST_ACCOUNT, "100000000000001", "Emulated account")
    add_phone(world, FIRST_ACCOUNT, FIRST_PHONE_NUMBER, "+14255550100", "200000000000001")


def link(world: World, identifier: str, meta_id: str, name: str) -> Doc:
    """Add a linked account."""
    arn = world.arn(f"waba/{identifier.removeprefix('waba-')}", SERVICE)
    record: Doc = {
        "arn": arn,
        "id": identifier,
        "wabaId": meta_id,
        "registrationStatus": "COMPLETE",
        "linkDate": world.now(),
        "wabaName": name,
        "eventDestinations": [],
        "marketingMessagesOnboardingStatus": "ELIGIBLE",
    }
    return world.state.add("wabas", identifier, record, arn)


def add_phone(world: World, account: str, identifier: str, number: str, meta_id: str) -> Doc:
    """Add a phone number to a linked account."""
    arn = world.arn(f"phone-number-id/{identifier.removeprefix('phone-number-id-')}", SERVICE)
    record: Doc = {
        "arn": arn,
        "phoneNumber": number,
        "phoneNumberId": identifier,
        "metaPhoneNumberId": meta_id,
        "displayPhoneNumberName": "Emulated number",
        "displayPhoneNumber": number,
        "qualityRating": "GREEN",
        "_account": account,
        "_calls": None,
        "_key": None,
    }
    return world.state.add("whatsapp_phones", identifier, record, arn)


def phones_of(world: World, account: Doc) -> list[Doc]:
    """The phone numbers of a linked account."""
    return list(world.state.table("whatsapp_phones").having(BY_ACCOUNT, account["id"]))


@HANDLERS.handle("ListLinkedWhatsAppBusinessAccounts")
def list_accounts(call: Call) -> Doc:
    """All linked accounts."""
    items = Listing.records(call.world.state.table("wabas").after)
    return page(call.operation, call.params, items, "linkedAccounts")


@HANDLERS.handle("GetLinkedWhatsAppBusinessAccount")
def get_account(call: Call) -> Doc:
    """One account with its phone numbers."""
    record = find_account(call.world, call.params["id"])
    return {"account": {**record, "phoneNumbers": phones_of(call.world, record)}}


@HANDLERS.handle("GetLinkedWhatsAppBusinessAccountPhoneNumber")
def get_phone(call: Call) -> Doc:
    """One phone number with its account and call settings."""
    phone = find_phone(call.world, call.params["id"])
    return {
        "phoneNumber": phone,
        "linkedWhatsAppBusinessAccountId": phone["_account"],
        "callSettings": phone["_calls"],
    }
