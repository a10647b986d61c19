"""The command line: what can be said, and what was said."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smsreg._version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

QUICKSTART = """\
Takes a US toll-free registration from an empty form to COMPLETE: lists the registration types,
creates a registration, requests a number and ties it to it, uploads a picture, fills in the form,
submits it and waits for the review. Then it uploads a WhatsApp media file and deletes it.

Without options all of that happens in an emulator inside this process: it takes about three
seconds, needs no AWS account and costs nothing.
"""

SERVICE = """\
With any of these the calls go to AWS, or to the endpoint that you name, with the credentials that
AWS tools find. Nothing is created or changed there unless you say --yes.
"""


@dataclass(frozen=True, kw_only=True)
class WhatsAppSource:
    """A media file to upload, and the WhatsApp phone number to upload it for."""

    phone_number_id: str
    bucket: str
    key: str


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What the user of ``smsreg quickstart`` asked for."""

    region: str | None = None
    endpoint_url: str | None = None
    profile: str | None = None
    yes: bool = False
    whatsapp: WhatsAppSource | None = None

    @property
    def embedded(self) -> bool:
        """Whether to use the emulator in this process."""
        return self.region is None and self.endpoint_url is None and self.profile is None


class _Parsed(argparse.Namespace):
    """The attributes that argparse fills in."""

    command: str | None
    region: str | None
    endpoint_url: str | None
    profile: str | None
    yes: bool
    whatsapp_phone_number_id: str | None
    whatsapp_media: tuple[str, str] | None


def parse(argv: Sequence[str]) -> Choices | None:
    """Read the arguments; None, with the help printed to stderr, where no command was named.

    Raises:
        SystemExit: Help or version were asked for (0), or the arguments are wrong (2).
    """
    parser = argparse.ArgumentParser(
        prog="smsreg", description="Typed async Python SDK for AWS End User Messaging."
    )
    parser.add_argument("--version", action="version", version=f"smsreg {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    quickstart = commands.add_parser(
        "quickstart",
        help="take a registration from an empty form to COMPLETE, in an emulator",
        description=QUICKSTART,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_service_options(quickstart)
    parsed = parser.parse_args(argv, namespace=_Parsed())
    if parsed.command is None:
        parser.print_help(sys.stderr)
        return None
    choices = Choices(
        region=parsed.region,
        endpoint_url=parsed.endpoint_url,
        profile=parsed.profile,
        yes=parsed.yes,
        whatsapp=_whatsapp(quickstart, parsed),
    )
    _check(quickstart, choices)
    return choices


def _add_service_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the real service", SERVICE)
    group.add_argument("--region", metavar="NAME", help="AWS region, such as us-east-1")
    group.add_argument("--profile", metavar="NAME", help="profile of the AWS configuration files")
    group.add_argument(
        "--endpoint-url",
        metavar="URL",
        help="where to send every call, such as http://127.0.0.1:4570",
    )
    group.add_argument(
        "--yes",
        action="store_true",
        help="create things there, among them a phone number that costs money",
    )
    group.add_argument(
        "--whatsapp-phone-number-id",
        metavar="ID",
        help="with --yes: the WhatsApp phone number to upload a media file for",
    )
    group.add_argument(
        "--whatsapp-media",
        metavar="S3URL",
        type=_s3_place,
        help="with --yes: the file to upload, as s3://bucket/key; its upload is deleted again",
    )


def _s3_place(text: str) -> tuple[str, str]:
    scheme, _, rest = text.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket or not key:
        raise argparse.ArgumentTypeError("it must look like s3://bucket/key")
    return bucket, key


def _whatsapp(parser: argparse.ArgumentParser, parsed: _Parsed) -> WhatsAppSource | None:
    phone_number_id, media = parsed.whatsapp_phone_number_id, parsed.whatsapp_media
    if phone_number_id is None and media is None:
        return None
    if phone_number_id is None or media is None:
        parser.error("--whatsapp-phone-number-id and --whatsapp-media go together")
    bucket, key = media
    return WhatsAppSource(phone_number_id=phone_number_id, bucket=bucket, key=key)


def _check(parser: argparse.ArgumentParser, choices: Choices) -> None:
    """Refuse options that would have no effect, and an endpoint that no client would take."""
    if choices.whatsapp is not None and (choices.embedded or not choices.yes):
        parser.error("the --whatsapp options are for the real service, together with --yes")
    if choices.endpoint_url is not None:
        _check_endpoint(parser, choices.endpoint_url)


def _check_endpoint(parser: argparse.ArgumentParser, url: str) -> None:
    from smsreg._runtime.settings import check_endpoint  # noqa: PLC0415 -- botocore comes along
    from smsreg.errors import ConfigurationError  # noqa: PLC0415 -- the same

    try:
        check_endpoint(url, allow_http=False)
    except ConfigurationError as error:
        reason, _, _ = str(error).partition("; ")  # What follows is for callers in Python.
        parser.error(reason.replace("endpoint_url", "--endpoint-url"))
