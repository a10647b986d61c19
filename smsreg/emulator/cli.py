"""The command line of the emulator."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ipaddress
import signal
import sys
from typing import TYPE_CHECKING

from smsreg.emulator.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted; 0, or 2 where it cannot start."""
    options = _parser().parse_args(arguments)
    try:
        emulator = Emulator(
            host=options.host,
            port=options.port,
            state_file=options.state,
            review_seconds=options.review_seconds,
            check_signatures=not options.no_signatures,
        )
        asyncio.run(_serve(emulator, options.host))
    except (OSError, ValueError) as problem:
        print(f"smsreg.emulator: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        pass
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m smsreg.emulator",
        description="A local stand-in for AWS End User Messaging (SMS, voice and WhatsApp).",
    )
    parser.add_argument("--port", type=int, default=4570, help="0 takes a free one (default 4570)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--state", metavar="FILE", help="keep the state in this file")
    parser.add_argument(
        "--review-seconds", type=float, default=1.0, help="how long reviews take (default 1)"
    )
    parser.add_argument(
        "--no-signatures", action="store_true", help="take requests with any signature or none"
    )
    return parser


async def _serve(emulator: Emulator, host: str) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C raises KeyboardInterrupt
            loop.add_signal_handler(number, stop.set)
    async with emulator:
        if not _is_loopback(host):
            print(_WARNING.format(host=host), file=sys.stderr, flush=True)
        print(_GREETING.format(**emulator.client_options), flush=True)
        await stop.wait()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


_WARNING = """\
*** WARNING *** listening on {host}, which others can reach.
*** The credentials are public and there is no other protection: whoever reaches this address can
*** read and change everything in the emulator. Use 127.0.0.1 unless you are sure.
"""

_GREETING = """\
smsreg emulator: pinpoint-sms-voice-v2 and socialmessaging at {endpoint_url}

  smsreg   SMSVoiceClient(endpoint_url="{endpoint_url}", region_name="{region_name}",
                          aws_access_key_id="{aws_access_key_id}", \
aws_secret_access_key="{aws_secret_access_key}")

  Shell (boto3, AWS CLI and the newer SDKs read these)
    export AWS_ACCESS_KEY_ID={aws_access_key_id} AWS_SECRET_ACCESS_KEY={aws_secret_access_key}
    export AWS_REGION={region_name} AWS_DEFAULT_REGION={region_name}
    export AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2={endpoint_url}
    export AWS_ENDPOINT_URL_SOCIALMESSAGING={endpoint_url}

  boto3    boto3.client("pinpoint-sms-voice-v2", endpoint_url="{endpoint_url}")
  AWS CLI  aws pinpoint-sms-voice-v2 describe-registrations --endpoint-url {endpoint_url}
  Others   set the endpoint to {endpoint_url}; both services are on it

Stop with Ctrl-C.
"""
