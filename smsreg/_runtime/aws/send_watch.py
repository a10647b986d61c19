# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# aiobotocore ships no types.
"""Records when the requests of a foreign HTTP session are handed to a connection.

A borrowed client, or one with the caller's HTTP session class, sends through aiohttp as aiobotocore
set it up. aiohttp's tracing reports when a request is written; the trace is added to the session on
first use and removed at the end. A session that is not aiohttp's cannot be watched: every request
that is passed to it counts as sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import ClientSession, TraceConfig

from smsreg._runtime.aws.client_settings import tls_problem
from smsreg._runtime.call import current_attempt
from smsreg.errors import ConfigurationError, SmsregError

if TYPE_CHECKING:
    from typing_extensions import Self


class SendWatch:
    """Watches what one aiobotocore client sends, for as long as the context lasts."""

    def __init__(self, client: Any) -> None:
        self._http: Any = getattr(getattr(client, "_endpoint", None), "http_session", None)
        self._watched: list[ClientSession] = []
        self._trace = TraceConfig()
        self._trace.on_request_start.append(_taken)
        self._trace.on_request_headers_sent.append(_written)
        self._trace.freeze()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for session in self._watched:
            if self._trace in session.trace_configs:
                session.trace_configs.remove(self._trace)

    async def over(self, url: str) -> None:
        """Watch the session that will send to a URL, if it can be watched.

        Raises:
            ConfigurationError: The session cannot be set up, so nothing is sent.
        """
        try:
            proxy = self._http._proxy_config.proxy_url_for(url)
            session = await self._http._get_session(proxy)
        except (AttributeError, SmsregError):  # another type, or closed: sending reports it
            return
        except Exception as error:  # noqa: BLE001 -- TLS settings fail with various errors
            raise ConfigurationError(tls_problem(self._http, error)) from None
        if isinstance(session, ClientSession) and self._trace not in session.trace_configs:
            session.trace_configs.append(self._trace)
            self._watched.append(session)


async def _taken(*_: object) -> None:
    attempt = current_attempt.get()
    if attempt is not None and attempt.sent is None:
        attempt.sent = False  # no other code has sent it


async def _written(*_: object) -> None:
    attempt = current_attempt.get()
    if attempt is not None:
        attempt.sent = True
