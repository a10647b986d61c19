# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# aiobotocore ships no types.
"""Notes when the requests of an HTTP session that is not ours are handed to a connection.

A borrowed client, or one with an HTTP session class of the caller's, sends through aiohttp as
aiobotocore set it up. aiohttp's tracing says when a request is written; the trace is added to the
session when it is first used and taken off again at the end. A session that is not aiohttp's
cannot be watched: what was given to it counts as sent.
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
            ConfigurationError: It cannot be set up, so that nothing is sent.
        """
        try:
            proxy = self._http._proxy_config.proxy_url_for(url)
            session = await self._http._get_session(proxy)
        except (AttributeError, SmsregError):  # of another make, or closed: its send will say so
            return
        except Exception as error:  # noqa: BLE001 -- settings of TLS fail in many ways
            raise ConfigurationError(tls_problem(self._http, error)) from None
        if isinstance(session, ClientSession) and self._trace not in session.trace_configs:
            session.trace_configs.append(self._trace)
            self._watched.append(session)


async def _taken(*_: object) -> None:
    attempt = current_attempt.get()
    if attempt is not None and attempt.sent is None:
        attempt.sent = False  # nobody else has sent it


async def _written(*_: object) -> None:
    attempt = current_attempt.get()
    if attempt is not None:
        attempt.sent = True
