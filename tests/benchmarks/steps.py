"""The frames of one warm call: how many there are, and how often the next one is in another file.

A reader who follows a call opens another file at each change. The interpreter enters a frame when a
function is called and when a suspended one resumes, so both count. Only functions of the package
count, not those of aiohttp and other libraries.

``python -m tests.benchmarks.steps`` prints the frames in order. The file needs nothing else of the
tests: with ``PYTHONPATH`` set to another checkout it counts the frames there.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from itertools import groupby, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import smsreg

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import FrameType

PACKAGE = Path(smsreg.__file__).parent
RESPONSE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n"
    b'x-amzn-RequestId: 1\r\nContent-Length: 17\r\n\r\n{"MessageId":"m"}'
)
WARM = 3
"""Calls after which nothing happens for the first time."""


class Step(NamedTuple):
    """A frame of the package: its file, relative to the package, and its function."""

    file: str
    function: str


def changes(steps: list[Step]) -> int:
    """Count how often the next frame is in another file."""
    return sum(before.file != after.file for before, after in pairwise(steps))


class Server(asyncio.Protocol):
    """Responds to each request, once its body is complete, with the same message id."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        if data.endswith(b"}"):
            self.transport.write(RESPONSE)


@asynccontextmanager
async def running() -> AsyncIterator[str]:
    """Run the server on 127.0.0.1, and yield its URL."""
    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def steps_of_a_call() -> list[Step]:
    """Send a message on a client that has sent some before, and list the frames."""
    found: list[Step] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and Path(code.co_filename).is_relative_to(PACKAGE):
            file = Path(code.co_filename).relative_to(PACKAGE).as_posix()
            found.append(Step(file, getattr(code, "co_qualname", code.co_name)))

    async with (
        running() as url,
        smsreg.SMSVoiceClient(
            region_name="us-east-1",
            endpoint_url=url,
            aws_access_key_id="AKIDEXAMPLE",
            aws_secret_access_key="throw-away",
        ) as client,
    ):
        for call in range(WARM + 1):
            if call == WARM:
                sys.setprofile(note)
            try:
                await client.send_text_message(
                    destination_phone_number="+14254147755", message_body="Your code is 4711."
                )
            finally:
                sys.setprofile(None)
    return found


def main() -> None:
    """Print the frames, grouped by consecutive frames of the same file."""
    steps = asyncio.run(steps_of_a_call())
    for file, visit in groupby(steps, key=lambda step: step.file):
        print(file, *(f"    {step.function}" for step in visit), sep="\n")
    files = len({step.file for step in steps})
    print(f"{len(steps)} frames in {files} files, {changes(steps)} changes of file")


if __name__ == "__main__":
    main()
