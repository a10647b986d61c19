"""Why a version was denied, and how to correct it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smsreg._text import escape
from smsreg.registration.consistency import remedies

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from smsreg.sms_voice import (
        RegistrationFieldValueInformation,
        RegistrationVersionInformation,
    )

MISSING = ("missing required field", "missing_required_field")
"""Titles and codes of an automatic denial, without a reviewer."""


@dataclass(frozen=True, slots=True)
class DenialReason:
    """One reason of a denied version.

    Attributes:
        reason: The reason's title, such as ``Unclear Opt-in Language``.
        short_description: What the service says about it.
        long_description: What it says at length; None where it does not.
        documentation_link: Documentation of it; None where there is none.
        remedies: What to do, by the consistency rules that know this reason.
    """

    reason: str
    short_description: str
    long_description: str | None = None
    documentation_link: str | None = None
    remedies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldDenial:
    """The reasons and feedback for one field.

    Attributes:
        denied_reason: Why the field was denied; None where only feedback was given.
        feedback: What AWS's own review says of it; None without one.
    """

    denied_reason: str | None = None
    feedback: str | None = None

    def __str__(self) -> str:
        return "; ".join(part for part in (self.denied_reason, self.feedback) if part)


@dataclass(frozen=True, slots=True)
class Denial:
    """Why a registration's version was denied; contains no value of the form.

    Attributes:
        registration_id: The registration.
        version_number: The denied version; None where no version was denied.
        reasons: The version's reasons.
        fields: The reasons and feedback for single fields, by path.
        feedback: What AWS's own review says of the version.
    """

    registration_id: str
    version_number: int | None
    reasons: tuple[DenialReason, ...] = ()
    fields: Mapping[str, FieldDenial] = field(default_factory=dict[str, FieldDenial])
    feedback: str | None = None

    @property
    def only_missing(self) -> bool:
        """Whether the version was denied automatically, for missing fields only."""
        titles = [reason.reason.lower() for reason in self.reasons]
        titles += [(item.denied_reason or "").lower() for item in self.fields.values()]
        return bool(titles) and all(title in MISSING for title in titles)

    def __str__(self) -> str:
        if self.version_number is None:
            return f"{self.registration_id}: no version was denied"
        lines = [f"{self.registration_id}, version {self.version_number}, was denied:"]
        for reason in self.reasons:
            said = reason.long_description or reason.short_description
            lines.append(f"  {reason.reason}: {said}")
            lines += [f"    what to do: {remedy}" for remedy in reason.remedies]
            if reason.documentation_link:
                lines.append(f"    see {reason.documentation_link}")
        lines += [f"  feedback: {self.feedback}"] if self.feedback else []
        lines += [f"  {path}: {said}" for path, said in self.fields.items()]
        return "\n".join(lines)


def denial_of(
    registration_id: str,
    version: RegistrationVersionInformation | None,
    values: Iterable[RegistrationFieldValueInformation],
) -> Denial:
    """Derive the denial of a version from its description and its values."""
    if version is None:
        return Denial(registration_id, None)
    return Denial(
        registration_id=registration_id,
        version_number=version.version_number,
        reasons=tuple(
            DenialReason(
                reason=_said(item.reason) or "",
                short_description=_said(item.short_description) or "",
                long_description=_said(item.long_description),
                documentation_link=_said(item.documentation_link),
                remedies=tuple(remedies(item.reason or "")),
            )
            for item in version.denied_reasons or ()
        ),
        fields={
            item.field_path: FieldDenial(_said(item.denied_reason), _said(item.feedback))
            for item in values
            if item.denied_reason or item.feedback
        },
        feedback=_said(version.feedback),
    )


def _said(text: str | None) -> str | None:
    return escape(text) if text else None
