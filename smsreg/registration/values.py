"""Values from users, read as untrusted input.

A value may be any Python object, including hostile ones, so types are determined by ``type()`` and
contents are read by the built-in types' own methods.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from smsreg._text import escape
from smsreg.registration.attachments import Attachment
from smsreg.registration.problems import MAX_NAME, FormProblem
from smsreg.sms_voice import FieldType

if TYPE_CHECKING:
    from smsreg.registration.conditions import Contents


@dataclass(frozen=True, slots=True)
class Value:
    """A field's value: one of text, choices and attachment."""

    text: str | None = field(default=None, repr=False)
    choices: tuple[str, ...] | None = field(default=None, repr=False)
    attachment: Attachment | None = None

    @property
    def contents(self) -> Contents:
        """The value as the texts that conditions compare."""
        if self.choices is not None:
            return frozenset(self.choices)
        if self.attachment is not None:
            # Before the upload there is no id that a condition could name.
            return frozenset({plain_text(self.attachment.reference) or "file"})
        return frozenset({self.text}) if self.text else frozenset()


NOTHING = Value()


def plain_text(value: object) -> str | None:
    """Return the text of a str or of a subclass; None for anything else."""
    return str.__str__(cast("str", value)) if issubclass(type(value), str) else None


def entries(values: object) -> tuple[list[tuple[str, object]], list[FormProblem]]:
    """Return the items of a mapping; None stands for no value."""
    kind = type(values)
    if not issubclass(kind, Mapping):
        message = "the values must be a mapping from field paths to values"
        return [], [FormProblem("", "type", message)]
    try:
        items = list(cast("Mapping[object, object]", values).items())
    except Exception:  # noqa: BLE001 -- a mapping of anybody's; a check never raises
        return [], [FormProblem("", "type", "the values cannot be read")]
    found: list[tuple[str, object]] = []
    problems: list[FormProblem] = []
    for key, value in items:
        path = plain_text(key)
        if path is None:
            problems.append(FormProblem("", "unknown-field", "a field's path must be text"))
        elif value is not None:
            found.append((path, value))
    return found, problems


def shown(name: str) -> str:
    """Return a name from outside as a message may quote it."""
    return escape(name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1]}…")


def read_value(kind: FieldType, raw: object) -> Value | str:
    """Read a value for a field of this type, or return what type is needed.

    Returns:
        The value, or a message that says what to pass instead.
    """
    text = plain_text(raw)
    if kind == FieldType.TEXT:
        return "this field takes a text" if text is None else Value(text=text)
    if kind == FieldType.SELECT:
        choices = _choices(raw) if text is None else (text,)
        if choices is None:
            return "this field takes one of its options, or a list of them"
        return Value(choices=choices)
    if issubclass(type(raw), Attachment):
        return Value(attachment=cast("Attachment", raw))
    return "this field takes an Attachment: from_file, from_bytes, from_s3 or existing"


def _choices(raw: object) -> tuple[str, ...] | None:
    kind = type(raw)
    base: Any = next((base for base in (list, tuple) if issubclass(kind, base)), None)
    if base is None:
        return None
    texts = [plain_text(item) for item in base.__iter__(raw)]
    return tuple(text for text in texts if text is not None) if None not in texts else None
