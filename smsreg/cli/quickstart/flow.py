"""The main workflow, step by step: from an empty form to COMPLETE."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from smsreg import RetryPolicy
from smsreg.cli.console import bold, dim, duration
from smsreg.cli.quickstart.demo_data import demo_draft
from smsreg.cli.quickstart.listing import registration_types
from smsreg.cli.quickstart.report import Made, quoted
from smsreg.cli.quickstart.steps import StepError
from smsreg.registration import Attachment, Registrar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smsreg.cli.quickstart.steps import Step as Shown
    from smsreg.cli.quickstart.steps import Steps
    from smsreg.cli.quickstart.target import Target
    from smsreg.registration import Applied, FormField, RegistrationDraft, RegistrationForm, Step
    from smsreg.waiters import PollEvent

FORM = "US_TOLL_FREE_REGISTRATION"
PATIENT = RetryPolicy(max_attempts=10)
"""The service takes one call of an operation per second, and a form takes one for each field."""
LEASE = "request_phone_number"
REVIEW_TIMEOUT = 30.0
"""For the emulator, whose clock the waits move."""
LONGEST_VALUE = 45
"""Characters, with which a line stays within 80."""
REMOVALS = {
    "create_registration": ("registration", "delete_registration(registration_id={})"),
    LEASE: ("phone number", "release_phone_number(phone_number_id={})"),
    "create_registration_attachment": (
        "attachment",
        "delete_registration_attachment(registration_attachment_id={})",
    ),
}
"""What each step makes, and the call that removes it."""


class Flow:
    """One run of the main workflow.

    Attributes:
        registration_id: Id of the registration, once there is one.
        made: What has been created so far.
    """

    def __init__(
        self, target: Target, steps: Steps, made: list[Made], *, patient: RetryPolicy = PATIENT
    ) -> None:
        self.registration_id: str = ""
        self.made = made
        self._target = target
        self._steps = steps
        self._sms = target.sms.with_options(retry=target.policy or patient)
        self._registrar = Registrar(self._sms)

    async def run(self) -> None:
        """Run all steps."""
        await registration_types(self._target, self._steps, needed=FORM)
        form, draft = await self._write_draft()
        await self._fill_in(form, draft)
        await self._lease(draft)
        await self._submit(draft)
        await (self._wait() if self._target.embedded else self._show_status())

    async def _write_draft(self) -> tuple[RegistrationForm, RegistrationDraft]:
        with self._steps.step("Check a draft of the form", "Registrar.form") as shown:
            form = await self._registrar.form(FORM)
            draft = demo_draft(form)
            plan = await self._registrar.plan(draft)
            shown.row("draft", draft.key)
            shown.row("fields", f"{len(draft.values)} of {len(form.fields)}")
            for problem in plan.problems:
                shown.row(problem.severity, problem.field, f" [{problem.rule}]")
            count = len(plan.steps)
            shown.summary = f"no problems; {count} steps to take"
        return form, draft

    async def _fill_in(self, form: RegistrationForm, draft: RegistrationDraft) -> None:
        with self._steps.step("Create it and fill it in", "Registrar.apply") as shown:
            page = _Page(form, draft, shown)

            def on_step(step: Step) -> None:
                self._note(step)
                if step.made_id:
                    shown.row(REMOVALS[step.action][0], step.made_id)
                page.show(step)

            # Leasing a number costs money and is not confirmed yet: stop here.
            applied = await self._registrar.apply(draft, on_step=on_step)
            page.finish()
            shown.text(dim("* required"))
            filled = f"{len(draft.values)} of {len(form.fields)} fields"
            shown.summary = f"{filled} filled in, all the required ones"
        self._keep(applied)

    async def _lease(self, draft: RegistrationDraft) -> None:
        with self._steps.step("Lease a toll-free number", "Registrar.apply") as shown:
            applied = await self._registrar.apply(
                draft, submit=False, confirm={LEASE}, on_step=self._note
            )
            number = await self._sms.describe_phone_numbers(
                phone_number_ids=[needed(applied.phone_number_id, "PhoneNumberId")]
            ).first()
            if number is not None:
                shown.row("phone number", number.phone_number)
                shown.row("status", bold(str(number.status)))
            shown.row("id", applied.phone_number_id or "")
            prices = [step.price for step in applied.steps if step.price]
            shown.summary = f"leased at {prices[0]}" if prices else "leased before"
            if self._target.embedded:
                shown.summary += ", were it real"

    async def _submit(self, draft: RegistrationDraft) -> None:
        with self._steps.step("Submit it for review", "Registrar.apply") as shown:
            applied = await self._registrar.apply(draft, on_step=self._note)
            self._keep(applied)
            shown.row("version", str(applied.version_number))
            shown.row("status", bold(applied.status or ""))
            shown.summary = "submitted; its fields can no longer be changed"
            if not applied.steps:
                shown.summary = f"submitted before; it waits for: {applied.waiting_for}"

    async def _wait(self) -> None:
        title = "Wait for the review"
        with self._steps.step(title, "wait_until_registration_complete") as shown:
            seen: list[str] = []

            def on_poll(event: PollEvent) -> None:
                status = event.status or "not visible yet"
                if status not in seen:
                    seen.append(status)
                    label = "status" if len(seen) == 1 else ""
                    shown.row(label, status.ljust(14), dim(duration(event.elapsed)))

            registration = await self._sms.wait_until_registration_complete(
                registration_id=self.registration_id,
                timeout=REVIEW_TIMEOUT,
                min_delay=0.1,
                max_delay=0.15,
                on_poll=on_poll,
            )
            shown.row("", bold(str(registration.registration_status)))
            shown.summary = f"version {registration.approved_version_number} is approved"

    async def _show_status(self) -> None:
        """Show the status only: a real review takes days."""
        with self._steps.step("Read the status", "Registrar.state") as shown:
            state = await self._registrar.state(self.registration_id)
            shown.row("registration", self.registration_id)
            shown.row("status", bold(str(state.status)))
            shown.row("turn", state.whose_turn)
            shown.summary = "under review, which takes days to weeks"

    def _keep(self, applied: Applied) -> None:
        self.registration_id = applied.registration_id or self.registration_id

    def _note(self, step: Step) -> None:
        if step.made_id and step.action in REMOVALS:
            what, removal = REMOVALS[step.action]
            call = removal.format(quoted(step.made_id))
            self.made.append(Made(what=what, identifier=step.made_id, removal=call))


class _Page:
    """The form on the screen, in its order, as its fields are filled in."""

    def __init__(self, form: RegistrationForm, draft: RegistrationDraft, shown: Shown) -> None:
        self._fields: Iterator[FormField] = iter(form.fields.values())
        self._draft = draft
        self._shown = shown
        self._section = ""
        self._width = max(len(_name(field)) for field in form.fields.values()) + 2

    def show(self, step: Step) -> None:
        """Show the fields up to the one that a step has put."""
        if step.action != "put_registration_field_value":
            return
        for field in self._fields:
            self._line(field)
            if field.path == step.target:
                return

    def finish(self) -> None:
        """Show the fields that are left."""
        for field in self._fields:
            self._line(field)

    def _line(self, field: FormField) -> None:
        if field.section != self._section:
            self._section = field.section
            self._shown.text(bold(field.section))
        label = _name(field).ljust(self._width)
        value = self._draft.values.get(field.path)
        if value is None:
            self._shown.text(dim(f"    {label}(optional, left empty)"))
            return
        # What is filled in is required: by the form, or by what else is filled in.
        self._shown.text("  * ", dim(label), _text(value))


def needed(value: str | None, name: str) -> str:
    """Return a member of a response without which there is no next step.

    Raises:
        StepError: It is missing.
    """
    if not value:
        msg = f"the response has no {name}"
        raise StepError(msg)
    return value


def _name(field: FormField) -> str:
    return field.path.removeprefix(f"{field.section}.")


def _text(value: object) -> str:
    if isinstance(value, Attachment):
        return "a picture"
    text = value if isinstance(value, str) else ", ".join(cast("list[str]", value))
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 3]}..."
