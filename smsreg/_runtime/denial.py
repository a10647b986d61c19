"""The reasons for a denial, read from the listings that a waiter's ``Denial`` names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg._runtime.shared_poll import Listing
    from smsreg._runtime.waiter import Denial
    from smsreg.errors import ActionRequiredError


async def add_reasons(
    error: ActionRequiredError, denial: Denial, listing: Listing, owner: object
) -> None:
    """Add the reasons for a denial to the error that reports it.

    Args:
        error: The error, with the resource's description.
        denial: The listings and attributes that hold the reasons.
        listing: Returns a listing.
        owner: The id of the resource that the denied version belongs to.
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
