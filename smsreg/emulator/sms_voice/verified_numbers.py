"""Verified destination numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.emulator.core.collection import Collection
from smsreg.emulator.core.errors import conflict, invalid, not_found, over_quota
from smsreg.emulator.core.indexes import by_member
from smsreg.emulator.core.paging import page
from smsreg.emulator.core.world import Call, Handlers, World
from smsreg.emulator.sms_voice.destinations import BY_DESTINATION
from smsreg.emulator.sms_voice.identities import resolve
from smsreg.emulator.sms_voice.number_plan import normal

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()
KIND = "verified-destination-number"
NUMBERS = Collection("verified_numbers", KIND)
_BY_TYPE = by_member("NumberType")
CODE_LIFETIME = 15 * 60
"""Seconds. inferred: a verification code can be used for 15 minutes."""


def find(world: World, reference: str) -> Doc:
    """The verified number with this id or ARN."""
    return world.find("verified_numbers", KIND, reference)


@HANDLERS.handle("CreateVerifiedDestinationNumber")
def create(call: Call) -> Doc:
    """Create a verified number, which is PENDING until its code is submitted."""
    world, params = call.world, call.params
    number = normal(params["DestinationPhoneNumber"])
    agent: Doc | None = None
    if "RcsAgentId" in params:
        agent = world.find("rcs_agents", "rcs-agent", params["RcsAgentId"])
    table = world.state.table("verified_numbers")
    agent_id = agent["RcsAgentId"] if agent else None
    for other in table.having(BY_DESTINATION, number):
        if other["RcsAgentId"] == agent_id:
            raise conflict(
                "RESOURCE_ALREADY_EXISTS",
                "The number is there already",
                KIND,
                other["VerifiedDestinationNumberId"],
            )
    world.within_quota("VERIFIED_DESTINATION_NUMBERS", len(table))
    identifier = world.new_id("verified")
    arn = world.arn(f"verified-destination-number/{identifier}")
    world.set_tags(arn, params.get("Tags"))
    record: Doc = {
        "VerifiedDestinationNumberArn": arn,
        "VerifiedDestinationNumberId": identifier,
        "DestinationPhoneNumber": number,
        "Status": "PENDING",
        "RcsAgentId": agent_id,
        "CreatedTimestamp": world.now(),
        "_code": None,
        "_sent": [],
    }
    world.state.add("verified_numbers", identifier, record, arn)
    return {**record, "Tags": world.tags(arn)}


@HANDLERS.handle("DescribeVerifiedDestinationNumbers")
def describe(call: Call) -> Doc:
    """List verified numbers by id, number, status and agent."""
    world, params = call.world, call.params
    references: list[str] | None = params.get("VerifiedDestinationNumberIds")
    wanted = {normal(number) for number in params.get("DestinationPhoneNumbers") or ()}
    if wanted:
        named = _with_numbers(world, wanted, references)
        missing = wanted - {item["DestinationPhoneNumber"] for item in named}
        if missing:
            raise not_found(KIND, min(missing))
        items = NUMBERS.few(world, params, named)
    else:
        items = NUMBERS.listing(world, params, references)
    return page(call.operation, params, items, "VerifiedDestinationNumbers")


def _with_numbers(world: World, numbers: set[str], references: list[str] | None) -> list[Doc]:
    table = world.state.table("verified_numbers")
    ids = {find(world, reference)["VerifiedDestinationNumberId"] for reference in references or ()}
    found = [record for number in numbers for record in table.having(BY_DESTINATION, number)]
    return [record for record in found if not ids or record["VerifiedDestinationNumberId"] in ids]


@HANDLERS.handle("SendDestinationNumberVerificationCode")
def send_code(call: Call) -> Doc:
    """Send a code as a message, which tests read among the sent messages."""
    world, params = call.world, call.params
    record = find(world, params["VerifiedDestinationNumberId"])
    identifier: str = record["VerifiedDestinationNumberId"]
    if record["Status"] == "VERIFIED":
        raise conflict("VERIFICATION_ALREADY_COMPLETE", "The number is verified", KIND, identifier)
    if "ConfigurationSetName" in params:
        world.find("configuration_sets", "configuration-set", params["ConfigurationSetName"])
    _check_origin(world, params.get("OriginationIdentity"))
    now = world.now()
    sent = [at for at in record["_sent"] if at > now - 86_400]
    limit = world.settings.quotas["VERIFICATION_ATTEMPTS_PER_DAY"]
    if len(sent) >= limit:
        raise over_quota("VERIFICATION_ATTEMPTS_PER_DAY", f"{limit} codes a day is the limit")
    record["_sent"] = [*sent, now]
    record["_code"] = world.settings.verification_code or world.digits(6)
    message_id = world.uuid()
    world.state.record_message(
        message_id,
        {
            "MessageId": message_id,
            "Operation": call.operation.name,
            "DestinationPhoneNumber": record["DestinationPhoneNumber"],
            "MessageBody": f"Your verification code is {record['_code']}",
            "Channel": params["VerificationChannel"],
            "Timestamp": now,
        },
    )
    return {"MessageId": message_id}


def _check_origin(world: World, named: str | None) -> None:
    """A code needs an identity that is not a simulator.

    inferred: a code that names no identity is sent where the account has any number or sender id,
    and is refused as NO_ORIGINATION_IDENTITIES_FOUND, as is one from a simulator number.
    """
    if named is not None:
        fits = resolve(world, named)[1].get("NumberType") != "SIMULATOR"
    else:
        numbers = world.state.table("phone_numbers")
        simulators = numbers.count_having(_BY_TYPE, "SIMULATOR")
        fits = len(numbers) > simulators or bool(world.state.table("sender_ids"))
    if not fits:
        raise conflict(
            "NO_ORIGINATION_IDENTITIES_FOUND",
            "A code is sent from a number or sender id that is not a simulator",
            "account",
            world.scope.account_id,
        )


@HANDLERS.handle("VerifyDestinationNumber")
def verify(call: Call) -> Doc:
    """Verify a number by the code that was sent last, within its lifetime."""
    world = call.world
    record = find(world, call.params["VerifiedDestinationNumberId"])
    identifier: str = record["VerifiedDestinationNumberId"]
    if record["Status"] == "VERIFIED":
        raise conflict("VERIFICATION_ALREADY_COMPLETE", "The number is verified", KIND, identifier)
    # inferred: a number that was sent no code answers as if its code had expired.
    if record["_code"] is None or world.now() > record["_sent"][-1] + CODE_LIFETIME:
        raise conflict("VERIFICATION_CODE_EXPIRED", "There is no valid code", KIND, identifier)
    if call.params["VerificationCode"] != record["_code"]:
        raise invalid("VERIFICATION_CODE_MISMATCH", "The code is not the one that was sent")
    record["Status"] = "VERIFIED"
    record["_code"] = None
    return record


@HANDLERS.handle("DeleteVerifiedDestinationNumber")
def delete(call: Call) -> Doc:
    """Delete a verified number in any state."""
    record = find(call.world, call.params["VerifiedDestinationNumberId"])
    return call.world.state.remove(
        "verified_numbers",
        record["VerifiedDestinationNumberId"],
        record["VerifiedDestinationNumberArn"],
    )
