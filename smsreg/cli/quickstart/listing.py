"""Lists the resources at the service, by reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smsreg.cli.quickstart.steps import StepError

if TYPE_CHECKING:
    from smsreg.cli.quickstart.steps import Steps
    from smsreg.cli.quickstart.target import Target

EMULATOR_PAGE = 5
"""Small, so that there is more than one page."""


async def registration_types(target: Target, steps: Steps, *, needed: str | None = None) -> None:
    """List the registration types.

    Args:
        target: The service to read from.
        steps: Shows the step.
        needed: The type that has to be among them.

    Raises:
        StepError: It is not.
    """
    title, call = "List the registration types", "describe_registration_type_definitions"
    with steps.step(title, call) as step:
        listing = target.sms.describe_registration_type_definitions(
            max_results=EMULATOR_PAGE if target.embedded else None
        )
        rows: list[tuple[str, str]] = []
        pages = 0
        async for page in listing.pages():
            pages += 1
            for kind in page.registration_type_definitions or []:
                # The service's own models require a title, but a result can lack it.
                title = getattr(kind.display_hints, "title", None) or ""
                rows.append((kind.registration_type or "?", title))
        step.table(rows, highlight=needed)
        if needed is not None and needed not in (kind for kind, _ in rows):
            msg = f"{needed} is not offered here"
            raise StepError(msg)
        step.summary = f"{_count(len(rows), 'type')} on {_count(pages, 'page')}"


async def read_only(target: Target, steps: Steps) -> None:
    """List registration types, registrations and numbers."""
    await registration_types(target, steps)
    with steps.step("List your registrations", "describe_registrations") as step:
        registrations = [
            (
                registration.registration_id or "?",
                registration.registration_type or "?",
                str(registration.registration_status),
            )
            async for registration in target.sms.describe_registrations()
        ]
        step.table(registrations)
        step.summary = _count(len(registrations), "registration")
    with steps.step("List your phone numbers", "describe_phone_numbers") as step:
        # By id: the numbers themselves do not belong in a log file.
        numbers = [
            (
                number.phone_number_id or "?",
                number.iso_country_code or "?",
                str(number.number_type),
                str(number.status),
            )
            async for number in target.sms.describe_phone_numbers()
        ]
        step.table(numbers)
        step.summary = _count(len(numbers), "number")


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
