"""``smsreg types``."""

from typing import Any

from smsreg.cli.exit_status import DONE
from smsreg.cli.session import Session


async def types(session: Session) -> int:
    """List the registration types that the service has."""
    from smsreg.cli.documents import TypeRow, Types

    with session.output.progress("reading the types"):
        listing = session.client.describe_registration_type_definitions(max_results=100)
        found = await listing.collect()
    rows = [
        TypeRow(
            registration_type=item.registration_type,
            title=_title(item),
        )
        for item in found
    ]
    session.output.table(["Type", "Title"], [[row.registration_type, row.title] for row in rows])
    session.output.document(Types(types=rows))
    return DONE


def _title(definition: Any) -> str:  # noqa: ANN401 -- a member may lack
    return getattr(definition.display_hints, "title", None) or ""
