"""A form as text to fill in: commented YAML, and the source of a typed dictionary."""

from __future__ import annotations

import re
import textwrap
from keyword import iskeyword
from typing import TYPE_CHECKING

from smsreg.registration.nodes import quoted
from smsreg.sms_voice import FieldRequirement, FieldType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smsreg.registration.form_parts import Form, FormField

_WIDTH = 78


def template(form: Form) -> str:
    """Return a draft in YAML; required fields are there, the others are commented out."""
    lines = [
        *_comment(f"{form.title}, {form.registration_type}", ""),
        *_comment(f"definitions read {form.read_at:%Y-%m-%d}, digest {form.digest[:12]}", ""),
        f"registration_type: {_quoted(form.registration_type)}",
        *_comment(
            "Your own name for this registration: the same key always means the same one.", ""
        ),
        'key: ""',
    ]
    lines += ["values:" if form.fields else "values: {}"]
    for section in form.sections:
        members = [entry for entry in form.fields.values() if entry.section == section.path]
        if not members:
            continue
        about = f"{section.title}. {section.description}".strip()
        lines += ["", *_comment(f"== {about}", "  ")]
        for entry in members:
            lines += ["", *_comment(_about(entry), "  "), _line(entry)]
    if form.fields and not any(_is_set(entry) for entry in form.fields.values()):
        lines = [line if line != "values:" else "values: {}" for line in lines]
    for item in form.associations:
        if item.behavior == "ASSOCIATE_BEFORE_SUBMIT":
            what = f"the id of a {item.resource_type} resource, or the key of another draft"
            lines += ["", *_comment(f"Needed before the submission: {what}.", "")]
            lines += ['associations: [""]']
    return "\n".join(lines) + "\n"


def _is_set(entry: FormField) -> bool:
    return entry.requirement == FieldRequirement.REQUIRED


def _about(entry: FormField) -> str:
    parts = [f"{entry.title} ({entry.requirement.lower()}).", entry.hint]
    if entry.type == FieldType.SELECT:
        most = entry.max_choices or 1
        parts.append("One of:" if most == 1 else f"{entry.min_choices} to {most} of:")
        parts.append(", ".join(_quoted(choice) for choice in entry.choices) + ".")
    elif entry.type == FieldType.ATTACHMENT:
        parts.append("A PDF, JPEG or PNG file.")
    elif entry.max_length is not None:
        parts.append(f"{entry.min_length or 0} to {entry.max_length} characters.")
    if entry.example:
        parts.append(f"Example: {_quoted(entry.example)}.")
    return " ".join(part for part in parts if part)


def _line(entry: FormField) -> str:
    if entry.type == FieldType.ATTACHMENT:
        blank = '{file: ""}'
    elif entry.type == FieldType.SELECT and (entry.max_choices or 1) > 1:
        blank = "[]"
    else:
        blank = '""'
    line = f"{_quoted(entry.path)}: {blank}"
    return f"  {line}" if _is_set(entry) else f"  # {line}"


def _comment(text: str, indent: str) -> Iterator[str]:
    # Texts of the service, escaped when the form was read, so that none can end the comment.
    for line in textwrap.wrap(text, _WIDTH - len(indent), break_on_hyphens=False) or [""]:
        yield f"{indent}# {line}".rstrip()


def _quoted(text: str) -> str:
    """Quote a text for YAML unless it is a plain word; JSON's quotes are YAML's, too."""
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9_.]*", text) is not None
    return text if plain and text.lower() not in _YAML_WORDS else quoted(text)


_YAML_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def python(form: Form) -> str:
    """Return the source of a ``TypedDict`` for the form's values."""
    name = _class_name(form.registration_type)
    lines = [
        f'"""{_spelt(form.title)}: the values of its form."""',
        "",
        f"# {_spelt(form.registration_type)}, as defined on {form.read_at:%Y-%m-%d}.",
        "",
        "from collections.abc import Sequence",
        "from typing import Literal, Union",
        "",
        "from typing_extensions import Required, TypedDict",
        "",
        "from smsreg.registration import Attachment",
        "",
        f"DIGEST = {form.digest!r}",
        f"{name} = TypedDict(",
        f"    {name!r},",
        "    {",
    ]
    for entry in form.fields.values():
        kind = _annotation(entry)
        if _is_set(entry):
            kind = f"Required[{kind}]"
        lines += [f"        # {_spelt(entry.title)}", f"        {entry.path!a}: {kind},"]
    lines += ["    },", "    total=False,", ")"]
    return "\n".join(lines) + "\n"


def _annotation(entry: FormField) -> str:
    if entry.type == FieldType.ATTACHMENT:
        return "Attachment"
    if entry.type != FieldType.SELECT or not entry.choices:
        return "str"
    options = ", ".join(ascii(choice) for choice in entry.choices)
    return f"Union[Literal[{options}], Sequence[Literal[{options}]]]"


def _spelt(text: str) -> str:
    """Spell a text for a comment or a docstring: one line, no quote that ends it."""
    return ascii(text)[1:-1].replace('"', "'").replace("\\", "/")


def _class_name(registration_type: str) -> str:
    words = re.findall(r"[A-Za-z0-9]+", registration_type)
    name = "".join(word.capitalize() for word in words) or "Registration"
    return f"Form{name}" if name[0].isdigit() or iskeyword(name) else name
