"""The parts of a registration form: fields, sections, associations."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from smsreg._text import escape
from smsreg.sms_voice import (
    ConditionalBehavior,
    FieldRequirement,
    FieldType,
    RegistrationFieldDefinition,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

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
        """Read a field from its definition; missing members count as not defined."""
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
class Form:
    """The data of a ``RegistrationForm``, which documents the attributes."""

    registration_type: str
    title: str
    read_at: datetime
    sections: tuple[FormSection, ...]
    fields: Mapping[str, FormField]
    associations: tuple[FormAssociation, ...]
    definitions: Mapping[str, Any] = field(repr=False, compare=False)
    """The definitions in boto3's form: ``fields``, ``sections`` and ``type``."""

    @cached_property
    def digest(self) -> str:
        """64 hexadecimal digits that change when a definition does; the date does not count."""
        content = {"registration_type": self.registration_type, **self.definitions}
        text = json.dumps(content, sort_keys=True, default=str)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
