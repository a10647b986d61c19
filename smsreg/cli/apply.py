"""``smsreg apply``."""

from typing import TYPE_CHECKING, Annotated

import typer

from smsreg.cli.exit_status import FAILED, of_waiting, worst
from smsreg.cli.options import Confirm, Ignore, Submit, Yes
from smsreg.cli.session import Session

if TYPE_CHECKING:
    from smsreg.registration import Applied


async def apply(
    session: Session,
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Drafts, in YAML or JSON.")],
    *,
    confirm: Confirm = None,
    yes: Yes = False,
    submit: Submit = True,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for reviews, to the end.")] = False,
    account: Annotated[
        str | None, typer.Option(metavar="ID", help="Work in this account, or not at all.")
    ] = None,
    ignore: Ignore = None,
) -> int:
    """Do what is left to do for the drafts, up to a review or a step to be confirmed.

    It can be broken off and run again, at once or weeks later: what is there is left alone.
    """
    from smsreg.cli.applied import show_applied
    from smsreg.cli.documents import AppliedDraft, Apply
    from smsreg.cli.failure import explain
    from smsreg.cli.files import read_drafts
    from smsreg.errors import SmsregError

    drafts, registrar = read_drafts(files), session.registrar
    session.has_safe_points = True
    found: list[Applied] = []
    try:
        with session.output.progress(f"applying {len(drafts)} draft(s)"):
            async for applied in registrar.apply_many(
                drafts,
                submit=submit,
                confirm=True if yes else set(confirm or ()),
                expected_account=account,
                on_step=session.on_step,
                wait=wait,
                ignore=ignore or (),
            ):
                found.append(applied)
                show_applied(session, applied)
    except SmsregError as error:
        return explain(error, session.output, found) or FAILED
    session.output.document(Apply(applied=[AppliedDraft.model_validate(item) for item in found]))
    return worst(of_waiting(applied.waiting_for) for applied in found)
