"""What is measured as whole processes: cold start, memory and growth."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.benchmarks.measure import MismatchError, Row, few_connections, same
from tests.benchmarks.sides import KEY, NUMBER, REGION, SECRET, TEXT

if TYPE_CHECKING:
    from tests.benchmarks.server import Service

RAW = """
import asyncio
from aiobotocore.session import AioSession
async def main():
    async with AioSession().create_client(
        "pinpoint-sms-voice-v2", region_name={region!r}, endpoint_url={url!r},
        aws_access_key_id={key!r}, aws_secret_access_key={secret!r},
    ) as client:
        answer = await client.send_text_message(DestinationPhoneNumber={number!r}, MessageBody={text!r})
        print(answer["MessageId"], flush=True)
asyncio.run(main())
"""  # noqa: E501
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
    answer = await client.send_text_message({number!r}, message_body={text!r})
    print(answer["message_id"], flush=True)
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
        answer = await client.send_text_message(destination_phone_number={number!r}, message_body={text!r})
        print(answer.message_id, flush=True)
asyncio.run(main())
"""  # noqa: E501
STARTS = {"raw": RAW, "naive": NAIVE, "peer": PEER, "bare": BARE, "smsreg": TYPED}


@dataclass(frozen=True)
class Repeats:
    """How often, and how much.

    Attributes:
        starts: Processes of each side.
        kept_pages: Pages of 100 items that are kept.
        rounds: Rounds of the growth part.
        widths: Calls at a time.
        pools: Connections in the pool, each with the most calls at a time.
        calls: Calls in all, at least; ten for each of those at a time.
        lengths: Pages of a listing.
    """

    starts: int
    kept_pages: int
    rounds: int
    widths: tuple[int, ...]
    pools: tuple[int, ...]
    calls: int
    lengths: tuple[int, ...]


@dataclass(frozen=True)
class Growth:
    """A line about growth: medians of each side.

    Attributes:
        name: What grew, and how far.
        wall: Units of work per second.
        cpu: Units of work per CPU second.
        kib: KiB of memory at the peak, above what the first call needs.
    """

    name: str
    wall: dict[str, float]
    cpu: dict[str, float]
    kib: dict[str, float]


def start(service: Service, names: list[str], count: int) -> list[Row]:
    """Measure whole processes from their start to the first answer, and ``import smsreg``."""
    wall: dict[str, list[float]] = {name: [] for name in names}
    cpu: dict[str, list[float]] = {name: [] for name in names}
    scripts = {name: _script(STARTS[name], service.ports[name]) for name in names}
    service.set()
    for number in range(count + 1):
        printed = {}
        for name in _turned(names, number):
            printed[name], seconds, used = _first_line(scripts[name])
            if number:  # the first round fills the caches of bytecode and files
                wall[name].append(seconds * 1_000)
                cpu[name].append(used * 1_000)
        same("first answers", printed)
    few_connections({n: (c / (count + 1), r) for n, (c, r) in service.set().items()}, 1)
    return [
        Row.of("start to first response, wall", "ms", wall, reach=0.95, turned=True),
        Row.of("whole process, CPU", "ms", cpu, turned=True),
        *_imports(count),
    ]


def _imports(count: int) -> list[Row]:
    """Measure processes that ``import smsreg``, over others of a bare Python."""
    scripts = {"bare": "print(0)", "smsreg": "import smsreg; print(0)"}
    taken: dict[str, dict[str, list[float]]] = {
        kind: {name: [] for name in scripts} for kind in ("wall", "CPU")
    }
    for number in range(count + 1):
        for name in _turned(list(scripts), number):
            _, wall, cpu = _first_line(scripts[name])
            if number:
                taken["wall"][name].append(wall * 1_000)
                taken["CPU"][name].append(cpu * 1_000)
    rows = []
    for kind, values in taken.items():
        pairs = zip(values["smsreg"], values["bare"], strict=True)
        extra = {"smsreg": statistics.median(typed - bare for typed, bare in pairs)}
        rows.append(Row(f"import smsreg over bare Python, {kind}", "ms", extra, {}, most=10.0))
    return rows


def memory(service: Service, names: list[str], pages: int) -> list[Row]:
    """Measure the bytes for each item of a long listing, flat and nested."""
    rows = []
    for kind, listing, most in (("flat", "registrations", 0.8), ("nested", "definitions", 1.0)):
        service.set(pages=pages)
        found = {n: _child("memory", side=n, port=service.ports[n], listing=listing) for n in names}
        same("items", {name: result["items"] for name, result in found.items()})
        few_connections(service.set(), 2)  # the warm-up leaves a page's listing early
        values = {name: [result["bytes"]] for name, result in found.items()}
        rows.append(Row.of(f"memory for each {kind} item", "bytes", values, most=most))
    return rows


def growth(service: Service, repeats: Repeats) -> tuple[list[Growth], list[Growth], list[Growth]]:
    """Measure how calls, pools and listings grow: raw against smsreg."""
    names = ["raw", "smsreg"]
    service.set(delay=0)

    def measured(name: str, kind: str, most: int, **options: Any) -> Growth:
        results: dict[str, list[Any]] = {side: [] for side in names}
        for number in range(repeats.rounds):
            for side in _turned(names, number):
                service.set(delay=options.get("delay", 0))
                passed = {key: value for key, value in options.items() if key != "delay"}
                found = _child(kind, side=side, port=service.ports[side], **passed)
                results[side].append(found)
                few_connections(service.set(delay=0), most)
        medians = [
            {side: statistics.median(one[key] for one in own) for side, own in results.items()}
            for key in ("wall", "cpu", "kib")
        ]
        return Growth(name, *medians)

    calls = [
        measured(
            f"{width:,}",
            "calls",
            most=width,
            width=width,
            pool=max(width, 10),
            count=max(repeats.calls, width * 10),
        )
        for width in repeats.widths
    ]
    largest = repeats.widths[-1]
    pools = [
        measured(
            f"{pool:,}",
            "calls",
            most=pool,
            width=largest,
            pool=pool,
            count=min(max(repeats.calls, largest * 5), pool * 50),
            delay=0.05,
        )
        for pool in repeats.pools
    ]
    listings = []
    for length in repeats.lengths:
        service.set(pages=length)
        listings.append(measured(f"{length:,}", "pages", most=1, size=10))
    return calls, pools, listings


def _turned(names: list[str], number: int) -> list[str]:
    by = number % len(names)
    return names[by:] + names[:by]


def _script(text: str, port: int) -> str:
    return text.format(
        region=REGION,
        url=f"http://127.0.0.1:{port}",
        key=KEY,
        secret=SECRET,
        number=NUMBER,
        text=TEXT,
    )


def _first_line(script: str) -> tuple[str, float, float]:
    """Run a script; give its first line, the seconds until then, and its CPU seconds in all."""
    before = _children()
    begun = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 -- our own scripts
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        taken = time.perf_counter() - begun
    if process.returncode or not line:
        msg = f"a process ended with {process.returncode} and said {line!r}"
        raise MismatchError(msg)
    return line, taken, _children() - before


def _children() -> float:
    """Give the CPU seconds of the processes that have ended."""
    try:
        import resource  # noqa: PLC0415 -- not on every system
    except ImportError:
        times = os.times()
        return times.children_user + times.children_system
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _child(kind: str, **options: Any) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.child", kind, json.dumps(options)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603
    result: dict[str, float] = json.loads(done.stdout)
    return result
