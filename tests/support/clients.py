"""What clients of the scripted server are made with, and what is seen of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smsreg import SMSVoiceClient

CREDENTIALS = {"aws_access_key_id": "AKIATHROWAWAY", "aws_secret_access_key": "throw-away"}


class Waits(list[float]):
    """The delays that were asked for; none of them is waited for."""

    async def sleep(self, seconds: float) -> None:
        self.append(seconds)
        await asyncio.sleep(0)


def in_use(client: SMSVoiceClient) -> int:
    """How many connections of a client have a request on them."""
    http: Any = client.aws_client._endpoint.http_session
    sessions = [session._session for session in http._ready.values()]
    return sum(len(session.connector._acquired) for session in sessions)
