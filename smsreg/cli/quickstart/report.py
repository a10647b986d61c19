"""Why a run ended early, and what it has created, for the person who started it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smsreg.cli.console import bad, bold, careful, dim
from smsreg.cli.quickstart.steps import StepError
from smsreg.errors import ActionRequiredError, OutcomeUnknownError, RegistrationError, SmsregError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smsreg.cli.console import Console
    from smsreg.cli.quickstart.steps import Steps

LABEL = 12


def explain(console: Console, steps: Steps, error: Exception) -> None:
    """Show which step failed and why.

    What is shown of an error is its text and its facts, which never hold what a caller sent.
    """
    console.write(bad("smsreg quickstart failed"), f" {where(steps)}")
    known = isinstance(error, (SmsregError, StepError, OSError))
    first, *more = (str(error) if known else "").splitlines() or [type(error).__name__]
    _row(console, "why", first)
    for line in more:
        _row(console, "", line)
    for label, text in _facts(error):
        if text not in first:
            _row(console, label, text)


def where(steps: Steps) -> str:
    """Name the step that goes on."""
    if steps.number == 0:
        return "before its first step"
    return f"in step {steps.number} of {steps.total}: {steps.title}"


def _row(console: Console, label: str, text: str) -> None:
    shown = bold(text) if label == "why" else text
    console.write("  ", dim(label.ljust(LABEL)), shown)


def _facts(error: Exception) -> Iterator[tuple[str, str]]:
    if not isinstance(error, SmsregError):
        return
    yield "error", type(error).__name__
    if error.operation_name:
        yield "operation", error.operation_name
    request_id: str | None = getattr(error, "request_id", None)
    if request_id:
        yield "request id", request_id
    if error.attempts > 1:
        yield "attempts", str(error.attempts)
    if isinstance(error, OutcomeUnknownError) and isinstance(error.__cause__, SmsregError):
        yield "seen", str(error.__cause__)
    if isinstance(error, RegistrationError):
        for problem in error.problems:
            yield "problem", str(problem)
    if isinstance(error, ActionRequiredError):
        yield from _reasons(error)


def _reasons(error: ActionRequiredError) -> Iterator[tuple[str, str]]:
    for reason in error.denied_reasons:
        yield "reason", reason.short_description or reason.reason or "none given"
    for path, reasons in error.field_reasons.items():
        yield "field", f"{path}: {'; '.join(reasons)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A resource that exists now, and how to remove it."""

    what: str
    identifier: str
    removal: str
    """The client call that removes it."""


def quoted(text: str) -> str:
    """Return a text as a Python string literal, in double quotes."""
    return json.dumps(text)


def report_made(console: Console, made: list[Made], *, indent: str = "") -> None:
    """Show what exists, in the order in which it can be removed."""
    console.write(indent, careful("These exist now, until somebody removes them:"))
    for resource in reversed(made):
        console.write(indent, "  ", resource.what.ljust(13), resource.identifier)
        console.write(indent, "  ", " " * 13, dim(resource.removal))
