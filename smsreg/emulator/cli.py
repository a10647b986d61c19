"""The command line of the emulator."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smsreg.emulator.core.safe_json import parse
from smsreg.emulator.core.settings import DEFAULT_QUOTAS
from smsreg.emulator.emulator import Emulator
from smsreg.emulator.fault_documents import add_faults
from smsreg.emulator.http.access import is_local

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smsreg.emulator.core.service_model import Json

PROGRAM = "python -m smsreg.emulator"


def main(arguments: Sequence[str] | None = None, *, prog: str = PROGRAM) -> int:
    """Serve until interrupted; 0, or 2 where it cannot start."""
    options = _parser(prog).parse_args(arguments)
    try:
        emulator = _emulator(options)
        asyncio.run(_serve(emulator, options.host, as_json=options.json))
    except (OSError, ValueError) as problem:
        print(f"smsreg.emulator: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        pass
    return 0


def _emulator(options: argparse.Namespace) -> Emulator:
    registration_types = [_read(path, "--registration-type") for path in options.registration_type]
    emulator = Emulator(
        host=options.host,
        port=options.port,
        region=options.region,
        account_id=options.account,
        seed=options.seed,
        state_file=options.state,
        review_seconds=options.review_seconds,
        incomplete_submit=options.incomplete_submit,
        attachment_limit=options.attachment_limit,
        account_tier=options.tier,
        read_delay=options.read_delay,
        quotas=dict(options.quota),
        spend_limits=dict(options.spend_limit),
        receipts=not options.no_receipts,
        verification_code=options.verification_code,
        check_signatures=not options.no_signatures,
        allow_hosts=options.allow_host,
        events_to=options.events_to,
    )
    for path, document in zip(options.registration_type, registration_types, strict=True):
        _add_type(emulator, path, document)
    if options.faults is not None:
        try:
            add_faults(emulator.faults, _read(options.faults, "--faults"))
        except ValueError as problem:
            msg = f"--faults {options.faults}: {problem}"
            raise ValueError(msg) from None
    return emulator


def _read(path: str, flag: str) -> Json:
    try:
        return parse(Path(path).read_bytes())
    except OSError as problem:
        msg = f"{flag} {path}: {problem.strerror}"
        raise ValueError(msg) from None
    except ValueError as problem:
        msg = f"{flag} {path}: it is not JSON ({problem})"
        raise ValueError(msg) from None


def _add_type(emulator: Emulator, path: str, document: Json) -> None:
    try:
        emulator.add_registration_type(document)
    except (AttributeError, KeyError, TypeError, ValueError) as problem:
        msg = f"--registration-type {path}: it is no registration type ({problem!r})"
        raise ValueError(msg) from None


def _parser(prog: str = PROGRAM) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog,
        description="A local stand-in for AWS End User Messaging (SMS, voice, WhatsApp, profiles).",
    )
    add = parser.add_argument
    add("--port", type=int, default=4570, help="0 takes a free one (default 4570)")
    add("--host", default="127.0.0.1", help="address to listen on")
    add(
        "--allow-host",
        metavar="NAME",
        action="append",
        default=[],
        help="accept requests to this name, too, such as a container's; repeatable",
    )
    add("--events-to", metavar="URL", help="POST every event that is pushed there")
    add("--json", action="store_true", help="print where it is, and its keys, as a line of JSON")
    add("--state", metavar="FILE", help="keep the state in this file")
    add("--faults", metavar="FILE", help="a JSON list of faults to begin with")
    add(
        "--registration-type",
        metavar="FILE",
        action="append",
        default=[],
        help="add a registration type, in the form of the built-in ones; repeatable",
    )
    add("--no-signatures", action="store_true", help="take requests with any signature or none")
    _add_settings(parser)
    return parser


def _add_settings(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--region", default="us-east-1", help="default Region (us-east-1)")
    add("--account", metavar="ID", default="123456789012", help="default account (123456789012)")
    add("--tier", choices=["PRODUCTION", "SANDBOX"], default="PRODUCTION", help="of the account")
    add(
        "--review-seconds",
        metavar="SECONDS",
        type=_seconds_or_never,
        default=1.0,
        help="how long reviews take, or never (default 1)",
    )
    add(
        "--incomplete-submit",
        choices=["refuse", "deny"],
        default="refuse",
        help="what becomes of a form that is not complete (default refuse)",
    )
    add(
        "--read-delay",
        metavar="SECONDS",
        type=float,
        default=0.0,
        help="how far reads lag behind writes (default 0)",
    )
    add(
        "--attachment-limit",
        metavar="BYTES",
        type=int,
        default=5 * 1024 * 1024,
        help="largest attachment (default 5 MiB)",
    )
    add(
        "--quota",
        metavar="NAME=N",
        type=_count,
        action="append",
        default=[],
        help=f"repeatable; names are {', '.join(sorted(DEFAULT_QUOTAS))}",
    )
    add(
        "--spend-limit",
        metavar="CHANNEL=DOLLARS",
        type=_count,
        action="append",
        default=[],
        help="highest monthly spend of TEXT, VOICE, MEDIA, NOTIFY or RCS; repeatable",
    )
    add("--no-receipts", action="store_true", help="sent messages have no events by themselves")
    add("--verification-code", metavar="CODE", help="for every verified destination number")
    add("--seed", type=int, help="make the same ids at every start")


def _seconds_or_never(text: str) -> float | None:
    return None if text == "never" else float(text)


def _count(text: str) -> tuple[str, int]:
    name, equals, number = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError("it has the form NAME=N")
    try:
        return name, int(number)
    except ValueError:
        msg = f"{number[:40]!r} is not a whole number"
        raise argparse.ArgumentTypeError(msg) from None


async def _serve(emulator: Emulator, host: str, *, as_json: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C raises KeyboardInterrupt
            loop.add_signal_handler(number, stop.set)
    async with emulator:
        if not is_local(host):
            print(_WARNING.format(host=host), file=sys.stderr, flush=True)
        shown: dict[str, Any] = dict(emulator.boto_options)
        print(json.dumps(shown) if as_json else _GREETING.format(**shown), flush=True)
        await stop.wait()


_WARNING = """\
*** WARNING *** listening on {host}, which others can reach.
*** The credentials are public and there is no other protection: whoever reaches this address can
*** read and change everything in the emulator. Use 127.0.0.1 unless you are sure.
"""

_GREETING = """\
smsreg emulator at {endpoint_url}
  of pinpoint-sms-voice-v2, socialmessaging, endusermessaging and STS

  Page     {endpoint_url}/_emulator/, with the control API below it

  smsreg   SMSVoiceClient(
               endpoint_url="{endpoint_url}",
               region_name="{region_name}",
               aws_access_key_id="{aws_access_key_id}",
               aws_secret_access_key="{aws_secret_access_key}",
           )

  Shell (boto3, the AWS CLI and the newer SDKs read these)
    export AWS_ACCESS_KEY_ID={aws_access_key_id} AWS_SECRET_ACCESS_KEY={aws_secret_access_key}
    export AWS_REGION={region_name} AWS_DEFAULT_REGION={region_name}
    export AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2={endpoint_url}
    export AWS_ENDPOINT_URL_SOCIALMESSAGING={endpoint_url}
    export AWS_ENDPOINT_URL_ENDUSERMESSAGING={endpoint_url}
    export AWS_ENDPOINT_URL_STS={endpoint_url}

  boto3    boto3.client("pinpoint-sms-voice-v2",
                        endpoint_url="{endpoint_url}")
  AWS CLI  aws pinpoint-sms-voice-v2 describe-registrations \\
               --endpoint-url {endpoint_url}
  Others   set the endpoint to {endpoint_url}

Stop with Ctrl-C.
"""
