"""Notify configurations, templates and messages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from smsreg.emulator.core.collection import Collection, Lifecycle
from smsreg.emulator.core.errors import FieldProblem, conflict, invalid, not_found
from smsreg.emulator.core.filters import Fields
from smsreg.emulator.core.indexes import Schedule
from smsreg.emulator.core.paging import page
from smsreg.emulator.core.world import Call, Handlers, World
from smsreg.emulator.sms_voice import configuration_sets, destinations, pool_members
from smsreg.emulator.sms_voice.messages import deliver
from smsreg.emulator.sms_voice.notify_catalogue import COUNTRIES, TEMPLATES
from smsreg.emulator.sms_voice.number_plan import country_of, normal

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()
KIND = "notify-configuration"
_UNSET_TEMPLATE = "UNSET_DEFAULT_TEMPLATE"
_UNSET_POOL = "UNSET_DEFAULT_POOL_FOR_NOTIFY"


def _settle(world: World, record: Doc) -> Doc:
    due: float | None = record["_active_at"]
    if record["Status"] == "PENDING" and due is not None and world.now() >= due:
        record["Status"] = "ACTIVE"
    return record


_DUE = Schedule(
    frozenset({"Status", "_active_at"}),
    lambda record: record["_active_at"] if record["Status"] == "PENDING" else None,
)
CONFIGURATIONS = Collection(
    "notify_configurations",
    KIND,
    Fields({"default-template": "DefaultTemplateId", "default-pool": "PoolId"}),
    Lifecycle(_settle, lambda _: _DUE),
)
_TEMPLATE_FIELDS = Fields()


def _find(world: World, reference: str) -> Doc:
    return _settle(world, world.find("notify_configurations", KIND, reference))


@HANDLERS.handle("CreateNotifyConfiguration")
def create(call: Call) -> Doc:
    """Create a configuration, which is PENDING for the duration of a review."""
    world, params = call.world, call.params
    table = world.state.table("notify_configurations")
    choices = _choices(world, params)
    world.within_quota("NOTIFY_CONFIGURATIONS", len(table))
    identifier = world.new_id("notify")
    arn = world.arn(f"notify-configuration/{identifier}")
    world.set_tags(arn, params.get("Tags"))
    now = world.now()
    span = world.settings.review_seconds
    record: Doc = {
        "NotifyConfigurationArn": arn,
        "NotifyConfigurationId": identifier,
        "DisplayName": params["DisplayName"],
        "UseCase": params["UseCase"],
        "Tier": "BASIC",
        "TierUpgradeStatus": "BASIC",
        # inferred: a configuration is PENDING for as long as a review takes.
        "Status": "PENDING",
        "DeletionProtectionEnabled": False,
        "CreatedTimestamp": now,
        **choices,
        "_active_at": None if span is None else now + span,
    }
    world.state.add("notify_configurations", identifier, record, arn)
    return {**record, "Tags": world.tags(arn)}


@HANDLERS.handle("DescribeNotifyConfigurations")
def describe(call: Call) -> Doc:
    """List configurations by id and filters."""
    ids = call.params.get("NotifyConfigurationIds")
    items = CONFIGURATIONS.listing(call.world, call.params, ids)
    return page(call.operation, call.params, items, "NotifyConfigurations")


@HANDLERS.handle("UpdateNotifyConfiguration")
def update(call: Call) -> Doc:
    """Update the given members."""
    record = _find(call.world, call.params["NotifyConfigurationId"])
    record.update(_choices(call.world, call.params))
    return record


@HANDLERS.handle("DeleteNotifyConfiguration")
def delete(call: Call) -> Doc:
    """Delete a configuration, unless it is protected."""
    world = call.world
    record = _find(world, call.params["NotifyConfigurationId"])
    identifier: str = record["NotifyConfigurationId"]
    world.unprotected(record, KIND, identifier)
    arn: str = record["NotifyConfigurationArn"]
    return world.state.remove("notify_configurations", identifier, arn)


def _choices(world: World, params: Doc) -> Doc:
    choices: Doc = {
        name: params[name]
        for name in ("EnabledCountries", "EnabledChannels", "DeletionProtectionEnabled")
        if name in params
    }
    template: str | None = params.get("DefaultTemplateId")
    if template is not None:
        unset = template in ("", _UNSET_TEMPLATE)
        choices["DefaultTemplateId"] = None if unset else _template(template)["TemplateId"]
    pool: str | None = params.get("PoolId")
    if pool is not None:
        unset = pool in ("", _UNSET_POOL)
        choices["PoolId"] = None if unset else pool_members.find(world, pool)["PoolId"]
    return choices


def _template(identifier: str) -> Doc:
    for template in TEMPLATES:
        if template["TemplateId"] == identifier:
            return template
    raise not_found("notify-template", identifier)


@HANDLERS.handle("DescribeNotifyTemplates")
def describe_templates(call: Call) -> Doc:
    """List templates by id and filters."""
    ids = call.params.get("TemplateIds")
    templates = [_template(identifier) for identifier in dict.fromkeys(ids)] if ids else TEMPLATES
    items = _TEMPLATE_FIELDS.matching(templates, call.params)
    return page(call.operation, call.params, items, "NotifyTemplates")


@HANDLERS.handle("ListNotifyCountries")
def list_countries(call: Call) -> Doc:
    """List countries by channel, use case and tier."""
    params = call.params
    items = [
        country
        for country in COUNTRIES
        if set(params.get("Channels", ())) <= set(country["SupportedChannels"])
        and set(params.get("UseCases", ())) <= set(country["SupportedUseCases"])
        and params.get("Tier", "BASIC") in country["SupportedTiers"]
    ]
    return page(call.operation, params, items, "NotifyCountries")


@HANDLERS.handle("SendNotifyTextMessage")
def send_text(call: Call) -> Doc:
    """Send a template with its variables filled in, as text."""
    return _send(call, "SMS")


@HANDLERS.handle("SendNotifyVoiceMessage")
def send_voice(call: Call) -> Doc:
    """Send a template with its variables filled in, as speech."""
    return _send(call, "VOICE")


def _send(call: Call, capability: str) -> Doc:
    world, params = call.world, call.params
    record = _find(world, params["NotifyConfigurationId"])
    identifier: str = record["NotifyConfigurationId"]
    if record["Status"] != "ACTIVE":
        raise conflict("NOTIFY_CONFIGURATION_NOT_ACTIVE", "It is not active", KIND, identifier)
    if "ConfigurationSetName" in params:
        configuration_sets.find(world, params["ConfigurationSetName"])
    if capability not in record["EnabledChannels"]:
        raise invalid("CHANNEL_NOT_ENABLED", f"The configuration does not send {capability}")
    number = normal(params["DestinationPhoneNumber"])
    countries = record.get("EnabledCountries")
    if countries and country_of(number) not in countries:
        raise invalid("COUNTRY_NOT_ENABLED", "The configuration does not send there")
    name = params.get("TemplateId") or record.get("DefaultTemplateId")
    if not name or name == _UNSET_TEMPLATE:
        raise invalid("MISSING_PARAMETER", "TemplateId is needed: there is no default")
    template = _template(name)
    body = _fill(template, params["TemplateVariables"])
    destinations.check(world, number, capability, params)
    message = {**params, "DestinationPhoneNumber": number, "MessageBody": body}
    message_id = deliver(call, "NOTIFY", message)
    return {"MessageId": message_id, "TemplateId": name, "ResolvedMessageBody": body}


def _fill(template: Doc, values: dict[str, str]) -> str:
    variables: dict[str, Doc] = template["Variables"]
    problems: list[FieldProblem] = []
    for name, rules in variables.items():
        if rules["Required"] and name not in values:
            problems.append(FieldProblem(f"TemplateVariables.{name}", "It is needed"))
    for name, value in values.items():
        pattern = variables.get(name, {}).get("Pattern")
        if name not in variables:
            problems.append(FieldProblem(f"TemplateVariables.{name[:64]}", "It is not known"))
        elif pattern and not re.fullmatch(pattern, value):
            problems.append(FieldProblem(f"TemplateVariables.{name}", "It has the wrong form"))
    if problems:
        raise invalid("INVALID_PARAMETER", "The template's variables do not fit", *problems)
    body: str = template["Content"]
    for name in variables:
        body = body.replace("{{" + name + "}}", values.get(name, ""))
    return body
