"""``smsreg plan``."""

from typing import Annotated

import typer

from smsreg.cli.exit_status import DONE, FAILED, worst
from smsreg.cli.options import Ignore, Submit
from smsreg.cli.session import Session


async def plan(
    session: Session,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Drafts, in YAML or JSON.")],
    *,
    submit: Submit = True,
    ignore: Ignore = None,
) -> int:
    """Show what apply would do for the drafts of a file; changes nothing."""
    from smsreg.cli.documents import Plan, PlannedDraft
    from smsreg.cli.files import read_drafts
    from smsreg.cli.problems import show_problems, show_steps

    drafts, registrar, output = read_drafts([file]), session.registrar, session.output
    planned: list[PlannedDraft] = []
    statuses: list[int] = []
    for draft in drafts:
        with output.progress(f"planning {draft.key}"):
            found = await registrar.plan(draft, submit=submit, ignore=ignore or ())
        planned.append(PlannedDraft.model_validate(found))
        statuses.append(FAILED if found.errors else DONE)
        output.line(f"{found.key}: {found.registration_id or 'to be created'}", "bold")
        show_problems(output, found.problems)
        for path in found.filled:
            output.item("from the brand profile:", path)
        show_steps(output, found.steps)
        show_steps(output, found.later, "later:")
        if found.is_empty and not found.problems:
            output.line("  nothing to do")
        if found.waiting_for:
            output.line(f"  then waiting for: {found.waiting_for}")
    output.document(Plan(plans=planned))
    return worst(statuses)
