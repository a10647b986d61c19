"""Why a command failed, for the person who typed it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.cli.documents import AppliedDraft, Failure, Problem
from smsreg.cli.exit_status import BAD_USAGE, FAILED
from smsreg.cli.files import FileError
from smsreg.cli.output import STYLES
from smsreg.errors import (
    ConfigurationError,
    CredentialsError,
    InvalidRequestError,
    RegistrationError,
    SmsregError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from smsreg.cli.output import Output
    from smsreg.registration import Applied

_OPTIONS = {
    "region_name": "--region",
    "profile_name": "--profile",
    "endpoint_url": "--endpoint-url",
}
WRONG_USE = (FileError, InvalidRequestError, ConfigurationError)


def explain(
    error: Exception, output: Output, applied: Iterable[Applied] | None = None
) -> int | None:
    """Show an error and return the exit status; None, and nothing shown, for an unexpected one.

    What is shown of an error is its text and its facts, which never hold what a caller sent. The
    JSON also has what was applied before, where that is given.
    """
    if not isinstance(error, (SmsregError, FileError, OSError)):
        return None
    first = first_line(error)
    problems = list(_problems(error))
    details = [(p.severity, _problem(p), STYLES.get(p.severity, "")) for p in problems]
    details += [(label, text, "dim") for label, text in _facts(error) if text not in first]
    if output.as_json:
        name = type(error).__name__
        before = None if applied is None else [AppliedDraft.model_validate(a) for a in applied]
        output.document(Failure(error=name, message=first, problems=problems, applied=before))
    else:
        output.failure(first, details)
    return BAD_USAGE if isinstance(error, WRONG_USE) else FAILED


def first_line(error: Exception) -> str:
    """Return the first line of an error's text, with options in place of keyword arguments."""
    line = (str(error).splitlines() or [type(error).__name__])[0]
    if isinstance(error, (ConfigurationError, CredentialsError)):
        for argument, option in _OPTIONS.items():
            line = line.replace(argument, option)
    return line


def _problem(problem: Problem) -> str:
    subject = f"{problem.field}: " if problem.field else ""
    rule = f" [{problem.rule}]" if problem.rule else ""
    return f"{subject}{problem.message}{rule}"


def _problems(error: Exception) -> Iterator[Problem]:
    if isinstance(error, RegistrationError):
        yield from (Problem.model_validate(problem) for problem in error.problems)
    elif isinstance(error, (InvalidRequestError, FileError)):
        for place, message in error.problems:
            yield Problem(field=place, rule="", message=message, severity="error")


def _facts(error: Exception) -> Iterator[tuple[str, str]]:
    for label, name in (("operation", "operation_name"), ("request id", "request_id")):
        found: object = getattr(error, name, None)
        if isinstance(found, str) and found:
            yield label, found
