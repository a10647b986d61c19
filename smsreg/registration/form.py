"""Registration forms as the service defines them: fields, sections, associations."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from smsreg._text import escape
from smsreg.errors import InvalidRequestError
from smsreg.sms_voice import (
    ConditionalBehavior,
    FieldRequirement,
    FieldType,
    RegistrationFieldDefinition,
    RegistrationSectionDefinition,
    RegistrationTypeDefinition,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from os import PathLike

    from smsreg.registration.form_diff import FormChange
    from smsreg.registration.problems import FormProblem

API_TEXT_LENGTH = 2048
"""Longest TextValue that PutRegistrationFieldValue takes, whatever a form says."""


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form.

    Attributes:
        path: Path of the field, such as ``companyInfo.companyName``.
        title: Name to show to people.
        section: Path of the section that the field is in.
        type: ``TEXT``, ``SELECT`` or ``ATTACHMENT``; an unknown type keeps the service's word.
        requirement: ``REQUIRED``, ``OPTIONAL`` or ``CONDITIONAL``.
        choices: Options of a SELECT, in the form's order.
        min_choices: Fewest options to choose; None where the form does not say.
        max_choices: Most options to choose; None where the form does not say.
        min_length: Fewest characters of a TEXT; None where the form does not say.
        max_length: Most characters of a TEXT; None where the form does not say.
        pattern: Regular expression that the whole text has to match.
        hint: What the form says about a good value, for people.
        example: The form's example of a value.
        conditional: The rules of a conditional field.
    """

    path: str
    title: str
    section: str
    type: FieldType
    requirement: FieldRequirement
    choices: tuple[str, ...] = ()
    min_choices: int | None = None
    max_choices: int | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    hint: str = ""
    example: str = ""
    conditional: ConditionalBehavior | None = None

    @classmethod
    def of(cls, definition: RegistrationFieldDefinition) -> FormField:
        """Read a field from its definition; members that are missing count as not said."""
        text, select = definition.text_validation, definition.select_validation
        hints: Any = definition.display_hints
        said = [
            getattr(hints, name, None) or ""
            for name in ("text_validation_description", "short_description", "long_description")
        ]
        return cls(
            path=definition.field_path,
            title=escape(getattr(hints, "title", None) or definition.field_path),
            section=definition.section_path or definition.field_path.rpartition(".")[0],
            type=definition.field_type,
            requirement=definition.field_requirement or FieldRequirement.OPTIONAL,
            choices=tuple((select.options if select else None) or ()),
            min_choices=select.min_choices if select else None,
            max_choices=select.max_choices if select else None,
            min_length=text.min_length if text else None,
            max_length=text.max_length if text else None,
            pattern=(text.pattern if text else None) or None,
            hint=escape(" ".join(dict.fromkeys(part.strip() for part in said if part.strip()))),
            example=escape(getattr(hints, "example_text_value", None) or ""),
            conditional=definition.conditional_behavior,
        )


@dataclass(frozen=True, slots=True)
class FormSection:
    """A section of a form: its path, and its title and description for people."""

    path: str
    title: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class FormAssociation:
    """A resource that a registration type is associated with, and when.

    Attributes:
        resource_type: Kind of identity, such as ``TOLL_FREE``, or a registration type.
        iso_country_code: Country of the resource; None for any.
        behavior: ``ASSOCIATE_BEFORE_SUBMIT``, ``ASSOCIATE_ON_APPROVAL`` or
            ``ASSOCIATE_AFTER_COMPLETE``.
        disassociation: What has to happen to the resource before the registration is deleted.
    """

    resource_type: str
    iso_country_code: str | None
    behavior: str
    disassociation: str

    @property
    def is_registration(self) -> bool:
        """Whether the resource is another registration, such as a campaign's brand."""
        kind = self.resource_type
        return kind == "registration" or "_REGISTRATION" in kind or kind.endswith("_VETTING")


@dataclass(frozen=True)
class RegistrationForm:
    """A registration form as it was defined when it was read.

    ``Registrar.form`` reads the live one; ``read`` reads a saved one. Definitions change without
    notice, also under a registration in progress: compare with ``diff``.

    Attributes:
        registration_type: Name of the type, such as ``US_TOLL_FREE_REGISTRATION``.
        title: Name of the type for people.
        read_at: When the definitions were read from the service, in UTC.
        sections: The sections, in the form's order.
        fields: The fields by path, in the form's order.
        associations: What a registration of this type is associated with.
    """

    registration_type: str
    title: str
    read_at: datetime
    sections: tuple[FormSection, ...]
    fields: Mapping[str, FormField]
    associations: tuple[FormAssociation, ...]
    definitions: Mapping[str, Any] = field(repr=False, compare=False)
    """The definitions in boto3's form: ``fields``, ``sections`` and ``type``."""

    @classmethod
    def of(
        cls,
        registration_type: str,
        *,
        fields: Iterable[RegistrationFieldDefinition | Mapping[str, Any]],
        sections: Iterable[RegistrationSectionDefinition | Mapping[str, Any]] = (),
        type_definition: RegistrationTypeDefinition | Mapping[str, Any] | None = None,
        read_at: datetime | None = None,
    ) -> RegistrationForm:
        """Build a form from definitions, as models or in boto3's form.

        Args:
            registration_type: Name of the type.
            fields: The field definitions.
            sections: The section definitions; sections without one are named by their path.
            type_definition: The definition of the type, for its title and associations.
            read_at: When the definitions were read; now by default.

        Raises:
            InvalidRequestError: A definition has no field path, or a member of a wrong type.
        """
        found = [_model(RegistrationFieldDefinition, item) for item in fields]
        if any(not item.field_path for item in found):
            raise InvalidRequestError(None, [("fields", "a definition has no FieldPath")])
        named = [_model(RegistrationSectionDefinition, item) for item in sections]
        kind = (
            _model(RegistrationTypeDefinition, type_definition)
            if type_definition is not None
            else None
        )
        made = {item.field_path: FormField.of(item) for item in found}
        hints: Any = kind.display_hints if kind else None
        return cls(
            registration_type=registration_type,
            title=escape(getattr(hints, "title", None) or registration_type),
            read_at=read_at or datetime.now(timezone.utc),
            sections=_sections(named, made.values()),
            fields=MappingProxyType(made),
            associations=_associations(kind),
            definitions={
                "fields": [item.to_boto() for item in found],
                "sections": [item.to_boto() for item in named],
                "type": kind.to_boto() if kind else None,
            },
        )

    @cached_property
    def digest(self) -> str:
        """64 hexadecimal digits that change when a definition does; the date does not count."""
        content = {"registration_type": self.registration_type, **self.definitions}
        text = json.dumps(content, sort_keys=True, default=str)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    def check(
        self,
        values: Mapping[str, object],
        *,
        consistency: bool = False,
        ignore: Iterable[str] = (),
        region: str | None = None,
        tags: Mapping[str, object] | None = None,
    ) -> list[FormProblem]:
        """Find everything that is wrong with a form's values; never raises on bad ones.

        Args:
            values: For each field path a text, a list of choices or an ``Attachment``.
            consistency: Whether to apply the consistency rules as well.
            ignore: Names of rules to switch off, as in ``FormProblem.rule``.
            region: The Region to register in, for types that are bound to Regions.
            tags: Tags to check as well.

        Returns:
            The problems in the order of the form; empty where nothing is found.
        """
        from smsreg.registration.check import check_form  # noqa: PLC0415 -- it knows the form

        return check_form(
            self, values, consistency=consistency, ignore=ignore, region=region, tags=tags
        )

    def diff(self, other: RegistrationForm) -> list[FormChange]:
        """List what differs in ``other``, a form that was read at another time."""
        from smsreg.registration.form_diff import changes  # noqa: PLC0415 -- it knows the form

        return changes(self, other)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the form to a JSON file, with its date and digest."""
        from smsreg.registration.form_file import save  # noqa: PLC0415 -- it knows the form

        save(self, path)

    @staticmethod
    def read(path: str | PathLike[str]) -> RegistrationForm:
        """Read a form that ``save`` wrote.

        Raises:
            InvalidRequestError: The file is not such a form, or was changed by hand.
            OSError: The file cannot be read.
        """
        from smsreg.registration.form_file import read  # noqa: PLC0415 -- it knows the form

        return read(path)

    def template(self) -> str:
        """Return a draft of this form in YAML, each field with a comment that explains it."""
        from smsreg.registration.form_source import template  # noqa: PLC0415 -- it knows the form

        return template(self)

    def python(self) -> str:
        """Return the source of a ``TypedDict`` whose keys are this form's fields."""
        from smsreg.registration.form_source import python  # noqa: PLC0415 -- it knows the form

        return python(self)


def _model(cls: Any, item: Any) -> Any:  # noqa: ANN401 -- any of the three definitions
    return item if isinstance(item, cls) else cls.from_boto(item)


def _sections(
    named: list[RegistrationSectionDefinition], fields: Iterable[FormField]
) -> tuple[FormSection, ...]:
    found: dict[str, FormSection] = {}
    for item in named:
        hints: Any = item.display_hints
        found[item.section_path] = FormSection(
            path=item.section_path,
            title=escape(getattr(hints, "title", None) or item.section_path),
            description=escape(getattr(hints, "short_description", None) or ""),
        )
    for entry in fields:
        found.setdefault(entry.section, FormSection(entry.section, entry.section))
    return tuple(found.values())


def _associations(kind: RegistrationTypeDefinition | None) -> tuple[FormAssociation, ...]:
    supported = (kind.supported_associations if kind else None) or []
    return tuple(
        FormAssociation(
            resource_type=item.resource_type,
            iso_country_code=item.iso_country_code,
            behavior=str(item.association_behavior),
            disassociation=str(item.disassociation_behavior),
        )
        for item in supported
    )
