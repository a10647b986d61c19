"""Run by a test: opens a client and forks; then both processes use the client.

First while the event loop is running, then when no loop is running.
"""

import asyncio
import contextlib
import gc
import os
import sys
from pathlib import Path

import pytest

from smsreg import SMSVoiceClient
from smsreg.errors import ConfigurationError

sys.path.insert(0, str(Path(__file__).parent))
from threaded import serving

BODY = b'{"OptOutListName": "Default"}'
served: list[int] = []


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    served.append(0)
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
            )
            await reader.readexactly(int(length.partition(b":")[2]))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY)
            served[-1] += 1
    writer.close()


async def in_the_child(client: SMSVoiceClient) -> None:
    for use in (
        lambda: client.describe_opted_out_numbers(opt_out_list_name="Default").collect(),
        lambda: client.send_text_message(destination_phone_number="+12065550100"),
        client.open,
        client.aclose,
    ):
        with pytest.raises(ConfigurationError, match="fork"):
            await use()
    print("child: refused", flush=True)


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    client = SMSVoiceClient(
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id="fork",
        aws_secret_access_key="fork",
    )
    await client.describe_opted_out_numbers(opt_out_list_name="Default")
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            asyncio.new_event_loop().run_until_complete(in_the_child(client))
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(pid, 0)[1] == 0  # noqa: ASYNC222 -- nothing else should run meanwhile
    await client.describe_opted_out_numbers(opt_out_list_name="Default")
    await client.aclose()
    assert served == [2]
    print(f"parent: succeeded on {len(served)}")
    server.close()


def after_the_loop() -> None:
    """When no loop is running, each process continues with its own connections."""
    with serving() as server:
        client = SMSVoiceClient(
            region_name="us-east-1",
            endpoint_url=server.url,
            aws_access_key_id="fork",
            aws_secret_access_key="fork",
        )
        loop = asyncio.new_event_loop()  # stopped, not closed, so its connection stays open
        loop.run_until_complete(client.open())
        loop.run_until_complete(client.describe_pools().collect())
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                asyncio.run(client.describe_pools().collect())
                asyncio.run(client.aclose())
                gc.collect()
                print("child: succeeded", flush=True)
                code = 0
            finally:
                os._exit(code)
        assert os.waitpid(pid, 0)[1] == 0
        assert server.connections == 2
        loop.run_until_complete(client.describe_pools().collect())
        assert (server.connections, server.requests) == (
            2,
            3,
        )  # the parent's connection is unaffected
        loop.run_until_complete(client.aclose())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
    print("parent: succeeded")


asyncio.run(main())
after_the_loop()
