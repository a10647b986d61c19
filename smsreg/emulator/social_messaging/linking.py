"""Linking and unlinking of accounts, settings of their phone numbers, tags."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from smsreg.emulator.core.indexes import by_member
from smsreg.emulator.core.world import Call, Handlers, World
from smsreg.emulator.social_messaging.accounts import (
    BY_ACCOUNT,
    SERVICE,
    add_phone,
    find_account,
    find_phone,
    link,
    phones_of,
    wrong,
)

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()
_BY_META_ID = by_member("metaPhoneNumberId")
_PENDING_KEPT = 100
_KMS_KEY = "-----BEGIN PUBLIC KEY-----\nZW11bGF0ZWQ=\n-----END PUBLIC KEY-----\n"
"""A placeholder for the public key of any KMS key."""


@HANDLERS.handle("AssociateWhatsAppBusinessAccount")
def associate(call: Call) -> Doc:
    """Link an account in two steps: the callback of Meta's sign-up, then the finalization."""
    params = call.params
    given = [key for key in ("signupCallback", "setupFinalization") if key in params]
    if len(given) != 1:
        raise wrong("Exactly one of signupCallback and setupFinalization is needed")
    if given[0] == "signupCallback":
        return _begin(call.world)
    return _finish(call.world, params["setupFinalization"])


def _begin(world: World) -> Doc:
    """inferred: any access token stands for one new account with one phone number."""
    token = world.hex()
    waba, number = world.digits(15), world.digits(15)
    pending: dict[str, Doc] = world.state.singles.setdefault("signups", {})
    pending[token] = {"waba": waba, "phone": number}
    while len(pending) > _PENDING_KEPT:
        del pending[next(iter(pending))]
    phone: Doc = {
        "arn": world.arn(f"phone-number-id/{number}", SERVICE),
        "phoneNumber": "+14255550199",
        "phoneNumberId": f"phone-number-id-{number}",
        "metaPhoneNumberId": number,
        "displayPhoneNumberName": "New number",
        "displayPhoneNumber": "+14255550199",
        "qualityRating": "UNKNOWN",
    }
    incomplete: Doc = {
        "accountName": "New account",
        "registrationStatus": "INCOMPLETE",
        "unregisteredWhatsAppPhoneNumbers": [phone],
        "wabaId": f"waba-{waba}",
    }
    return {
        "signupCallbackResult": {
            "associateInProgressToken": token,
            "linkedAccountsWithIncompleteSetup": {waba: incomplete},
        },
        "statusCode": 200,
    }


def _finish(world: World, setup: Doc) -> Doc:
    pending: dict[str, Doc] = world.state.singles.setdefault("signups", {})
    signup = pending.get(setup["associateInProgressToken"])
    if signup is None:
        raise wrong("associateInProgressToken: it is not known or was used")
    parent: Doc | None = None
    if "phoneNumberParent" in setup:
        parent = world.state.table("wabas").get(setup["phoneNumberParent"])
        if parent is None:
            raise wrong("phoneNumberParent: there is no such account")
    numbers: list[Doc] = setup["phoneNumbers"]
    for entry in numbers:
        if re.fullmatch(r"[0-9]{6}", entry["twoFactorPin"]) is None:
            raise wrong("twoFactorPin: it has six digits")
    phones = world.state.table("whatsapp_phones")
    chosen = [entry["id"] for entry in numbers]
    linked = any(phones.count_having(_BY_META_ID, identifier) for identifier in chosen)
    if linked or len(set(chosen)) < len(chosen):
        raise wrong("phoneNumbers: a number is linked already")
    del pending[setup["associateInProgressToken"]]
    account = parent or link(world, f"waba-{world.hex()}", signup["waba"], "New account")
    waba: Doc = setup.get("waba", {})
    if "eventDestinations" in waba:
        account["eventDestinations"] = waba["eventDestinations"]
    _tag(world, account["arn"], waba.get("tags"))
    for entry in numbers:
        identifier = f"phone-number-id-{world.hex()}"
        phone = add_phone(
            world, account["id"], identifier, f"+1425555{world.digits(4)}", entry["id"]
        )
        phone["dataLocalizationRegion"] = entry.get("dataLocalizationRegion")
        _tag(world, phone["arn"], entry.get("tags"))
    return {"linkedWhatsAppBusinessAccountId": account["id"], "statusCode": 200}


@HANDLERS.handle("DisassociateWhatsAppBusinessAccount")
def disassociate(call: Call) -> Doc:
    """Unlink an account, with its numbers, templates, flows and media."""
    world = call.world
    account = find_account(world, call.params["id"])
    for phone in phones_of(world, account):
        world.state.remove("whatsapp_phones", phone["phoneNumberId"], phone["arn"])
    for table, identifier in (("templates", "metaTemplateId"), ("flows", "flowId")):
        records = world.state.table(table)
        for record in list(records.having(BY_ACCOUNT, account["id"])):
            del records[record[identifier]]
    world.state.remove("wabas", account["id"], account["arn"])
    return {}


@HANDLERS.handle("PutWhatsAppBusinessAccountEventDestinations")
def put_destinations(call: Call) -> Doc:
    """Set the event destinations; an empty list removes them."""
    # inferred: an account that is not there is an InvalidParametersException, as the model
    # has no ResourceNotFoundException here.
    account = call.world.state.table("wabas").get(_plain(call.world, call.params["id"]))
    if account is None:
        raise wrong("There is no linked WhatsApp Business account with this id")
    account["eventDestinations"] = call.params["eventDestinations"]
    return {}


def _plain(world: World, reference: str) -> str:
    prefix = world.arn("waba/", SERVICE)
    return f"waba-{reference[len(prefix) :]}" if reference.startswith(prefix) else reference


@HANDLERS.handle("UpdateLinkedWhatsAppBusinessAccountPhoneNumber")
def update_phone(call: Call) -> Doc:
    """Update the call settings, the only ones that can be changed."""
    phone = find_phone(call.world, call.params["id"])
    phone["_calls"] = call.params["callSettings"]
    return phone


@HANDLERS.handle("PutWhatsAppBusinessPublicKey")
def put_key(call: Call) -> Doc:
    """Set the key that end-to-end encrypted flows use."""
    # inferred: either the key, in PEM form as Meta takes no other, or the KMS key that has it.
    phone = find_phone(call.world, call.params["originationPhoneNumberId"])
    key: str | None = call.params.get("businessPublicKey")
    kms: str | None = call.params.get("kmsKeyArn")
    if (key is None) == (kms is None):
        raise wrong("Exactly one of businessPublicKey and kmsKeyArn is needed")
    if key is not None and "BEGIN PUBLIC KEY" not in key:
        raise wrong("businessPublicKey: it is not a public key in PEM form")
    phone["_key"] = key or _KMS_KEY
    return {}


@HANDLERS.handle("GetWhatsAppBusinessPublicKey")
def get_key(call: Call) -> Doc:
    """inferred: without a key, the response has none."""
    key = find_phone(call.world, call.params["originationPhoneNumberId"])["_key"]
    return {
        "businessPublicKey": key,
        "businessPublicKeySignatureStatus": "VALID" if key else None,
    }


def _tag(world: World, arn: str, tags: list[Doc] | None) -> None:
    if tags:
        merged = {**world.state.tags.get(arn, {}), **{t["key"]: t.get("value", "") for t in tags}}
        world.state.tags[arn] = merged


def _known(world: World, arn: str) -> str:
    place = world.state.arns.get(arn)
    if place is None or place[0] not in ("wabas", "whatsapp_phones"):
        # inferred: tags of a resource that is not there are an InvalidParametersException, as
        # the model has no ResourceNotFoundException for them.
        raise wrong("resourceArn: there is no such resource")
    return arn


@HANDLERS.handle("TagResource")
def tag(call: Call) -> Doc:
    """Add tags, or replace their values."""
    arn = _known(call.world, call.params["resourceArn"])
    _tag(call.world, arn, call.params["tags"])
    return {"statusCode": 200}


@HANDLERS.handle("UntagResource")
def untag(call: Call) -> Doc:
    """Remove tags; missing keys are no error."""
    tags = call.world.state.tags.get(_known(call.world, call.params["resourceArn"]), {})
    for key in call.params["tagKeys"]:
        tags.pop(key, None)
    return {"statusCode": 200}


@HANDLERS.handle("ListTagsForResource")
def list_tags(call: Call) -> Doc:
    """All tags, without pagination."""
    arn = _known(call.world, call.params["resourceArn"])
    tags = call.world.state.tags.get(arn, {})
    return {
        "statusCode": 200,
        "tags": [{"key": key, "value": value} for key, value in tags.items()],
    }
