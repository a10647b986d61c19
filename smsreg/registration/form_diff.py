"""Differences between two versions of a form."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal

from smsreg.registration.form_parts import FormField

if TYPE_CHECKING:
    from smsreg.registration.form_parts import Form


@dataclass(frozen=True, slots=True)
class FormChange:
    """One difference between two forms.

    Attributes:
        field: Path of the field; empty where the form as a whole changed.
        kind: ``added``, ``removed`` or ``changed``.
        member: What of the field changed, such as ``max_length``; empty for a whole field.
        before: The old value.
        after: The new value.
    """

    field: str
    kind: Literal["added", "removed", "changed"]
    member: str = ""
    before: object = None
    after: object = None

    def __str__(self) -> str:
        if not self.member:
            return f"{self.field}: {self.kind}"
        before, after = ascii(str(self.before))[1:-1], ascii(str(self.after))[1:-1]
        return f"{self.field or 'form'}: {self.member} changed from {before} to {after}"


_MEMBERS = tuple(item.name for item in fields(FormField))


def changes(before: Form, after: Form) -> list[FormChange]:
    """List the differences, removed and changed fields first, in the form's order."""
    found = [
        FormChange("", "changed", name, getattr(before, name), getattr(after, name))
        for name in ("registration_type", "title", "sections", "associations")
        if getattr(before, name) != getattr(after, name)
    ]
    for path, old in before.fields.items():
        new = after.fields.get(path)
        if new is None:
            found.append(FormChange(path, "removed"))
            continue
        found += [
            FormChange(path, "changed", name, getattr(old, name), getattr(new, name))
            for name in _MEMBERS
            if getattr(old, name) != getattr(new, name)
        ]
    found += [FormChange(path, "added") for path in after.fields if path not in before.fields]
    return found
