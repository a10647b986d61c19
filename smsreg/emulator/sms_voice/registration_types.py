"""The definitions of registration types, their sections and fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.emulator.core.filters import Fields
from smsreg.emulator.core.paging import page
from smsreg.emulator.core.world import Call, Handlers
from smsreg.emulator.sms_voice.registration_fields import known_field, known_section
from smsreg.emulator.sms_voice.registrations import known_type

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()
_FIELDS = Fields(
    {
        "supported-association-resource-type": "_resources",
        "supported-association-iso-country-code": "_countries",
    }
)


@HANDLERS.handle("DescribeRegistrationTypeDefinitions")
def describe_types(call: Call) -> Doc:
    """List types by name, and by what they can be associated with."""
    names = call.params.get("RegistrationTypes")
    kinds = (
        [known_type(call.world, name) for name in sorted(set(names))]
        if names
        else call.world.catalogue.all()
    )
    items = _FIELDS.matching([kind.definition for kind in kinds], call.params)
    return page(call.operation, call.params, items, "RegistrationTypeDefinitions")


@HANDLERS.handle("DescribeRegistrationSectionDefinitions")
def describe_sections(call: Call) -> Doc:
    """In the order of the form."""
    params = call.params
    kind = known_type(call.world, params["RegistrationType"])
    items = list(kind.sections)
    if params.get("SectionPaths"):
        paths = {known_section(kind, path) for path in params["SectionPaths"]}
        items = [item for item in items if item["SectionPath"] in paths]
    return page(
        call.operation,
        params,
        items,
        "RegistrationSectionDefinitions",
        RegistrationType=kind.name,
    )


@HANDLERS.handle("DescribeRegistrationFieldDefinitions")
def describe_fields(call: Call) -> Doc:
    """In the order of the form."""
    params = call.params
    kind = known_type(call.world, params["RegistrationType"])
    rules = list(kind.fields.values())
    if "SectionPath" in params:
        section = known_section(kind, params["SectionPath"])
        rules = [rule for rule in rules if rule.section == section]
    if params.get("FieldPaths"):
        paths = {known_field(kind, path).path for path in params["FieldPaths"]}
        rules = [rule for rule in rules if rule.path in paths]
    return page(
        call.operation,
        params,
        [rule.definition for rule in rules],
        "RegistrationFieldDefinitions",
        RegistrationType=kind.name,
    )
