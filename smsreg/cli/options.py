"""Options that several commands have."""

from typing import Annotated

import typer

Emulator = Annotated[
    bool, typer.Option("--emulator", help="Work against an emulator inside this process.")
]
Region = Annotated[str | None, typer.Option(metavar="NAME", help="AWS Region, such as us-east-1.")]
Profile = Annotated[
    str | None, typer.Option(metavar="NAME", help="Profile of the AWS configuration files.")
]
EndpointUrl = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Where every call goes, such as http://127.0.0.1:4570."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]

Ignore = Annotated[
    list[str] | None,
    typer.Option(metavar="RULE", help="Switch a rule off, by its name; repeatable."),
]
Confirm = Annotated[
    list[str] | None,
    typer.Option(metavar="ACTION", help="Confirm the steps of this action; repeatable."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Confirm every step.")]
Submit = Annotated[bool, typer.Option("--submit/--no-submit", help="Submit the version.")]
Output = Annotated[
    str | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a new file.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")]


def check_endpoint_option(url: str | None) -> None:
    """Refuse an endpoint that no client would take.

    Raises:
        typer.BadParameter: The URL is unusable.
    """
    if url is None:
        return
    from smsreg._runtime.settings import check_endpoint
    from smsreg.errors import ConfigurationError

    try:
        check_endpoint(url, allow_http=False)
    except ConfigurationError as error:
        reason, _, _ = str(error).partition("; ")  # What follows is for callers in Python.
        raise typer.BadParameter(reason.replace("endpoint_url", "--endpoint-url")) from None
