"""What a check finds: one problem of a field, without the field's value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "unchecked"]

MAX_NAME = 100
"""Longest name that a problem quotes: field paths have at most 100 characters."""


@dataclass(frozen=True, slots=True)
class FormProblem:
    """What is wrong with a form, or what a reviewer is likely to object to.

    Attributes:
        field: Path of the field, such as ``companyInfo.website``; ``tags.KEY`` for a tag, empty
            where the form as a whole is meant.
        rule: Name of the rule, to be given to ``ignore=``.
        message: What is wrong and what to do, with the form's hint; never the value.
        severity: ``error``: the service refuses or denies it. ``warning``: a consistency rule, or
            a fact that the definitions do not contain. ``unchecked``: left to the service.
    """

    field: str
    rule: str
    message: str
    severity: Severity = "error"

    def __str__(self) -> str:
        subject = f"{self.field}: " if self.field else ""
        return f"{self.severity}: {subject}{self.message} [{self.rule}]"
