"""``smsreg revise``."""

from typing import Annotated

import typer

from smsreg.cli.exit_status import of_waiting
from smsreg.cli.options import Confirm, Ignore, Submit, Yes
from smsreg.cli.session import Session


async def revise(
    session: Session,
    registration_id: Annotated[str, typer.Argument(metavar="ID", help="A denied registration.")],
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="The values that change, by field path.")
    ],
    *,
    confirm: Confirm = None,
    yes: Yes = False,
    submit: Submit = True,
    ignore: Ignore = None,
) -> int:
    """Make the next version of a denied registration, with fixes, and submit it.

    All other values and attachments are taken over.
    """
    from smsreg.cli.applied import show_applied
    from smsreg.cli.documents import AppliedDraft, Apply
    from smsreg.cli.files import read
    from smsreg.registration.draft_file import read_values

    fixes, registrar = read(file, read_values), session.registrar
    session.has_safe_points = True
    with session.output.progress("revising the registration"):
        applied = await registrar.revise(
            registration_id,
            fixes,
            submit=submit,
            confirm=True if yes else set(confirm or ()),
            on_step=session.on_step,
            ignore=ignore or (),
        )
    show_applied(session, applied)
    session.output.document(Apply(applied=[AppliedDraft.model_validate(applied)]))
    return of_waiting(applied.waiting_for)
