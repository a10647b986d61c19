"""Registration forms as the service defines them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from smsreg._text import escape
from smsreg.errors import InvalidRequestError
from smsreg.registration import form_diff, form_file, form_source
from smsreg.registration.check import check_form
from smsreg.registration.form_parts import Form, FormAssociation, FormField, FormSection
from smsreg.sms_voice import (
    RegistrationFieldDefinition,
    RegistrationSectionDefinition,
    RegistrationTypeDefinition,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from os import PathLike

    from smsreg.registration.form_diff import FormChange
    from smsreg.registration.problems import FormProblem


@dataclass(frozen=True)
class RegistrationForm(Form):
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
        definitions: The definitions in boto3's form: ``fields``, ``sections`` and ``type``.
        digest: 64 hexadecimal digits that change when a definition does; the date does not count.
    """

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
        return check_form(
            self, values, consistency=consistency, ignore=ignore, region=region, tags=tags
        )

    def diff(self, other: RegistrationForm) -> list[FormChange]:
        """List what differs in ``other``, a form that was read at another time."""
        return form_diff.changes(self, other)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the form to a JSON file, with its date and digest."""
        form_file.save(self, path)

    @staticmethod
    def read(path: str | PathLike[str]) -> RegistrationForm:
        """Read a form that ``save`` wrote.

        Raises:
            InvalidRequestError: The file is not such a form, or was changed by hand.
            OSError: The file cannot be read.
        """
        return form_file.read(path, RegistrationForm.of)

    def template(self) -> str:
        """Return a draft of this form in YAML, each field with a comment that explains it."""
        return form_source.template(self)

    def python(self) -> str:
        """Return the source of a ``TypedDict`` whose keys are this form's fields."""
        return form_source.python(self)


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
