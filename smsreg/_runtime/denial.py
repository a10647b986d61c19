"""Why a resource waits for its owner, read from where its waiter's ``Denial`` says."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg._runtime.operation import Denial
    from smsreg._runtime.shared_poll import Listing
    from smsreg.errors import ActionRequiredError


async def add_reasons(
    error: ActionRequiredError, denial: Denial, listing: Listing, owner: object
) -> None:
    """Put the reasons for a denial onto the error that reports it.

    Args:
        error: The error, with the resource's description.
        denial: Where the reasons are read.
        listing: Makes a listing.
        owner: What the denied version belongs to.
    """
    number = getattr(error.last, denial.number)
    if number is None:
        return
    of = {denial.owner: owner}
    version = await listing(denial.versions, {**of, denial.numbers: [number]}).first()
    if version is not None:
        error.denied_reasons = list(getattr(version, denial.reasons) or [])
        error.feedback = getattr(version, denial.feedback)
    async for value in listing(denial.values, {**of, denial.version: number}):
        texts = [getattr(value, name) for name in (denial.reason, denial.feedback)]
        if reasons := [text for text in texts if text]:
            error.field_reasons[getattr(value, denial.path)] = reasons
