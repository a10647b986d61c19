"""Run by a test: a client is opened, the process forks, and both halves use the client.

First while the event loop runs, then after its end.
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
    assert os.waitpid(pid, 0)[1] == 0  # noqa: ASYNC222 -- nothing else is to run meanwhile
    await client.describe_opted_out_numbers(opt_out_list_name="Default")
    await client.aclose()
    assert served == [2]
    print(f"parent: answered on {len(served)}")
    server.close()


def after_the_loop() -> None:
    """Once no loop runs, either half goes on with connections of its own."""
    with serving() as server:
        client = SMSVoiceClient(
            region_name="us-east-1",
            endpoint_url=server.url,
            aws_access_key_id="fork",
            aws_secret_access_key="fork",
        )
        loop = asyncio.new_event_loop()  # it is stopped, not closed: its connection stays open
        loop.run_until_complete(client.open())
        loop.run_until_complete(client.describe_pools().collect())
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                asyncio.run(client.describe_pools().collect())
                asyncio.run(client.aclose())
                gc.collect()
                print("child: answered", flush=True)
                code = 0
            finally:
                os._exit(code)
        assert os.waitpid(pid, 0)[1] == 0
        assert server.connections == 2
        loop.run_until_complete(client.describe_pools().collect())
        assert (server.connections, server.requests) == (2, 3)  # its own is as it was
        loop.run_until_complete(client.aclose())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
    print("parent: answered")


asyncio.run(main())
after_the_loop()
