"""Plans drafts and executes the plans."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from smsreg.errors import RegistrationError
from smsreg.registration.brand_profile import StillBeginningError, completed, left_to_the_profile
from smsreg.registration.draft import check_kind
from smsreg.registration.lookup import Lookup
from smsreg.registration.many import naming, quota_problems
from smsreg.registration.pin import Account, account_of
from smsreg.registration.plan import association_problems, make_plan
from smsreg.registration.problems import FormProblem
from smsreg.registration.revise import filled_values
from smsreg.registration.run import BegunError, Run, StaleReadError
from smsreg.registration.standing import (
    MISSING,
    find_registration,
    load_uploads,
    read_standing,
    wanted_values,
)
from smsreg.registration.steps import Applied, Plan

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from smsreg.registration.apply_settings import Settings
    from smsreg.registration.brand_profile import BrandProfiles
    from smsreg.registration.draft import RegistrationDraft
    from smsreg.registration.form import RegistrationForm
    from smsreg.registration.forms import Forms
    from smsreg.registration.standing import Standing
    from smsreg.registration.steps import Step
    from smsreg.registration.values import Value
    from smsreg.sms_voice import RegistrationInformation, SMSVoiceClient

Tags = dict[str, dict[str, str]]
"""Tags by ARN that one job has read."""

LONGEST_POLL = 60.0
"""Longest pause in seconds between two polls for a review."""
STALE_READS = 12
"""Maximum number of new plans because reads lag behind writes."""
LONGEST_CATCH_UP = 10.0
"""Longest pause in seconds between two such plans."""
READS_OF_BEGUN = 4
"""Maximum number of re-reads of a registration that was just begun, while values are missing."""
BRAND_PROFILE = "brand_profile"
"""Waiting for the job that makes the registration."""


@dataclass(frozen=True, slots=True)
class _Checked:
    """A form, the draft with all values, its problems, and what an interrupted run left."""

    form: RegistrationForm
    draft: RegistrationDraft
    problems: list[FormProblem]
    unfinished: RegistrationInformation | None


@dataclass
class _Job:
    """A draft that is being applied, and its progress.

    Attributes:
        draft: The draft; it gets the id of the registration that was made for it.
        settings: How it is applied.
        tags: The tags read so far.
        done: The steps that were done.
        made: Whether this job has made the registration.
        begun: Whether it was made from a brand profile.
        stale: How often reads lagged behind writes.
    """

    draft: RegistrationDraft
    settings: Settings
    tags: Tags
    done: list[Step] = field(default_factory=list["Step"])
    made: bool = False
    begun: bool = False
    stale: int = 0


class Applier:
    """Plans and applies drafts against one account and Region."""

    def __init__(
        self,
        client: SMSVoiceClient,
        forms: Forms,
        profiles: BrandProfiles,
        sleep: Callable[[float], Awaitable[object]],
    ) -> None:
        self._client = client
        self._forms = forms
        self._profiles = profiles
        self._sleep = sleep
        self._account: Account | None = None

    async def apply(self, draft: RegistrationDraft, settings: Settings, tags: Tags) -> Applied:
        """Do what is left to do for a draft; see ``Registrar.apply``."""
        job, delay = _Job(draft, settings, tags), 1.0
        while True:
            try:
                plan, standing, values = await self._plan_for(job)
                run, unconfirmed, waiting_for = await self._run(job, plan, standing, values)
            except BegunError:
                continue
            except StaleReadError as error:
                if job.stale >= STALE_READS:
                    message = "the registration changes under the draft: apply it again"
                    raise RegistrationError(message) from error
                # Reads are eventually consistent: they take time to show the writes.
                await self._sleep(min(2.0**job.stale, LONGEST_CATCH_UP))
                job.stale += 1
                continue
            if settings.wait and _comes_by_itself(waiting_for, standing):
                await self._sleep(delay)
                delay = min(2 * delay, LONGEST_POLL)
                continue
            return Applied(
                key=draft.key,
                registration_id=run.registration_id or None,
                version_number=run.version_number,
                status=run.status,
                steps=tuple(job.done),
                waiting_for=waiting_for,
                phone_number_id=run.number_id,
                next_step=unconfirmed,
            )

    async def _plan_for(self, job: _Job) -> tuple[Plan, Standing, dict[str, Value]]:
        """Plan what is left of a job.

        Raises:
            StaleReadError: What the job has made is not visible yet.
            RegistrationError: The draft has problems.
        """
        settings = job.settings
        try:
            plan, standing, values = await self.plan(
                job.draft, submit=settings.submit, ignore=settings.ignore, tags=job.tags
            )
        except RegistrationError as error:
            if job.made and _is_missing(error) and job.stale < STALE_READS:
                raise StaleReadError from error
            raise
        if not plan.errors:
            return plan, standing, values
        if job.begun and job.stale < READS_OF_BEGUN:
            raise StaleReadError  # what the brand profile filled
        message = f"the draft cannot be applied: {len(plan.errors)} problem(s)"
        raise RegistrationError(message, plan.errors)

    async def _run(
        self, job: _Job, plan: Plan, standing: Standing, values: dict[str, Value]
    ) -> tuple[Run, Step | None, str | None]:
        """Execute a plan; the result includes the step to be confirmed and what is waited for.

        Raises:
            StaleReadError: A read lagged behind a write.
            BegunError: A brand profile has begun the registration, and filled values.
            RegistrationError: The service refuses a value or the submission.
        """
        run = Run(
            client=self._client,
            draft=job.draft,
            standing=standing,
            values=values,
            confirm=job.settings.confirm,
            begin=partial(self._profiles.begin, job.draft, Lookup(self._client, job.tags)),
            on_step=job.settings.on_step,
            done=job.done,
        )
        try:
            unconfirmed = await run.run(plan)
        except StillBeginningError:
            return run, None, BRAND_PROFILE
        except (StaleReadError, BegunError):
            if run.created or run.begun:
                job.made, job.begun = True, job.begun or run.begun
                job.draft = replace(job.draft, registration_id=run.registration_id)
            raise
        return run, unconfirmed, "confirmation" if unconfirmed else plan.waiting_for

    async def check_all(
        self,
        drafts: Iterable[RegistrationDraft],
        settings: Settings,
        tags: Tags,
    ) -> list[FormProblem]:
        """Check all drafts and the quotas for all of them, before anything is changed."""
        problems: list[FormProblem] = []
        digests: set[str] = set()
        lookup = Lookup(self._client, tags)
        begun: set[str] = set()
        for draft in drafts:
            found = list(draft.problems())
            if not found:
                checked = await self._check(draft, lookup, ignore=settings.ignore)
                found = [*checked.problems, *association_problems(checked.form, draft)]
                if checked.unfinished is not None:
                    begun.add(draft.key)
                if not naming(draft, found):
                    values = wanted_values(checked.form, checked.draft)
                    uploads = await asyncio.to_thread(load_uploads, values)
                    digests |= {upload.digest for upload in uploads.values()}
            problems += naming(draft, found)
        if problems:
            return problems
        return await quota_problems(self._client, lookup, drafts, digests, begun)

    async def plan(
        self,
        draft: RegistrationDraft,
        *,
        submit: bool,
        ignore: Iterable[str],
        tags: Tags | None = None,
    ) -> tuple[Plan, Standing, dict[str, Value]]:
        """Plan a draft, and return what the plan was made from."""
        check_kind([draft])
        own = list(draft.problems())
        if own:
            raise RegistrationError("this is not a draft that can be applied", own)
        lookup = Lookup(self._client, tags)
        checked = await self._check(draft, lookup, ignore=ignore, consistency=True)
        form, problems = checked.form, checked.problems
        values = wanted_values(form, checked.draft)
        fit = not any(problem.severity == "error" for problem in problems)
        uploads = await asyncio.to_thread(load_uploads, values) if fit else {}
        standing = await read_standing(self._client, lookup, draft, uploads)
        standing = replace(standing, unfinished=checked.unfinished)
        plan = make_plan(form, draft, standing, values, problems, submit=submit)
        if draft.brand_profile is not None:
            plan = replace(plan, filled=tuple(path for path in values if path not in draft.values))
        return plan, standing, values

    async def _check(
        self,
        draft: RegistrationDraft,
        lookup: Lookup,
        *,
        ignore: Iterable[str],
        consistency: bool = False,
    ) -> _Checked:
        """Check a draft's values, with those that its brand profile has filled."""
        form = await self._forms.get(draft.registration_type)
        region = (await self._read_account()).region
        registration, unfinished = None, None
        completed_draft = draft
        if draft.brand_profile is not None:
            registration = await find_registration(self._client, lookup, draft)
            if registration is not None:
                completed_draft = completed(draft, await filled_values(self._client, registration))
            elif draft.registration_id is None:
                unfinished = await self._profiles.unfinished(draft, lookup)
        problems = await asyncio.to_thread(
            form.check,
            completed_draft.values,
            consistency=consistency,
            ignore=ignore,
            region=region,
            tags=draft.tags,
        )
        if draft.brand_profile is not None and registration is None:
            problems = left_to_the_profile(form, problems)
        return _Checked(form, completed_draft, problems, unfinished)

    async def _read_account(self) -> Account:
        if self._account is None:
            self._account = await account_of(self._client)
        return self._account

    async def check_account(self, account: str | None, region: str | None) -> None:
        """Refuse another account or Region than the expected ones."""
        if account is None and region is None:
            return
        found = await self._read_account()
        problems = [
            FormProblem("", rule, f"this is {rule} {is_ or 'unknown'}, and {wanted} is expected")
            for rule, is_, wanted in (
                ("account", found.account, account),
                ("region", found.region, region),
            )
            if wanted is not None and is_ != wanted
        ]
        if problems:
            raise RegistrationError("this is not the account and Region for the draft", problems)


def _is_missing(error: RegistrationError) -> bool:
    return any(problem.rule == MISSING for problem in error.problems)


def _comes_by_itself(waiting_for: str | None, standing: Standing) -> bool:
    """Return whether to wait: reviews end, and other registrations become complete."""
    if waiting_for in (BRAND_PROFILE, "review", "provisioning", "authentication", "phone_number"):
        return True
    reference = (waiting_for or "").partition(":")[2]
    return standing.others.get(reference) is not None
