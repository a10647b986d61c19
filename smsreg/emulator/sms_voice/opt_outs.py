"""Opt-out lists and the numbers on them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from smsreg.emulator.core.collection import Collection
from smsreg.emulator.core.errors import conflict, invalid, not_found
from smsreg.emulator.core.filters import Fields
from smsreg.emulator.core.indexes import by_member
from smsreg.emulator.core.paging import NOBODYS, Listing, page
from smsreg.emulator.core.world import Call, Handlers, World
from smsreg.emulator.sms_voice.number_plan import normal

if TYPE_CHECKING:
    from smsreg.emulator.core.records import Table
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()
KIND = "opt-out-list"
LISTS = Collection("opt_out_lists", KIND)
_NUMBER_FIELDS = Fields()
DEFAULT = "Default"
"""The default list of every account."""
_BY_LIST = by_member("OptOutListName")
"""Numbers, pools and agents by their opt-out list."""


def find(world: World, reference: str) -> Doc:
    """The list with this name or ARN."""
    return world.find("opt_out_lists", KIND, reference)


def seed(world: World) -> None:
    """Create the default list of a new account."""
    _add(world, DEFAULT)


def _add(world: World, name: str) -> Doc:
    arn = world.arn(f"opt-out-list/{name}")
    record: Doc = {
        "OptOutListArn": arn,
        "OptOutListName": name,
        "CreatedTimestamp": world.now(),
        "_numbers": {},
    }
    return world.state.add("opt_out_lists", name, record, arn)


@HANDLERS.handle("CreateOptOutList")
def create(call: Call) -> Doc:
    """Create a list, identified by its name."""
    world, name = call.world, call.params["OptOutListName"]
    table = world.state.table("opt_out_lists")
    if name in table:
        raise conflict("RESOURCE_ALREADY_EXISTS", "A list has this name", KIND, name)
    world.within_quota("OPT_OUT_LISTS", len(table))
    arn = world.arn(f"opt-out-list/{name}")
    world.set_tags(arn, call.params.get("Tags"))
    return {**_add(world, name), "Tags": world.tags(arn)}


@HANDLERS.handle("DescribeOptOutLists")
def describe(call: Call) -> Doc:
    """List opt-out lists by name and owner."""
    items = LISTS.listing(call.world, call.params, call.params.get("OptOutListNames"))
    if call.params.get("Owner") == "SHARED":
        items = NOBODYS
    return page(call.operation, call.params, items, "OptOutLists")


@HANDLERS.handle("DeleteOptOutList")
def delete(call: Call) -> Doc:
    """inferred: refused while something uses the list, and always for the default one."""
    world = call.world
    record = find(world, call.params["OptOutListName"])
    name: str = record["OptOutListName"]
    used = any(
        world.state.table(table).count_having(_BY_LIST, name)
        for table in ("phone_numbers", "pools", "rcs_agents")
    )
    if name == DEFAULT or used:
        raise conflict("RESOURCE_DELETION_NOT_ALLOWED", "The list is in use", KIND, name)
    return world.state.remove("opt_out_lists", name, record["OptOutListArn"])


@HANDLERS.handle("PutOptedOutNumber")
def put_number(call: Call) -> Doc:
    """Opt a number out; repeating it has no effect."""
    world = call.world
    record = find(world, call.params["OptOutListName"])
    number = normal(call.params["OptedOutNumber"])
    entry: Doc = record["_numbers"].get(number) or add(world, record, number, by_end_user=False)
    return {**record, **entry}


def add(world: World, record: Doc, number: str, *, by_end_user: bool) -> Doc:
    """Add a number to a list, as of now."""
    numbers: Table = record["_numbers"]
    numbers[number] = {
        "OptedOutNumber": number,
        "OptedOutTimestamp": world.now(),
        "EndUserOptedOut": by_end_user,
        "_seq": world.state.next_sequence(),
    }
    entry: Doc = numbers[number]
    return entry


@HANDLERS.handle("DescribeOptedOutNumbers")
def describe_numbers(call: Call) -> Doc:
    """List the numbers of a list, by number and by who opted out."""
    params = call.params
    record = find(call.world, params["OptOutListName"])
    numbers: Table = record["_numbers"]
    wanted = [normal(number) for number in params.get("OptedOutNumbers") or ()]
    for number in wanted:
        if number not in numbers:
            raise not_found("opted-out-number", number)
    if wanted:
        named = [numbers[number] for number in dict.fromkeys(wanted)]
        ordered = sorted(named, key=lambda entry: entry["_seq"])
        items = _NUMBER_FIELDS.matching(ordered, params)
    else:
        items = Listing.records(partial(numbers.passing, _NUMBER_FIELDS.wanted(params)))
    return page(
        call.operation,
        params,
        items,
        "OptedOutNumbers",
        OptOutListArn=record["OptOutListArn"],
        OptOutListName=record["OptOutListName"],
    )


@HANDLERS.handle("DeleteOptedOutNumber")
def delete_number(call: Call) -> Doc:
    """Opt a number in, unless its owner opted out: only the owner can reverse that."""
    record = find(call.world, call.params["OptOutListName"])
    number = normal(call.params["OptedOutNumber"])
    entry: Doc | None = record["_numbers"].get(number)
    if entry is None:
        raise not_found("opted-out-number", number)
    if entry["EndUserOptedOut"]:
        raise invalid("PHONE_NUMBER_CANNOT_BE_OPTED_IN", "The end user opted out")
    del record["_numbers"][number]
    return {**record, **entry}
