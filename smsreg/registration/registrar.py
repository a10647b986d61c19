"""The face of the package: one object that does everything about registrations."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from smsreg.errors import RegistrationError
from smsreg.registration.apply import Run, StaleReadError
from smsreg.registration.denial import Denial, denial_of
from smsreg.registration.draft import RegistrationDraft
from smsreg.registration.forms import Forms
from smsreg.registration.lookup import KEY_TAG, Lookup
from smsreg.registration.pin import Account, account_of
from smsreg.registration.plan import UNCHANGEABLE, make_plan
from smsreg.registration.problems import FormProblem
from smsreg.registration.revise import base_version, revised
from smsreg.registration.standing import (
    MISSING,
    describe,
    load_uploads,
    read_standing,
    read_values,
    read_version,
    wanted_values,
)
from smsreg.registration.status import RegistrationState, state_of
from smsreg.registration.steps import Applied, Plan

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from smsreg.registration.form import RegistrationForm
    from smsreg.registration.standing import Standing
    from smsreg.registration.steps import Confirm, OnStep, Step
    from smsreg.registration.values import Value
    from smsreg.sms_voice import RegistrationInformation, SMSVoiceClient

LONGEST_POLL = 60.0
"""Seconds between two reads while a review is waited for, in the end."""
STALE_READS = 12
"""How often a plan is made again, because reads were behind the writes."""
LONGEST_CATCH_UP = 10.0
"""Seconds between two such plans, in the end."""


class Registrar:
    """Works on the registrations of one account and Region.

    Nothing is kept on disk: a registration is found by its key, which is a tag, so that any
    process can go on with what another one began.

    Args:
        client: The client for every request, with its rate limiter and retry policy. It stays
            open when the registrar is gone.
        sleep: Waits between reads.
    """

    def __init__(
        self,
        client: SMSVoiceClient,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._sleep = sleep
        self._forms = Forms(client)
        self._account: Account | None = None

    async def form(self, registration_type: str, *, refresh: bool = False) -> RegistrationForm:
        """Return a form as the service defines it now.

        Args:
            registration_type: Name of the type, such as ``US_TOLL_FREE_REGISTRATION``.
            refresh: Read it again, although this registrar has read it before.

        Raises:
            RegistrationError: There is no such type.
        """
        return await self._forms.get(registration_type, refresh=refresh)

    async def plan(
        self, draft: RegistrationDraft, *, submit: bool = True, ignore: Iterable[str] = ()
    ) -> Plan:
        """Find out what ``apply`` would do; changes nothing.

        Args:
            draft: What the registration is to become.
            submit: Whether the version is to be submitted.
            ignore: Names of rules that are switched off.

        Raises:
            RegistrationError: There is no such type, or no such registration.
        """
        plan, _, _ = await self._plan(draft, submit=submit, ignore=ignore)
        return plan

    async def apply(
        self,
        draft: RegistrationDraft,
        *,
        submit: bool = True,
        confirm: Confirm = (),
        expected_account: str | None = None,
        expected_region: str | None = None,
        on_step: OnStep | None = None,
        wait: bool = False,
        ignore: Iterable[str] = (),
    ) -> Applied:
        """Do what is left to do for a draft, up to a review or a step to be confirmed.

        It can be broken off at any request and called again, by another process and weeks later:
        what is there is found by its tags and left alone, and no creation is done twice.

        Args:
            draft: What the registration is to become.
            submit: Whether to submit the version.
            confirm: The steps that cost money, or delete or release something, and are confirmed:
                True for all, a set of action names, or a callable that gets the step.
            expected_account: The account to work in, 12 digits; any by default.
            expected_region: The Region to work in; any by default.
            on_step: Called with each step after it was done.
            wait: Whether to wait for reviews and for other registrations.
            ignore: Names of rules that are switched off.

        Returns:
            What was done, and what the registration waits for.

        Raises:
            RegistrationError: The draft has problems, the account or Region is another one, a
                quota does not suffice, or the service refuses a value; ``problems`` has all.
        """
        ignored = tuple(ignore)
        await self._check_account(expected_account, expected_region)
        done: list[Step] = []
        stale, delay, made = 0, 1.0, False
        while True:
            try:
                plan, standing, values = await self._plan(draft, submit=submit, ignore=ignored)
            except RegistrationError as error:
                if not (made and _is_missing(error)) or stale >= STALE_READS:
                    raise
                stale = await self._catch_up(stale)
                continue
            if plan.errors:
                message = f"{len(plan.errors)} problem(s) stand in the way of the draft"
                raise RegistrationError(message, plan.errors)
            run = Run(self._client, draft, standing, values, confirm, on_step, done)
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
            if wait and _comes_by_itself(waiting_for, standing):
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

    async def explain(self, registration_id: str) -> Denial:
        """Return why a registration's newest denied version was denied.

        Args:
            registration_id: Id or ARN of the registration.

        Raises:
            ResourceNotFoundException: There is no such registration.
        """
        versions = await self._client.describe_registration_versions(
            registration_id=registration_id, max_results=100
        ).collect()
        denied = [v for v in versions if v.registration_version_status in ("DENIED", "REVOKED")]
        newest = max(denied, key=lambda version: version.version_number, default=None)
        if newest is None:
            return denial_of(registration_id, None, ())
        values = await read_values(self._client, registration_id, newest.version_number)
        return denial_of(registration_id, newest, values.values())

    async def revise(
        self,
        registration_id: str,
        fixes: Mapping[str, Any],
        *,
        submit: bool = True,
        confirm: Confirm = (),
        on_step: OnStep | None = None,
        ignore: Iterable[str] = (),
    ) -> Applied:
        """Make the next version of a denied registration, with fixes, and submit it.

        A new version is blank. So it gets every value and attachment of the newest version that
        was not denied for missing fields alone, with the fixes on top; the form is read again.

        Args:
            registration_id: Id or ARN of the registration.
            fixes: The values that change, by path; None removes a value.
            submit: Whether to submit the version.
            confirm: As for ``apply``.
            on_step: As for ``apply``.
            ignore: Names of rules that are switched off.

        Raises:
            RegistrationError: The revised values have problems, or nothing would change.
        """
        registration = await self._described(registration_id)
        await self._forms.get(registration.registration_type, refresh=True)
        base = await base_version(self._client, registration_id)
        values = await read_values(self._client, registration_id, base)
        draft = await self._draft_of(registration, revised(values, fixes))
        plan = await self.plan(draft, submit=submit, ignore=ignore)
        stuck = [problem for problem in plan.problems if problem.rule == UNCHANGEABLE]
        stuck += plan.errors
        if plan.waiting_for == "revision":
            message = "the fixes change nothing: the same form would be denied again"
            stuck.append(FormProblem("", "revision", message))
        if stuck:
            raise RegistrationError("the registration cannot be revised", stuck)
        return await self.apply(
            draft, submit=submit, confirm=confirm, on_step=on_step, ignore=ignore
        )

    async def state(self, registration_id: str) -> RegistrationState:
        """Return where a registration stands, and whose turn it is.

        Args:
            registration_id: Id or ARN of the registration.

        Raises:
            RegistrationError: There is no such registration.
        """
        registration = await self._described(registration_id)
        version, _, _ = await read_version(self._client, registration.registration_id)
        return state_of(registration, version)

    async def draft_of(self, registration_id: str) -> RegistrationDraft:
        """Return an existing registration as a draft, for which nothing is left to do.

        Its key is the one that the registration carries, or else its id; ``apply`` writes the key
        to it and changes nothing else.

        Args:
            registration_id: Id or ARN of the registration.

        Raises:
            RegistrationError: There is no such registration.
        """
        registration = await self._described(registration_id)
        _, values, _ = await read_version(self._client, registration.registration_id)
        return await self._draft_of(registration, revised(values, {}))

    async def _draft_of(
        self, registration: RegistrationInformation, values: Mapping[str, Any]
    ) -> RegistrationDraft:
        tags = dict(await Lookup(self._client).tags_of(registration.registration_arn))
        identifier = registration.registration_id
        associations = await self._client.list_registration_associations(
            registration_id=identifier, max_results=100
        ).collect()
        form = await self.form(registration.registration_type)
        on_approval = {
            item.resource_type
            for item in form.associations
            if item.behavior == "ASSOCIATE_ON_APPROVAL"
        }
        return RegistrationDraft(
            key=tags.pop(KEY_TAG, identifier),
            registration_type=registration.registration_type,
            values=values,
            associations=[
                item.resource_id for item in associations if item.resource_type not in on_approval
            ],
            tags=tags,
            registration_id=identifier,
        )

    async def _catch_up(self, stale: int) -> int:
        """Give the reads time to catch up with the writes; returns the new count of waits."""
        await self._sleep(min(2.0**stale, LONGEST_CATCH_UP))
        return stale + 1

    async def _described(self, registration_id: str) -> RegistrationInformation:
        found = await describe(self._client, registration_id)
        if found is None:
            message = "there is no such registration"
            raise RegistrationError(message, [FormProblem("", MISSING, message)])
        return found

    async def _plan(
        self, draft: RegistrationDraft, *, submit: bool, ignore: Iterable[str]
    ) -> tuple[Plan, Standing, dict[str, Value]]:
        own = list(draft.problems())
        if own:
            raise RegistrationError("this is not a draft that can be applied", own)
        form = await self._forms.get(draft.registration_type)
        account = await self._read_account()
        values = wanted_values(form, draft)
        problems = await asyncio.to_thread(
            form.check, draft.values, ignore=ignore, region=account.region, tags=draft.tags
        )
        fit = not any(problem.severity == "error" for problem in problems)
        uploads = await asyncio.to_thread(load_uploads, values) if fit else {}
        standing = await read_standing(self._client, Lookup(self._client), draft, uploads)
        return make_plan(form, draft, standing, values, problems, submit=submit), standing, values

    async def _read_account(self) -> Account:
        if self._account is None:
            self._account = await account_of(self._client)
        return self._account

    async def _check_account(self, account: str | None, region: str | None) -> None:
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
    if waiting_for in ("review", "provisioning", "authentication"):
        return True
    reference = (waiting_for or "").partition(":")[2]
    return standing.others.get(reference) is not None
