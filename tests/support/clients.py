"""Credentials, recorded delays and connection counts for clients of the scripted server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smsreg import SMSVoiceClient

CREDENTIALS = {"aws_access_key_id": "AKIATHROWAWAY", "aws_secret_access_key": "throw-away"}


class Delays(list[float]):
    """A ``sleep`` that records the requested delays and returns at once."""

    async def sleep(self, seconds: float) -> None:
        self.append(seconds)
        await asyncio.sleep(0)


def busy_connections(client: SMSVoiceClient) -> int:
    """Count the client's connections that have a request in flight."""
    http: Any = client.aws_client._endpoint.http_session
    sessions = [session._session for session in http._ready.values()]
    return sum(len(session.connector._acquired) for session in sessions)
