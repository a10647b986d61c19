"""``smsreg quickstart``: its options, and what they may not be together."""

import sys
from typing import Annotated

import typer

from smsreg.cli.options import EndpointUrl, Json, Profile, Region, check_endpoint_option
from smsreg.cli.quickstart.choices import Choices, WhatsAppSource


def quickstart(
    *,
    emulator: Annotated[
        bool, typer.Option("--emulator", help="The emulator in this process; the default.")
    ] = False,
    region: Region = None,
    profile: Profile = None,
    endpoint_url: EndpointUrl = None,
    as_json: Json = False,
    yes: Annotated[
        bool,
        typer.Option(
            "--yes", help="Create resources there, among them a phone number that costs money."
        ),
    ] = False,
    whatsapp_phone_number_id: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="With --yes: the WhatsApp number to upload a media file for."
        ),
    ] = None,
    whatsapp_media: Annotated[
        str | None,
        typer.Option(
            metavar="S3URL", help="With --yes: the file, s3://bucket/key; deleted again afterwards."
        ),
    ] = None,
) -> None:
    """Take a toll-free registration from an empty form to COMPLETE.

    Without options all of it happens in an emulator inside this process: it takes about three
    seconds, needs no AWS account and costs nothing. With --region, --profile or --endpoint-url
    the calls go to AWS, or to that endpoint; nothing is created there without --yes.
    """
    check_endpoint_option(endpoint_url)
    choices = Choices(
        region=region,
        endpoint_url=endpoint_url,
        profile=profile,
        yes=yes,
        whatsapp=_whatsapp(whatsapp_phone_number_id, whatsapp_media),
        as_json=as_json,
    )
    if emulator and not choices.embedded:
        raise typer.BadParameter("--emulator goes with none of the options for the service")
    if choices.whatsapp is not None and (choices.embedded or not yes):
        message = "the --whatsapp options are for the real service, together with --yes"
        raise typer.BadParameter(message)

    from smsreg.cli.quickstart.run import run

    raise typer.Exit(run(choices, sys.stdout, sys.stderr))


def _whatsapp(phone_number_id: str | None, media: str | None) -> WhatsAppSource | None:
    if phone_number_id is None and media is None:
        return None
    if phone_number_id is None or media is None:
        message = "--whatsapp-phone-number-id and --whatsapp-media go together"
        raise typer.BadParameter(message)
    scheme, _, rest = media.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket or not key:
        raise typer.BadParameter("--whatsapp-media must look like s3://bucket/key")
    return WhatsAppSource(phone_number_id=phone_number_id, bucket=bucket, key=key)
