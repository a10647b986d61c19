"""Registration types read from data and given in the service's own shape."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from smsreg.emulator.core.service_model import Doc

_IDENTITIES = {
    **dict.fromkeys(
        ("TOLL_FREE", "TEN_DLC", "LONG_CODE", "SHORT_CODE", "SIMULATOR"), "phone-number"
    ),
    "SENDER_ID": "sender-id",
    # inferred: an association with an RCS agent has the ResourceType RCS_AGENT.
    "RCS_AGENT": "rcs-agent",
}
# inferred: choices of the sender id types that nobody lists are written like those that are known
# (One-time passcodes, Other). Indonesia's letters of authorization 1, 2 and 4 are optional for
# companies elsewhere. The United Kingdom's letter has no condition of its own.
ANY_TEXT = r"^(?=\s*\S)[\s\S]+$"


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One field of a form: its definition in wire shape."""

    path: str
    section: str
    kind: str
    definition: Doc
    max_bytes: Mapping[str, int]
    """Largest attachment by file type, where the field is tighter than the service."""


@dataclass(frozen=True, slots=True)
class RegistrationType:
    """A registration type: its definition in wire shape, its sections, fields and associations."""

    name: str
    country: str | None
    definition: Doc
    sections: tuple[Doc, ...]
    fields: Mapping[str, FieldRule]
    associations: tuple[Doc, ...]
    """As in the data: resource (see `kind_of`), when, release."""
    regions: tuple[str, ...] = ()
    """Regions in which reviewers accept it; empty for all."""
    request_without_registration: bool = False
    """Whether RequestSenderId works in its country all the same."""


def kind_of(resource_type: str) -> str:
    """The resource that an association's ResourceType stands for: `TOLL_FREE` is a phone number.

    Raises:
        ValueError: It is neither a kind of identity nor a registration type.
    """
    if resource_type in _IDENTITIES:
        return _IDENTITIES[resource_type]
    if resource_type.endswith(("_REGISTRATION", "_VETTING")):
        return "registration"
    known = ", ".join(_IDENTITIES)
    msg = f"associations: resource {resource_type!a} is not a registration type or one of {known}"
    raise ValueError(msg)


class Catalogue:
    """The types of one emulator: the built-in ones and those that a test adds."""

    def __init__(self, extra: Iterable[Mapping[str, Any]] = ()) -> None:
        self._own: dict[str, RegistrationType] = {}
        for document in extra:
            self.add(document)

    def add(self, document: Mapping[str, Any]) -> RegistrationType:
        """Add a type, or replace the definition of a built-in one."""
        made = read_type(document)
        self._own[made.name] = made
        return made

    def get(self, name: str) -> RegistrationType | None:
        """The named type, or None."""
        return self._own.get(name) or _built_in().get(name)

    def all(self) -> list[RegistrationType]:
        """Every type, in the order of their names."""
        types = {**_built_in(), **self._own}
        return [types[name] for name in sorted(types)]


@cache
def _built_in() -> Mapping[str, RegistrationType]:
    """Read-only and the same for all, hence shared by every emulator of the process."""
    folder = resources.files("smsreg.emulator.catalogue") / "data"
    files = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".json"))
    made = (read_type(json.loads((folder / name).read_text("utf-8"))) for name in files)
    return {entry.name: entry for entry in made}


def read_type(document: Mapping[str, Any]) -> RegistrationType:
    """A type from its data form; raises KeyError or ValueError where the data is not one."""
    country = cast("str | None", document.get("country"))
    sections: list[Doc] = []
    fields: dict[str, FieldRule] = {}
    for section in document.get("sections", ()):
        sections.append({"SectionPath": section["path"], "DisplayHints": _hints(section)})
        for entry in section["fields"]:
            rule = _read_field(section["path"], entry)
            if rule.path in fields:
                msg = f"{rule.path} is there twice"
                raise ValueError(msg)
            fields[rule.path] = rule
    associations = tuple(cast("Iterable[Doc]", document.get("associations", ())))
    countries = [
        country if kind_of(association["resource"]) != "registration" else None
        for association in associations
    ]
    definition: Doc = {
        "RegistrationType": document["type"],
        "DisplayHints": _hints(document),
        "SupportedAssociations": [
            {
                "ResourceType": association["resource"],
                "IsoCountryCode": place,
                "AssociationBehavior": association["when"],
                "DisassociationBehavior": association["release"],
            }
            for association, place in zip(associations, countries, strict=True)
        ],
        # Not part of the shape: what the two filters of the operation match.
        "_resources": [association["resource"] for association in associations],
        "_countries": [place for place in countries if place],
    }
    return RegistrationType(
        name=document["type"],
        country=country,
        definition=definition,
        sections=tuple(sections),
        fields=fields,
        associations=associations,
        regions=tuple(document.get("regions", ())),
        request_without_registration=bool(document.get("request_without_registration")),
    )


def _read_field(section: str, entry: Doc) -> FieldRule:
    kind: str = entry.get("kind", "SELECT" if "options" in entry else "TEXT")
    path: str = entry["path"] if "." in entry["path"] else f"{section}.{entry['path']}"
    definition: Doc = {
        "SectionPath": section,
        "FieldPath": path,
        "FieldType": kind,
        "FieldRequirement": entry.get("need", "REQUIRED"),
        "DisplayHints": _hints(entry),
    }
    if kind == "TEXT":
        definition["TextValidation"] = {
            "MinLength": entry.get("min", 1),
            "MaxLength": entry.get("max", 255),
            "Pattern": entry.get("pattern", ANY_TEXT),
        }
    elif kind == "SELECT":
        fewest, most = entry.get("choices", [1, 1])
        definition["SelectValidation"] = {
            "MinChoices": fewest,
            "MaxChoices": most,
            "Options": list(entry["options"]),
        }
    if "when" in entry:
        definition["ConditionalBehavior"] = _read_condition(section, entry["when"])
    tighter: Mapping[str, int] = entry.get("max_bytes", {})
    return FieldRule(path, section, kind, definition, tighter)


def _read_condition(section: str, entry: Doc) -> Doc:
    return {
        "DefaultBehavior": entry.get("otherwise", "OPTIONAL"),
        "Rules": [
            {
                "RuleBehavior": rule["then"],
                "Conditions": [_read_test(section, *test) for test in rule["if"]],
                "ConditionalValidation": rule.get("validation"),
            }
            for rule in entry["rules"]
        ],
    }


def _read_test(section: str, path: str, operator: str, *values: str) -> Doc:
    full = path if "." in path else f"{section}.{path}"
    return {"DependsOnFieldPath": full, "Operator": operator, "Values": list(values)}


def _hints(entry: Mapping[str, Any]) -> Doc:
    hints: Doc = {
        "Title": entry["title"],
        "ShortDescription": entry.get("description", entry["title"]),
        "LongDescription": entry.get("details"),
        "TextValidationDescription": entry.get("format"),
        "ExampleTextValue": entry.get("example"),
    }
    if "options" in entry:
        titles: Doc = entry.get("option_titles", {})
        hints["SelectOptionDescriptions"] = [
            {"Option": option, "Title": titles.get(option, option.replace("_", " ").capitalize())}
            for option in entry["options"]
        ]
    return hints
