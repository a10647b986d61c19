"""Applies many drafts concurrently, in the order of their references."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from smsreg.errors import RegistrationError
from smsreg.registration.draft import check_kind
from smsreg.registration.problems import FormProblem
from smsreg.registration.standing import read_limits
from smsreg.registration.values import shown

if TYPE_CHECKING:
    from collections.abc import (
        AsyncGenerator,
        Awaitable,
        Callable,
        Collection,
        Iterable,
        Mapping,
        Sequence,
    )

    from smsreg.registration.draft import RegistrationDraft
    from smsreg.registration.lookup import Lookup
    from smsreg.registration.steps import Applied
    from smsreg.sms_voice import SMSVoiceClient


def in_order(drafts: Iterable[RegistrationDraft]) -> list[RegistrationDraft]:
    """Return the drafts so that each comes after those that it refers to.

    A campaign whose brand is vetted by another of the drafts gets that vetting into its ``after``,
    as a vetting's score is not applied to an existing campaign.

    Raises:
        RegistrationError: A key is used twice, references form a cycle, or an item is no draft.
    """
    by_key: dict[str, RegistrationDraft] = {}
    for draft in check_kind(drafts):
        if draft.key in by_key:
            problem = FormProblem("", "key", f"two drafts have the key {shown(draft.key)}")
            raise RegistrationError("a key stands for one registration", [problem])
        by_key[draft.key] = draft
    by_key = {key: _after_vettings(draft, by_key.values()) for key, draft in by_key.items()}
    ordered: dict[str, RegistrationDraft] = {}
    for key in by_key:
        _visit(key, by_key, ordered, ())
    return list(ordered.values())


def references(draft: RegistrationDraft) -> list[str]:
    """Return what a draft refers to: ids, and keys of other drafts."""
    return [*draft.associations, *draft.after]


def _after_vettings(
    draft: RegistrationDraft, others: Iterable[RegistrationDraft]
) -> RegistrationDraft:
    if "_CAMPAIGN_" not in draft.registration_type:
        return draft
    vettings = [
        other.key
        for other in others
        if other.registration_type.endswith("_VETTING")
        and set(other.associations) & set(draft.associations)
        and other.key not in draft.after
    ]
    return replace(draft, after=[*draft.after, *vettings]) if vettings else draft


def _visit(
    key: str,
    by_key: Mapping[str, RegistrationDraft],
    ordered: dict[str, RegistrationDraft],
    above: tuple[str, ...],
) -> None:
    if key in ordered or key not in by_key:
        return
    if key in above:
        circle = " → ".join(map(shown, (*above[above.index(key) :], key)))
        problem = FormProblem("", "circle", f"the drafts refer to each other: {circle}")
        raise RegistrationError("there is no order in which to apply the drafts", [problem])
    for reference in references(by_key[key]):
        _visit(reference, by_key, ordered, (*above, key))
    ordered[key] = by_key[key]


async def run_all(
    drafts: Sequence[RegistrationDraft],
    apply: Callable[[RegistrationDraft], Awaitable[Applied]],
    concurrency: int,
) -> AsyncGenerator[Applied, None]:
    """Apply each draft after those that it refers to, and yield each when it is done.

    A failure does not affect other drafts; its error is raised when all are done.
    """
    gate = asyncio.Semaphore(concurrency)
    ended: asyncio.Queue[asyncio.Task[Applied]] = asyncio.Queue()
    tasks: dict[str, asyncio.Task[Applied]] = {}

    async def one(draft: RegistrationDraft) -> Applied:
        before = [tasks[key] for key in references(draft) if key in tasks]
        if before:
            await asyncio.wait(before)
        async with gate:
            return await apply(draft)

    for draft in drafts:
        task = asyncio.create_task(one(draft))
        task.add_done_callback(ended.put_nowait)
        tasks[draft.key] = task
    failures: list[BaseException] = []
    try:
        for _ in drafts:
            task = await ended.get()
            error = asyncio.CancelledError() if task.cancelled() else task.exception()
            if error is None:
                yield task.result()
            else:
                failures.append(error)
    finally:
        for task in tasks.values():
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks.values(), return_exceptions=True)
    if failures:
        raise failures[0]


async def quota_problems(
    client: SMSVoiceClient,
    lookup: Lookup,
    drafts: Iterable[RegistrationDraft],
    digests: Iterable[str],
    begun: Collection[str] = (),
) -> list[FormProblem]:
    """Find the quotas that do not suffice for all drafts together.

    Drafts with a key in ``begun`` have a registration that is not tagged with it yet.
    """
    needed: Counter[str] = Counter()
    for draft in drafts:
        known = draft.registration_id is not None or draft.key in begun
        if not known and await lookup.registration(draft.key) is None:
            needed["REGISTRATIONS"] += 1
        number = draft.phone_number
        if number is not None and await lookup.number(draft.key, number) is None:
            needed["PHONE_NUMBERS"] += 1
    wanted = set(digests)
    if wanted:
        needed["REGISTRATION_ATTACHMENTS"] = len(wanted - set(await lookup.attachments()))
    limits = await read_limits(client)
    return [
        FormProblem("", "quota", f"{name}: {count} more are needed, and {limits[name]} are free")
        for name, count in needed.items()
        if name in limits and count > limits[name]
    ]


def naming(draft: RegistrationDraft, problems: Iterable[FormProblem]) -> list[FormProblem]:
    """Return the errors among a draft's problems, with its key in their messages."""
    return [
        replace(problem, message=f"{shown(draft.key)}: {problem.message}")
        for problem in problems
        if problem.severity == "error"
    ]
