"""What ``--json`` prints: one model for each command, whose schemas ``docs/cli.md`` shows."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 -- pydantic reads the annotations
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict


class Document(BaseModel):
    """Everything that is printed; made from the attributes of the library's results."""

    model_config: ClassVar[ConfigDict] = ConfigDict(from_attributes=True, frozen=True)


class TypeRow(Document):
    """A registration type."""

    registration_type: str
    title: str


class Types(Document):
    """``smsreg types``."""

    types: list[TypeRow]


class FieldRow(Document):
    """A field of a form."""

    path: str
    title: str
    section: str
    type: str
    requirement: str
    choices: list[str]
    min_length: int | None
    max_length: int | None
    pattern: str | None
    hint: str


class Form(Document):
    """``smsreg form``."""

    registration_type: str
    title: str
    read_at: datetime
    digest: str
    fields: list[FieldRow]


class Problem(Document):
    """A problem of a draft, without the value."""

    field: str
    rule: str
    message: str
    severity: str


class CheckedDraft(Document):
    """A draft and the problems that were found in it."""

    key: str
    registration_type: str
    problems: list[Problem]


class Check(Document):
    """``smsreg check``."""

    drafts: list[CheckedDraft]


class StepRow(Document):
    """A request that changes a resource."""

    action: str
    target: str
    reason: str
    price: str | None
    needs_confirmation: bool
    made_id: str | None


class PlannedDraft(Document):
    """A draft and what ``apply`` would do."""

    key: str
    registration_id: str | None
    steps: list[StepRow]
    later: list[StepRow]
    problems: list[Problem]
    waiting_for: str | None
    filled: list[str]


class Plan(Document):
    """``smsreg plan``."""

    plans: list[PlannedDraft]


class AppliedDraft(Document):
    """A draft and the steps that were carried out."""

    key: str
    registration_id: str | None
    version_number: int | None
    status: str | None
    steps: list[StepRow]
    waiting_for: str | None
    phone_number_id: str | None
    next_step: StepRow | None


class Apply(Document):
    """``smsreg apply`` and ``smsreg revise``."""

    applied: list[AppliedDraft]


class RegistrationRow(Document):
    """The status of a registration."""

    registration_id: str
    registration_type: str
    status: str
    version_number: int | None
    version_status: str | None
    whose_turn: str
    since: datetime | None


class Status(Document):
    """``smsreg status``."""

    registrations: list[RegistrationRow]


class Failure(Document):
    """What any command prints when it fails.

    ``applied`` has the drafts that ``smsreg apply`` applied before; null for other commands.
    """

    error: str
    message: str
    problems: list[Problem]
    applied: list[AppliedDraft] | None = None


class Change(Document):
    """A line of ``smsreg watch``: a status at the start (``previous`` is null), or a change."""

    registration_id: str
    status: str
    version_number: int | None
    previous: str | None


class Reason(Document):
    """A reason for a denial."""

    reason: str
    short_description: str
    long_description: str | None
    documentation_link: str | None
    remedies: list[str]


class FieldReason(Document):
    """The reason and the feedback for a field."""

    denied_reason: str | None
    feedback: str | None


class Explain(Document):
    """``smsreg explain``."""

    registration_id: str
    version_number: int | None
    reasons: list[Reason]
    fields: dict[str, FieldReason]
    feedback: str | None


class Pull(Document):
    """``smsreg pull``: a draft, in the format of a ``.json`` file."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow", frozen=True)

    key: str
    registration_type: str
    registration_id: str
    values: dict[str, str | list[str] | dict[str, str]]


class Finding(Document):
    """The result of a check by ``doctor``."""

    name: str
    state: Literal["ok", "note", "missing"]
    detail: str


class Doctor(Document):
    """``smsreg doctor``."""

    findings: list[Finding]


class Quickstart(Document):
    """``smsreg quickstart``; the registration is null if the command only read."""

    steps: int
    registration_id: str | None
    complete: bool


class Emulator(Document):
    """``smsreg emulator``: the line that it prints when it is ready."""

    endpoint_url: str
    region_name: str
    aws_access_key_id: str
    aws_secret_access_key: str


DOCUMENTS: dict[str, type[Document]] = {
    "types": Types,
    "form": Form,
    "check": Check,
    "plan": Plan,
    "apply": Apply,
    "status": Status,
    "watch": Change,
    "explain": Explain,
    "revise": Apply,
    "pull": Pull,
    "doctor": Doctor,
    "quickstart": Quickstart,
    "emulator": Emulator,
    "failure": Failure,
}
"""The document of each command, and that of a failure."""
