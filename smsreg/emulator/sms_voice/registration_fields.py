"""Field values of a registration's versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.emulator.core.errors import FieldProblem, ServiceFault, conflict, invalid, not_found
from smsreg.emulator.core.paging import page
from smsreg.emulator.core.world import Call, Handlers, World
from smsreg.emulator.sms_voice.attachments import find as find_attachment
from smsreg.emulator.sms_voice.form_rules import check_at_put, check_choices
from smsreg.emulator.sms_voice.registration_review import newest
from smsreg.emulator.sms_voice.registration_versions import find_version
from smsreg.emulator.sms_voice.registrations import KIND, find, known_type

if TYPE_CHECKING:
    from smsreg.emulator.catalogue import FieldRule, RegistrationType
    from smsreg.emulator.core.service_model import Doc

HANDLERS = Handlers()
_KIND_OF_MEMBER = {
    "TextValue": "TEXT",
    "SelectChoices": "SELECT",
    "RegistrationAttachmentId": "ATTACHMENT",
}


def known_field(kind: RegistrationType, path: str) -> FieldRule:
    """The field of this path, or ValidationException UNKNOWN_REGISTRATION_FIELD."""
    rule = kind.fields.get(path)
    if rule is None:
        raise invalid(
            "UNKNOWN_REGISTRATION_FIELD",
            "The registration type has no such field",
            FieldProblem("FieldPath", "Unknown field"),
        )
    return rule


def known_section(kind: RegistrationType, path: str) -> str:
    """The path itself, or ValidationException UNKNOWN_REGISTRATION_SECTION."""
    if all(section["SectionPath"] != path for section in kind.sections):
        raise invalid("UNKNOWN_REGISTRATION_SECTION", "The registration type has no such section")
    return path


@HANDLERS.handle("PutRegistrationFieldValue")
def put(call: Call) -> Doc:
    """Set a value of a draft; a value that fails the field's own validation is refused."""
    world, params = call.world, call.params
    given = [member for member in _KIND_OF_MEMBER if member in params]
    if not given:
        raise invalid("MISSING_PARAMETER", "One of TextValue, SelectChoices and an attachment id")
    if len(given) > 1:
        raise invalid(
            "PARAMETERS_CANNOT_BE_USED_TOGETHER",
            "Only one of TextValue, SelectChoices and an attachment id",
        )
    record, version = draft_of(world, params["RegistrationId"])
    rule = known_field(known_type(world, record["RegistrationType"]), params["FieldPath"])
    check_value(world, rule, given[0], params)
    value: Doc = {"FieldPath": rule.path, given[0]: params[given[0]]}
    version["_values"][rule.path] = value
    return {**record, **version, **value}


@HANDLERS.handle("DeleteRegistrationFieldValue")
def delete(call: Call) -> Doc:
    """inferred: only drafts lose values; a field without a value is not found."""
    world, params = call.world, call.params
    record, version = draft_of(world, params["RegistrationId"])
    rule = known_field(known_type(world, record["RegistrationType"]), params["FieldPath"])
    value: Doc | None = version["_values"].pop(rule.path, None)
    if value is None:
        raise not_found(KIND, record["RegistrationId"])
    return {**record, **version, **value}


@HANDLERS.handle("DescribeRegistrationFieldValues")
def describe(call: Call) -> Doc:
    """List the values of a version, by default of the newest."""
    world, params = call.world, call.params
    record = find(world, params["RegistrationId"])
    version = find_version(record, params.get("VersionNumber"))
    kind = known_type(world, record["RegistrationType"])
    values: list[Doc] = list(version["_values"].values())
    if "SectionPath" in params:
        section = known_section(kind, params["SectionPath"])
        values = [v for v in values if v["FieldPath"].partition(".")[0] == section]
    if params.get("FieldPaths"):
        paths = {known_field(kind, path).path for path in params["FieldPaths"]}
        values = [value for value in values if value["FieldPath"] in paths]
    return page(
        call.operation,
        params,
        values,
        "RegistrationFieldValues",
        RegistrationArn=record["RegistrationArn"],
        RegistrationId=record["RegistrationId"],
        VersionNumber=version["VersionNumber"],
    )


def draft_of(world: World, reference: str) -> tuple[Doc, Doc]:
    """A registration and its newest version, which is a draft."""
    record = find(world, reference)
    version = newest(record)
    if version["RegistrationVersionStatus"] != "DRAFT":
        raise conflict(
            "EDIT_REGISTRATION_FIELD_VALUES_NOT_ALLOWED",
            f"The version is {version['RegistrationVersionStatus']}",
            KIND,
            record["RegistrationId"],
        )
    return record, version


def check_value(world: World, rule: FieldRule, member: str, params: Doc) -> None:
    """Refuse a value that fails the field's own validation."""
    if rule.kind != _KIND_OF_MEMBER[member]:
        raise _failed(member, f"The field takes a value of type {rule.kind}")
    complaint: str | None = None
    if rule.kind == "TEXT":
        complaint = check_at_put(rule, params[member])
    elif rule.kind == "SELECT":
        complaint = check_choices(rule.definition, params[member])
    else:
        attachment = find_attachment(world, params[member])
        limit = rule.max_bytes.get(attachment["_type"])
        if limit is not None and (attachment["_size"] or 0) > limit:
            complaint = f"The file must have at most {limit} bytes"
    if complaint:
        raise _failed(member, complaint)


def _failed(member: str, complaint: str) -> ServiceFault:
    # inferred: a choice or a file that its field refuses is an INVALID_PARAMETER as a text is.
    name = member[0].lower() + member[1:]
    return invalid("INVALID_PARAMETER", "Invalid parameter", FieldProblem(name, complaint))
