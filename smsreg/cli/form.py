"""``smsreg form``."""

from typing import Annotated

import typer

from smsreg.cli.exit_status import DONE
from smsreg.cli.options import Force, Output
from smsreg.cli.session import Session


async def form(
    session: Session,
    registration_type: Annotated[
        str, typer.Argument(metavar="TYPE", help="Such as US_TOLL_FREE_REGISTRATION.")
    ],
    *,
    output: Output = None,
    force: Force = False,
    python: Annotated[
        bool, typer.Option("--python", help="Print a TypedDict of the form's fields instead.")
    ] = False,
) -> int:
    """Print a draft of a form in YAML, each field with a comment that explains it."""
    from smsreg.cli import documents
    from smsreg.cli.files import write

    with session.output.progress("reading the form"):
        found = await session.registrar.form(registration_type)
    text = found.python() if python else found.template()
    if output is not None:
        write(output, text, force=force)
        session.output.line(f"{output}: a draft of {registration_type}, to be filled in")
    elif not session.output.as_json:
        session.output.raw(text)
    session.output.document(
        documents.Form(
            registration_type=found.registration_type,
            title=found.title,
            read_at=found.read_at,
            digest=found.digest,
            fields=[documents.FieldRow.model_validate(item) for item in found.fields.values()],
        )
    )
    return DONE
