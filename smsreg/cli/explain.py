"""``smsreg explain``."""

from typing import TYPE_CHECKING, Annotated

import typer

from smsreg.cli.exit_status import DONE
from smsreg.cli.session import Session

if TYPE_CHECKING:
    from smsreg.cli.output import Output
    from smsreg.registration import Denial


async def explain(
    session: Session,
    registration_id: Annotated[str, typer.Argument(metavar="ID", help="A registration.")],
) -> int:
    """Show why a registration was denied, and what to do about it."""
    from smsreg.cli.documents import Explain

    with session.output.progress("reading the versions"):
        denial = await session.registrar.explain(registration_id)
    _show(session.output, denial)
    session.output.document(Explain.model_validate(denial))
    return DONE


def _show(output: "Output", denial: "Denial") -> None:
    if denial.version_number is None:
        output.line(f"{denial.registration_id}: no version was denied")
        return
    output.line(f"{denial.registration_id}, version {denial.version_number}, was denied:", "bold")
    for reason in denial.reasons:
        said = reason.long_description or reason.short_description
        output.item("reason", f"{reason.reason}: {said}", "red")
        for remedy in reason.remedies:
            output.item("remedy", remedy, "green")
        if reason.documentation_link:
            output.item("see", reason.documentation_link)
    if denial.feedback:
        output.item("feedback", denial.feedback)
    for path, field in denial.fields.items():
        output.item("field", f"{path}: {field}", "red")
