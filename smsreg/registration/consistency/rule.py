"""Consistency rules, and their view of a form."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from smsreg.registration.problems import Severity
    from smsreg.registration.values import Value

MAX_TEXT = 5_000
"""Maximum of checked characters of a value: more than any field takes."""

BRAND_FIELDS = ("dbaName", "brandName", "companyName", "senderDisplayName", "serviceName")
SAMPLE = re.compile(r"messageSample\d+")
LEGAL_FORMS = frozenset(
    [
        "ag",
        "bv",
        "co",
        "company",
        "corp",
        "corporation",
        "gmbh",
        "inc",
        "incorporated",
        "limited",
        "llc",
        "llp",
        "lp",
        "ltd",
        "nv",
        "oy",
        "plc",
        "pllc",
        "pt",
        "pty",
        "pvt",
        "sa",
        "sarl",
        "sas",
        "spa",
        "srl",
        "the",
    ]
)
"""Words of a company's name that messages leave out."""


def words(text: str) -> list[str]:
    """Split a text into lower-case words, without punctuation."""
    return re.findall(r"[^\W_]+", text.lower())


class Facts:
    """The texts and choices of a form, by their role.

    A role is the last part of a path, as the same questions stand in different sections of
    different types: ``companyInfo.website`` and ``contactInfo.website`` are both ``website``.
    """

    def __init__(self, registration_type: str, values: Mapping[str, Value]) -> None:
        self.registration_type = registration_type
        self._texts: dict[str, str] = {}
        self._choices: dict[str, frozenset[str]] = {}
        for path, value in values.items():
            if value.text:
                self._texts[path] = value.text[:MAX_TEXT]
            elif value.choices:
                self._choices[path] = frozenset(value.choices)

    def texts(self, *roles: str) -> Iterable[tuple[str, str]]:
        """Yield (path, text) of every field with one of these roles."""
        for path, text in self._texts.items():
            if path.rpartition(".")[2] in roles:
                yield path, text

    def every_text(self) -> Iterable[tuple[str, str]]:
        """Return (path, text) of every text field."""
        return self._texts.items()

    def choices(self, *roles: str) -> frozenset[str]:
        """Return what is chosen in the fields with these roles, in capitals."""
        found = [
            chosen for path, chosen in self._choices.items() if path.rpartition(".")[2] in roles
        ]
        return frozenset(_constant(choice) for chosen in found for choice in chosen)

    def path_of(self, *roles: str) -> str:
        """Return the path of the first field with one of these roles; empty without one."""
        paths = (*self._choices, *self._texts)
        return next((path for path in paths if path.rpartition(".")[2] in roles), "")

    @cached_property
    def samples(self) -> list[tuple[str, str]]:
        """The message samples as (path, text)."""
        return [
            (path, text)
            for path, text in self._texts.items()
            if SAMPLE.fullmatch(path.rpartition(".")[2])
        ]

    @cached_property
    def brands(self) -> list[str]:
        """Names by which a message may identify the sender, lower-case, without legal forms.

        A 10DLC campaign has no field for a name; there, it is what the messages begin with.
        """
        names = [text for _, text in self.texts(*BRAND_FIELDS)]
        if not names:
            names = self._names_before_colons()
        return [" ".join(core) for name in names if (core := _core(name))]

    def _names_before_colons(self) -> list[str]:
        messages = [*self.samples, *self.texts("optInMessage", "helpMessage", "stopMessage")]
        starts = (text.partition(":") for _, text in messages)
        return list({head for head, colon, _ in starts if colon and len(words(head)) in (1, 2, 3)})

    def names_brand(self, text: str) -> bool:
        """Return whether a text names the sender; true where no name is known."""
        flat = " ".join(words(text))
        joined = flat.replace(" ", "")
        return not self.brands or any(
            f" {brand} " in f" {flat} " or brand.replace(" ", "") in joined for brand in self.brands
        )


def _core(name: str) -> list[str]:
    found = words(name)
    return [word for word in found if word not in LEGAL_FORMS] or found


def _constant(choice: str) -> str:
    """Write a choice as a constant: ``One-time passcodes`` is ONE_TIME_PASSCODES elsewhere."""
    return re.sub(r"[^A-Z0-9]+", "_", choice.upper()).strip("_")


Finding = tuple[str, str]
"""The path of a field, and what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule across the form: what reviewers deny although each field by itself is valid.

    Attributes:
        name: Name of the rule, for ``ignore=``.
        summary: What the rule asks for, in one sentence.
        remedy: What to do where it is broken.
        denials: Titles of denials that breaking it leads to, as the service words them.
        bad: Values that break the rule.
        good: The same values, corrected.
        find: Finds the fields that break the rule.
        severity: ``warning``, as only a reviewer decides.
    """

    name: str
    summary: str
    remedy: str
    denials: tuple[str, ...] = ()
    bad: Mapping[str, str] = field(repr=False)
    good: Mapping[str, str] = field(repr=False)
    find: Callable[[Facts], Iterable[Finding]] = field(repr=False)
    severity: Severity = "warning"
