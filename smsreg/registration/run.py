"""Executes a plan; it can be interrupted and resumed at every request."""

from __future__ import annotations

import inspect
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from smsreg._token import idempotency_token
from smsreg.errors import OutcomeUnknownError, RegistrationError
from smsreg.registration.brand_profile import BEGINNING
from smsreg.registration.follow_up import ACTIONS, FollowUp
from smsreg.registration.lookup import CONTENT_TAG, key_tags
from smsreg.registration.problems import FormProblem
from smsreg.registration.standing import read_version
from smsreg.registration.steps import ADOPTION
from smsreg.sms_voice import (
    ConflictException,
    RegistrationStatus,
    ResourceNotFoundException,
    Tag,
    ValidationException,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from smsreg.registration.brand_profile import Begun
    from smsreg.registration.draft import RegistrationDraft
    from smsreg.registration.standing import Standing
    from smsreg.registration.steps import Confirm, OnStep, Plan, Step
    from smsreg.registration.values import Value
    from smsreg.sms_voice import SMSVoiceClient

MAX_GENERATIONS = 5
"""Maximum number of new tokens for a creation, where the old token's resource was deleted."""


class StaleReadError(Exception):
    """A read lagged behind a write: read and plan again."""


class BegunError(Exception):
    """A brand profile has begun the registration: the values it filled have to be read."""


@dataclass
class Run:
    """One pass over a plan."""

    client: SMSVoiceClient
    draft: RegistrationDraft
    standing: Standing
    values: Mapping[str, Value]
    confirm: Confirm
    begin: Callable[[], Awaitable[Begun]]
    on_step: OnStep | None = None
    done: list[Step] = field(default_factory=list["Step"])
    registration_id: str = ""
    version_number: int | None = None
    status: str | None = None
    number_id: str | None = None
    attachment_ids: dict[str, str] = field(default_factory=dict[str, str])
    created: bool = False
    unproven: bool = False
    """Whether this run created the registration and no write to it has succeeded yet."""
    generation: int = 0
    begun: bool = False

    def __post_init__(self) -> None:
        registration, version = self.standing.registration, self.standing.version
        if registration is not None:
            self.registration_id = registration.registration_id
            self.status = registration.registration_status
        self.version_number = version.version_number if version else None
        number = self.standing.number
        self.number_id = number.phone_number_id if number else None
        self.attachment_ids = {
            upload.digest: upload.ids[0] for upload in self.standing.uploads.values() if upload.ids
        }

    async def run(self, plan: Plan) -> Step | None:
        """Execute the steps in order; returns the step that needs confirmation, or None.

        Raises:
            StaleReadError: A read lagged behind a write.
            BegunError: A brand profile has begun the registration, and filled values.
            RegistrationError: The service refuses a value or the submission.
        """
        index = 0
        while index < len(plan.steps):
            step = plan.steps[index]
            if step.needs_confirmation and not await self._confirmed(step):
                return step
            try:
                done = await _ACTIONS[step.action](self, step)
            except ResourceNotFoundException as error:
                # A write sees the current state: the token was of a registration that is deleted.
                gone = self.unproven and error.resource_id == self.registration_id
                if not gone or self.generation + 1 >= MAX_GENERATIONS:
                    raise
                self.generation += 1
                index = 0
                continue
            self.unproven = self.unproven and step.action in _ELSEWHERE
            self.done.append(done or step)
            if self.on_step is not None:
                self.on_step(done or step)
            if self.begun:
                raise BegunError
            index += 1
        return None

    async def _confirmed(self, step: Step) -> bool:
        if isinstance(self.confirm, bool):
            return self.confirm
        if callable(self.confirm):
            confirmed = self.confirm(step)
            return bool(await confirmed if inspect.isawaitable(confirmed) else confirmed)
        return step.action in self.confirm

    def token(self, action: str, *parts: object) -> str:
        """Derive the ClientToken of a creation from the key and what is created."""
        content = json.dumps(parts, sort_keys=True, default=str)
        return idempotency_token("smsreg", self.draft.key, action, content, str(self.generation))

    async def create_registration(self, step: Step) -> Step:
        """Create the registration, with its key as a tag."""
        tags = key_tags(self.draft.key, dict(self.draft.tags))
        made = await self.client.create_registration(
            registration_type=self.draft.registration_type,
            tags=tags,
            client_token=self.token(
                "create_registration",
                self.draft.registration_type,
                [(tag.key, tag.value) for tag in tags],
            ),
        )
        self.registration_id = _named(made.registration_id, "RegistrationId")
        self.created = self.unproven = True
        self.version_number, self.status = made.current_version_number, made.registration_status
        return replace(step, made_id=self.registration_id)

    async def create_registrations_from_brand_profile(self, step: Step) -> Step:
        """Begin the registration from the brand profile, and write the draft's key to it."""
        self.registration_id, self.begun = (await self.begin()).registration_id, True
        return replace(step, made_id=self.registration_id)

    async def create_registration_version(self, _: Step) -> None:
        """Create the next version, which is blank."""
        try:
            made = await self.client.create_registration_version(
                registration_id=self.registration_id
            )
        except ConflictException as error:
            raise _stale(error, "CREATE_REGISTRATION_VERSION_NOT_ALLOWED") from error
        except OutcomeUnknownError as error:
            if error.likely_done:
                raise StaleReadError from error
            raise
        self.version_number = made.version_number

    async def create_registration_attachment(self, step: Step) -> Step:
        """Upload a content once, with its hash as a tag."""
        upload = self.standing.uploads[step.target]
        made = await self.client.create_registration_attachment(
            attachment_body=upload.content.data if upload.content else None,
            attachment_url=upload.url,
            tags=[Tag(key=CONTENT_TAG, value=upload.digest)],
            client_token=idempotency_token(
                "smsreg", "attachment", upload.digest, str(upload.failed)
            ),
        )
        made_id = _named(made.registration_attachment_id, "RegistrationAttachmentId")
        self.attachment_ids[upload.digest] = made_id
        return replace(step, made_id=made_id)

    async def put_registration_field_value(self, step: Step) -> None:
        """Write a value."""
        path, value = step.target, self.values[step.target]
        attachment_id: str | None = None
        if value.attachment is not None:
            upload = self.standing.uploads.get(path)
            attachment_id = (
                self.attachment_ids[upload.digest] if upload else value.attachment.reference
            )
        try:
            await self.client.put_registration_field_value(
                registration_id=self.registration_id,
                field_path=path,
                text_value=value.text,
                select_choices=list(value.choices) if value.choices is not None else None,
                registration_attachment_id=attachment_id,
            )
        except ConflictException as error:
            raise _stale(error, "EDIT_REGISTRATION_FIELD_VALUES_NOT_ALLOWED") from error
        except ValidationException as error:
            said = [field.message for field in error.fields or [] if field.message]
            message = "the service refuses the value: " + ("; ".join(said) or str(error.reason))
            problem = FormProblem(path, "refused", message)
            raise RegistrationError("a value was refused", [problem]) from error

    async def delete_registration_field_value(self, step: Step) -> None:
        """Delete a value that the draft does not have."""
        try:
            await self.client.delete_registration_field_value(
                registration_id=self.registration_id, field_path=step.target
            )
        except ConflictException as error:
            raise _stale(error, "EDIT_REGISTRATION_FIELD_VALUES_NOT_ALLOWED") from error
        except ResourceNotFoundException:
            return  # deleted by an earlier attempt
        except OutcomeUnknownError as error:
            if not error.likely_done:
                raise

    async def request_phone_number(self, step: Step) -> Step:
        """Lease a number, with the key as a tag."""
        wanted = self.draft.phone_number
        if wanted is None:
            raise StaleReadError
        late = self.status == RegistrationStatus.COMPLETE
        parameters: dict[str, Any] = {
            "iso_country_code": wanted.iso_country_code,
            "message_type": wanted.message_type,
            "number_capabilities": list(wanted.number_capabilities),
            "number_type": wanted.number_type,
            "opt_out_list_name": wanted.opt_out_list_name,
            "pool_id": wanted.pool_id,
            "registration_id": self.registration_id if late else None,
            "international_sending_enabled": wanted.international_sending_enabled,
            "deletion_protection_enabled": wanted.deletion_protection_enabled,
        }
        made = await self.client.request_phone_number(
            **parameters,
            tags=key_tags(self.draft.key, {}),
            client_token=self.token("request_phone_number", parameters),
        )
        self.number_id = _named(made.phone_number_id, "PhoneNumberId")
        amount = made.monthly_leasing_price
        price = f"{amount} USD a month" if amount else step.price
        return replace(step, price=price, made_id=self.number_id)

    async def create_registration_association(self, step: Step) -> None:
        """Associate a number, another registration or an agent."""
        resource = self.number_id if step.target == "phone_number" else step.target
        other = self.standing.others.get(step.target)
        if other is not None:
            resource = other.registration_id
        try:
            await self.client.create_registration_association(
                registration_id=self.registration_id, resource_id=resource or ""
            )
        except ConflictException:
            # Already associated, with this registration or with another one.
            try:
                _, _, associations = await read_version(self.client, self.registration_id)
            except ResourceNotFoundException as error:
                raise StaleReadError from error
            if all(resource not in (a.resource_id, a.resource_arn) for a in associations):
                raise
        except OutcomeUnknownError as error:
            if not error.likely_done:
                raise

    async def submit_registration_version(self, _: Step) -> None:
        """Submit the version."""
        try:
            await self.client.submit_registration_version(
                registration_id=self.registration_id,
                aws_review=True if self.draft.aws_review else None,
            )
        except ConflictException as error:
            if error.reason == "SUBMIT_REGISTRATION_VERSION_NOT_ALLOWED":
                message = "the service does not take the submission: something is missing"
                problem = FormProblem("", "refused", message)
                raise RegistrationError("the submission was refused", [problem]) from error
            raise _stale(error, "REGISTRATION_ALREADY_SUBMITTED") from error
        except OutcomeUnknownError as error:
            if not error.likely_done:
                raise
        self.status = RegistrationStatus.SUBMITTED

    async def follow_up(self, step: Step) -> None:
        """Execute the follow-up of the approval."""
        wanted, number = self.draft.after_approval, self.standing.target
        if wanted is not None and number is not None:
            await FollowUp(self.client, self.draft.key, wanted, number).do(step)

    async def tag_resource(self, step: Step) -> Step | None:
        """Write the draft's key to an adopted registration."""
        registration = self.standing.registration
        if registration is None:
            return await self.create_registrations_from_brand_profile(step)
        await self.client.tag_resource(
            resource_arn=registration.registration_arn,
            tags=key_tags(self.draft.key, dict(self.draft.tags)),
        )
        return None


def _named(identifier: str | None, name: str) -> str:
    # A response can lack members that the service's model requires.
    if not identifier:
        message = f"the response has no {name}: apply again, which finds what was made"
        raise RegistrationError(message)
    return identifier


def _stale(error: ConflictException, reason: str) -> Exception:
    return StaleReadError() if error.reason == reason else error


_ELSEWHERE = ("create_registration", "create_registration_attachment", "request_phone_number")
"""Steps that do not write to the registration."""

_ACTIONS = cast(
    "Mapping[str, Callable[[Run, Step], Awaitable[Step | None]]]",
    {
        name: getattr(Run, name)
        for name in (
            "create_registration",
            BEGINNING,
            "create_registration_version",
            "create_registration_attachment",
            "put_registration_field_value",
            "delete_registration_field_value",
            "request_phone_number",
            "create_registration_association",
            "submit_registration_version",
            ADOPTION,
        )
    }
    | dict.fromkeys(ACTIONS, Run.follow_up),
)
"""The method of each step."""
CONFIRMABLE = frozenset(_ACTIONS)
"""The actions that a caller may confirm, whether they need it or not."""
