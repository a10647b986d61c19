"""``smsreg watch``."""

from typing import Annotated

import typer

from smsreg.cli.exit_status import of_registration, worst
from smsreg.cli.session import Session


async def watch(
    session: Session,
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="Registrations; all by default.")
    ] = None,
    *,
    interval: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.1, help="Between two readings.")
    ] = 60.0,
    events: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Lines of JSON to read sooner by; - is standard input."),
    ] = None,
) -> int:
    """Show each registration's status, and then every change of it.

    It ends when nobody but their owner can move any of them: with 1 if one was denied. Events, as
    EventBridge, SNS or SQS deliver them, make it read sooner; without them it reads at intervals.
    """
    from smsreg.cli.documents import Change
    from smsreg.cli.event_lines import open_lines

    hints = None if events is None else open_lines(events)
    output, found = session.output, list(ids or ())
    if not found:
        listing = session.client.describe_registrations(max_results=100)
        found = [item.registration_id async for item in listing]
    if not found:
        output.line("no registrations")
    last: dict[str, str] = {}
    with output.progress(f"watching {len(found)} registration(s)"):
        async for change in session.registrar.watch(found, events=hints, poll_interval=interval):
            last[change.registration_id] = change.status
            before = f"{change.previous} -> " if change.previous else ""
            output.line(f"{change.registration_id}  {before}{change.status}")
            output.record(Change.model_validate(change))
    return worst(of_registration(status, "nobody") for status in last.values())
