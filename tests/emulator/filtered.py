"""Every filter of every listing, and the items that it selects in a full scan."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from smsreg.emulator.core.service_model import END_USER, SMS, service_model
from smsreg.emulator.sms_voice import CHANGING
from smsreg.emulator.sms_voice.notify_catalogue import TEMPLATES
from tests.random_requests import MODELS

from . import growth

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

    from smsreg.emulator import Emulator
    from smsreg.emulator.core.world import World

Doc = dict[str, Any]
Wanted = list[tuple[str, list[str]]]
"""The filters of a request, with their values."""

SETTLE = {c.table: c.lifecycle.settle for c in CHANGING if c.lifecycle is not None}
STATES = {
    "phone_numbers": ("Status", ("PENDING", "ACTIVE", "DISASSOCIATING")),
    "pools": ("Status", ("CREATING", "ACTIVE")),
    "notify_configurations": ("Status", ("PENDING", "ACTIVE", "REJECTED")),
    "attachments": (
        "AttachmentStatus",
        ("UPLOAD_IN_PROGRESS", "UPLOAD_COMPLETE", "UPLOAD_FAILED"),
    ),
    "registrations": ("RegistrationStatus", ("CREATED", "REQUIRES_UPDATES", "CLOSED", "COMPLETE")),
}
"""The possible values for a record of a table that the clock changes."""
BOOLEAN = ("-enabled", "account-default", "registered", "opted-out")


def first(world: World, table: str) -> Doc:
    record: Doc = next(iter(world.state.table(table).values()))
    return SETTLE[table](world, record) if table in SETTLE else record


@dataclass(frozen=True)
class Listing:
    """A listing that can be filtered.

    Attributes:
        items: The key of the items in a response.
        table: The table of its records, if they are a whole table.
        found: The location of a filter's values, if not in the member of the same name.
        params: The other parameters of a request.
        records: The records in order, if they are not a whole table.
        shown: How the listing identifies a record.
        conditions: Filters that do not test for equality.
    """

    items: str
    table: str = ""
    found: dict[str, Callable[[Doc], Any]] = field(default_factory=dict)
    params: Callable[[World], Doc] = lambda _: {}
    records: Callable[[World], list[Doc]] | None = None
    shown: Callable[[Doc], Any] = lambda item: next(
        (value for name, value in item.items() if name.endswith(("Id", "Arn", "Name"))), None
    )
    conditions: dict[str, Callable[[Doc, list[str]], bool]] = field(default_factory=dict)

    def scan(self, world: World, wanted: Wanted) -> list[Any]:
        """Return the items that pass the filters, by testing each."""
        if self.records is not None:
            records = self.records(world)
        else:
            records = list(world.state.table(self.table).values())
            records.sort(key=lambda record: record["_seq"])
        settle = SETTLE.get(self.table)
        settled = [settle(world, record) if settle else record for record in records]
        return [
            self.shown(record)
            for record in settled
            if all(self._passes(record, name, values) for name, values in wanted)
        ]

    def _passes(self, record: Doc, name: str, values: list[str]) -> bool:
        if name in self.conditions:
            return self.conditions[name](record, values)
        return not set(values).isdisjoint(self.texts(record, name))

    def texts(self, record: Doc, name: str) -> set[str]:
        """Return the values that a filter compares in a record."""
        member = "".join(part.capitalize() for part in name.split("-"))
        value = self.found.get(name, lambda one: one.get(member))(record)
        if value is None:
            return set()
        if isinstance(value, bool):
            return {str(value).lower()}
        return {str(part) for part in value} if isinstance(value, list) else {str(value)}


def _before(member: str) -> Callable[[Doc, list[str]], bool]:
    return lambda record, values: (
        record[member] is not None and any(record[member] < float(value) for value in values)
    )


def _after(member: str) -> Callable[[Doc, list[str]], bool]:
    return lambda record, values: (
        record[member] is not None and any(record[member] > float(value) for value in values)
    )


def _member(name: str) -> Callable[[Doc], Any]:
    return lambda record: record.get(name)


def _in(table: str, inside: str, key: str) -> tuple[Any, Any]:
    """Return the parameters and the records of a listing of a record's parts."""

    def records(world: World) -> list[Doc]:
        within = first(world, table)[inside]
        now = world.now()
        items = list(within.values()) if isinstance(within, dict) else list(within)
        items = [i for i in items if (i.get("ExpirationTimestamp") or now + 1) > now]
        return sorted(items, key=lambda item: item.get("_seq", 0))

    return lambda world: {key: first(world, table)[key]}, records


def _launches(world: World) -> list[Doc]:
    arn = first(world, "rcs_agents")["RcsAgentArn"]
    records = sorted(world.state.table("registrations").values(), key=lambda one: one["_seq"])
    launches: list[Doc] = []
    for record in records:
        kind = world.catalogue.get(record["RegistrationType"])
        if kind is None or kind.country is None:
            continue
        if any(association["ResourceArn"] == arn for association in record["_associations"]):
            done = record["RegistrationStatus"] == "COMPLETE"
            launches.append(
                {
                    "RegistrationId": record["RegistrationId"],
                    "Status": "ACTIVE" if done else "PENDING",
                    "country": kind.country,
                }
            )
    return launches


def _keywords(world: World) -> list[Doc]:
    own = world.state.table("keywords").get(first(world, "phone_numbers")["PhoneNumberArn"], {})
    fixed = {"HELP": "AUTOMATIC_RESPONSE", "STOP": "OPT_OUT"}
    default = [{"Keyword": word, "KeywordAction": action} for word, action in fixed.items()]
    return [own.get(each["Keyword"], each) for each in default] + [
        entry for word, entry in own.items() if word not in fixed
    ]


def _versions(world: World) -> list[Doc]:
    versions: list[Doc] = first(world, "registrations")["_versions"][::-1]
    return versions


NUMBERS = _in("opt_out_lists", "_numbers", "OptOutListName")
OVERRIDES = _in("protect_configurations", "_overrides", "ProtectConfigurationId")
MEMBERS = _in("pools", "_members", "PoolId")
ASSOCIATIONS = _in("registrations", "_associations", "RegistrationId")

LISTINGS = {
    "DescribeConfigurationSets": Listing(
        "ConfigurationSets",
        "configuration_sets",
        {
            "event-destination-name": lambda record: [
                entry["EventDestinationName"] for entry in record["EventDestinations"]
            ],
            "matching-event-types": lambda record: [
                kind
                for entry in record["EventDestinations"]
                for kind in entry["MatchingEventTypes"]
            ],
        },
        shown=_member("ConfigurationSetName"),
    ),
    "DescribeKeywords": Listing(
        "Keywords",
        params=lambda world: {
            "OriginationIdentity": first(world, "phone_numbers")["PhoneNumberId"]
        },
        records=_keywords,
        shown=_member("Keyword"),
    ),
    "DescribeNotifyConfigurations": Listing(
        "NotifyConfigurations",
        "notify_configurations",
        {"default-template": _member("DefaultTemplateId"), "default-pool": _member("PoolId")},
        shown=_member("NotifyConfigurationId"),
    ),
    "DescribeNotifyTemplates": Listing(
        "NotifyTemplates", records=lambda _: TEMPLATES, shown=_member("TemplateId")
    ),
    "DescribeOptedOutNumbers": Listing(
        "OptedOutNumbers", params=NUMBERS[0], records=NUMBERS[1], shown=_member("OptedOutNumber")
    ),
    "DescribePhoneNumbers": Listing(
        "PhoneNumbers",
        "phone_numbers",
        {"number-capability": _member("NumberCapabilities")},
        shown=_member("PhoneNumberId"),
    ),
    "DescribePools": Listing("Pools", "pools", shown=_member("PoolId")),
    "DescribeProtectConfigurations": Listing(
        "ProtectConfigurations",
        "protect_configurations",
        shown=_member("ProtectConfigurationId"),
    ),
    "DescribeRcsAgentCountryLaunchStatus": Listing(
        "CountryLaunchStatus",
        params=lambda world: {"RcsAgentId": first(world, "rcs_agents")["RcsAgentId"]},
        records=_launches,
        found={"country-launch-status": _member("Status")},
        shown=_member("RegistrationId"),
    ),
    "DescribeRcsAgents": Listing("RcsAgents", "rcs_agents", shown=_member("RcsAgentId")),
    "DescribeRegistrationAttachments": Listing(
        "RegistrationAttachments", "attachments", shown=_member("RegistrationAttachmentId")
    ),
    "DescribeRegistrationTypeDefinitions": Listing(
        "RegistrationTypeDefinitions",
        records=lambda world: [kind.definition for kind in world.catalogue.all()],
        found={
            "supported-association-resource-type": _member("_resources"),
            "supported-association-iso-country-code": _member("_countries"),
        },
        shown=_member("RegistrationType"),
    ),
    "DescribeRegistrationVersions": Listing(
        "RegistrationVersions",
        params=lambda world: {"RegistrationId": first(world, "registrations")["RegistrationId"]},
        records=_versions,
        shown=_member("VersionNumber"),
    ),
    "DescribeRegistrations": Listing(
        "Registrations", "registrations", shown=_member("RegistrationId")
    ),
    "DescribeSenderIds": Listing(
        "SenderIds",
        "sender_ids",
        {"message-type": _member("MessageTypes")},
        shown=_member("SenderIdArn"),
    ),
    "DescribeVerifiedDestinationNumbers": Listing(
        "VerifiedDestinationNumbers",
        "verified_numbers",
        shown=_member("VerifiedDestinationNumberId"),
    ),
    "ListPoolOriginationIdentities": Listing(
        "OriginationIdentities",
        params=MEMBERS[0],
        records=MEMBERS[1],
        found={"number-capability": _member("NumberCapabilities")},
        shown=_member("OriginationIdentity"),
    ),
    "ListProtectConfigurationRuleSetNumberOverrides": Listing(
        "RuleSetNumberOverrides",
        params=OVERRIDES[0],
        records=OVERRIDES[1],
        shown=_member("DestinationPhoneNumber"),
        conditions={
            "destination-phone-number-begins-with": lambda record, values: any(
                record["DestinationPhoneNumber"].startswith(f"+{value.lstrip('+')}")
                for value in values
            ),
            "expires-before": _before("ExpirationTimestamp"),
            "expires-after": _after("ExpirationTimestamp"),
            "created-before": _before("CreatedTimestamp"),
            "created-after": _after("CreatedTimestamp"),
        },
    ),
    "ListRegistrationAssociations": Listing(
        "RegistrationAssociations",
        params=ASSOCIATIONS[0],
        records=ASSOCIATIONS[1],
        shown=_member("ResourceId"),
    ),
}
"""Every listing with `Filters`."""
JOBS = Listing(
    "jobs",
    "jobs",
    {name: _member(name) for name in ("status", "brandProfileId", "operationType")},
    shown=_member("jobId"),
)
"""ListJobs, whose filters are parameters."""


def known_filters() -> dict[str, list[str]]:
    """Return the names of all filters by operation, as in the model."""
    known: dict[str, list[str]] = {}
    for model in MODELS.values():
        for name in model.operation_names:
            shape = model.operation_model(name).input_shape
            filters = shape.members.get("Filters") if shape is not None else None
            if filters is not None:
                known[name] = filters.member.members["Name"].enum
    return known


# --- a state to filter


def made(seed: int, size: int) -> Emulator:
    """Create an emulator with so many resources of each kind that filters distinguish."""
    subject = growth.emulator(seed=seed, review_seconds=40.0)

    def do(name: str, service: str = SMS, **params: Any) -> Any:
        operation = service_model(service).operation(name)
        assert operation is not None
        return subject._engine.perform(operation, params)

    number = do(
        "RequestPhoneNumber",
        IsoCountryCode="US",
        MessageType="TRANSACTIONAL",
        NumberCapabilities=["SMS"],
        NumberType="SIMULATOR",
    )
    do(
        "CreatePool",
        OriginationIdentity=number["PhoneNumberId"],
        IsoCountryCode="US",
        MessageType="TRANSACTIONAL",
    )
    do(
        "PutKeyword",
        OriginationIdentity=number["PhoneNumberId"],
        Keyword="JOIN",
        KeywordMessage="Hi",
    )
    do("CreateConfigurationSet", ConfigurationSetName="main")
    do(
        "CreateNotifyConfiguration",
        DisplayName="n",
        UseCase="CODE_VERIFICATION",
        EnabledChannels=["SMS"],
    )
    do("PutOptedOutNumber", OptOutListName="Default", OptedOutNumber="+12065550100")
    protection = do("CreateProtectConfiguration")
    do(
        "PutProtectConfigurationRuleSetNumberOverride",
        ProtectConfigurationId=protection["ProtectConfigurationId"],
        DestinationPhoneNumber="+12065550100",
        Action="ALLOW",
    )
    do("CreateRcsAgent")
    do("RequestSenderId", SenderId="EXAMPLE", IsoCountryCode="GB")
    do("CreateVerifiedDestinationNumber", DestinationPhoneNumber="+12065550100")
    do("CreateRegistration", RegistrationType="US_TOLL_FREE_REGISTRATION")
    do("CreateRegistrationAttachment", AttachmentBody="JVBERi0=")
    profile = do("CreateBrandProfile", END_USER, brandProfileName="Example")
    do(
        "CreateRegistrationsFromBrandProfile",
        END_USER,
        brandProfileId=profile["brandProfileId"],
        registrationTypes=["US_TOLL_FREE_REGISTRATION"],
    )
    growth.grow(subject, size)
    return subject


def vary(world: World, chance: random.Random, share: float) -> None:
    """Change what filters compare in a share of the records."""
    model = MODELS[SMS]
    for name, filters in known_filters().items():
        listing = LISTINGS[name]
        shape = model.operation_model(name).output_shape.members[listing.items].member
        for record in _records(world, listing):
            for filter_name in filters:
                if chance.random() < share:
                    member = _where(filter_name)
                    _set(world, record, member, item=shape, table=listing.table, chance=chance)
    for job in world.state.table("jobs").values():
        if job["status"] != "PROCESSING" and chance.random() < share:
            job["status"] = chance.choice(["SUCCESS", "FAILED"])
            job["brandProfileId"] = chance.choice(["bp-1", "bp-2", None])
    for record in world.state.table("registrations").values():
        if chance.random() < share:
            _associate(world, record, chance)


def _records(world: World, listing: Listing) -> Iterator[Doc]:
    if listing.table:
        yield from list(world.state.table(listing.table).values())
    elif listing.records is NUMBERS[1] or listing.records is OVERRIDES[1]:
        yield from listing.records(world)


def _where(name: str) -> str:
    known = {
        "number-capability": "NumberCapabilities",
        "default-template": "DefaultTemplateId",
        "default-pool": "PoolId",
        "message-type": "MessageTypes",
        "event-destination-name": "EventDestinations",
        "matching-event-types": "EventDestinations",
        "expires-before": "ExpirationTimestamp",
        "expires-after": "ExpirationTimestamp",
    }
    return known.get(name, "".join(part.capitalize() for part in name.split("-")))


def _set(
    world: World, record: Doc, member: str, *, item: Any, table: str, chance: random.Random
) -> None:
    shape = item.members.get(member)
    needed = member in item.required_members
    if STATES.get(table, ("",))[0] == member:
        record[member] = chance.choice(STATES[table][1])
        for due in ("_active_at", "_uploaded_at"):
            if due in record:
                record[due] = world.now() + chance.choice([-5.0, 20.0, 400.0])
    elif member == "EventDestinations":
        record[member] = [
            {
                "EventDestinationName": f"to-{chance.randrange(3)}",
                "Enabled": True,
                "MatchingEventTypes": chance.sample(["TEXT_ALL", "TEXT_SENT", "VOICE_ALL"], 2),
            }
            for _ in range(chance.randrange(3))
        ]
    elif member == "ExpirationTimestamp":
        record[member] = chance.choice([None, *(world.now() + after for after in (30, 60, 900))])
    elif shape is None or member in ("SenderId", "RegistrationType"):
        return  # not what its filter compares
    elif shape.type_name == "boolean":
        record[member] = chance.random() < 0.5
    elif shape.type_name == "list":
        values = shape.member.enum or ["US", "GB", "DE"]
        record[member] = chance.sample(values, chance.randint(1, min(2, len(values))))
    elif getattr(shape, "enum", None):
        record[member] = chance.choice(shape.enum[:3])
    else:
        start = "arn:aws:sns:us-east-1:123456789012:" if member.endswith("Arn") else ""
        values = [f"{start}US", f"{start}GB"]
        record[member] = chance.choice(values if needed else [*values, None])


def _associate(world: World, record: Doc, chance: random.Random) -> None:
    agents = list(world.state.table("rcs_agents").values())[:3]
    record["RegistrationType"] = chance.choice(
        ["US_TOLL_FREE_REGISTRATION", "TEST_RCS_LAUNCH_REGISTRATION", "GB_SENDER_ID_REGISTRATION"]
    )
    record["_associations"] = [
        {
            "ResourceArn": agent["RcsAgentArn"],
            "ResourceId": agent["RcsAgentId"],
            "ResourceType": chance.choice(["RCS_AGENT", "LONG_CODE"]),
            "IsoCountryCode": chance.choice(["US", "GB", None]),
        }
        for agent in agents
        if agent is agents[0] or chance.random() < 0.5
    ]
