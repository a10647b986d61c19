"""The entry point of the package: one object for all operations on registrations."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from smsreg._numbers import seconds
from smsreg.errors import RegistrationError
from smsreg.registration.applier import Applier
from smsreg.registration.apply_settings import Settings
from smsreg.registration.brand_profile import PROFILE_TAG, BrandProfiles, RegistrationProfile
from smsreg.registration.denial import Denial, denial_of
from smsreg.registration.draft import RegistrationDraft
from smsreg.registration.forms import Forms
from smsreg.registration.lookup import KEY_TAG, Lookup
from smsreg.registration.many import in_order, run_all
from smsreg.registration.names import names
from smsreg.registration.plan import UNCHANGEABLE
from smsreg.registration.problems import FormProblem
from smsreg.registration.revise import base_version, revised
from smsreg.registration.standing import (
    MISSING,
    describe,
    read_values,
    read_version,
)
from smsreg.registration.status import RegistrationState, state_of
from smsreg.registration.steps import Applied, Plan
from smsreg.registration.teardown import carry_out, plan_teardown
from smsreg.registration.watch import StatusChange, Watch
from smsreg.sms_voice import RegistrationStatus

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Mapping

    from smsreg.end_user_messaging import EndUserMessagingClient
    from smsreg.registration.form import RegistrationForm
    from smsreg.registration.steps import Confirm, OnStep
    from smsreg.sms_voice import RegistrationInformation, RegistrationTypeInput, SMSVoiceClient

CONCURRENCY = 16
"""Number of drafts that are applied concurrently."""
POLL_INTERVAL = 60.0
"""Seconds between two polls of the watched registrations."""


class Registrar:
    """Manages the registrations of one account and Region.

    Nothing is stored on disk: a registration is found by its key, which is a tag, so that any
    process can continue the work of another.

    Args:
        client: The client for every request, with its rate limiter and retry policy. The registrar
            does not close it.
        end_user_messaging: The client for brand profiles. Without it one with the Region,
            credentials, endpoint, retry policy and timeout of ``client`` is opened while a draft
            begins its registration from a profile, and closed again.
        sleep: Waits between reads.
    """

    def __init__(
        self,
        client: SMSVoiceClient,
        *,
        end_user_messaging: EndUserMessagingClient | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._sleep = sleep
        self._forms = Forms(client)
        self._profiles = BrandProfiles(client, end_user_messaging, sleep)
        self._applier = Applier(client, self._forms, self._profiles, sleep)

    async def form(
        self, registration_type: RegistrationTypeInput, *, refresh: bool = False
    ) -> RegistrationForm:
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
        """Plan what ``apply`` would do, without changes.

        Args:
            draft: What the registration is to become.
            submit: Whether the version is to be submitted.
            ignore: Names of rules that are switched off.

        Raises:
            RegistrationError: There is no such type, or no such registration.
            ConfigurationError: ``ignore`` is no collection of names.
        """
        left_out = names("ignore", ignore)
        plan, _, _ = await self._applier.plan(draft, submit=submit, ignore=left_out)
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
        """Execute the remaining steps of a draft, up to a review or a step to be confirmed.

        It can be interrupted at any request and called again, by another process and weeks later:
        existing resources are found by their tags and left unchanged, and nothing is created twice.

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
            ConfigurationError: ``confirm`` has a name that is no action, or a parameter is of the
                wrong kind.
        """
        settings = Settings.of(
            submit=submit, confirm=confirm, on_step=on_step, wait=wait, ignore=ignore
        )
        await self._applier.check_account(expected_account, expected_region)
        return await self._applier.apply(draft, settings, {})

    async def apply_many(
        self,
        drafts: Iterable[RegistrationDraft],
        *,
        submit: bool = True,
        confirm: Confirm = (),
        expected_account: str | None = None,
        expected_region: str | None = None,
        on_step: OnStep | None = None,
        wait: bool = False,
        ignore: Iterable[str] = (),
        concurrency: int = CONCURRENCY,
    ) -> AsyncIterator[Applied]:
        """Apply many drafts, each after those that it refers to, and yield each when it is done.

        Each is applied as far as possible; call it again to continue. Set a rate limiter on the
        client, so that the drafts share the account's quotas.

        Args:
            drafts: The drafts; they may refer to each other by key, in any order.
            submit: As for ``apply``.
            confirm: As for ``apply``, for all drafts.
            expected_account: As for ``apply``.
            expected_region: As for ``apply``.
            on_step: As for ``apply``.
            wait: Whether to wait for reviews, so that a whole chain is completed.
            ignore: As for ``apply``.
            concurrency: How many drafts are worked on at a time.

        Raises:
            ConfigurationError: As for ``apply``.
            RegistrationError: Before the first change: a draft has problems, or the quotas do not
                suffice for all of them. Later: what ``apply`` raised for one of them, when all
                the others are done.
        """
        ordered = in_order(drafts)
        settings = Settings.of(
            submit=submit, confirm=confirm, on_step=on_step, wait=wait, ignore=ignore
        )
        await self._applier.check_account(expected_account, expected_region)
        tags: dict[str, dict[str, str]] = {}
        problems = await self._applier.check_all(ordered, settings, tags)
        if problems:
            message = f"the drafts cannot be applied: {len(problems)} problem(s)"
            raise RegistrationError(message, problems)

        async def apply(draft: RegistrationDraft) -> Applied:
            return await self._applier.apply(draft, settings, tags)

        running = run_all(ordered, apply, concurrency)
        try:
            async for applied in running:
                yield applied
        finally:
            await running.aclose()

    async def watch(
        self,
        registration_ids: Iterable[str],
        *,
        events: AsyncIterable[Any] | None = None,
        poll_interval: float = POLL_INTERVAL,
    ) -> AsyncIterator[StatusChange]:
        """Yield each registration's status at the start, and then every change once.

        It ends when only the owner can act on any of them. Events are hints to poll sooner; lost,
        duplicate and late ones have no effect, as all registrations are polled at intervals.

        Args:
            registration_ids: Ids of the registrations.
            events: Payloads or events that report changes: see ``smsreg.events``.
            poll_interval: Seconds between two polls of all of them.

        Raises:
            RegistrationError: One of them does not exist, or one text was given for the list.
            ConfigurationError: ``poll_interval`` is not a positive number.
        """
        seconds("poll_interval", poll_interval, endless=False)
        if isinstance(registration_ids, str):  # an iterable of its characters
            message = "registration_ids must be a list of ids"
            problem = FormProblem("", "registration_id", message)
            raise RegistrationError("not every registration can be watched", [problem])
        ids = tuple(dict.fromkeys(name.rpartition("/")[2] for name in registration_ids))
        changes = Watch(self._client, ids, poll_interval, self._sleep).run(events)
        try:
            async for change in changes:
                yield change
        finally:
            await changes.aclose()

    async def teardown(
        self, registration_id: str, *, confirm: str | None = None, on_step: OnStep | None = None
    ) -> Applied:
        """Delete a registration, after releasing what it is associated with.

        Released numbers and sender ids cannot be recovered. Resources already deleted count as
        done, so that it can be called again after an interruption.

        Args:
            registration_id: Id or ARN of the registration.
            confirm: The same id once more.
            on_step: Called with each step after it was done.

        Raises:
            RegistrationError: It is not confirmed, under review, or used by another registration;
                ``problems`` has the steps, or the reasons.
        """
        registration = await self._described(registration_id)
        removal = await plan_teardown(self._client, registration)
        problems = list(removal.problems)
        if confirm not in (registration.registration_id, registration.registration_arn):
            problems += [FormProblem("", "confirm", str(step)) for step in removal.steps]
        if problems:
            raise RegistrationError("the registration is not taken down", problems)
        return Applied(
            key=registration.registration_id,
            registration_id=registration.registration_id,
            version_number=registration.current_version_number,
            status=RegistrationStatus.DELETED,
            steps=await carry_out(self._client, removal, on_step),
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
            ConfigurationError: As for ``apply``.
        """
        left_out = names("ignore", ignore)
        registration = await self._described(registration_id)
        await self._forms.get(registration.registration_type, refresh=True)
        base = await base_version(self._client, registration_id)
        values = await read_values(self._client, registration_id, base)
        draft = await self._draft_of(registration, revised(values, fixes))
        draft = replace(draft, brand_profile=None)  # it has all values, and a fix may remove one
        plan = await self.plan(draft, submit=submit, ignore=left_out)
        stuck = [problem for problem in plan.problems if problem.rule == UNCHANGEABLE]
        stuck += plan.errors
        if plan.waiting_for == "revision":
            message = "the fixes change nothing: the same form would be denied again"
            stuck.append(FormProblem("", "revision", message))
        if stuck:
            raise RegistrationError("the registration cannot be revised", stuck)
        return await self.apply(
            draft, submit=submit, confirm=confirm, on_step=on_step, ignore=left_out
        )

    async def state(self, registration_id: str) -> RegistrationState:
        """Return the state of a registration, and who has to act.

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
        to it and changes nothing else. It has all values, also those that a brand profile filled.

        Args:
            registration_id: Id or ARN of the registration.

        Raises:
            RegistrationError: There is no such registration.
        """
        registration = await self._described(registration_id)
        _, values, _ = await read_version(self._client, registration.registration_id)
        return await self._draft_of(registration, revised(values, {}))

    async def profile_of(self, registration_id: str) -> RegistrationProfile | None:
        """Return the brand profile that a registration was begun from; None where there is none.

        A registration that a draft has begun names its profile in a tag. For any other one the
        account's profiles are searched, one request for each.

        Args:
            registration_id: Id or ARN of the registration.

        Raises:
            RegistrationError: There is no such registration.
            ConfigurationError: ``client`` borrows its connection, and there is no other client.
        """
        registration = await self._described(registration_id)
        tags = await Lookup(self._client).tags_of(registration.registration_arn)
        return await self._profiles.profile_of(registration, tags)

    async def _draft_of(
        self, registration: RegistrationInformation, values: Mapping[str, Any]
    ) -> RegistrationDraft:
        tags = dict(await Lookup(self._client).tags_of(registration.registration_arn))
        profile = tags.pop(PROFILE_TAG, None)
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
            brand_profile=profile,
        )

    async def _described(self, registration_id: str) -> RegistrationInformation:
        found = await describe(self._client, registration_id)
        if found is None:
            message = "there is no such registration"
            raise RegistrationError(message, [FormProblem("", MISSING, message)])
        return found
