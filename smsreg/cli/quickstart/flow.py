"""The main job, step by step: from an empty form to COMPLETE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg import RetryPolicy
from smsreg.cli.console import bold, dim, duration
from smsreg.cli.quickstart.form import answers
from smsreg.cli.quickstart.listing import registration_types
from smsreg.cli.quickstart.made import Made, quoted
from smsreg.cli.quickstart.picture import HEIGHT, WIDTH, opt_in_picture
from smsreg.cli.quickstart.steps import StepError

if TYPE_CHECKING:
    from smsreg.cli.quickstart.form import Answer
    from smsreg.cli.quickstart.steps import Step, Steps
    from smsreg.cli.quickstart.target import Target
    from smsreg.sms_voice import PutRegistrationFieldValueResult
    from smsreg.waiters import PollEvent

FORM = "US_TOLL_FREE_REGISTRATION"
PATIENT = RetryPolicy(max_attempts=10)
"""The service takes one call of an operation per second, and a form takes one for each field."""

UPLOAD_TIMEOUT = 60.0
REVIEW_TIMEOUT = 30.0
"""For the emulator, where a review takes about a second."""

LONGEST_VALUE = 45
"""Characters, with which a line stays within 80."""


class Flow:
    """One run of the main job.

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
        self._sms = target.sms
        self._steps = steps
        self._patient = patient
        self._phone_number_id = ""
        self._attachment_id = ""

    async def run(self) -> None:
        """Do all of it."""
        await registration_types(self._target, self._steps, needed=FORM)
        await self._create_registration()
        await self._request_number()
        await self._associate()
        await self._upload()
        await self._fill_in()
        await self._submit()
        await (self._wait() if self._target.embedded else self._look())

    async def _create_registration(self) -> None:
        with self._steps.step("Create a toll-free registration", "create_registration") as step:
            result = await self._sms.create_registration(registration_type=FORM)
            self.registration_id = needed(result.registration_id, "RegistrationId")
            removal = f"delete_registration(registration_id={quoted(self.registration_id)})"
            self._note("registration", self.registration_id, removal)
            step.row("registration", self.registration_id)
            step.row("status", bold(str(result.registration_status)))
            step.summary = f"version {result.current_version_number} is an empty form"

    async def _request_number(self) -> None:
        with self._steps.step("Request a toll-free number", "request_phone_number") as step:
            result = await self._sms.request_phone_number(
                iso_country_code="US",
                message_type="TRANSACTIONAL",
                number_capabilities=["SMS"],
                number_type="TOLL_FREE",
            )
            self._phone_number_id = needed(result.phone_number_id, "PhoneNumberId")
            removal = f"release_phone_number(phone_number_id={quoted(self._phone_number_id)})"
            self._note("phone number", self._phone_number_id, removal)
            step.row("phone number", result.phone_number or "")
            step.row("id", self._phone_number_id)
            step.row("status", bold(str(result.status)))
            step.summary = f"leased at {result.monthly_leasing_price or '?'} USD a month"
            if self._target.embedded:
                step.summary += ", were it real"

    async def _associate(self) -> None:
        with self._steps.step("Tie the number to it", "create_registration_association") as step:
            result = await self._sms.create_registration_association(
                registration_id=self.registration_id, resource_id=self._phone_number_id
            )
            step.row(result.resource_type or "resource", result.resource_id or "")
            step.row("tied to", result.registration_id or "")
            step.summary = "tied, as this form demands before it is submitted"

    async def _upload(self) -> None:
        picture = opt_in_picture()
        title = "Upload a picture for the form"
        with self._steps.step(title, "create_registration_attachment") as step:
            result = await self._sms.create_registration_attachment(attachment_body=picture)
            self._attachment_id = needed(
                result.registration_attachment_id, "RegistrationAttachmentId"
            )
            removal = "delete_registration_attachment(registration_attachment_id="
            self._note(
                "attachment", self._attachment_id, f"{removal}{quoted(self._attachment_id)})"
            )
            step.row("attachment", self._attachment_id)
            step.row("status", str(result.attachment_status))
            uploaded = await self._sms.wait_until_registration_attachment_uploaded(
                registration_attachment_id=self._attachment_id,
                timeout=UPLOAD_TIMEOUT,
                min_delay=0.1 if self._target.embedded else None,
            )
            step.row("", bold(str(uploaded.attachment_status)))
            step.summary = f"PNG, {WIDTH} x {HEIGHT} pixels, {len(picture):,} bytes"

    async def _fill_in(self) -> None:
        with self._steps.step("Fill in the form", "put_registration_field_value") as step:
            definitions = self._sms.describe_registration_field_definitions(registration_type=FORM)
            form = answers(await definitions.collect(), self._attachment_id)
            width = max((len(_name(answer)) for answer in form), default=0) + 2
            section = None
            for answer in form:
                if answer.section != section:
                    section = answer.section
                    step.text(bold(section))
                await self._put(step, answer, width)
            filled = sum(not answer.empty for answer in form)
            step.text(dim("* required"))
            step.summary = f"{filled} of {len(form)} fields filled in, all the required ones"

    async def _put(self, step: Step, answer: Answer, width: int) -> None:
        label = _name(answer).ljust(width)
        if answer.empty:
            step.text(dim(f"    {label}(optional, left empty)"))
            return
        client = self._sms.with_options(retry=self._patient)
        result = await client.put_registration_field_value(
            registration_id=self.registration_id,
            field_path=answer.path,
            text_value=answer.text,
            select_choices=answer.choices,
            registration_attachment_id=answer.attachment_id,
        )
        mark = "*" if answer.required else " "
        step.text(f"  {mark} ", dim(label), _value(result))

    async def _submit(self) -> None:
        with self._steps.step("Submit it for review", "submit_registration_version") as step:
            result = await self._sms.submit_registration_version(
                registration_id=self.registration_id
            )
            step.row("version", str(result.version_number))
            step.row("status", bold(str(result.registration_version_status)))
            step.summary = "submitted; its fields can no longer be changed"

    async def _wait(self) -> None:
        title = "Wait for the review"
        with self._steps.step(title, "wait_until_registration_complete") as step:
            seen: list[str] = []

            def on_poll(event: PollEvent) -> None:
                status = event.status or "not visible yet"
                if status not in seen:
                    seen.append(status)
                    label = "status" if len(seen) == 1 else ""
                    step.row(label, status.ljust(14), dim(duration(event.elapsed)))

            registration = await self._sms.wait_until_registration_complete(
                registration_id=self.registration_id,
                timeout=REVIEW_TIMEOUT,
                min_delay=0.1,
                max_delay=0.15,
                on_poll=on_poll,
            )
            step.row("", bold(str(registration.registration_status)))
            step.summary = f"version {registration.approved_version_number} is approved"

    async def _look(self) -> None:
        """Show the status only: a real review takes days."""
        with self._steps.step("Look at the status", "describe_registrations") as step:
            registration = await self._sms.describe_registrations(
                registration_ids=[self.registration_id]
            ).first()
            status = "not visible yet" if registration is None else registration.registration_status
            step.row("registration", self.registration_id)
            step.row("status", bold(str(status)))
            step.summary = "under review, which takes days to weeks"

    def _note(self, what: str, identifier: str, removal: str) -> None:
        self.made.append(Made(what=what, identifier=identifier, removal=removal))


def needed(value: str | None, name: str) -> str:
    """Give a member of an answer without which there is no next step.

    Raises:
        StepError: It is missing.
    """
    if not value:
        msg = f"the answer has no {name}"
        raise StepError(msg)
    return value


def _name(answer: Answer) -> str:
    return answer.path.removeprefix(f"{answer.section}.")


def _value(result: PutRegistrationFieldValueResult) -> str:
    """Show what the service says that the field holds now."""
    choices = ", ".join(result.select_choices or ())
    value = result.text_value or choices or result.registration_attachment_id or ""
    return value if len(value) <= LONGEST_VALUE else f"{value[: LONGEST_VALUE - 3]}..."
