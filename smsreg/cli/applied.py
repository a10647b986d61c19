"""The outcome of drafts, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smsreg.cli.session import Session
    from smsreg.registration import Applied

NEXT = {
    "review": "a review takes days to weeks; apply again later, or: smsreg watch {id}{options}",
    "provisioning": "apply again later",
    "brand_profile": "the job that makes the registration has not ended: apply again later",
    "phone_number": "the number is not active yet: apply again later",
    "authentication": "reply to the email sent to the brand's businessContactEmail",
    "revision": "smsreg explain {id}{options}",
    "submission": "apply again without --no-submit",
}
"""What to do for each state that a draft waits in."""


def show_applied(session: Session, applied: Applied) -> None:
    """Show where a draft stands now."""
    output, waiting_for = session.output, applied.waiting_for
    status = f"{applied.registration_id or 'not created'} {applied.status or ''}".rstrip()
    output.line(f"{applied.key}: {status}", "bold")
    if waiting_for is None:
        output.line("  nothing is left to do")
        return
    output.line(f"  waiting for: {waiting_for}")
    step = applied.next_step
    if step is not None:
        output.item("next:", f"{step}; --confirm {step.action}, or --yes, does it", "yellow")
        return
    options = f" {session.target}" if str(session.target) else ""
    hint = NEXT.get(waiting_for, "it has to be complete first: apply again later")
    output.item("next:", hint.format(id=applied.registration_id or "ID", options=options))
