"""Measurements of whole processes: cold start, imports, memory and bulk work."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import botocore

from tests.benchmarks.measure import MismatchError, Row, few_connections, same
from tests.benchmarks.sides import CERTIFICATE, KEY, NUMBER, REGION, SECRET, TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.benchmarks.server import Service

RAW = """
import asyncio
from aiobotocore.session import AioSession
async def main():
    async with AioSession().create_client(
        "pinpoint-sms-voice-v2", region_name={region!r}, endpoint_url={url!r},
        aws_access_key_id={key!r}, aws_secret_access_key={secret!r},
    ) as client:
        response = await client.send_text_message(DestinationPhoneNumber={number!r}, MessageBody={text!r})
        print(response["MessageId"], flush=True)
asyncio.run(main())
"""  # noqa: E501 -- a program
NAIVE = RAW.replace(
    "import asyncio\n",
    "import asyncio\nfrom smsreg import sms_voice\n"
    "for name in sms_voice.__all__: getattr(sms_voice, name)\n",
)
PEER = """
import asyncio
import capo_pinpoint_sms_voice_v2 as capo
async def main():
    client = capo.AsyncPinpointSMSVoiceV2Client(
        region={region!r}, endpoint={url!r},
        credentials={{"access_key": {key!r}, "secret_key": {secret!r}}},
    )
    response = await client.send_text_message({number!r}, message_body={text!r})
    print(response["message_id"], flush=True)
asyncio.run(main())
"""
BARE = """
import asyncio, json
from aiohttp import ClientSession
async def main():
    async with ClientSession() as session:
        members = {{"DestinationPhoneNumber": {number!r}, "MessageBody": {text!r}}}
        async with session.post({url!r}, data=json.dumps(members).encode()) as response:
            print(json.loads(await response.read())["MessageId"], flush=True)
asyncio.run(main())
"""
TYPED = """
import asyncio
from smsreg import SMSVoiceClient
async def main():
    async with SMSVoiceClient(
        region_name={region!r}, endpoint_url={url!r},
        aws_access_key_id={key!r}, aws_secret_access_key={secret!r},
    ) as client:
        result = await client.send_text_message(destination_phone_number={number!r}, message_body={text!r})
        print(result.message_id, flush=True)
asyncio.run(main())
"""  # noqa: E501 -- a program
DEFAULT_CERTIFICATES = Path(botocore.__file__).with_name("cacert.pem")
STARTS = {"raw": RAW, "naive": NAIVE, "peer": PEER, "bare": BARE, "smsreg": TYPED}


@dataclass(frozen=True)
class Repeats:
    """The amounts of the measurements.

    Attributes:
        starts: Processes of each side.
        kept_pages: Pages of 100 items that are kept.
        forms: Forms that are written under a quota.
        values: The values of each.
    """

    starts: int
    kept_pages: int
    forms: int
    values: int


def start(service: Service, names: Sequence[str], count: int) -> list[Row]:
    """Measure whole processes: wall time until the first response, and CPU time until the end."""
    rows = _start(service, names, count, "process start to first response")
    with TemporaryDirectory() as folder:
        trusted = Path(folder, "trusted.pem")  # as many certificates as are trusted by default
        trusted.write_bytes(DEFAULT_CERTIFICATES.read_bytes() + CERTIFICATE.read_bytes())
        sides = [name for name in names if name in ("raw", "smsreg")]
        label = "process start to first response over TLS"
        return rows + _start(service, sides, count, label, trusted=trusted)


def _start(
    service: Service, names: Sequence[str], count: int, label: str, trusted: Path | None = None
) -> list[Row]:
    wall: dict[str, list[float]] = {name: [] for name in names}
    cpu: dict[str, list[float]] = {name: [] for name in names}
    urls = {
        name: f"http://127.0.0.1:{service.ports[name]}"
        if trusted is None
        else f"https://127.0.0.1:{service.tls_ports[name]}"
        for name in names
    }
    scripts = {name: _script(STARTS[name], urls[name]) for name in names}
    environment = {} if trusted is None else {"AWS_CA_BUNDLE": str(trusted)}
    service.set()
    for number in range(count + 1):
        printed = {}
        for name in inverted(names, number):
            printed[name], seconds, used = _first_line(scripts[name], environment)
            if number:  # the first round fills the caches of bytecode and files
                wall[name].append(seconds * 1_000)
                cpu[name].append(used * 1_000)
        same("first responses", printed)
    few_connections({n: (c / (count + 1), r) for n, (c, r) in service.set().items()}, 1)
    return [
        Row.of(f"{label}, CPU", "ms", cpu, inverted=True),
        Row.of(f"{label}, wall", "ms", wall, inverted=True),
    ]


def imports(count: int) -> list[Row]:
    """Measure processes that ``import smsreg``, relative to a bare Python."""
    scripts = {"bare": "print(0)", "smsreg": "import smsreg; print(0)"}
    taken: dict[str, dict[str, list[float]]] = {
        kind: {name: [] for name in scripts} for kind in ("wall", "CPU")
    }
    for number in range(count + 1):
        for name in inverted(list(scripts), number):
            _, wall, cpu = _first_line(scripts[name], {})
            if number:
                taken["wall"][name].append(wall * 1_000)
                taken["CPU"][name].append(cpu * 1_000)
    rows = []
    for kind, values in taken.items():
        pairs = zip(values["smsreg"], values["bare"], strict=True)
        extra = statistics.median(typed - bare for typed, bare in pairs)
        rows.append(Row.alone(f"import smsreg over bare Python, {kind}", "ms", extra))
    return rows


def memory(service: Service, names: Sequence[str], pages: int) -> list[Row]:
    """Measure the bytes for each item of a long listing, flat and nested."""
    rows = []
    for label, listing in (
        ("flat item", "registrations"),
        ("nested item, definitions", "definitions"),
        ("nested item, versions", "versions"),
    ):
        service.set(pages=pages)
        found = {n: child("memory", side=n, port=service.ports[n], listing=listing) for n in names}
        same("items", {name: result["items"] for name, result in found.items()})
        few_connections(service.set(), 2)  # the warm-up leaves a page's listing early
        values = {name: [result["bytes"]] for name, result in found.items()}
        rows.append(Row.of(f"memory for each {label}", "bytes", values))
    return rows


def bulk(forms: int, values: int) -> tuple[list[Row], dict[str, dict[str, float]]]:
    """Write many forms under a quota; return smsreg's rows, and the result of each method."""
    methods = ("gather", "adaptive", "smsreg")
    found = {method: child("bulk", method=method, forms=forms, values=values) for method in methods}
    own, label = found["smsreg"], "200 forms of 25 values under quotas"
    rows = [
        Row.alone(f"{label}, of the bound", "%", 100 * own["of_bound"]),
        Row.alone(f"{label}, throttled", "%", 100 * own["throttled"]),
    ]
    return rows, found


def inverted(names: Sequence[str], number: int) -> list[str]:
    """Return the sides in the order of a round, which rotates."""
    by = number % len(names)
    return [*names[by:], *names[:by]]


def _script(text: str, url: str) -> str:
    return text.format(
        region=REGION,
        url=url,
        key=KEY,
        secret=SECRET,
        number=NUMBER,
        text=TEXT,
    )


def _first_line(script: str, environment: Mapping[str, str]) -> tuple[str, float, float]:
    """Run a script; return its first line, the seconds until then, and its total CPU seconds."""
    before = _children()
    begun = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 -- our own scripts
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        taken = time.perf_counter() - begun
    if process.returncode or not line:
        msg = f"a process ended with {process.returncode} and said {line!r}"
        raise MismatchError(msg)
    return line, taken, _children() - before


def _children() -> float:
    """Return the CPU seconds of the processes that have ended."""
    try:
        import resource  # noqa: PLC0415 -- not on every system
    except ImportError:
        times = os.times()
        return times.children_user + times.children_system
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def child(kind: str, **options: Any) -> dict[str, float]:
    """Measure something in a separate process."""
    command = [sys.executable, "-m", "tests.benchmarks.child", kind, json.dumps(options)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 -- our own command
    result: dict[str, float] = json.loads(done.stdout)
    return result
