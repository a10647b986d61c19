"""``smsreg status``."""

from typing import TYPE_CHECKING, Annotated

import typer

from smsreg.cli.exit_status import DONE, of_registration, worst
from smsreg.cli.session import Session

if TYPE_CHECKING:
    from smsreg.cli.documents import RegistrationRow


async def status(
    session: Session,
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="Registrations; all by default.")
    ] = None,
) -> int:
    """Show where registrations stand, and whose turn it is.

    With ids the exit status is that of the registrations: 3 while one is under review, 1 where
    one was denied.
    """
    from smsreg.cli.documents import RegistrationRow, Status

    registrar, client, output = session.registrar, session.client, session.output
    rows: list[RegistrationRow] = []
    with output.progress("reading the registrations"):
        listing = client.describe_registrations(max_results=100)
        kinds = {item.registration_id: item.registration_type async for item in listing}
        for identifier in ids or kinds:
            state = await registrar.state(identifier)
            kind = kinds.get(state.registration_id, "")
            rows.append(
                RegistrationRow(
                    registration_id=state.registration_id,
                    registration_type=kind,
                    status=state.status,
                    version_number=state.version_number,
                    version_status=state.version_status,
                    whose_turn=state.whose_turn,
                    since=state.since,
                )
            )
    if not rows:
        output.line("no registrations")
    elif output.is_terminal:  # an id has 45 characters: too many for a table of 80 columns
        for row in rows:
            since = f", since {row.since:%Y-%m-%d %H:%M} UTC" if row.since else ""
            output.line(row.registration_id, "bold")
            output.line(f"  {row.registration_type}")
            output.line(f"  {row.status}{since}; turn: {row.whose_turn}")
    else:
        output.table(["Registration", "Type", "Status", "Turn", "Since"], map(_cells, rows))
    output.document(Status(registrations=rows))
    if not ids:
        return DONE
    return worst(of_registration(row.status, row.whose_turn) for row in rows)


def _cells(row: "RegistrationRow") -> list[str]:
    since = row.since.isoformat() if row.since else ""
    return [row.registration_id, row.registration_type, row.status, row.whose_turn, since]
