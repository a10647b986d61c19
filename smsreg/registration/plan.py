"""Plans the remaining steps of a draft from its current state: a pure function."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smsreg.registration.brand_profile import BEGINNING
from smsreg.registration.draft_parts import is_id, is_number
from smsreg.registration.follow_up import Present, follow_up_steps
from smsreg.registration.problems import FormProblem
from smsreg.registration.standing import has_value
from smsreg.registration.steps import ADOPTION, KNOWN_WHEN_LEASED, Plan, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from smsreg.registration.draft import RegistrationDraft
    from smsreg.registration.form import RegistrationForm
    from smsreg.registration.standing import Standing
    from smsreg.registration.values import Value
    from smsreg.sms_voice import RegistrationFieldValueInformation

UNDER_REVIEW = ("SUBMITTED", "AWS_REVIEWING", "REVIEWING", "REQUIRES_OFFLINE_REVIEW")
DENIED = ("DENIED", "REVOKED")
BEFORE, AFTER = "ASSOCIATE_BEFORE_SUBMIT", "ASSOCIATE_AFTER_COMPLETE"
NUMBER_KINDS = ("phone-number", "TOLL_FREE", "TEN_DLC", "LONG_CODE", "SHORT_CODE", "SIMULATOR")
UNCHANGEABLE = "under-review"
"""The rule of a draft that differs from the version under review."""
TEN_DLC = "US_TEN_DLC_"
"""Start of the types of 10DLC, whose submission is billed."""
_LIMITS = {
    "create_registration": "REGISTRATIONS",
    BEGINNING: "REGISTRATIONS",
    "create_registration_attachment": "REGISTRATION_ATTACHMENTS",
    "request_phone_number": "PHONE_NUMBERS",
}


def make_plan(
    form: RegistrationForm,
    draft: RegistrationDraft,
    standing: Standing,
    values: Mapping[str, Value],
    problems: Iterable[FormProblem] = (),
    *,
    submit: bool = True,
) -> Plan:
    """Plan what is left to do.

    Args:
        form: The live form.
        draft: The desired state.
        standing: The current state.
        values: The draft's values, read.
        problems: What the checks found.
        submit: Whether the version is to be submitted.
    """
    planner = _Planner(form, draft, standing, values, submit=submit)
    planner.run()
    steps = tuple(planner.steps)
    found = [*problems, *association_problems(form, draft), *_standing_problems(draft, standing)]
    if planner.outdated:
        message = "the version under review has other values, and cannot be changed until then"
        found.append(FormProblem("", UNCHANGEABLE, message, "warning"))
    return Plan(
        key=draft.key,
        registration_id=standing.registration.registration_id if standing.registration else None,
        steps=steps,
        later=tuple(planner.later),
        problems=(*found, *_quota_problems(steps, standing)),
        waiting_for=planner.waiting_for,
    )


def same_value(
    value: Value, current: RegistrationFieldValueInformation | None, ids: Iterable[str]
) -> bool:
    """Return whether a version has a value already; ``ids`` are the uploads of its content."""
    if current is None:
        return False
    if value.attachment is None:
        chosen = list(value.choices) if value.choices is not None else None
        return (value.text, chosen) == (current.text_value, current.select_choices)
    known = current.registration_attachment_id
    if value.attachment.source == "existing":
        return known is not None and value.attachment.reference.rpartition("/")[2] == known
    return known is not None and known in ids


def other_name(form: RegistrationForm, reference: str, other_type: str | None) -> str:
    """Name another registration in ``waiting_for``: ``brand:KEY`` for a campaign's brand."""
    kinds = [item.resource_type for item in form.associations if item.is_registration]
    kind = other_type or " ".join(kinds)
    if kind == "registration" and form.registration_type.startswith(TEN_DLC):
        kind = "BRAND"  # definitions that do not name the type: the others depend on one
    word = next((w for w in ("vetting", "brand", "campaign") if w.upper() in kind), "registration")
    return f"{word}:{reference}"


@dataclass
class _Planner:
    form: RegistrationForm
    draft: RegistrationDraft
    standing: Standing
    values: Mapping[str, Value]
    submit: bool = field(kw_only=True)
    steps: list[Step] = field(default_factory=list["Step"])
    later: list[Step] = field(default_factory=list["Step"])
    waiting_for: str | None = None
    outdated: bool = False

    def run(self) -> None:
        registration, version = self.standing.registration, self.standing.version
        if registration is None:
            self._begin()
            self._fill({})
            return
        if self.draft.registration_id is not None and not self.standing.has_key:
            self._add(ADOPTION, registration.registration_id, "the registration gets its key")
        status = str(version.registration_version_status) if version else "DRAFT"
        if status == "DRAFT":
            self._fill(self.standing.values)
        elif status in UNDER_REVIEW:
            self.waiting_for = "review"
            self.outdated = self._differs()
            self._after_approval(self.later)
        elif status == "REQUIRES_AUTHENTICATION":
            self.waiting_for = "authentication"
            self._after_approval(self.later)
        elif status == "DISCARDED" or self._differs(approved=status == "APPROVED"):
            reason = f"version {registration.current_version_number} is {status.lower()}"
            self._add("create_registration_version", registration.registration_id, reason)
            self._fill({})
        elif status in DENIED:
            self.waiting_for = "revision"
        elif registration.registration_status == "PROVISIONING":
            self.waiting_for = "provisioning"
            self._after_approval(self.later)
        else:
            self._after_approval(self.steps)

    def _begin(self) -> None:
        unfinished, profile = self.standing.unfinished, self.draft.brand_profile
        if unfinished is not None:
            reason = f"{unfinished.registration_id} was begun from the brand profile before"
            self._add(ADOPTION, unfinished.registration_id, reason)
        elif profile is not None:
            self._add(BEGINNING, profile, "the brand profile fills what it can")
        else:
            self._add("create_registration", self.form.registration_type, "it does not exist yet")

    def _add(self, action: str, target: str, reason: str, *, to: list[Step] | None = None) -> None:
        (self.steps if to is None else to).append(Step(action, target, reason))

    def _differs(self, *, approved: bool = False) -> bool:
        """Whether the values of the draft differ from those of the decided version.

        A missing attachment of an approved version counts as unchanged: an upload may be deleted
        after the approval, as it counts against a quota.
        """
        return any(
            not (approved and self._is_gone(path))
            for _, path in self._changes(self.standing.values)
        )

    def _is_gone(self, path: str) -> bool:
        upload, current = self.standing.uploads.get(path), self.standing.values.get(path)
        known = current.registration_attachment_id if current else None
        return upload is not None and not upload.ids and known not in (None, *upload.foreign)

    def _changes(
        self, current: Mapping[str, RegistrationFieldValueInformation]
    ) -> Iterator[tuple[str, str]]:
        for path, value in self.values.items():
            upload = self.standing.uploads.get(path)
            if not same_value(value, current.get(path), upload.ids if upload else ()):
                yield "put_registration_field_value", path
        for path, item in current.items():
            if path not in self.values and path in self.form.fields and has_value(item):
                yield "delete_registration_field_value", path

    def _fill(self, current: Mapping[str, RegistrationFieldValueInformation]) -> None:
        uploaded: set[str] = set()
        for path, upload in self.standing.uploads.items():
            if not upload.ids and upload.digest not in uploaded:
                uploaded.add(upload.digest)
                self._add("create_registration_attachment", path, "the file is not uploaded yet")
        for action, path in self._changes(current):
            put = action.startswith("put")
            reason = "the value differs" if path in current else "the value is not there yet"
            self._add(action, path, reason if put else "the draft has no such value")
        self._associate_registrations()
        if self.waiting_for is None:
            self._associate_numbers()
            self._finish()
        else:
            self._submission(self.later)
        self._after_approval(self.later)

    def _associate_registrations(self) -> None:
        for reference in self._references(BEFORE):
            if is_number(reference):
                continue
            other = self.standing.others.get(reference)
            named = not is_id(reference) or other is not None
            if named and (other is None or other.registration_status != "COMPLETE"):
                kind = other.registration_type if other else None
                self.waiting_for = self.waiting_for or other_name(self.form, reference, kind)
            elif not self._is_associated(other.registration_id if other else reference):
                self._add("create_registration_association", reference, "needed before submission")
        for key in self.draft.after:
            other = self.standing.others.get(key)
            if other is None or other.registration_status != "COMPLETE":
                kind = other.registration_type if other else "OTHER"
                self.waiting_for = self.waiting_for or other_name(self.form, key, kind)

    def _associate_numbers(self) -> None:
        for reference in self._references(BEFORE):
            if is_number(reference) and not self._is_associated(reference):
                self._add("create_registration_association", reference, "needed before submission")
        if self.draft.phone_number is not None and self._number_behavior() == BEFORE:
            number = self.standing.number
            if number is None:
                self._lease(self.steps)
            if number is None or not self._is_associated(number.phone_number_id):
                self._add(
                    "create_registration_association", "phone_number", "needed before submission"
                )

    def _finish(self) -> None:
        if self.submit:
            self._submission(self.steps)
            self.waiting_for = "review"
        else:
            self.waiting_for = "submission"

    def _submission(self, steps: list[Step]) -> None:
        billed = self.form.registration_type.startswith(TEN_DLC)
        price = "one-time and monthly fees of 10DLC, by AWS's price list" if billed else None
        steps.append(
            Step(
                "submit_registration_version",
                self.form.registration_type,
                "once the form is complete",
                price=price,
                needs_confirmation=billed,
            )
        )

    def _after_approval(self, steps: list[Step]) -> None:
        for reference in self._references(AFTER):
            if not self._is_associated(reference):
                self._add("create_registration_association", reference, "approved", to=steps)
        if self.draft.phone_number is not None and self._number_behavior() == AFTER:
            number = self.standing.number
            if number is None:
                self._lease(steps)
            elif not self._is_associated(number.phone_number_id):
                self._add("create_registration_association", "phone_number", "approved", to=steps)
        self._follow_up(is_complete=steps is self.steps)

    def _follow_up(self, *, is_complete: bool) -> None:
        wanted, present = self.draft.after_approval, self.standing.present
        if wanted is None:
            return
        if is_complete and present is not None:
            self.steps += follow_up_steps(wanted, present)
            return
        self.later += follow_up_steps(wanted, Present())
        if is_complete:
            self.waiting_for = "phone_number"

    def _lease(self, steps: list[Step]) -> None:
        number = self.draft.phone_number
        target = f"{number.iso_country_code} {number.number_type}" if number else ""
        steps.append(
            Step(
                "request_phone_number",
                target,
                "the draft asks for a number",
                price=KNOWN_WHEN_LEASED,
                needs_confirmation=True,
            )
        )

    def _references(self, behavior: str) -> Iterator[str]:
        for reference in self.draft.associations:
            if self._behavior_of(reference) == behavior:
                yield reference

    def _behavior_of(self, reference: str) -> str:
        if is_number(reference):
            return self._number_behavior() or BEFORE
        found = [
            item.behavior
            for item in self.form.associations
            if item.resource_type not in NUMBER_KINDS
        ]
        return AFTER if AFTER in found and BEFORE not in found else BEFORE

    def _number_behavior(self) -> str | None:
        return next(
            (i.behavior for i in self.form.associations if i.resource_type in NUMBER_KINDS), None
        )

    def _is_associated(self, reference: str | None) -> bool:
        return any(
            reference in (item.resource_id, item.resource_arn)
            for item in self.standing.associations
        )


def association_problems(form: RegistrationForm, draft: RegistrationDraft) -> Iterator[FormProblem]:
    """Find the associations that the type requires and the draft lacks."""
    kinds = [item for item in form.associations if item.behavior == BEFORE]
    numbers = [item for item in form.associations if item.resource_type in NUMBER_KINDS]
    if draft.phone_number is not None and not numbers:
        message = "a registration of this type is not associated with a number"
        yield FormProblem("", "phone_number", message)
    for item in kinds:
        is_number = item.resource_type in NUMBER_KINDS
        if draft.associations or (is_number and draft.phone_number is not None):
            continue
        what = "phone_number or the id of a number" if is_number else f"a {item.resource_type}"
        message = f"the type must be associated before its submission: give {what}"
        yield FormProblem("", "associations", message)


def _standing_problems(draft: RegistrationDraft, standing: Standing) -> Iterator[FormProblem]:
    registration = standing.registration
    if registration is None:
        return
    if registration.registration_type != draft.registration_type:
        message = f"the key belongs to a {registration.registration_type}: use another key"
        yield FormProblem("", "key", message)
    if registration.registration_status == "CLOSED":
        message = "the registration is closed: delete it (teardown) and apply again"
        yield FormProblem("", "closed", message)


def _quota_problems(steps: Iterable[Step], standing: Standing) -> Iterator[FormProblem]:
    needed = [_LIMITS[step.action] for step in steps if step.action in _LIMITS]
    for name in dict.fromkeys(needed):
        free = standing.limits.get(name)
        if free is not None and needed.count(name) > free:
            message = f"{needed.count(name)} more are needed, and {free} are free"
            yield FormProblem("", "quota", f"{name}: {message}")
