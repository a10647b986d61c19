"""Registrations that a brand profile begins, and that a draft completes.

The service creates such a registration in a job, without tags. It is found again by the ClientToken
while the service remembers it, and later by its properties: begun from the profile, of the draft's
type, never submitted, and without a key.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from smsreg._token import idempotency_token
from smsreg.errors import ConfigurationError, RegistrationError, ServiceError
from smsreg.registration.keyed_locks import KeyedLocks
from smsreg.registration.lookup import KEY_TAG, key_tags, tag_value
from smsreg.registration.problems import FormProblem
from smsreg.registration.values import shown
from smsreg.sms_voice import RegistrationStatus, ResourceNotFoundException, Tag

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping

    from smsreg.end_user_messaging import EndUserMessagingClient, Job
    from smsreg.registration.draft import RegistrationDraft
    from smsreg.registration.form import RegistrationForm
    from smsreg.registration.lookup import Lookup
    from smsreg.sms_voice import RegistrationInformation, SMSVoiceClient

BEGINNING = "create_registrations_from_brand_profile"
"""The step in which the service creates the registration."""
PROFILE_TAG = "smsreg:brand-profile"
"""The tag with the id of the profile that a registration was begun from."""
RULE = "brand-profile"
"""The rule of problems with the profile itself."""
MOST_POLLS = 20
"""Polls of a job, over some five minutes, before ``apply`` stops and leaves it to a later call."""
LONGEST_POLL = 20.0
SETTLING = 5.0
"""Seconds after which a concurrent process has written its key, and reads show the last one."""
_PAGE = 100
_SPARE_TOKENS = 5
"""Maximum number of earlier registrations, deleted or in use since, that are skipped."""
_CONDITIONAL_RULES = ("disallowed", "allowed-values")


class StillBeginningError(Exception):
    """The job that creates the registration has not ended yet."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A registration that a profile began: its id and its ARN."""

    registration_id: str
    registration_arn: str


@dataclass(frozen=True, slots=True)
class RegistrationProfile:
    """The brand profile that a registration was begun from.

    Attributes:
        brand_profile_id: Its id.
        brand_profile_name: Its name.
        status: Its status, such as ``ACTIVE``.
    """

    brand_profile_id: str
    brand_profile_name: str
    status: str


@dataclass
class BrandProfiles:
    """Operations on brand profiles, through a client of their service.

    Attributes:
        client: The client of the SMS service.
        given: The client of AWS End User Messaging; None for one like ``client``.
        sleep: Waits between polls.
    """

    client: SMSVoiceClient
    given: EndUserMessagingClient | None
    sleep: Callable[[float], Awaitable[object]]
    _taken: dict[str, str] = field(default_factory=dict[str, str])
    """The keys that were written to registrations, which reads may not show yet."""
    _locks: KeyedLocks = field(default_factory=KeyedLocks)

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncGenerator[EndUserMessagingClient, None]:
        """Return the client that was given, or open one with the settings of the other.

        Raises:
            ConfigurationError: The other one borrows its connection.
        """
        if self.given is not None:
            yield self.given
            return
        async with _sibling(self.client) as profiles:
            yield profiles

    async def unfinished(
        self, draft: RegistrationDraft, lookup: Lookup
    ) -> RegistrationInformation | None:
        """Return a registration that an interrupted run has begun from the profile.

        Raises:
            RegistrationError: There is no such profile.
        """
        async with self.opened() as profiles:
            return await self._unfinished(profiles, draft, lookup)

    async def _unfinished(
        self, profiles: EndUserMessagingClient, draft: RegistrationDraft, lookup: Lookup
    ) -> RegistrationInformation | None:
        listing = profiles.list_registrations_from_brand_profile(
            brand_profile_id=draft.brand_profile or "", max_results=_PAGE
        )
        try:
            linked = {item.registration_id for item in await listing.collect()}
        except ServiceError as error:
            if not _is_not_found(error):
                raise
            message = "there is no such brand profile"
            raise RegistrationError(message, [FormProblem("", RULE, message)]) from error
        for item in await lookup.registrations() if linked else ():
            is_blank = (
                item.registration_type == draft.registration_type
                and item.registration_status == RegistrationStatus.CREATED
                and item.current_version_number == 1
            )
            if is_blank and item.registration_id in linked:
                key = await self._key_of(item.registration_id, item.registration_arn)
                if key in (None, tag_value(draft.key)):
                    return item
        return None

    async def profile_of(
        self, registration: RegistrationInformation, tags: Mapping[str, str]
    ) -> RegistrationProfile | None:
        """Return the profile that a registration was begun from; see ``Registrar.profile_of``."""
        async with self.opened() as profiles:
            known = tags.get(PROFILE_TAG)
            identifier = known or await _linking(profiles, registration.registration_id)
            if identifier is None:
                return None
            try:
                profile = await profiles.get_brand_profile(brand_profile_id=identifier)
            except ServiceError as error:
                if _is_not_found(error):
                    return None
                raise
        return RegistrationProfile(
            profile.brand_profile_id, profile.brand_profile_name, str(profile.status)
        )

    async def begin(self, draft: RegistrationDraft, lookup: Lookup) -> Begun:
        """Let the service create the draft's registration, or adopt the one it created before.

        Raises:
            RegistrationError: There is no such profile, or the job fails.
            StillBeginningError: The job has not ended yet.
        """
        async with (
            self._locks.of(f"{draft.brand_profile}/{draft.registration_type}"),
            self.opened() as profiles,
        ):
            found = await self._unfinished(profiles, draft, lookup)
            begun = Begun(found.registration_id, found.registration_arn) if found else None
            if begun is None or not await self._take(draft, begun):
                begun = await self._create(profiles, draft)
            lookup.forget(begun.registration_arn)
            return begun

    async def _create(self, profiles: EndUserMessagingClient, draft: RegistrationDraft) -> Begun:
        profile = _id_of(draft.brand_profile)
        jobs = profiles.list_jobs(brand_profile_id=profile, status="FAILED", max_results=_PAGE)
        failed = {job.job_id for job in await jobs.collect()}
        for generation in range(len(failed) + _SPARE_TOKENS):
            started = await profiles.create_registrations_from_brand_profile(
                brand_profile_id=profile,
                registration_types=[draft.registration_type],
                client_token=idempotency_token(
                    "smsreg",
                    draft.key,
                    BEGINNING,
                    profile,
                    draft.registration_type,
                    f"{generation}",
                ),
            )
            job_id = started.results[0].job_id
            # The job of this token from an earlier run: the cause of its failure may be corrected
            # by now.
            if job_id in failed:
                continue
            begun = _made_by(await self._ended(profiles, job_id))
            if await self._take(draft, begun):
                return begun
        raise RegistrationError("the brand profile's registrations of this type belong to others")

    async def _ended(self, profiles: EndUserMessagingClient, job_id: str) -> Job:
        delay = 1.0
        for _ in range(MOST_POLLS):
            job = await _job(profiles, job_id)
            if job is not None and job.status == "SUCCESS":
                return job
            if job is not None and job.status == "FAILED":
                code = shown(job.error_code or "no code")
                message = f"the job that makes the registration from it failed: {code}"
                problem = FormProblem("", RULE, message)
                raise RegistrationError("the brand profile makes no registration", [problem])
            await self.sleep(delay)
            delay = min(2 * delay, LONGEST_POLL)
        raise StillBeginningError

    async def _take(self, draft: RegistrationDraft, begun: Begun) -> bool:
        """Write the draft's key to a registration; False where it is gone or another draft's.

        The service has no conditional write. Another process may have seen no key either and write
        its own, so the last key written wins, after a pause that lets all writes complete.
        """
        key = await self._key_of(begun.registration_id, begun.registration_arn)
        if key not in (None, tag_value(draft.key)):
            return False
        tags = key_tags(draft.key, dict(draft.tags))
        tags.append(Tag(key=PROFILE_TAG, value=_id_of(draft.brand_profile)))
        try:
            # A write sees the current state, even where reads lag.
            await self.client.tag_resource(resource_arn=begun.registration_arn, tags=tags)
        except ResourceNotFoundException:
            return False
        await self.sleep(SETTLING)
        key = await self._key_of(begun.registration_id, begun.registration_arn)
        if key not in (None, tag_value(draft.key)):  # None where the reads lag behind
            return False
        self._taken[begun.registration_id] = tag_value(draft.key)
        return True

    async def _key_of(self, registration_id: str, arn: str) -> str | None:
        if registration_id in self._taken:
            return self._taken[registration_id]
        try:
            found = await self.client.list_tags_for_resource(resource_arn=arn)
        except ResourceNotFoundException:
            return None
        return {tag.key: tag.value for tag in found.tags or []}.get(KEY_TAG)


def left_to_the_profile(
    form: RegistrationForm, problems: Iterable[FormProblem]
) -> list[FormProblem]:
    """Return the problems of a form that a profile has not filled yet.

    Problems that depend on missing values are no errors: fields without a value, and conditional
    fields. They are checked again once the registration is begun.
    """
    return [_open(form, problem) for problem in problems]


def _open(form: RegistrationForm, problem: FormProblem) -> FormProblem:
    known = form.fields.get(problem.field)
    if problem.severity != "error" or known is None:
        return problem
    if problem.rule == "required":
        message = f"{problem.message}, which the brand profile may fill in"
    elif problem.rule in _CONDITIONAL_RULES or known.conditional is not None:
        message = f"{problem.message}, unless what the brand profile fills in decides otherwise"
    else:
        return problem
    return replace(problem, message=message, severity="unchecked")


def completed(draft: RegistrationDraft, filled: Mapping[str, Any]) -> RegistrationDraft:
    """Return a draft with the values that its registration has on top of its own; None removes."""
    own = draft.values
    try:
        values = {**filled, **own}
    except Exception:  # noqa: BLE001 -- a mapping of anybody's, which the check reports
        return draft
    return replace(draft, values={path: v for path, v in values.items() if v is not None})


async def _linking(profiles: EndUserMessagingClient, registration_id: str) -> str | None:
    async for profile in profiles.list_brand_profiles(max_results=_PAGE):
        links = profiles.list_registrations_from_brand_profile(
            brand_profile_id=profile.brand_profile_id, max_results=_PAGE
        )
        async for link in links:
            if link.registration_id == registration_id:
                return profile.brand_profile_id
    return None


async def _job(profiles: EndUserMessagingClient, job_id: str) -> Job | None:
    """Return a job; None where the reads do not show it yet."""
    try:
        return await profiles.get_job(job_id=job_id)
    except ServiceError as error:
        if _is_not_found(error):
            return None
        raise


def _made_by(job: Job) -> Begun:
    for resource in job.resources or []:
        if resource.resource_type == "REGISTRATION":
            return Begun(resource.resource_id, resource.resource_arn)
    message = "the job of the brand profile names no registration"
    raise RegistrationError(message, [FormProblem("", RULE, message)])


def _is_not_found(error: ServiceError) -> bool:
    return error.code == "ResourceNotFoundException"


def _id_of(profile: str | None) -> str:
    return (profile or "").rpartition("/")[2]


def _sibling(client: SMSVoiceClient) -> EndUserMessagingClient:
    """Create a client of AWS End User Messaging with the settings of an SMS client."""
    from smsreg.end_user_messaging import EndUserMessagingClient  # noqa: PLC0415 -- slow to import

    settings = client._connection.settings  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] -- own package
    if settings.aws_client is not None:
        message = (
            "a brand profile needs a client of its own here: "
            "Registrar(client, end_user_messaging=EndUserMessagingClient(...))"
        )
        raise ConfigurationError(message)
    options = client._options  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] -- the same
    return EndUserMessagingClient(
        region_name=settings.region_name,
        endpoint_url=settings.endpoint_url,
        allow_http=settings.allow_http,
        profile_name=settings.profile_name,
        aws_access_key_id=settings.aws_access_key_id,
        aws_secret_access_key=settings.aws_secret_access_key,
        aws_session_token=settings.aws_session_token,
        session=settings.session,
        config=settings.config,
        retry=options.retry,
        timeout=options.timeout,
    )
