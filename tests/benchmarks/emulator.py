"""The emulator's throughput and start time, and whether its costs and its memory stay constant.

``python -m tests.benchmarks emulator`` prints a table. The emulator runs in a separate process and
the clients in this one, so meaningful figures need two cores; the emulator's CPU time shows what
one core can do. A bare aiohttp server, which sends the same response to every request, serves the
same requests in the same run: shares of its rate can be compared between machines.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

import aiohttp
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from aiohttp import web
from typing_extensions import Self

from smsreg.emulator import Emulator
from tests.benchmarks import every_operation
from tests.benchmarks.every_operation import FEW, FEWEST, Runs
from tests.benchmarks.measure import Row
from tests.benchmarks.targets import TIMES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from tests.benchmarks.every_operation import Growth

WIDTH = 16
"""Concurrent calls."""
START_RUNS = 15
DEAREST = 5
"""The number of operations listed, those whose costs grow most."""
MEMORY_STEPS = 5
KEPT = 10_000
"""The calls, tokens and messages that the emulator keeps; then the state stops growing."""


@dataclass(frozen=True)
class Sizes:
    """The amounts for the rows in the table of targets.

    Attributes:
        calls: Signed calls.
        few: Resources of each kind in a small state.
        many: Resources of each kind in a large one.
        runs: How often each operation is measured in both.
    """

    calls: int
    few: int
    many: int
    runs: Runs = field(default_factory=Runs)


def rows(sizes: Sizes) -> list[Row]:
    """Measure the emulator's rows in the table of targets."""
    _, own = asyncio.run(botocore_calls(sizes.calls, "signed"))
    found = asyncio.run(every_operation.across(sizes.few, sizes.many, sizes.runs, ((),)))
    name, dearest = every_operation.dearest(found)[0]
    label = "emulator, 10,000 resources over 1,000, dearest operation"
    return [
        Row.alone("emulator, signed operations", "per CPU second", own),
        Row.alone(label, f"{TIMES} ({name})", dearest.ratio),
    ]


Perform = Callable[[str, dict[str, Any]], Awaitable[Any]]
"""Calls an operation with its parameters, and returns the response."""


def main(arguments: list[str]) -> int:
    """Measure and print; or run as the process that is measured."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks emulator", description=__doc__
    )
    parser.add_argument("--quick", action="store_true", help="only to see that it works: seconds")
    parser.add_argument("--serve", choices=tuple(_SERVED), help=argparse.SUPPRESS)
    parser.add_argument("--start", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.serve:
        asyncio.run(_SERVED[options.serve]())
    elif options.start:
        print(json.dumps(asyncio.run(_starts())))
    else:
        asyncio.run(_measure(quick=options.quick))
    return 0


async def _measure(*, quick: bool) -> None:
    calls, kept, start_runs = (80, 80, 2) if quick else (8_000, 2 * KEPT, START_RUNS)
    steps = [40] * 2 if quick else [100_000 // MEMORY_STEPS] * MEMORY_STEPS
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}\n")
    for name, rounds, kind in (
        ("aiobotocore, signed", botocore_calls, "signed"),
        ("aiohttp, unsigned", raw_calls, "unsigned"),
    ):
        wall, own = await rounds(calls, kind)
        _, bare = await rounds(calls, "bare")
        _row(f"{name}: operations/s", f"{wall:,.0f}")
        _row(f"{name}: operations/s of the emulator's CPU time", f"{own:,.0f}")
        _row(f"{name}: share of a bare aiohttp server's", f"{own / bare:.2f}")
    few, many, most = (20, 40, 60) if quick else (1_000, 10_000, 100_000)
    runs = FEWEST if quick else Runs()
    _growth(await every_operation.across(few, many, runs, ((),)), few, many)
    if not quick:
        kinds = tuple(every_operation.KINDS.values())
        _growth(await every_operation.across(many, most, FEW, kinds), many, most)
    first, later = starts(start_runs)
    _row("start to first response, first in a process: ms of CPU time", f"{first:.1f}")
    _row("start to first response, later in a process: ms of CPU time", f"{later:.1f}")
    sizes = await memory(kept, steps)
    _row(f"memory after {kept:,} operations: MiB", f"{sizes[0] / 2**20:.1f}")
    _row(f"memory after {sum(steps):,} more: MiB", f"{sizes[-1] / 2**20:.1f}")
    steadily = ", ".join(f"{size / 2**20:.1f}" for size in sizes)
    _row("in between: MiB", steadily)


def _row(name: str, value: str) -> None:
    print(f"{name:<76}{value}", flush=True)


def _growth(found: Mapping[str, Growth], few: int, many: int) -> None:
    ratios = [growth.ratio for growth in found.values()]
    label = f"cost with {many:,} of each resource over {few:,}"
    _row(f"{label}: median of {len(found)} operations", f"{statistics.median(ratios):.2f}")
    for name, growth in every_operation.dearest(found)[:DEAREST]:
        _row(f"  {name}", f"{growth.ratio:.2f}")


async def botocore_calls(calls: int, kind: str) -> tuple[float, float]:
    """Operations per second of wall time and of the server's CPU time, with signatures."""
    config = AioConfig(retries={"max_attempts": 0}, max_pool_connections=WIDTH)
    with Child(kind) as child:
        options: dict[str, Any] = {**child.options, "config": config}
        async with get_session().create_client("pinpoint-sms-voice-v2", **options) as client:
            methods = {
                "CreateConfigurationSet": client.create_configuration_set,
                "DeleteConfigurationSet": client.delete_configuration_set,
                "DescribeRegistrations": client.describe_registrations,
                "SendTextMessage": client.send_text_message,
                "RequestPhoneNumber": client.request_phone_number,
            }

            async def perform(operation: str, params: dict[str, Any]) -> Any:
                return await methods[operation](**params)

            return await _rates(child, perform, calls)


async def raw_calls(calls: int, kind: str) -> tuple[float, float]:
    """The same over bare HTTP, without signatures."""
    with Child(kind) as child:
        async with bare(child.options["endpoint_url"]) as perform:
            return await _rates(child, perform, calls)


@asynccontextmanager
async def bare(url: str) -> AsyncIterator[Perform]:
    """Send operations in wire format."""
    connector = aiohttp.TCPConnector(limit=WIDTH)
    async with aiohttp.ClientSession(connector=connector) as http:

        async def perform(operation: str, params: dict[str, Any]) -> Any:
            headers = {"X-Amz-Target": f"PinpointSMSVoiceV2.{operation}"}
            data = json.dumps(params).encode()
            async with http.post(url, data=data, headers=headers) as response:
                document = json.loads(await response.read())
                if response.status != 200:
                    raise RuntimeError(document)
                return document

        yield perform


async def _rates(child: Child, perform: Perform, calls: int) -> tuple[float, float]:
    number = await perform(
        "RequestPhoneNumber",
        {
            "IsoCountryCode": "GB",
            "MessageType": "TRANSACTIONAL",
            "NumberCapabilities": ["SMS"],
            "NumberType": "LONG_CODE",
        },
    )
    sender = number["PhoneNumberId"]
    await _work(perform, sender, calls // 4)
    before, begun = child.usage(), time.perf_counter()
    done = await _work(perform, sender, calls)
    passed = time.perf_counter() - begun
    return done / passed, done / (child.usage()["cpu"] - before["cpu"])


_names = count()


async def _work(perform: Perform, sender: str, calls: int) -> int:
    """A mix of operations: a create with a token, a list, a send, a delete."""
    rounds = calls // WIDTH // 4

    async def worker() -> None:
        for _ in range(rounds):
            name = f"set-{next(_names)}"
            await perform(
                "CreateConfigurationSet", {"ConfigurationSetName": name, "ClientToken": name}
            )
            await perform("DescribeRegistrations", {})
            await perform(
                "SendTextMessage",
                {
                    "DestinationPhoneNumber": "+447700900123",
                    "OriginationIdentity": sender,
                    "MessageBody": "See you on Monday",
                    "DryRun": True,
                },
            )
            await perform("DeleteConfigurationSet", {"ConfigurationSetName": name})

    await asyncio.gather(*(worker() for _ in range(WIDTH)))
    return rounds * 4 * WIDTH


def starts(runs: int) -> tuple[float, float]:
    """Milliseconds of CPU time until a response, of the first start in a process and later ones."""
    command = [sys.executable, "-m", "tests.benchmarks.emulator", "--start"]
    found = [
        json.loads(subprocess.run(command, check=True, capture_output=True).stdout)  # noqa: S603  # our own command
        for _ in range(runs)
    ]
    first = statistics.median(entry[0] for entry in found)
    return first * 1000, statistics.median(later for entry in found for later in entry[1:]) * 1000


async def _starts() -> list[float]:
    """CPU seconds for a start and a response, over a bare socket so that no client is measured.

    Nothing else is waited for, so on an idle machine the wall time is the same.
    """
    request = (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
        b"X-Amz-Target: PinpointSMSVoiceV2.DescribeRegistrations\r\n\r\n{}"
    )
    found = []
    for _ in range(5):
        gc.collect()
        begun = time.process_time()
        async with Emulator(check_signatures=False) as emulator:
            port = int(emulator.url.rpartition(":")[2])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            line = await reader.readline()
            found.append(time.process_time() - begun)
            if b" 200 " not in line:
                raise RuntimeError(line)
            writer.close()
            await writer.wait_closed()
    return found


async def memory(kept: int, steps: list[int]) -> list[int]:
    """The emulator's resident bytes after ``kept`` operations, and after each further step."""
    with Child("unsigned") as child:
        async with bare(child.options["endpoint_url"]) as perform:
            number = 0

            async def work(amount: int) -> None:
                nonlocal number
                for _ in range(amount // 2 // WIDTH):
                    names = [f"list-{number + index}" for index in range(WIDTH)]
                    number += WIDTH
                    for operation in ("CreateOptOutList", "DeleteOptOutList"):
                        token = operation == "CreateOptOutList"
                        params = [
                            {"OptOutListName": name, **({"ClientToken": name} if token else {})}
                            for name in names
                        ]
                        await asyncio.gather(*(perform(operation, each) for each in params))

            await work(kept)
            sizes = [int(child.usage()["resident"])]
            for amount in steps:
                await work(amount)
                sizes.append(int(child.usage()["resident"]))
            return sizes


class Child:
    """An emulator in a separate process, which reports its usage."""

    def __init__(self, kind: str) -> None:
        self._command = [sys.executable, "-m", "tests.benchmarks.emulator", "--serve", kind]

    def __enter__(self) -> Self:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(self._command, stdin=pipe, stdout=pipe, text=True)  # noqa: S603  # our own command
        self.options: dict[str, Any] = self._line()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()  # ends the process
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def usage(self) -> dict[str, float]:
        """CPU seconds so far and resident bytes now."""
        if self._process.stdin is None:
            raise RuntimeError("not started")
        print("usage", file=self._process.stdin, flush=True)
        return self._line()

    def _line(self) -> Any:
        return json.loads(self._process.stdout.readline()) if self._process.stdout else {}


async def _serve(*, check_signatures: bool) -> None:
    quotas = {"OPT_OUT_LISTS": 1000, "CONFIGURATION_SETS": 1000}
    async with Emulator(check_signatures=check_signatures, quotas=quotas) as served:
        await _report(dict(served.boto_options))
        if served.unexpected:
            raise served.unexpected[0]


async def _serve_bare() -> None:
    """Serve with aiohttp alone, as the baseline."""

    async def handle(request: web.BaseRequest) -> web.Response:
        await request.read()
        return web.Response(body=b'{"PhoneNumberId":"phone-0"}', content_type="application/json")

    loop = asyncio.get_running_loop()
    server = await loop.create_server(web.Server(handle, access_log=None), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    keys = {"aws_access_key_id": "none", "aws_secret_access_key": "none"}
    url = f"http://127.0.0.1:{port}"
    await _report({"endpoint_url": url, "region_name": "us-east-1", **keys})
    server.close()


async def _report(options: dict[str, str]) -> None:
    print(json.dumps(options), flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        gc.collect()
        used = {"cpu": time.process_time(), "resident": _resident()}
        print(json.dumps(used), flush=True)


_SERVED: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
    "signed": partial(_serve, check_signatures=True),
    "unsigned": partial(_serve, check_signatures=False),
    "bare": _serve_bare,
}


def _resident() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123  # a file of the kernel
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
