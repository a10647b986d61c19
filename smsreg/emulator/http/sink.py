"""Forwards events to a URL, in order, however long its server is unavailable."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp

if TYPE_CHECKING:
    from smsreg.emulator.core.service_model import Doc

logger: logging.Logger = logging.getLogger("smsreg.emulator")

WAITING = 10_000
"""Events queued while the server is unavailable; beyond that the oldest are dropped."""
_LONGEST_PAUSE = 5.0
_PATIENCE = 10.0


def check_url(url: str) -> None:
    """Reject an invalid URL.

    Raises:
        ValueError: The URL is invalid.
    """
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        fine = False
    if not fine:
        raise ValueError("events_to: it must be an http or https URL")


class EventSink:
    """POSTs each event as one JSON body, once the previous one is accepted (2xx).

    Args:
        url: The URL to send to.
        first_pause: Seconds before a second attempt; further pauses double, up to five seconds.

    Raises:
        ValueError: The URL is invalid.
    """

    def __init__(self, url: str, *, first_pause: float = 0.1) -> None:
        check_url(url)
        self._url = url
        self._first_pause = first_pause
        self._waiting: deque[Doc] = deque()
        self._arrived = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.dropped: int = 0
        """The number of dropped events."""

    def start(self) -> None:
        """Begin to send, in the running event loop."""
        self._task = asyncio.create_task(self._send_all())

    async def stop(self) -> None:
        """Stop, and drop queued events."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    def put(self, event: Doc) -> None:
        """Queue an event."""
        if len(self._waiting) >= WAITING:
            self._waiting.popleft()
            if not self.dropped:
                logger.warning("%d events wait for the sink: the oldest are given up", WAITING)
            self.dropped += 1
        self._waiting.append(event)
        self._arrived.set()

    async def _send_all(self) -> None:
        timeout = aiohttp.ClientTimeout(total=_PATIENCE)
        async with aiohttp.ClientSession(timeout=timeout) as http:
            while True:
                await self._arrived.wait()
                self._arrived.clear()
                while self._waiting:
                    await self._send(http, self._waiting[0])

    async def _send(self, http: aiohttp.ClientSession, event: Doc) -> None:
        body = json.dumps(event).encode()
        headers = {"Content-Type": "application/json"}
        pause = self._first_pause
        while self._waiting and self._waiting[0] is event:
            try:
                async with http.post(
                    self._url, data=body, headers=headers, allow_redirects=False
                ) as response:
                    if response.status // 100 == 2:  # noqa: PLR2004  # HTTP's successes
                        if self._waiting and self._waiting[0] is event:
                            self._waiting.popleft()
                        return
                    reason = f"status {response.status}"
            except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as problem:
                reason = type(problem).__name__
            if pause == self._first_pause:
                logger.warning("the sink of events is away (%s): they wait", reason)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
