"""Preflight: a form's values against the form's own rules, all problems at once."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from smsreg.registration.attachments import AttachmentError
from smsreg.registration.conditions import demand
from smsreg.registration.form_parts import API_TEXT_LENGTH
from smsreg.registration.known_facts import MAX_FILE_BYTES, facts_about
from smsreg.registration.names import names
from smsreg.registration.patterns import whole_match
from smsreg.registration.problems import FormProblem
from smsreg.registration.tags import check_tags
from smsreg.registration.values import Value, entries, read_value, shown
from smsreg.sms_voice import FieldType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from smsreg.registration.attachments import Attachment
    from smsreg.registration.conditions import Demand
    from smsreg.registration.form_parts import Form, FormField
    from smsreg.registration.problems import Severity

KNOWN_TYPES = (FieldType.TEXT, FieldType.SELECT, FieldType.ATTACHMENT)


def check_form(
    form: Form,
    values: object,
    *,
    consistency: bool = False,
    ignore: Iterable[str] = (),
    region: str | None = None,
    tags: object = None,
) -> list[FormProblem]:
    """Find everything that is wrong; see ``RegistrationForm.check``."""
    given, problems = entries(values)
    read, faults = _read(form, given)
    problems += faults
    refused = {problem.field for problem in faults}
    contents = {path: value.contents for path, value in read.items()}
    for field in form.fields.values():
        if field.path not in refused:
            asked = demand(field, contents)
            problems += _check_field(form, asked, read.get(field.path))
    problems += facts_about(form, read, region=region)
    problems += check_tags(tags)
    if consistency:
        from smsreg.registration.consistency import check_consistency  # noqa: PLC0415 -- optional

        problems += check_consistency(form, read)
    left_out = names("ignore", ignore)
    order = {path: index for index, path in enumerate(form.fields)}
    return sorted(
        (problem for problem in problems if problem.rule not in left_out),
        key=lambda problem: order.get(problem.field, -1),
    )


def _read(
    form: Form, given: Iterable[tuple[str, object]]
) -> tuple[dict[str, Value], list[FormProblem]]:
    read: dict[str, Value] = {}
    problems: list[FormProblem] = []
    for path, raw in given:
        field = form.fields.get(path)
        if field is None:
            problems.append(FormProblem(shown(path), "unknown-field", _nearest(form, path)))
        elif field.type not in KNOWN_TYPES:
            message = "the type of this field is unknown here: its value is left to the service"
            problems.append(FormProblem(path, "type", message, "unchecked"))
        else:
            value = read_value(field.type, raw)
            if isinstance(value, str):
                problems.append(_problem(field, "type", value))
            else:
                read[path] = value
    return read, problems


def _nearest(form: Form, path: str) -> str:
    close = difflib.get_close_matches(shown(path), form.fields, 1)
    if not close:
        # A path without its section, or in another case, is not similar to any by its letters.
        last = path[:200].rpartition(".")[2].lower()
        close = [known for known in form.fields if known.rpartition(".")[2].lower() == last][:1]
    nearest = f": did you mean {close[0]}?" if close else ""
    return f"the form has no such field{nearest}"


def _problem(
    field: FormField, rule: str, message: str, severity: Severity = "error"
) -> FormProblem:
    hint = f" ({field.hint.rstrip('.')})" if field.hint else ""
    return FormProblem(field.path, rule, f"{message}{hint}", severity)


def _check_field(form: Form, asked: Demand, value: Value | None) -> Iterator[FormProblem]:
    field = asked.field
    empty = value is None or value.text == ""
    if asked.behavior == "REQUIRED" and empty:
        yield _problem(field, "required", "a value is required")
    elif value is None:
        return
    elif asked.behavior == "DISALLOWED":
        yield _problem(field, "disallowed", "the other values rule out a value here: remove it")
    elif empty:
        yield _problem(field, "min-length", "the text is empty: leave the field out instead")
    else:
        yield from _check_value(form, asked, value)


def _check_value(form: Form, asked: Demand, value: Value) -> Iterator[FormProblem]:
    field = asked.field
    if value.text is not None:
        yield from _check_text(field, value.text)
    elif value.choices is not None:
        yield from _check_choices(field, value.choices)
    elif value.attachment is not None:
        yield from _check_attachment(form, field, value.attachment)
    if asked.allowed is not None and not value.contents <= asked.allowed:
        options = ", ".join(sorted(asked.allowed))
        yield _problem(field, "allowed-values", f"with these other values, only: {options}")


def _check_text(field: FormField, text: str) -> Iterator[FormProblem]:
    length = len(text)
    if field.min_length is not None and length < field.min_length:
        message = f"{length} characters, and at least {field.min_length} are needed"
        yield _problem(field, "min-length", message)
    limit = API_TEXT_LENGTH if field.max_length is None else field.max_length
    if length > min(limit, API_TEXT_LENGTH):
        message = f"{length} characters, and at most {min(limit, API_TEXT_LENGTH)} are taken"
        yield _problem(field, "max-length", message)
    if field.pattern is None:
        return
    matched = whole_match(field.pattern, text)
    if matched is None:
        message = "the form's pattern cannot be checked here: it is left to the service"
        yield _problem(field, "pattern", message, "unchecked")
    elif not matched:
        yield _problem(field, "pattern", "the text does not have the form that the field asks for")


def _check_choices(field: FormField, choices: tuple[str, ...]) -> Iterator[FormProblem]:
    fewest, most = field.min_choices, field.max_choices
    if (fewest is not None and len(choices) < fewest) or (most is not None and len(choices) > most):
        wanted = f"{fewest or 0} to {most}" if fewest != most else f"{most}"
        yield _problem(field, "choice-count", f"{len(choices)} choices, and {wanted} are taken")
    if len(set(choices)) < len(choices):
        yield _problem(field, "choice-count", "a choice is there twice")
    if not set(choices) <= set(field.choices):
        options = ", ".join(field.choices)
        yield _problem(field, "choice", f"a choice is not one of the options: {options}")


_PIXELS = re.compile(r"\b(\d{2,5}) ?[x\u00d7] ?(\d{2,5}) ?(?:px|pixels?)\b")
_BYTES = re.compile(r"\b(?:at most|up to|maximum(?: of)?|max\.?) (\d{1,6}) ?([KM])i?B\b")


def _check_attachment(
    form: Form, field: FormField, attachment: Attachment
) -> Iterator[FormProblem]:
    try:
        content = attachment.load()
    except AttachmentError as error:
        yield _problem(field, error.rule, error.reason)
        return
    except Exception:  # noqa: BLE001 -- a subclass or a broken object of anybody's
        yield _problem(field, "attachment-file", "the attachment cannot be read")
        return
    if content is None:
        return
    facts = content.facts
    if facts.has_place:
        message = "the picture's metadata says where it was taken: set strip_metadata"
        yield _problem(field, "attachment-place", message, "warning")
    wanted = _PIXELS.search(field.hint)
    if wanted and facts.pixels is not None:
        size = (int(wanted[1]), int(wanted[2]))
        if facts.pixels != size:
            message = "the picture is {} x {} pixels, and must be {} x {}"
            yield _problem(field, "pixel-size", message.format(*facts.pixels, *size))
    limit = _BYTES.search(field.hint)
    if limit:
        most = int(limit[1]) * (1024 if limit[2] == "K" else 1024 * 1024)
        if facts.size > most:
            message = f"the file has {facts.size:,} bytes, and at most {most:,} are taken"
            yield _problem(field, "attachment-size", message)
    known = MAX_FILE_BYTES.get((form.registration_type, field.path, facts.kind))
    if known is not None and facts.size > known:
        message = f"a {facts.kind} file of more than {known:,} bytes is refused here"
        yield _problem(field, "attachment-size", message, "warning")
