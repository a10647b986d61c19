"""``smsreg pull``."""

from typing import Annotated

import typer

from smsreg.cli.exit_status import DONE
from smsreg.cli.options import Force, Output
from smsreg.cli.session import Session


async def pull(
    session: Session,
    registration_id: Annotated[str, typer.Argument(metavar="ID", help="A registration.")],
    *,
    output: Output = None,
    force: Force = False,
) -> int:
    """Print an existing registration as a draft; its values are in it in clear."""
    from smsreg.cli.documents import Pull
    from smsreg.cli.files import as_document, write

    with session.output.progress("reading the registration"):
        draft = await session.registrar.draft_of(registration_id)
    text = draft.to_yaml()
    if output is not None:
        write(output, text, force=force)
        session.output.line(f"{output}: the draft of {draft.registration_id}")
    elif not session.output.as_json:
        session.output.raw(text)
    session.output.document(Pull.model_validate(as_document(text)))
    return DONE
