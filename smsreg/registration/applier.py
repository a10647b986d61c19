"""From drafts to plans, and from plans to what was done."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from smsreg.errors import RegistrationError
from smsreg.registration.lookup import Lookup
from smsreg.registration.many import naming, quota_problems
from smsreg.registration.pin import Account, account_of
from smsreg.registration.plan import association_problems, make_plan
from smsreg.registration.problems import FormProblem
from smsreg.registration.run import Run, StaleReadError
from smsreg.registration.standing import MISSING, load_uploads, read_standing, wanted_values
from smsreg.registration.steps import Applied, Plan

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from smsreg.registration.draft import RegistrationDraft
    from smsreg.registration.forms import Forms
    from smsreg.registration.standing import Standing
    from smsreg.registration.steps import Confirm, OnStep, Step
    from smsreg.registration.values import Value
    from smsreg.sms_voice import SMSVoiceClient

Tags = dict[str, dict[str, str]]
"""Tags by ARN that one job has read."""

LONGEST_POLL = 60.0
"""Seconds between two reads while a review is waited for, in the end."""
STALE_READS = 12
"""How often a plan is made again, because reads were behind the writes."""
LONGEST_CATCH_UP = 10.0
"""Seconds between two such plans, in the end."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How drafts are applied; see ``Registrar.apply``."""

    submit: bool
    confirm: Confirm
    on_step: OnStep | None
    wait: bool
    ignore: tuple[str, ...]


class Applier:
    """Plans and applies drafts against one account and Region."""

    def __init__(
        self,
        client: SMSVoiceClient,
        forms: Forms,
        sleep: Callable[[float], Awaitable[object]],
    ) -> None:
        self._client = client
        self._forms = forms
        self._sleep = sleep
        self._account: Account | None = None

    async def apply(self, draft: RegistrationDraft, settings: Settings, tags: Tags) -> Applied:
        """Do what is left to do for a draft; see ``Registrar.apply``."""
        done: list[Step] = []
        stale, delay, made = 0, 1.0, False
        while True:
            try:
                plan, standing, values = await self.plan(
                    draft, submit=settings.submit, ignore=settings.ignore, tags=tags
                )
            except RegistrationError as error:
                if not (made and _is_missing(error)) or stale >= STALE_READS:
                    raise
                stale = await self._catch_up(stale)
                continue
            if plan.errors:
                message = f"{len(plan.errors)} problem(s) stand in the way of the draft"
                raise RegistrationError(message, plan.errors)
            run = Run(
                self._client, draft, standing, values, settings.confirm, settings.on_step, done
            )
            try:
                unconfirmed = await run.run(plan)
            except StaleReadError as error:
                if stale >= STALE_READS:
                    message = "the registration changes under the draft: apply it again"
                    raise RegistrationError(message) from error
                if run.created:
                    made, draft = True, replace(draft, registration_id=run.registration_id)
                stale = await self._catch_up(stale)
                continue
            waiting_for = "confirmation" if unconfirmed else plan.waiting_for
            if settings.wait and _comes_by_itself(waiting_for, standing):
                await self._sleep(delay)
                delay = min(2 * delay, LONGEST_POLL)
                continue
            return Applied(
                key=draft.key,
                registration_id=run.registration_id or None,
                version_number=run.version_number,
                status=run.status,
                steps=tuple(done),
                waiting_for=waiting_for,
                phone_number_id=run.number_id,
                next_step=unconfirmed,
            )

    async def _catch_up(self, stale: int) -> int:
        """Give the reads time to catch up with the writes; returns the new count of waits."""
        await self._sleep(min(2.0**stale, LONGEST_CATCH_UP))
        return stale + 1

    async def check_all(
        self,
        drafts: Iterable[RegistrationDraft],
        settings: Settings,
        tags: Tags,
    ) -> list[FormProblem]:
        """Check all drafts and the quotas for all of them, before anything is changed."""
        problems: list[FormProblem] = []
        digests: set[str] = set()
        account = await self._read_account()
        for draft in drafts:
            found = list(draft.problems())
            if not found:
                form = await self._forms.get(draft.registration_type)
                found = await asyncio.to_thread(
                    form.check,
                    draft.values,
                    ignore=settings.ignore,
                    region=account.region,
                    tags=draft.tags,
                )
                found += association_problems(form, draft)
                if not naming(draft, found):
                    uploads = await asyncio.to_thread(load_uploads, wanted_values(form, draft))
                    digests |= {upload.digest for upload in uploads.values()}
            problems += naming(draft, found)
        if problems:
            return problems
        return await quota_problems(self._client, Lookup(self._client, tags), drafts, digests)

    async def plan(
        self,
        draft: RegistrationDraft,
        *,
        submit: bool,
        ignore: Iterable[str],
        tags: Tags | None = None,
    ) -> tuple[Plan, Standing, dict[str, Value]]:
        """Plan a draft, and return what the plan was made from."""
        own = list(draft.problems())
        if own:
            raise RegistrationError("this is not a draft that can be applied", own)
        form = await self._forms.get(draft.registration_type)
        account = await self._read_account()
        values = wanted_values(form, draft)
        problems = await asyncio.to_thread(
            form.check,
            draft.values,
            consistency=True,
            ignore=ignore,
            region=account.region,
            tags=draft.tags,
        )
        fit = not any(problem.severity == "error" for problem in problems)
        uploads = await asyncio.to_thread(load_uploads, values) if fit else {}
        standing = await read_standing(self._client, Lookup(self._client, tags), draft, uploads)
        return make_plan(form, draft, standing, values, problems, submit=submit), standing, values

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
    """Tell whether waiting helps: a review ends, and other registrations get complete."""
    if waiting_for in ("review", "provisioning", "authentication", "phone_number"):
        return True
    reference = (waiting_for or "").partition(":")[2]
    return standing.others.get(reference) is not None
