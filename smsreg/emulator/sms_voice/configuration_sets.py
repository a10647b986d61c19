"""Configuration sets, their defaults and their event destinations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.emulator.core.collection import Collection
from smsreg.emulator.core.errors import conflict, invalid, not_found
from smsreg.emulator.core.filters import Fields, Part
from smsreg.emulator.core.paging import page
from smsreg.emulator.core.world import Call, Handlers, World

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()
KIND = "configuration-set"
_DESTINATIONS = ("CloudWatchLogsDestination", "KinesisFirehoseDestination", "SnsDestination")


def _names(destinations: list[Doc]) -> list[str]:
    return [entry["EventDestinationName"] for entry in destinations]


def _types(destinations: list[Doc]) -> list[str]:
    return [kind for entry in destinations for kind in entry["MatchingEventTypes"]]


SETS = Collection(
    "configuration_sets",
    KIND,
    Fields(
        {
            "event-destination-name": Part("EventDestinations", _names),
            "matching-event-types": Part("EventDestinations", _types),
        }
    ),
)


def find(world: World, reference: str) -> Doc:
    """The set with this name or ARN."""
    return world.find("configuration_sets", KIND, reference)


@HANDLERS.handle("CreateConfigurationSet")
def create(call: Call) -> Doc:
    """Create a set, identified by its name."""
    world, name = call.world, call.params["ConfigurationSetName"]
    table = world.state.table("configuration_sets")
    if name in table:
        raise conflict("RESOURCE_ALREADY_EXISTS", "A set has this name", KIND, name)
    world.within_quota("CONFIGURATION_SETS", len(table))
    arn = world.arn(f"configuration-set/{name}")
    world.set_tags(arn, call.params.get("Tags"))
    record: Doc = {
        "ConfigurationSetArn": arn,
        "ConfigurationSetName": name,
        "EventDestinations": [],
        "CreatedTimestamp": world.now(),
    }
    world.state.add("configuration_sets", name, record, arn)
    return {**record, "Tags": world.tags(arn)}


@HANDLERS.handle("DescribeConfigurationSets")
def describe(call: Call) -> Doc:
    """List sets by name and filters."""
    items = SETS.listing(call.world, call.params, call.params.get("ConfigurationSetNames"))
    return page(call.operation, call.params, items, "ConfigurationSets")


@HANDLERS.handle("DeleteConfigurationSet")
def delete(call: Call) -> Doc:
    """Delete a set with its event destinations."""
    record = find(call.world, call.params["ConfigurationSetName"])
    return call.world.state.remove(
        "configuration_sets", record["ConfigurationSetName"], record["ConfigurationSetArn"]
    )


@HANDLERS.handle("SetDefaultMessageType")
def set_message_type(call: Call) -> Doc:
    """Set the default for messages without a type."""
    record = find(call.world, call.params["ConfigurationSetName"])
    record["DefaultMessageType"] = call.params["MessageType"]
    return {**record, "MessageType": record["DefaultMessageType"]}


@HANDLERS.handle("DeleteDefaultMessageType")
def delete_message_type(call: Call) -> Doc:
    """inferred: where there is none, the response names none."""
    record = find(call.world, call.params["ConfigurationSetName"])
    return {**record, "MessageType": record.pop("DefaultMessageType", None)}


@HANDLERS.handle("SetDefaultSenderId")
def set_sender_id(call: Call) -> Doc:
    """inferred: the sender id need not be one of the account's."""
    record = find(call.world, call.params["ConfigurationSetName"])
    record["DefaultSenderId"] = call.params["SenderId"]
    return {**record, "SenderId": record["DefaultSenderId"]}


@HANDLERS.handle("DeleteDefaultSenderId")
def delete_sender_id(call: Call) -> Doc:
    """inferred: where there is none, the response names none."""
    record = find(call.world, call.params["ConfigurationSetName"])
    return {**record, "SenderId": record.pop("DefaultSenderId", None)}


@HANDLERS.handle("SetDefaultMessageFeedbackEnabled")
def set_feedback(call: Call) -> Doc:
    """Set the default for messages that do not specify it."""
    record = find(call.world, call.params["ConfigurationSetName"])
    record["DefaultMessageFeedbackEnabled"] = call.params["MessageFeedbackEnabled"]
    return {**record, "MessageFeedbackEnabled": record["DefaultMessageFeedbackEnabled"]}


@HANDLERS.handle("CreateEventDestination")
def create_destination(call: Call) -> Doc:
    """Create an event destination, of exactly one kind."""
    world, params = call.world, call.params
    record = find(world, params["ConfigurationSetName"])
    name: str = params["EventDestinationName"]
    given = [kind for kind in _DESTINATIONS if kind in params]
    if not given:
        raise invalid("MISSING_PARAMETER", "A destination is needed")
    if len(given) > 1:
        raise invalid("PARAMETERS_CANNOT_BE_USED_TOGETHER", "Only one destination")
    destinations: list[Doc] = record["EventDestinations"]
    if any(entry["EventDestinationName"] == name for entry in destinations):
        raise conflict(
            "RESOURCE_ALREADY_EXISTS", "The set has this destination", "event-destination", name
        )
    world.within_quota(
        "EVENT_DESTINATIONS_PER_CONFIGURATION_SET",
        len(destinations),
        "EVENT_DESTINATIONS_PER_CONFIGURATION_SET",
    )
    entry: Doc = {
        "EventDestinationName": name,
        "Enabled": True,
        "MatchingEventTypes": list(dict.fromkeys(params["MatchingEventTypes"])),
        given[0]: params[given[0]],
    }
    destinations.append(entry)
    return {**record, "EventDestination": entry}


@HANDLERS.handle("UpdateEventDestination")
def update_destination(call: Call) -> Doc:
    """Update an event destination; its kind cannot change."""
    params = call.params
    record = find(call.world, params["ConfigurationSetName"])
    entry = _destination(record, params["EventDestinationName"])
    given = [kind for kind in _DESTINATIONS if kind in params]
    if len(given) > 1:
        raise invalid("PARAMETERS_CANNOT_BE_USED_TOGETHER", "Only one destination")
    if given and given[0] not in entry:
        raise conflict(
            "EVENT_DESTINATION_MISMATCH",
            "The destination is of another kind",
            "event-destination",
            params["EventDestinationName"],
        )
    for key in ("Enabled", "MatchingEventTypes", *given):
        if key in params:
            entry[key] = params[key]
    return {**record, "EventDestination": entry}


@HANDLERS.handle("DeleteEventDestination")
def delete_destination(call: Call) -> Doc:
    """Delete an event destination by its name in the set."""
    record = find(call.world, call.params["ConfigurationSetName"])
    entry = _destination(record, call.params["EventDestinationName"])
    record["EventDestinations"].remove(entry)
    return {**record, "EventDestination": entry}


def _destination(record: Doc, name: str) -> Doc:
    for entry in record["EventDestinations"]:
        if entry["EventDestinationName"] == name:
            found: Doc = entry
            return found
    raise not_found("event-destination", name)
